"""The edges out of a position, and whether a person may confirm each of them now.

Recommended is what the table answers; available is open to a person (exits) or to an MDT decision;
blocked, unknown and forbidden are not open: a condition is not met, cannot be told yet, or the
record contradicts itself or breaks a hard invariant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from workflow.operands import Evaluation, Truth
from workflow.reading import Position, Reading
from workflow.rules import CompiledInvariant, CompiledRow, Kind, Rules

StepStatus = Literal["recommended", "available", "blocked", "unknown", "forbidden"]

ALLOWED: Final = frozenset({"recommended", "available"})
MAIN: Final = "main"
DATA_INVALID: Final = "data_invalid"


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
        """What a person types: `treatment` for main states, `side_care:open` for tracks."""
        return self.target if self.track == MAIN else f"{self.track}:{self.target}"


def steps_from(
    rules: Rules, position: Position, ev: Evaluation, reading: Reading
) -> tuple[Step, ...]:
    """Every step out of this position: main states first, then parallel tracks."""
    main = tuple(
        _main_step(rules, position.state, target, ev, reading)
        for target in rules.edges[position.state]
    )
    return main + _track_steps(rules, position, ev, reading)


def step_to(
    rules: Rules, position: Position, ev: Evaluation, reading: Reading, key: str
) -> Step | None:
    """The step of that key, or None when there is no such edge."""
    if key in rules.edges[position.state]:
        return _main_step(rules, position.state, key, ev, reading)
    tracks = _track_steps(rules, position, ev, reading)
    return next((step for step in tracks if step.key == key), None)


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


def _main_step(rules: Rules, state: str, target: str, ev: Evaluation, reading: Reading) -> Step:
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
        because = "invariant " + ", ".join(f"{item.id} ({item.title})" for item in broken)
        if any(invariant.hard and invariant.test(ev) is False for invariant in broken):
            status = "forbidden"
        elif any(invariant.test(ev) is None for invariant in broken):
            status = "unknown"
        elif status in {"recommended", "available"}:
            status = "blocked"
    return Step(MAIN, target, status, because, option, two_person)


def _weakest(rules: Rules, state: str, target: str, ev: Evaluation, reading: Reading) -> StepStatus:
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


def _because(status: StepStatus, reading: Reading) -> str:
    if status == "available":
        return f"an MDT decision may choose it (rule {reading.rule}: {reading.route.reason})"
    if status == "unknown" and reading.missing:
        return f"cannot be told yet; missing: {', '.join(sorted(reading.missing))}"
    if reading.route.status == "recommended":
        return f"rule {reading.rule} leads to {reading.route.next_state}"
    return f"its conditions are not met (rule {reading.rule})"


_CLOSING: Final[dict[Truth, StepStatus]] = {
    True: "recommended",
    False: "blocked",
    None: "unknown",
}


def _track_steps(
    rules: Rules, position: Position, ev: Evaluation, reading: Reading
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
