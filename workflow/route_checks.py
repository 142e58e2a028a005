"""Every row of a table can be reached, says one thing, and leads somewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workflow.naming_checks import Finding, twice, unknown
from workflow.pathway import Pathway, Route
from workflow.strict_yaml import Where


def route_findings(pathway: Pathway) -> Iterator[Finding]:
    """The findings at the rows of states, gates and early routes, and at the invariants."""
    yield from _table(pathway, pathway.early_routes, ("early_routes",), pathway.states)
    for index, route in enumerate(pathway.early_routes):
        where: Where = ("early_routes", index)
        if route.when is None:
            yield where, "an early route is read in every state; write the condition it needs"
        if route.gate is not None:
            yield (*where, "gate"), "an early route has no gate; write its rows out"
        if route.leave:
            yield (*where, "leave"), "only a row of a gate can leave; delete it"
    for name, gate in pathway.gates.items():
        yield from _table(pathway, gate, ("gates", name), {})
        for index, route in enumerate(gate):
            if route.gate is not None:
                yield ("gates", name, index, "gate"), "a gate holds no gate; write its rows out"
    for name, state in pathway.states.items():
        where = ("states", name, "routes")
        yield from _table(pathway, state.routes, where, None)
        for index, route in enumerate(state.routes):
            if route.leave:
                yield (*where, index, "leave"), "only a row of a gate can leave; delete it"
        for field in ("may_go", "exits"):
            at = ("states", name, field)
            targets = getattr(state, field) or ()
            yield from unknown(targets, pathway.states, at, "state")
            if field == "may_go" and name in targets:
                yield at, f"{name} leads to itself; delete it, staying needs no step"
    yield from _invariants(pathway)


def _table(
    pathway: Pathway,
    routes: tuple[Route, ...],
    where: Where,
    renamed: Mapping[str, object] | None,
) -> Iterator[Finding]:
    """One ordered table; `renamed` holds what its rows may give another rule id for."""
    yield from twice((route.id for route in routes), where, "this table")
    for index, route in enumerate(routes):
        at = (*where, index)
        yield from _row(route, at)
        ends = route.when is None and (route.go or route.mdt or route.block or route.leave)
        if ends and index + 1 < len(routes):
            yield at, "the rows below are never read; give it a condition, or write it last"
        if route.gate is not None and route.gate not in pathway.gates:
            continue  # said where the gate is read
        inner = {row.id: row for row in pathway.gates.get(route.gate or "", ())}
        known = inner if renamed is None else renamed
        yield from unknown(route.rules, known, (*at, "rules"), "row" if route.gate else "state")


def _row(route: Route, where: Where) -> Iterator[Finding]:
    does_something = (
        *(route.go, route.mdt, route.block, route.gate, route.leave, route.warn, route.tracks),
    )
    if not any(does_something):
        yield where, "this row does nothing; write go, mdt, block, gate, warn or tracks"
    if route.option is not None and route.options_of is not None:
        yield (*where, "options_of"), "a row has option or options_of, not both; delete one"
    for field in ("warn", "tracks"):
        for index, entry in enumerate(getattr(route, field)):
            if isinstance(entry, Mapping) and len(entry) != 1:
                at = (*where, field, index)
                yield at, "write one name and its condition: {name: condition}"
    if isinstance(route.option, tuple):
        yield from _options(route, (*where, "option"))


def _options(route: Route, where: Where) -> Iterator[Finding]:
    rows = route.option if isinstance(route.option, tuple) else ()
    if not rows:
        yield where, "no option is written; write one, or delete the field"
    for index, row in enumerate(rows):
        at = (*where, index)
        is_conditional = row.when is not None and row.is_ is not None and row.otherwise is None
        is_last = row.when is None and row.is_ is None and row.otherwise is not None
        if not (is_conditional or is_last):
            yield at, "a line needs when and is, or otherwise"
        if is_last and index + 1 < len(rows):
            yield at, "the lines below are never read; write otherwise last"


def _invariants(pathway: Pathway) -> Iterator[Finding]:
    yield from twice((item.id for item in pathway.invariants), ("invariants",), "the invariants")
    for index, invariant in enumerate(pathway.invariants):
        where: Where = ("invariants", index)
        if not any(invariant.never.values()):
            yield (*where, "never"), "it guards nothing; write {option: ...} or {go: ...}"
        for key, known in (("option", pathway.options), ("go", pathway.states)):
            names = invariant.never.get(key, ())  # type: ignore[call-overload] # the two keys there are
            what = "state" if key == "go" else key
            yield from unknown(names, known, (*where, "never", key), what)
        yield from unknown(invariant.from_, pathway.states, (*where, "from"), "state")
