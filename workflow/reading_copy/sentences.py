"""Conditions, durations and references as sentences, each place of the document named once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property

from workflow.conditions import (
    All,
    Always,
    AnyOf,
    Incomplete,
    Known,
    Node,
    Not,
    Recorded,
    inner_nodes,
)
from workflow.durations import Duration
from workflow.pathway import Pathway
from workflow.reading_copy.document import Code, Item, Line, Link, Strong, joined
from workflow.rules import Rules, rules_of

_SHORT = 2
_ASKS_RECORD = "Asks what is on record, so that unknown is answered like no here"
_ASKS_KNOWN = "Asks whether something is on record"


class Page:
    """The words for one pathway, and which of its places have been given an anchor."""

    def __init__(self, pathway: Pathway) -> None:
        self.rules: Rules = rules_of(pathway)
        # Rules may have been compiled from an equal pathway read before: its rows are the ones.
        self.pathway = self.rules.pathway
        self._given: set[str] = set()

    def anchor(self, kind: str, name: str) -> str:
        """The anchor of a place; empty when it was given before (a rule of several rows)."""
        anchor = f"{kind}-{name}"
        if anchor in self._given:
            return ""
        self._given.add(anchor)
        return anchor

    def refer(self, kind: str, name: str, words: str = "") -> Line:
        """Words that lead to a place, or only the words where there is no such place."""
        words = words or name
        return (Link(words, f"{kind}-{name}"),) if name in self._places[kind] else (words,)

    def has(self, kind: str) -> bool:
        """Whether the document has places of this kind."""
        return kind in self._places

    @cached_property
    def _places(self) -> Mapping[str, frozenset[str]]:
        pathway = self.pathway
        return {
            "source": frozenset(pathway.sources),
            "statement": frozenset(pathway.statements),
            "fact": frozenset(pathway.facts),
            "derived": frozenset(pathway.derived),
            "list": frozenset(pathway.fact_lists),
            "parameter": frozenset(pathway.parameters),
            "setting": frozenset(pathway.settings),
            "state": frozenset(pathway.states),
            "track": frozenset(pathway.tracks),
            "warning": frozenset(pathway.warnings),
            "option": frozenset(pathway.options),
            "reason": frozenset(pathway.reasons),
            "invariant": frozenset(item.id for item in pathway.invariants),
            "outcome": frozenset(item.id for item in pathway.outcomes),
            "checkpoint": frozenset(
                item.id
                for models in (pathway.states, pathway.tracks)
                for model in models.values()
                for item in model.checkpoints
            ),
            "rule": frozenset(row.rule for rows in self.rules.rows.values() for row in rows),
        }

    # -- names ---------------------------------------------------------------------------------

    def state(self, name: str) -> Line:
        """A state by its title, with its name."""
        return (*self.refer("state", name, self.pathway.states[name].title), " (", Code(name), ")")

    def coded(self, kind: str, name: str, words: str) -> Line:
        """What a code says, and the code, which leads to its place."""
        return (words, " [", *self.refer(kind, name), "]")

    def fact(self, name: str) -> Line:
        """A fact by its title; parts keep their name."""
        base, _, part = name.partition(".")
        titles = {
            "fact": {key: model.title for key, model in self.pathway.facts.items()},
            "derived": {key: model.title for key, model in self.pathway.derived.items()},
            "setting": {key: model.title for key, model in self.pathway.settings.items()},
        }
        for kind, known in titles.items():
            if base in known:
                line = self.refer(kind, base, known[base])
                return (*line, f", {part.replace('_', ' ')}") if part else line
        return (name.replace("_", " "),)

    def facts(self, names: Iterable[str]) -> Line:
        """Facts, or the lists of facts, that are named."""
        lists = self.pathway.fact_lists
        lines = (
            ("the facts of the list ", *self.refer("list", name, name.replace("_", " ")))
            if name in lists
            else self.fact(name)
            for name in names
        )
        return joined(tuple(lines), "; ")

    def sources(self, names: Iterable[str]) -> Line:
        """The sources in brackets: `[X1, S3]`; nothing when there are none."""
        found = tuple(
            self.refer("statement" if name in self.pathway.statements else "source", name)
            for name in names
        )
        return ("[", *joined(found, ", "), "]") if found else ()

    def sourced(self, line: Line, names: Iterable[str]) -> Line:
        """A line with its sources behind it."""
        found = self.sources(names)
        return (*line, " ", *found) if found else line

    # -- conditions ----------------------------------------------------------------------------

    def condition(self, before: str, node: Node, after: str) -> tuple[Item, ...]:
        """`before` the condition `after`: one sentence, or a list when it has many parts."""
        if _is_short(node):
            return (Item((f"{before} {node.text()}{after}",)),)
        line, items = self._parts(node)
        tail = (Item((after.removeprefix(", ").removeprefix("; "),)),) if after.strip(".") else ()
        return (Item((f"{before} {line}",), items), *tail)

    def _parts(self, node: Node) -> tuple[str, tuple[Item, ...]]:
        if _is_short(node):
            return node.text(), ()
        if isinstance(node, All | AnyOf):
            how = "all of these hold:" if isinstance(node, All) else "at least one of these holds:"
            return how, tuple(Item((line,), items) for line, items in map(self._parts, node.parts))
        if isinstance(node, Not | Recorded):
            line, items = self._parts(node.part)
            how = "it is not so that" if isinstance(node, Not) else "it is on record that"
            return f"{how} {line}", items
        return node.text(), ()

    def on_record(self, owner: str, nodes: Iterable[Node]) -> tuple[Item, ...]:
        """The mark of what asks the record, with the reason the pathway gives for it."""
        inner = [part for node in nodes for part in inner_nodes(node)]
        if not any(isinstance(part, Recorded | Known | Incomplete) for part in inner):
            return ()
        is_like_no = any(isinstance(part, Recorded) for part in inner)
        reason = self.pathway.on_record.get(owner)
        mark = Strong(_ASKS_RECORD if is_like_no else _ASKS_KNOWN)
        line: Line = (mark, f": {sentence(reason)}" if reason else ".")
        return (Item(line),)


def _is_short(node: Node) -> bool:
    """Whether one sentence says it: no parts inside parts, and at most two of them."""
    if isinstance(node, Not | Recorded):
        return _is_short(node.part)
    if isinstance(node, All | AnyOf):
        leaves = all(not isinstance(inner, All | AnyOf) for inner in inner_nodes(node)[1:])
        return leaves and len(node.parts) <= _SHORT
    return True


def is_always(node: Node) -> bool:
    """Whether it holds for every patient."""
    return isinstance(node, Always)


def sentence(text: str) -> str:
    """A text of the pathway on one line."""
    return re.sub(r"\s+", " ", text).strip()


def capital(text: str) -> str:
    """A text of the pathway as the beginning of a sentence."""
    text = sentence(text)
    return text[:1].upper() + text[1:]


def duration(text: str) -> str:
    """`29 d` as `29 days`."""
    return str(Duration.read(text))


def words_of(names: Iterable[str]) -> str:
    """Names as words, in the order written."""
    return ", ".join(name.replace("_", " ") for name in names)
