"""Whom two versions of a pathway would answer differently, among the patients there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from allpath import words
from workflow.errors import FactError
from workflow.found import Found
from workflow.pathway import Pathway
from workflow.records import Case, PathRecord
from workflow.store import Store


@dataclass(frozen=True, slots=True)
class Rerouted:
    """One patient, by opaque id, with both answers and the rules that gave them."""

    path_id: str
    state: str
    old: str
    old_rule: str
    new: str
    new_rule: str


@dataclass(frozen=True, slots=True)
class Reroute:
    """How many patients were asked about, and those who would be answered differently."""

    asked: int
    found: tuple[Rerouted, ...]


def rerouted(
    store: Store, old: Pathway, new: Pathway, progress: Callable[[int], None], now: datetime
) -> Reroute:
    """Every path of this pathway that has not ended, decided by both versions; nothing moves."""
    asked = 0
    found: list[Rerouted] = []

    def is_asked(path: PathRecord) -> bool:
        state = old.states.get(path.state)
        is_on = path.pathway_id == old.id and not path.merged_into
        return is_on and state is not None and not state.final

    for case in store.cases(is_asked):
        if is_asked(case.path):
            asked += 1
            found += _differing(old, new, case, now)
            progress(asked)
    return Reroute(asked, tuple(found))


def _differing(old: Pathway, new: Pathway, case: Case, now: datetime) -> Iterator[Rerouted]:
    (was, old_rule), (will, new_rule) = (answer_of(p, case, now) for p in (old, new))
    if was != will:
        path = case.path
        yield Rerouted(path.path_id, path.state, was, old_rule, will, new_rule)


def answer_of(pathway: Pathway, case: Case, now: datetime) -> tuple[str, str]:
    """What this version recommends for the path, in a few words, and by which rule."""
    if case.path.state not in pathway.states:
        return f"there is no state {case.path.state}", ""
    try:
        decision = Found(pathway, case, now).decision()
    except FactError as error:
        return f"cannot be decided: {error}", ""
    route = decision.route
    option = f" with {route.option}" if route.option else ""
    tracks = f", opens {', '.join(route.parallel)}" if route.parallel else ""
    return f"{words.short_route(decision)}{option}{tracks}", decision.rule
