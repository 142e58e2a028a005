"""A pathway as one drawing: its states in the order of care, and every step between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from workflow.drawing.graph import Edge, EdgeKind, Graph, Node, Note
from workflow.pathway import Pathway, State
from workflow.rules import CompiledRow, Kind, Rules, rules_of

_MANY: Final = 3
"""A step that so many states share is told once, not drawn from each of them."""
_SHARED: Final[dict[EdgeKind, str]] = {
    "early": "Read first in every state",
    "person": "Always open to a person",
}


def overview(pathway: Pathway, drawn: frozenset[tuple[str, str]] = frozenset()) -> Graph:
    """The pathway's states and steps; what many states share is told in notes, unless `drawn`."""
    rules = rules_of(pathway)
    ways = _ways(rules)
    shared = _shared(ways)
    told = {(way.source, way.target) for way in shared} - drawn
    return Graph(
        name=pathway.id,
        title=f"{pathway.title}, version {pathway.version}",
        summary=_summary(pathway),
        nodes=(*_states(pathway), *_tracks(rules)),
        edges=tuple(way for way in ways if (way.source, way.target) not in told),
        notes=_notes(rules, shared, drawn),
    )


def in_order(pathway: Pathway) -> tuple[str, ...]:
    """The states in the order of care, the final ones together at the end."""
    return tuple(sorted(pathway.states, key=lambda name: pathway.states[name].final))


def listed(words: Iterable[str]) -> str:
    """Words as people list them: `a, b and c`."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _summary(pathway: Pathway) -> str:
    open_states = [state for state in pathway.states.values() if not state.final]
    final = [state.title for state in pathway.states.values() if state.final]
    ends = f" It ends in {listed(final)}." if final else ""
    return (
        f"{pathway.title}, version {pathway.version}: care passes through up to "
        f"{len(open_states)} states and begins in {pathway.states[pathway.start].title}.{ends}"
    )


def _states(pathway: Pathway) -> tuple[Node, ...]:
    return tuple(
        Node(name, state.title, "final" if state.final else "state", _remarks(pathway, name, state))
        for name, state in ((name, pathway.states[name]) for name in in_order(pathway))
    )


def _remarks(pathway: Pathway, name: str, state: State) -> tuple[str, ...]:
    said = (
        ("start of the path", name == pathway.start),
        ("two people sign", state.two_person),
        ("opens a new episode", state.opens_episode),
        ("counts a line", state.counts_line),
        ("final", state.final),
    )
    return tuple(text for text, is_so in said if is_so)


def _tracks(rules: Rules) -> tuple[Node, ...]:
    nodes = []
    for name, track in rules.pathway.tracks.items():
        closing = rules.track_closing.get(name)
        remarks = []
        if track.closes_into:
            remarks.append(f"closes into {rules.pathway.states[track.closes_into].title}")
        if closing is not None:
            remarks.append(f"closes when {closing.text()}")
        nodes.append(Node(f"track:{name}", track.title, "track", tuple(remarks)))
    return tuple(nodes)


def _ways(rules: Rules) -> list[Edge]:
    """One edge for each step there is, in the order of care."""
    order = in_order(rules.pathway)
    return [
        _way(rules, source, target)
        for source in order
        for target in sorted(rules.edges[source], key=order.index)
    ]


def _way(rules: Rules, source: str, target: str) -> Edge:
    pathway = rules.pathway
    start, end = pathway.states[source].title, pathway.states[target].title
    if target in (pathway.states[source].exits or ()):
        sentence = f"From {start} a person may always go to {end}."
        return Edge(source, target, f"to {end}: a person", sentence, "person")
    rows = rows_to(rules, source, target)
    names = list(dict.fromkeys(row.rule for row in rows))
    if not names:
        sentence = f"From {start} an MDT decision may lead to {end}."
        return Edge(source, target, f"to {end}: MDT", sentence, "mdt")
    word = "rule" if len(names) == 1 else "rules"
    sentence = f"From {start} the {word} {listed(names)} may lead to {end}."
    kind: EdgeKind = "early" if all(row.early for row in rows) else "rule"
    return Edge(source, target, f"to {end}: {', '.join(names)}", sentence, kind)


def rows_to(rules: Rules, source: str, target: str) -> list[CompiledRow]:
    """The rows of a state that lead to another."""
    return [row for row in rules.rows[source] if row.kind is Kind.GO and row.target == target]


def _shared(ways: list[Edge]) -> list[Edge]:
    """The steps that many states share: exits, and what the early routes alone lead to."""
    groups: dict[tuple[str, str], list[Edge]] = defaultdict(list)
    for way in ways:
        if way.kind in _SHARED:
            groups[way.kind, way.target].append(way)
    return [way for group in groups.values() if len(group) >= _MANY for way in group]


def _notes(rules: Rules, shared: list[Edge], drawn: frozenset[tuple[str, str]]) -> tuple[Note, ...]:
    notes = []
    for kind, title in _SHARED.items():
        ways = [way for way in shared if way.kind == kind]
        by_sources: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for target in dict.fromkeys(way.target for way in ways):
            sources = tuple(way.source for way in ways if way.target == target)
            by_sources[sources].append(target)
        lines = tuple(
            f"To {listed(rules.pathway.states[target].title for target in targets)} "
            f"from {_all_but(rules.pathway, sources)}{_by(rules, sources, targets, kind)}."
            for sources, targets in by_sources.items()
        )
        told = ((way.source, way.target) for way in ways)
        if ways:
            notes.append(Note(title, lines, tuple(pair for pair in told if pair not in drawn)))
    return tuple(notes)


def _all_but(pathway: Pathway, sources: tuple[str, ...]) -> str:
    """Many states in few words: all of them, those that are not final, but for a few."""
    going_on = [name for name, state in pathway.states.items() if not state.final]
    for group, words in (
        (going_on, "every state that is not final"),
        (pathway.states, "every state"),
    ):
        without = [pathway.states[name].title for name in group if name not in sources]
        if set(sources) <= set(group) and len(without) < _MANY:
            return f"{words} but {listed(without)}" if without else words
    return listed(pathway.states[name].title for name in sources)


def _by(rules: Rules, sources: tuple[str, ...], targets: list[str], kind: EdgeKind) -> str:
    """Where a rule leads there, its name in each of the states."""
    if kind == "person":
        return ""
    named: dict[str, list[str]] = defaultdict(list)
    for source in sources:
        for row in (row for target in targets for row in rows_to(rules, source, target)):
            named[row.rule].append(rules.pathway.states[source].title)
    often = max(named, key=lambda rule: len(named[rule]))
    others = [f"{rule} in {listed(states)}" for rule, states in named.items() if rule != often]
    return f", by the rule {often}" + (f" ({', '.join(others)})" if others else "")
