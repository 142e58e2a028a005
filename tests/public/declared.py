"""What a pathway declares against what was typed in from the rules text."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from tests.public.cases import DATA
from tests.public.checkpoints import AS_OF
from workflow.facts import sheet_from_case
from workflow.pathway import Pathway, State, Validity
from workflow.reading import Position, evaluation
from workflow.rules import Kind, rules_of
from workflow.strict_yaml import read_yaml


def disagreements(pathway: Pathway) -> Iterator[str]:
    """Each declaration that is another than the one typed in."""
    written = _written()
    found = {name: _validity(f.valid) for name, f in pathway.facts.items() if _validity(f.valid)}
    yield from _compared("valid", written["valid"], found)
    numbers = {n: int(p.value) for n, p in pathway.parameters.items() if n in written["numbers"]}
    yield from _compared("numbers", written["numbers"], numbers)
    states = {name: _state(pathway, name, state) for name, state in pathway.states.items()}
    expected = {name: _in_order(state) for name, state in written["states"].items()}
    yield from _compared("states", expected, states)
    two_person = [name for name, state in pathway.states.items() if state.two_person]
    if sorted(two_person) != sorted(written["two_person"]):
        yield f"two_person: found {two_person}"
    yield from _offered_otherwise(pathway, written["mdt"])
    yield from _invariants(pathway, written["invariants"])


@cache
def _written() -> dict[str, Any]:
    path = DATA / "declared.yaml"
    content: dict[str, Any] = read_yaml(path.read_bytes(), path.name).content
    return content


def _compared(what: str, wanted: dict[str, Any], found: dict[str, Any]) -> Iterator[str]:
    for name in sorted({*wanted, *found}):
        if wanted.get(name) != found.get(name):
            yield f"{what} {name}: expected {wanted.get(name)}, found {found.get(name)}"


def _validity(valid: Validity) -> dict[str, Any]:
    said = {"for": valid.for_, "until_after": valid.until_after, "states": list(valid.states)}
    return {key: value for key, value in said.items() if value}


def _state(pathway: Pathway, name: str, state: State) -> dict[str, Any]:
    exits = list(state.exits or ())
    edges = [edge for edge in rules_of(pathway).edges[name] if edge not in exits]
    return _in_order({"final": state.final, "exits": exits, "leads_to": edges})


def _in_order(state: dict[str, Any]) -> dict[str, Any]:
    """A state's declaration in one form; an order of exits means nothing."""
    sorted_ = {key: sorted(state[key]) for key in ("exits", "leads_to")}
    return {"final": state.get("final", False), **sorted_}


def _offered_otherwise(pathway: Pathway, written: dict[str, Any]) -> Iterator[str]:
    """MDT decisions that may choose something else than the rules let them."""
    for name, state in pathway.states.items():
        for row in rules_of(pathway).rows[name]:
            if row.kind is not Kind.MDT:
                continue
            wanted = written.get(name, {})
            wanted = wanted.get(row.reason, wanted.get("any", []))
            offered = row.route.may_go or state.may_go
            if sorted(offered) != sorted(wanted):
                yield f"{name} {row.route.id}: the MDT may choose {offered}"


def _invariants(pathway: Pathway, written: list[dict[str, Any]]) -> Iterator[str]:
    compiled = {invariant.id: invariant for invariant in rules_of(pathway).invariants}
    for wanted in written:
        found = compiled.pop(wanted["id"], None)
        if found is None:
            yield f"invariant {wanted['id']}: is not there"
            continue
        guarded = (found.options, found.states, found.from_states, found.hard)
        if guarded != (*(frozenset(wanted[k]) for k in ("option", "go", "from")), wanted["hard"]):
            yield f"invariant {found.id}: guards {guarded}"
        for key, truth in (("holds", True), ("broken", False), ("unknown", None)):
            for facts in wanted[key]:
                sheet = sheet_from_case(pathway, facts, {}, AS_OF)
                if found.test(evaluation(sheet, Position(pathway.start))) is not truth:
                    yield f"invariant {found.id}: is not {key} for {facts}"
    yield from (f"invariant {name}: is not in the rules" for name in compiled)
