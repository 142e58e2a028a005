"""No unsure fact opens a step, and no invariant of the file is ever broken by a recommendation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from workflow.conditions import Incomplete, Known, Node, Recorded, inner_nodes
from workflow.proof.encoding import Encoding
from workflow.proof.logic import Claim, both, either, no, same
from workflow.proof.subject import Named, Subject, answer_in_words
from workflow.proof.symbols import Symbols, case_in
from workflow.proof.tables import ReadTable, read_table
from workflow.proof.uses import Use, uses
from workflow.proof.veil import Veiled
from workflow.rules import Kind
from workflow.standing import FINAL_STATUSES

INVARIANTS: Final = "invariants"
UNKNOWN: Final = "unknown_never_opens"
UNSURE: Final = "unsure_results_never_open"
LISTED: Final = "asking_the_record_is_listed"


def invariants(subject: Subject) -> None:
    """No recommendation breaks an invariant of the file, with or without unknown facts."""
    for table, row in subject.rows():
        if row.row.kind is not Kind.GO:
            continue
        for index, invariant in enumerate(subject.rules.invariants):
            guards_step = row.row.target in invariant.states and (
                not invariant.from_states or table.state in invariant.from_states
            )
            guarded = [
                claim
                for option, claim in row.options.items()
                if guards_step or set(option.split("|")) & invariant.options
            ]
            holds = subject.encoding.truth(invariant.unless).true
            case = subject.patient(INVARIANTS, table, either(*guarded), no(holds))
            if case is not None:
                message = (
                    f"Row {Named(row.row)} recommends to this patient what {invariant.id} forbids "
                    f"({invariant.title}): {answer_in_words(subject.decision(case))}."
                )
                subject.report(INVARIANTS, subject.locate(("invariants", index)), message, case)


# -- what is asked of the record -----------------------------------------------------------------


def asking_is_listed(subject: Subject) -> None:
    """Every condition that asks what is on record is listed with its reason, and no other is."""
    reasons = subject.pathway.on_record
    owners = {use.owner for use in uses(subject.rules) if use.asks_the_record()}
    told: set[str] = set()
    for use in uses(subject.rules):
        if use.asks_the_record() and use.owner not in reasons and use.owner not in told:
            told.add(use.owner)
            message = (
                f"{use.owner} asks what is on record ({use.asks_the_record()[0].text()}), so that "
                "unknown is answered like no; say in on_record why that is safe, or ask for the "
                "fact itself."
            )
            case = _where_it_is_unknown(subject, use)
            subject.report(LISTED, subject.locate(use.where), message, case)
    for name in reasons:
        if name not in owners:
            message = f"on_record lists {name}, which asks nothing of the record; delete the line."
            subject.report(LISTED, subject.locate(("on_record", name)), message)


def _where_it_is_unknown(subject: Subject, use: Use) -> dict[str, Any] | None:
    """A patient of whom what is asked is unknown, at the row that asks where it is a row."""
    node = use.asks_the_record()[0]
    inner = node.part if isinstance(node, Recorded) else node
    unknown = subject.encoding.truth(inner).unknown if isinstance(node, Recorded) else True
    for table in subject.tables.values():
        for row in table.rows:
            if row.row.route.id == use.owner:
                case = subject.patient(LISTED, table, row.arrives, unknown)
                if case is not None:
                    return case
    return subject.patient(LISTED, next(iter(subject.tables.values())), unknown)


# -- one patient, known less and known better ----------------------------------------------------


class Pair:
    """A patient of whom little is known (`less`), and the same one when more is (`more`)."""

    def __init__(self, subject: Subject, only: str | None = None) -> None:
        self.subject = subject
        self.veiled = Veiled(subject.symbols, only)
        self.more = subject.encoding
        self.less = Encoding(subject.rules, self.veiled)

    def tables(self) -> Iterator[tuple[ReadTable, ReadTable]]:
        """Each state's table, for what is known less and better."""
        for name, better in self.subject.tables.items():
            yield read_table(self.less, name), better

    def asked_alike(self, owners: frozenset[str]) -> Claim:
        """What these owners ask of the record has the same answer both times."""
        nodes: dict[int, Node] = {}
        for use in uses(self.subject.rules):
            if use.owner in owners:
                nodes |= {
                    id(node): node
                    for node in inner_nodes(use.node)
                    if isinstance(node, Recorded | Known | Incomplete)
                }
        return both(
            *(same(self.less.truth(n).true, self.more.truth(n).true) for n in nodes.values())
        )

    def cases(self, state: str, *claims: Claim) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """The patient known less and better, with as little as possible between them."""
        subject = self.subject
        wishes = [no(veil) for veil in self.veiled.veils.values()]
        model = subject.asker.easy_to_read(subject.today, wishes, *claims)
        if model is None:
            return None
        return (
            case_in(model, self.veiled, state, "known less"),
            case_in(model, subject.symbols, state, "known better"),
        )


def unknown_never_opens(subject: Subject) -> None:
    """Filling in an unknown fact never takes a recommendation or an MDT question back.

    Shown for every patient and everything that may be unknown about them, as long as what the
    record is asked, and listed for, has the same answer before and after.
    """
    pair = Pair(subject)
    told: set[frozenset[str]] = set()
    everybody = frozenset(use.owner for use in uses(subject.rules))
    unlisted = frozenset(use.owner for use in uses(subject.rules) if use.asks_the_record())
    unlisted -= frozenset(subject.pathway.on_record)
    for less, more in pair.tables():
        taken_back = either(
            *(
                both(claim, no(more.rows[row.index].options[option]))
                for row in less.answering()
                if row.row.kind is not Kind.BLOCK
                for option, claim in row.options.items()
            )
        )
        alike = pair.asked_alike(everybody - unlisted)
        cases = pair.cases(less.state, more.here, alike, taken_back)
        if cases is not None and (learnt := frozenset(_learnt(*cases))) not in told:
            told.add(learnt)
            _tell_of_pair(subject, less, *cases)


def _learnt(less: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """What is known better the second time."""
    return {
        name: value for name, value in more["facts"].items() if less["facts"].get(name) != value
    }


def _tell_of_pair(
    subject: Subject, table: ReadTable, less: dict[str, Any], more: dict[str, Any]
) -> None:
    before, after = subject.decision(less), subject.decision(more)
    learnt = _learnt(less, more)
    told = ", ".join(f"{name} = {value}" for name, value in learnt.items()) or "one more fact"
    rule = before.rule if before else ""
    where = next(
        (subject.where(r.row.route) for r in table.rows if r.row.rule == rule),
        subject.locate(("states", table.state)),
    )
    message = (
        f"Unknown opens a step in {table.state}: {answer_in_words(before)}; once {told} is known, "
        f"the answer is {answer_in_words(after)}."
    )
    subject.report(UNKNOWN, where, message, less)


def unsure_results_never_open(subject: Subject) -> None:
    """A measurement that is not final, not dated or of the future opens no step.

    Whatever is recommended with it is recommended without it.
    """
    for name, fact in subject.pathway.facts.items():
        if fact.type != "measurement" or name not in subject.symbols.used:
            continue
        pair = Pair(subject, only=name)
        for without, with_it in pair.tables():
            opened = either(*_recommended_otherwise(with_it, without))
            unsure = _is_unsure(subject.symbols, name)
            found = pair.cases(with_it.state, with_it.here, unsure, opened)
            if found is not None:
                decision = answer_in_words(subject.decision(found[1]))
                message = (
                    f"An unsure {name} opens a step in {with_it.state}: {decision}; without it the "
                    f"answer is {answer_in_words(subject.decision(found[0]))}."
                )
                where = subject.locate(("states", with_it.state))
                subject.report(UNSURE, where, message, found[1])


def _recommended_otherwise(first: ReadTable, second: ReadTable) -> Iterator[Claim]:
    """When the first patient is recommended a step and option that the second is not."""
    offers: dict[tuple[str | None, str], list[Claim]] = {}
    for row in second.answering():
        for option, claim in row.options.items() if row.row.kind is Kind.GO else ():
            offers.setdefault((row.row.target, option), []).append(claim)
    for row in first.answering():
        for option, claim in row.options.items() if row.row.kind is Kind.GO else ():
            yield both(claim, no(either(*offers[row.row.target, option])))


def _is_unsure(symbols: Symbols, name: str) -> Claim:
    result = symbols.result(name)
    status = result.words["report_status"].is_
    final = either(*(status[word] for word in FINAL_STATUSES))
    sampled = result.days["sample_date"]
    future = both(sampled.known, symbols.day("as_of").day.is_before(sampled.day))
    return both(result.known, either(no(final), no(sampled.known), future))
