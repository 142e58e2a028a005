"""What is recommended for one patient now, and exactly why. The heart.

The current state's table is read from the top: a false row goes on to the next; a true row is the
answer; an unknown row stops, `blocked`, and names the facts that could still change it. Notes warn
in passing. The same function with nothing committed is dry run, what-if and replay: same pathway,
same facts, same date, same answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from workflow.canonical import digest
from workflow.conditions import Evaluation, Truth
from workflow.derived import DerivedTable
from workflow.explanation import Explanation, explain
from workflow.facts import FactSheet
from workflow.pathway import Pathway
from workflow.rules import CompiledInvariant, CompiledRow, Kind, Rules, rules_of
from workflow.vocabulary import CONTRADICTION, STATE

Status = Literal["recommended", "blocked", "needs_mdt"]
StepStatus = Literal["recommended", "available", "blocked", "unknown", "forbidden"]

MAIN: Final = "main"
DATA_INVALID: Final = "data_invalid"
MISSING_FACTS: Final = "missing_facts"
NO_ROUTE: Final = "no_route"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a path is: the main state, the tracks that are open, and in which episode and line."""

    state: str
    open_tracks: tuple[str, ...] = ()
    episode: int = 1
    line: int = 0


@dataclass(frozen=True, slots=True)
class Route:
    """The answer: status, where to, which option and parallel tracks, and the reason to stay."""

    status: Status
    next_state: str
    option: str | None = None
    parallel: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One edge out of the current position and whether a person may confirm it now.

    `track` is `main` or a parallel track, whose targets are `open` and `closed`.
    """

    track: str
    target: str
    status: StepStatus
    because: str
    option: str | None = None
    two_person: bool = False
    is_exit: bool = False

    @property
    def key(self) -> str:
        """What a person types: `hsct` for main states, `cns_directed:open` for tracks."""
        return self.target if self.track == MAIN else f"{self.track}:{self.target}"


@dataclass(frozen=True, slots=True)
class Decision:
    """One evaluation of one pathway version over one sheet.

    `site`, `timing` and `risk` follow the pathway's report; `warnings` and `missing` are sorted;
    `trace` lists each row looked at with its truth, in order.
    """

    pathway_id: str
    pathway_version: str
    pathway_hash: str
    state: str
    site: str | None
    timing: Mapping[str, str]
    risk: Mapping[str, str]
    route: Route
    rule: str
    warnings: tuple[str, ...]
    missing: tuple[str, ...]
    steps: tuple[Step, ...] = ()
    alternatives: tuple[str, ...] = ()
    trace: tuple[tuple[str, Truth], ...] = ()
    facts: FactSheet | None = field(default=None, compare=False, repr=False)
    explanation: Explanation | None = field(default=None, compare=False)

    @property
    def facts_digest(self) -> str:
        """A hash over every fact that counted: name, value, and the record it came from."""
        return facts_digest(self.facts) if self.facts else ""

    @property
    def digest(self) -> str:
        """A hash over the answer and the truth of every row that was looked at."""
        route = self.route
        content = [
            self.state,
            self.rule,
            [route.status, route.next_state, route.option, list(route.parallel), route.reason],
            list(self.warnings),
            list(self.missing),
            [self.site, dict(self.timing), dict(self.risk)],
            [list(item) for item in self.trace],
        ]
        return digest(content)


def facts_digest(sheet: FactSheet) -> str:
    """A hash over every fact of a sheet: its name, its value and the record it came from."""
    return digest(
        [
            [name, str(value), record.record_id if (record := sheet.records.get(name)) else ""]
            for name, value in sorted(sheet.values.items())
        ]
    )


def decide(
    pathway: Pathway, position: Position, sheet: FactSheet, *, explained: bool = False
) -> Decision:
    """The route, warnings, missing facts and steps for this position and what is known.

    `sheet.as_of` is the civil date the answer holds for. With `explained`, every row that was
    looked at comes with its clauses and what each of them found.
    """
    rules = rules_of(pathway)
    ev = evaluation(sheet, position)
    reading = _read_table(rules, position, ev)
    report = pathway.report
    return Decision(
        pathway_id=pathway.id,
        pathway_version=pathway.version,
        pathway_hash=pathway.content_hash,
        state=position.state,
        site=shown(rules, report.site, ev) if report else None,
        timing={key: shown(rules, name, ev) for key, name in report.timing.items()}
        if report
        else {},
        risk={key: shown(rules, name, ev) for key, name in report.risk.items()} if report else {},
        route=reading.route,
        rule=reading.rule,
        warnings=tuple(sorted(reading.warnings)),
        missing=tuple(sorted(reading.missing)),
        steps=_steps(rules, position, ev, reading),
        alternatives=_allowed_alternatives(rules, reading, ev),
        trace=tuple((row.route.id, truth) for row, truth in reading.looked_at),
        facts=sheet,
        explanation=explain(rules, sheet, ev, reading.looked_at) if explained else None,
    )


def evaluation(sheet: FactSheet, position: Position) -> Evaluation:
    """The sheet ready for conditions, with the state and whether the record contradicts itself."""
    contradiction = "yes" if sheet.contradictions else "no"
    context = {STATE: position.state, CONTRADICTION: contradiction}
    return Evaluation({**sheet.values, **context}, sheet.as_of)


def shown(rules: Rules, name: str, ev: Evaluation) -> str:
    """A derived fact as one word: its value, the word for a set of values, or `unknown`."""
    derived = rules.derived(name)
    possible = derived.possible(ev)
    if len(possible) == 1:
        return next(iter(possible))
    if isinstance(derived, DerivedTable):
        for word, values in rules.pathway.derived[name].shown_as.items():
            if possible == frozenset(values):
                return word
    return "unknown"


@dataclass(slots=True)
class _Reading:
    """What reading a table from the top gave; filled in by `_read_table`."""

    route: Route
    rule: str = ""
    row: CompiledRow | None = None
    warnings: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    tracks: list[str] = field(default_factory=list)
    looked_at: list[tuple[CompiledRow, Truth]] = field(default_factory=list)


def _read_table(rules: Rules, position: Position, ev: Evaluation) -> _Reading:
    state = position.state
    reading = _Reading(Route("blocked", state, reason=NO_ROUTE))
    rows = rules.rows[state]
    index = 0
    while index < len(rows):
        row = rows[index]
        truth = row.test(ev)
        reading.looked_at.append((row, truth))
        index += 1
        if row.kind is Kind.NOTE or row.kind is Kind.LEAVE:
            if truth is True:
                _warn(reading, row, ev)
                index = row.jump if row.kind is Kind.LEAVE else index
        elif row.kind is Kind.ENTER and truth is not None:
            index = index if truth else row.jump
        elif truth is not False and _answers(rules, reading, row, truth, ev):
            break
    return reading


def _answers(
    rules: Rules, reading: _Reading, row: CompiledRow, truth: Truth, ev: Evaluation
) -> bool:
    """Whether this row is the answer; fills in the reading if so."""
    state = reading.route.next_state
    option: str | None = None
    unknown: set[str] = set()
    stops = truth is None
    if stops:
        unknown = row.condition.unknowns(ev)
    elif row.option is not None:
        option, certain = row.option.choose(ev)
        if not certain:
            stops, unknown = True, row.option.unknowns(ev)
        elif option is None:
            return False
    reading.row, reading.rule = row, row.rule
    tracks = _tracks(rules, row, ev)
    if stops:
        reading.missing = unknown
        reading.route = Route("blocked", state, None, tracks, MISSING_FACTS)
        return True
    _warn(reading, row, ev)
    reading.missing = _row_missing(row, ev)
    if row.kind is Kind.GO:
        reading.route = Route("recommended", row.target or state, option, tracks)
    else:
        status: Status = "needs_mdt" if row.kind is Kind.MDT else "blocked"
        reading.route = Route(status, state, None, tracks, row.reason)
    return True


def _warn(reading: _Reading, row: CompiledRow, ev: Evaluation) -> None:
    reading.warnings.update(code for code, test in row.warns if test(ev) is True)


def _tracks(rules: Rules, row: CompiledRow, ev: Evaluation) -> tuple[str, ...]:
    if row.early:
        return ()
    names = [name for name, test in rules.tracks if test(ev) is True]
    names += [name for name, test in row.tracks if test(ev) is True and name not in names]
    return tuple(names)


def _row_missing(row: CompiledRow, ev: Evaluation) -> set[str]:
    if row.missing is None:
        return set()
    if isinstance(row.missing, frozenset):
        unknown = {name for name in row.missing if ev.values.get(name) is None}
        return unknown or set(row.missing)
    return row.missing.missing(ev)


def _allowed_alternatives(rules: Rules, reading: _Reading, ev: Evaluation) -> tuple[str, ...]:
    if reading.row is None:
        return ()
    return tuple(
        option
        for option in reading.row.route.alternatives
        if not broken_invariants(rules, "", "", option, ev)
    )


def broken_invariants(
    rules: Rules, state: str, target: str, option: str | None, ev: Evaluation
) -> list[CompiledInvariant]:
    """The invariants that forbid this step or option: those whose condition is not proven."""
    options = set((option or "").split("|"))
    return [
        invariant
        for invariant in rules.invariants
        if (
            options & invariant.options
            or (
                target in invariant.states
                and (not invariant.from_states or state in invariant.from_states)
            )
        )
        and invariant.test(ev) is not True
    ]


def _steps(rules: Rules, position: Position, ev: Evaluation, reading: _Reading) -> tuple[Step, ...]:
    main = tuple(
        _main_step(rules, position.state, target, ev, reading)
        for target in rules.edges[position.state]
    )
    return main + _track_steps(rules, position, ev, reading)


def _main_step(rules: Rules, state: str, target: str, ev: Evaluation, reading: _Reading) -> Step:
    pathway = rules.pathway
    model = pathway.states[state]
    two_person = pathway.states[target].two_person
    route = reading.route
    if target in (model.exits or ()):
        return Step(
            MAIN, target, "available", "always open to a person", None, two_person, is_exit=True
        )
    if route.reason == DATA_INVALID:
        because = "the record contradicts itself: " + ", ".join(sorted(reading.warnings))
        return Step(MAIN, target, "forbidden", because, None, two_person)
    recommended = route.status == "recommended" and route.next_state == target
    option = route.option if recommended else None
    broken = broken_invariants(rules, state, target, option, ev)
    status: StepStatus = (
        "recommended" if recommended else _weakest(rules, state, target, ev, reading)
    )
    because = f"rule {reading.rule}" if recommended else _because(status, reading)
    if broken:
        because = "invariant " + ", ".join(invariant.id for invariant in broken)
        if any(invariant.hard and invariant.test(ev) is False for invariant in broken):
            status = "forbidden"
        elif any(invariant.test(ev) is None for invariant in broken):
            status = "unknown"
        elif status in {"recommended", "available"}:
            status = "blocked"
    return Step(MAIN, target, status, because, option, two_person)


def _weakest(
    rules: Rules, state: str, target: str, ev: Evaluation, reading: _Reading
) -> StepStatus:
    """The status of an edge that is not the recommendation.

    Unknown while the table stopped for want of facts or a row leading there cannot be told;
    available where the MDT may choose it; otherwise blocked.
    """
    row = reading.row
    if row is not None and reading.route.status == "needs_mdt":
        chosen_by_mdt = row.route.may_go or rules.pathway.states[state].may_go
        if target in chosen_by_mdt:
            return "available"
    truths = {
        _row_truth(candidate, ev)
        for candidate in rules.rows[state]
        if candidate.kind is Kind.GO and candidate.target == target
    }
    if None in truths or (True in truths and reading.route.status == "blocked"):
        return "unknown"
    return "blocked"


def _row_truth(row: CompiledRow, ev: Evaluation) -> Truth:
    truths = {row.test(ev), row.gate_when.test(ev)}
    if row.option is not None and False not in truths:
        option, certain = row.option.choose(ev)
        truths.add((option is not None) if certain else None)
    return False if False in truths else None if None in truths else True


def _because(status: StepStatus, reading: _Reading) -> str:
    if status == "available":
        return f"an MDT decision may choose it (rule {reading.rule}: {reading.route.reason})"
    if status == "unknown":
        missing = ", ".join(sorted(reading.missing)) or "see the explanation"
        return f"cannot be told yet; missing: {missing}"
    if reading.route.status == "recommended":
        return f"rule {reading.rule} leads to {reading.route.next_state}"
    return f"its conditions are not met (rule {reading.rule})"


_CLOSING: Final[dict[Truth, StepStatus]] = {
    True: "recommended",
    False: "blocked",
    None: "unknown",
}


def _track_steps(
    rules: Rules, position: Position, ev: Evaluation, reading: _Reading
) -> tuple[Step, ...]:
    if rules.pathway.states[position.state].final:
        return ()
    steps = []
    for name in rules.pathway.tracks:
        if name in position.open_tracks:
            closing = rules.track_closing.get(name)
            truth = True if closing is None else closing.test(ev)
            status = _CLOSING[truth]
            because = "its schedule is complete" if truth else "its schedule is not complete"
            steps.append(Step(name, "closed", status, because))
        elif name in reading.route.parallel:
            steps.append(Step(name, "open", "recommended", f"rule {reading.rule}"))
    return tuple(steps)
