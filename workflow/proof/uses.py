"""Where a pathway uses its words: conditions with their owners, and names that are declared.

An owner is what a condition belongs to, as the pathway's `on_record` section names it: a row, a
derived fact, a list, a checkpoint, a track.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from workflow.conditions import Incomplete, Known, Node, Not, Recorded, inner_nodes
from workflow.derived import conditions_of
from workflow.operands import Number
from workflow.proof.places import places_of
from workflow.rules import CompiledRow, Kind, Rules
from workflow.strict_yaml import Where

OnRecord = Recorded | Known | Incomplete


@dataclass(frozen=True)
class Use:
    """One condition: whose it is, where it stands, and whether it can only stop or warn.

    What only stops or warns may ask what is missing without a reason: less known, less open.
    """

    owner: str
    where: Where
    node: Node
    only_stops: bool = False

    def asks_the_record(self) -> list[OnRecord]:
        """The parts that ask what is on record and therefore need a reason."""
        return [
            inner
            for inner in inner_nodes(self.node)
            if isinstance(inner, Recorded | Known | Incomplete)
            and not self._only_asks_missing(inner)
        ]

    def _only_asks_missing(self, node: OnRecord) -> bool:
        missing = not isinstance(node, Recorded) or _asks_missing(node.part)
        return self.only_stops and missing


def _asks_missing(node: Node) -> bool:
    return isinstance(node, Known | Incomplete) or (
        isinstance(node, Not) and isinstance(node.part, Known)
    )


def uses(rules: Rules) -> Iterator[Use]:
    """Every condition of the pathway with its owner, each once."""
    for name, derived in rules.vocabulary.derived.items():
        where: Where = ("derived", name)
        if not isinstance(derived, Number):
            for node in conditions_of(derived):
                yield Use(name, where, node)
    for name, facts in rules.vocabulary.lists.items():
        for index, entry in enumerate(facts.entries):
            yield Use(name, ("fact_lists", name, "entries", index), entry.when)
    seen: set[int] = set()
    places = places_of(rules.pathway)
    for rows in rules.rows.values():
        for row in rows:
            if id(row.route) not in seen:
                seen.add(id(row.route))
                yield from _of_row(row, places[id(row.route)])
    for (owner, checkpoint), node in rules.checkpoint_whens.items():
        section, _, name = owner.partition(":")
        yield Use(checkpoint, (f"{section}s", name, "checkpoints"), node)
    for name, node in rules.tracks:
        yield Use(name, ("tracks", name, "when"), node)
    for name, node in rules.track_closing.items():
        yield Use(name, ("tracks", name, "close_when"), node)


_STOPS: Final = frozenset({Kind.BLOCK, Kind.NOTE})


def _of_row(row: CompiledRow, where: Where) -> Iterator[Use]:
    owner = row.route.id
    yield Use(owner, where, row.condition, only_stops=row.kind in _STOPS)
    for _name, node in row.warns:
        yield Use(owner, where, node, only_stops=True)
    for _name, node in row.tracks:
        yield Use(owner, where, node)
    for node, _option in row.option.lines if row.option else ():
        yield Use(owner, where, node)
