"""Two paths of one human compared: what each knows that the other does not, and where they differ.

Nothing is decided here between two findings: both stand, and the rules of contradiction apply.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from workflow.facts import FINAL_STATUSES, VOID_STATUSES, FactRecord
from workflow.found import Found
from workflow.pathway import Fact

_HAPPENS_OFTEN: Final = frozenset({"event", "text", "measurement"})
"""The types of which two values do not exclude each other unless they are of one day."""


@dataclass(frozen=True, slots=True)
class Shares:
    """What becomes of the standing records of a path that is merged into another.

    `copied` are those the other does not have, `same` those it has already, and `left` those that
    belong to the stay alone in which they were recorded. `disputed` are those among `copied` and
    `left` that the other answers otherwise, or that were voided there.
    """

    copied: tuple[FactRecord, ...]
    same: tuple[FactRecord, ...]
    left: tuple[FactRecord, ...]
    disputed: tuple[FactRecord, ...]


def shares(
    leaving: Found, staying: Found, taken_back: Collection[str | None] = frozenset()
) -> Shares:
    """The standing records of one path, sorted by what the other makes of them.

    `taken_back` are records of the other that a parting voided: nobody had found them wrong.
    """
    theirs: dict[str, list[FactRecord]] = {}
    for record in standing_of(staying.case.facts):
        theirs.setdefault(record.fact, []).append(record)
    voided = {
        (record.fact, record.effective_at)
        for record in staying.case.facts
        if record.status in VOID_STATUSES and record.supersedes not in taken_back
    }
    copied: list[FactRecord] = []
    same: list[FactRecord] = []
    left: list[FactRecord] = []
    disputed: list[FactRecord] = []
    for record in standing_of(leaving.case.facts):
        fact = leaving.pathway.facts.get(record.fact)
        there = theirs.get(record.fact, ())
        if any(_is_same(record, other) for other in there):
            same.append(record)
            continue
        differs = [other for other in there if fact and _differ(fact, record, other)]
        is_left = fact is not None and _stays_behind(fact, record, leaving, staying, differs)
        (left if is_left else copied).append(record)
        if differs or (record.fact, record.effective_at) in voided:
            disputed.append(record)
    return Shares(tuple(copied), tuple(same), tuple(left), tuple(disputed))


def standing_of(facts: Sequence[FactRecord]) -> Iterable[FactRecord]:
    """The records that were neither corrected nor voided, oldest first."""
    replaced = {record.supersedes for record in facts}
    return (
        record
        for record in facts
        if record.record_id not in replaced and record.status not in VOID_STATUSES
    )


def _is_same(one: FactRecord, other: FactRecord) -> bool:
    """Whether the other says the same of the same day, and is at least as sure of it."""
    return (
        (one.value, one.effective_at, one.episode)
        == (other.value, other.effective_at, other.episode)
    ) and (other.status in FINAL_STATUSES or one.status == other.status)


def _differ(fact: Fact, one: FactRecord, other: FactRecord) -> bool:
    """Whether two records answer one question otherwise; of other days only what never changes."""
    if one.value == other.value or fact.type in {"event", "text"}:
        return False
    if fact.scope != "patient" and one.episode != other.episode:
        return False
    is_for_life = fact.scope == "patient" and fact.type not in _HAPPENS_OFTEN
    return is_for_life or one.effective_at == other.effective_at


def _stays_behind(
    fact: Fact, record: FactRecord, leaving: Found, staying: Found, differs: Sequence[FactRecord]
) -> bool:
    """Whether a record says something of the path's own stay, which the other path did not share.

    What followed from a path's own steps, or from a stay or line that has ended, would count anew
    on the other path. Of two answers about one stay the later entered would count unasked.
    """
    if fact.follows or (fact.on_new_episode and record.source == "new episode"):
        return True
    if fact.scope not in {"state", "line"}:
        return False
    mine, other = leaving.case.path, staying.case.path
    if fact.scope == "state" and (mine.state != other.state or differs):
        return True
    return record.seq <= mine.since.get(fact.scope, 0)
