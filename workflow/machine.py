"""The pathway as a state machine of the transitions library; the only module that imports it.

One machine per pathway version, built once and never bound to a patient: an event is fired on a
throw-away context. Its guard is the decision already taken, so a step that was not allowed cannot
fire, and there is no second place that knows the rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from transitions import EventData, Machine, MachineError

from workflow.errors import RefusedError
from workflow.pathway import Pathway
from workflow.rules import rules_of
from workflow.steps import ALLOWED, MAIN, Step


@dataclass
class _Firing:
    """One attempt to move: the state it starts from, and the step somebody confirms."""

    state: str
    step: Step


def _is_allowed(event: EventData) -> bool:
    firing = event.model
    return isinstance(firing, _Firing) and firing.step.status in ALLOWED


@lru_cache(maxsize=64)
def _machine(pathway: Pathway) -> Machine:
    rules = rules_of(pathway)
    machine = Machine(
        model=None,
        states=[*pathway.states],
        initial=pathway.start,
        auto_transitions=False,
        send_event=True,
        queued=False,
    )
    for source, targets in rules.edges.items():
        for target in targets:
            machine.add_transition(target, source, target, conditions=[_is_allowed])
    return machine


def edges(pathway: Pathway) -> frozenset[tuple[str, str]]:
    """Every (from, to) pair of main states the machine knows."""
    machine = _machine(pathway)
    return frozenset(
        (str(transition.source), str(transition.dest))
        for event in machine.events.values()
        for transitions in event.transitions.values()
        for transition in transitions
    )


def fire(pathway: Pathway, state: str, step: Step) -> str:
    """The main state after the step; raises RefusedError when the machine does not allow it.

    Opening and closing a parallel track leaves the main state as it is.
    """
    if step.track != MAIN:
        if step.status not in ALLOWED:
            raise RefusedError(f"The step {step.key} is {step.status}: {step.because}.")
        return state
    firing = _Firing(state, step)
    event = _machine(pathway).events.get(step.target)
    try:
        moved = event is not None and event.trigger(firing)
    except MachineError:
        moved = False
    if not moved:
        raise RefusedError(
            f"The step from {state} to {step.target} is {step.status}: {step.because}."
        )
    return firing.state
