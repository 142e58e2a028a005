"""Decisions rehearsed: what a supposed fact or another version would change, with nothing written.

A rehearsal compares two decisions on one patient. Which rows two versions read alike is worked out
once for both, so that a patient whom no changed row concerns need not be decided twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from workflow.act import Act
from workflow.canonical import digest
from workflow.commands import NewFact
from workflow.errors import NotFoundError, RefusedError
from workflow.facts import FactSheet
from workflow.found import Found
from workflow.orchestrator import checked_settings
from workflow.pathway import Pathway
from workflow.reading import Position, evaluation, read_table
from workflow.records import Actor, Case, CheckpointRecord
from workflow.rules import CompiledRow, rules_of
from workflow.values import read_decimal

# -- supposed facts ------------------------------------------------------------------------------

_SUPPOSER: Final = Actor("what-if", "service")


def suppose(
    found: Found,
    facts: Iterable[NewFact],
    *,
    without: Iterable[str] = (),
    settings: Mapping[str, str] | None = None,
) -> Found:
    """The path as it would be found if these facts were recorded, or had never been (`without`).

    The facts go the way of real ones, with the same refusals, only that nobody commits them. Raises
    NotFoundError for a fact of `without` of which there is no record.
    """
    forgotten = sorted(set(without))
    known = {record.fact for record in found.case.facts}
    for name in forgotten:
        if name not in known:
            raise NotFoundError(f"{name} is not on record for {found.case.path.path_id}.")
    kept = tuple(record for record in found.case.facts if record.fact not in forgotten)
    path = replace(
        found.case.path,
        settings=checked_settings(found.pathway, {**found.case.path.settings, **(settings or {})}),
        # A history of its own, so that nothing worked out for it is taken for the real one.
        head=digest(["supposed", found.case.path.head, forgotten]),
    )
    act = Act(Found(found.pathway, Case(path, kept, ()), found.now, found.site_plan), _SUPPOSER)
    for fact in facts:
        act.add_fact(fact, "fact_supposed")
    return act.now_found()


def expected_then(
    supposed: Found, live: Iterable[CheckpointRecord]
) -> tuple[CheckpointRecord, ...]:
    """What would be expected of the supposed path, where `live` is expected now; nothing is kept.

    Checkpoints are opened, met and cancelled as after a real act.
    """
    case = replace(supposed.case, checkpoints=tuple(live))
    act = Act(Found(supposed.pathway, case, supposed.now, supposed.site_plan), _SUPPOSER)
    act.plan()
    return act.live_rows()


# -- other parameters ----------------------------------------------------------------------------


def with_parameters(pathway: Pathway, values: Mapping[str, str]) -> Pathway:
    """The pathway with other numbers, typed as `28`, or `28 d` with the unit it has.

    Raises NotFoundError for a parameter that is not there, RefusedError for another unit.
    """
    content = pathway.model_dump(by_alias=True)
    for name, text in values.items():
        declared = content["parameters"][_declared(pathway, name)]
        declared["value"] = _number(pathway, name, text)
    return Pathway.model_validate(content)


def _declared(pathway: Pathway, name: str) -> str:
    if name not in pathway.parameters:
        known = ", ".join(pathway.parameters)
        raise NotFoundError(f"{pathway.id} has no parameter {name}; it has {known}.")
    return name


def _number(pathway: Pathway, name: str, text: str) -> Decimal:
    number, _, unit = text.strip().partition(" ")
    declared = pathway.parameters[name].unit
    if unit.strip() not in {"", declared}:
        msg = f"{name} is in {declared}, not in {unit.strip()}; write {name}={number}."
        raise RefusedError(msg)
    return read_decimal(name, number)


# -- what two versions read alike ----------------------------------------------------------------


class Alike:
    """What two versions of a pathway read alike, worked out once for all patients."""

    def __init__(self, old: Pathway, new: Pathway) -> None:
        self._old, self._new = rules_of(old), rules_of(new)
        self.has_same_sheet: Final = _what_makes_a_sheet(old) == _what_makes_a_sheet(new)
        """Whether the same records give both the same sheet."""
        has_same_tracks = self._old.tracks == self._new.tracks
        self._same_rows = {
            state: _same_from_the_top(rows, self._new.rows.get(state, ()))
            for state, rows in self._old.rows.items()
            if has_same_tracks
        }
        self.same_states: Final = frozenset(
            state
            for state, same in self._same_rows.items()
            if len(same) == len(self._old.rows[state]) == len(self._new.rows.get(state, ()))
            and state in new.states
        )
        """The states whose whole tables are the same."""
        others = self._new.vocabulary.derived
        self._same_derived = frozenset(
            name
            for name, derived in self._old.vocabulary.derived.items()
            if others.get(name) == derived
        )

    def say_the_same(self, position: Position, sheet: FactSheet) -> bool:
        """Whether both answer this sheet alike: route, rule, warnings and what is missing.

        Where the row that answers, and all above it, are the same, the new version need not be
        asked; else what both derive alike is derived once.
        """
        ev = evaluation(sheet, position)
        before = read_table(self._old, position, ev)
        if id(before.row) in self._same_rows.get(position.state, frozenset()):
            return True
        shared = evaluation(sheet, position)
        shared.memo = {name: ev.memo[name] for name in ev.memo.keys() & self._same_derived}
        shared.truths = {name: ev.truths[name] for name in ev.truths.keys() & self._same_derived}
        after = read_table(self._new, position, shared)
        return (before.route, before.rule, before.warnings, before.missing) == (
            (after.route, after.rule, after.warnings, after.missing)
        )


def _same_from_the_top(old: Sequence[CompiledRow], new: Sequence[CompiledRow]) -> frozenset[int]:
    """The rows of a table that the other one has too, with the same rows above them."""
    same: set[int] = set()
    for one, other in zip(old, new, strict=False):
        if _asks(one) != _asks(other):
            break
        same.add(id(one))
    return frozenset(same)


def _asks(row: CompiledRow) -> tuple[object, ...]:
    """All that decides what a row answers, compared down to the facts and numbers."""
    return (
        (row.rule, row.kind, row.target, row.reason, row.jump, row.early),
        (row.condition, row.warns, row.tracks, row.option, row.missing),
    )


def _what_makes_a_sheet(pathway: Pathway) -> tuple[object, ...]:
    tolerances = {
        first.tolerance: pathway.parameters[first.tolerance] for _, first in pathway.first_facts
    }
    return pathway.facts, pathway.settings, tolerances
