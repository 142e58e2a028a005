"""Nobody is stuck and nobody is forgotten: states, ways out, and checkpoints that keep asking.

States are looked at one by one, each with any combination of facts: what a patient was like in the
state before restricts nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from workflow.conditions import Compare
from workflow.operands import Number, Operand, Shifted, Today
from workflow.pathway import Checkpoint
from workflow.proof.encoding import compare_nodes
from workflow.proof.logic import Claim, both, either, no
from workflow.proof.subject import Subject
from workflow.proof.tables import ReadTable
from workflow.rules import Kind

STATES_REACHED: Final = "states_reached"
EDGES_OPEN: Final = "edges_open"
AN_END: Final = "an_end_is_reached"
CYCLES: Final = "cycles_have_exits"
NOT_BY_TIME: Final = "not_left_by_time_alone"
NOBODY_FORGOTTEN: Final = "nobody_forgotten"
CHECKPOINTS: Final = "checkpoints_have_effect"


def edges_open(subject: Subject) -> None:
    """Every step the pathway draws is open to somebody."""
    for table in subject.tables.values():
        for target in subject.rules.edges[table.state]:
            if not _is_open(subject, table, target):
                where = subject.locate(("states", table.state))
                message = (
                    f"The step from {table.state} to {target} is open to nobody: no row recommends "
                    "it, and no row that asks the MDT offers it."
                )
                subject.report(EDGES_OPEN, where, message, subject.patient(EDGES_OPEN, table))


def _is_open(subject: Subject, table: ReadTable, target: str) -> bool:
    """Whether the step is open to somebody; asked once."""
    if target in (subject.pathway.states[table.state].exits or ()):
        return True
    edge, known = (table.state, target), subject.open_edges
    if edge not in known:
        openings = either(*_openings(subject, table, target))
        known[edge] = subject.asker.find(table.here, openings) is not None
    return known[edge]


def _openings(subject: Subject, table: ReadTable, target: str) -> Iterator[Claim]:
    """When the step is recommended, or the MDT may choose it."""
    for row in table.answering():
        if row.row.kind is Kind.GO and row.row.target == target:
            yield row.answers
        if row.row.kind is Kind.MDT:
            offered = row.row.route.may_go or subject.pathway.states[table.state].may_go
            if target in offered:
                yield both(row.answers, _invariants_hold(subject, table.state, target))


def _invariants_hold(subject: Subject, state: str, target: str) -> Claim:
    return both(
        *(
            subject.encoding.truth(invariant.unless).true
            for invariant in subject.rules.invariants
            if target in invariant.states
            and (not invariant.from_states or state in invariant.from_states)
        )
    )


# -- the graph of states -------------------------------------------------------------------------


def states_reached(subject: Subject) -> None:
    """Every state can be reached from the start."""
    reached = _reached_from(subject, {subject.pathway.start})
    for name in subject.pathway.states:
        if name not in reached:
            message = f"The state {name} is never reached from {subject.pathway.start}."
            table = subject.tables.get(name)
            case = None if table is None else subject.patient(STATES_REACHED, table)
            subject.report(STATES_REACHED, subject.locate(("states", name)), message, case)


def an_end(subject: Subject) -> None:
    """From every state that is not final, a final one can be reached."""
    final = subject.rules.final_states
    for name in subject.tables:
        if not _reached_from(subject, {name}) & final:
            message = f"From {name} no final state can be reached; give it an exit."
            case = subject.patient(AN_END, subject.tables[name])
            subject.report(AN_END, subject.locate(("states", name)), message, case)


def cycles(subject: Subject) -> None:
    """Every circle of states has a way out of it."""
    around = {name: _reached_from(subject, {name}) for name in subject.tables}
    told: set[frozenset[str]] = set()
    for name in subject.tables:
        circle = frozenset(other for other in around[name] if name in around.get(other, set()))
        if len(circle) > 1 and circle not in told and around[name] <= circle:
            told.add(circle)
            message = f"Nothing leads out of the circle {', '.join(sorted(circle))}."
            case = subject.patient(CYCLES, subject.tables[name])
            subject.report(CYCLES, subject.locate(("states", name)), message, case)


def _reached_from(subject: Subject, start: set[str]) -> set[str]:
    reached, new = set(start), list(start)
    while new:
        state = new.pop()
        if state not in subject.tables:
            continue
        for target in subject.rules.edges[state]:
            if target not in reached and _is_open(subject, subject.tables[state], target):
                reached.add(target)
                new.append(target)
    return reached


# -- time ----------------------------------------------------------------------------------------


def not_by_time_alone(subject: Subject) -> None:
    """No state is one that only the passing of time opens."""
    for table in subject.tables.values():
        model = subject.pathway.states[table.state]
        if model.exits:
            continue
        ways = [
            claim
            for target in subject.rules.edges[table.state]
            for claim in _ways_without_time(subject, table, target)
        ]
        if subject.asker.find(table.here, either(*ways)) is None:
            message = (
                f"Only the passing of time opens a step out of {table.state}; give it an exit that "
                "a person can take, or a route that a fact opens."
            )
            case = subject.patient(NOT_BY_TIME, table)
            subject.report(NOT_BY_TIME, subject.locate(("states", table.state)), message, case)


def _ways_without_time(subject: Subject, table: ReadTable, target: str) -> Iterator[Claim]:
    """When a row leads there although nothing it needs has come with time alone."""
    ticked: list[Claim] = []
    for row in table.answering():
        compares = compare_nodes(subject.encoding, row.row.condition)
        ticked += [_came_with_time(subject, one) for one in compares if _asks_for_today(one)]
        route = row.row.route
        offered = route.may_go or subject.pathway.states[table.state].may_go
        if row.row.target == target or (row.row.kind is Kind.MDT and target in offered):
            yield both(row.answers, *(no(claim) for claim in ticked))


def _came_with_time(subject: Subject, compare: Compare) -> Claim:
    """The comparison has the answer that the passing of time gives it in the end."""
    truth = subject.encoding.truth(compare)
    until = compare.op in {"before", "on_or_before", "below", "at_most"}
    return truth.false if until == _is_today(compare.left) else truth.true


def _asks_for_today(compare: Compare) -> bool:
    return any(_is_today(operand) for operand in (compare.left, compare.right))


def _is_today(operand: Operand) -> bool:
    if isinstance(operand, Shifted):
        return _is_today(operand.base)
    if isinstance(operand, Number):
        return _is_today(operand.start) or _is_today(operand.end)
    return isinstance(operand, Today)


# -- checkpoints ---------------------------------------------------------------------------------


def nobody_forgotten(subject: Subject) -> None:
    """In every state that is not final, every patient has an open checkpoint that does not end."""
    for table in subject.tables.values():
        model = subject.pathway.states[table.state]
        kept = [
            _asked_of(subject, f"state:{table.state}", checkpoint)
            for checkpoint in model.checkpoints
            if never_ends(checkpoint)
        ]
        case = subject.patient(NOBODY_FORGOTTEN, table, no(either(*kept)))
        if case is not None:
            message = (
                f"In {table.state} this patient has no checkpoint that stays open until the state "
                "is left; add one without a condition that repeats."
            )
            where = subject.locate(("states", table.state, "checkpoints"))
            subject.report(NOBODY_FORGOTTEN, where, message, case)


def never_ends(checkpoint: Checkpoint) -> bool:
    """Whether a checkpoint, once asked, stays or comes again until its state is left."""
    endless = checkpoint.every is not None and (not checkpoint.times or checkpoint.then is not None)
    return endless or not checkpoint.expects


def _asked_of(subject: Subject, owner: str, checkpoint: Checkpoint) -> Claim:
    node = subject.rules.checkpoint_whens.get((owner, checkpoint.id))
    return True if node is None else subject.encoding.truth(node).true


def checkpoints_have_effect(subject: Subject) -> None:
    """Every checkpoint is asked of somebody, can be met, and is not met before it is asked."""
    for section, owner, name, checkpoint, index in _checkpoints(subject):
        where = subject.locate((section, name, "checkpoints", index))
        table = subject.tables.get(name) if section == "states" else None
        here = table.here if table else True
        asked = _asked_of(subject, owner, checkpoint)
        some_table = table or next(iter(subject.tables.values()))
        if subject.asker.find(here, asked) is None:
            message = f"The checkpoint {checkpoint.id} of {name} is asked of nobody."
            subject.report(CHECKPOINTS, where, message, subject.patient(CHECKPOINTS, some_table))
        for fact in _supplied_by_nobody(subject, checkpoint.expects):
            message = (
                f"Nobody can meet the checkpoint {checkpoint.id} of {name}: no one supplies {fact}."
            )
            subject.report(CHECKPOINTS, where, message, subject.patient(CHECKPOINTS, some_table))
        if (
            checkpoint.expects
            and not checkpoint.every
            and _is_met_at_once(subject, checkpoint, asked)
        ):
            message = f"The checkpoint {checkpoint.id} of {name} is met whenever it is asked."
            subject.report(CHECKPOINTS, where, message, subject.patient(CHECKPOINTS, some_table))


def _checkpoints(subject: Subject) -> Iterator[tuple[str, str, str, Checkpoint, int]]:
    pathway = subject.pathway
    for name, state in pathway.states.items():
        for index, checkpoint in enumerate(state.checkpoints):
            yield "states", f"state:{name}", name, checkpoint, index
    for name, track in pathway.tracks.items():
        for index, checkpoint in enumerate(track.checkpoints):
            yield "tracks", f"track:{name}", name, checkpoint, index


def _supplied_by_nobody(subject: Subject, facts: Iterable[str]) -> list[str]:
    return [name for name in facts if not subject.pathway.facts[name].supplied_by]


def _is_met_at_once(subject: Subject, checkpoint: Checkpoint, asked: Claim) -> bool:
    """Whether all its facts are known whenever it opens, at once, on what is known already."""
    if checkpoint.opens.split()[0] != "0" or checkpoint.anchor:
        return False
    unknown = [no(subject.symbols.known(fact)) for fact in checkpoint.expects]
    return subject.asker.find(asked, either(*unknown)) is None
