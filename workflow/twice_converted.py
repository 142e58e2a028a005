"""Results that were converted twice when their record was taken over from another one.

A result is kept as a fraction beside the unit it was entered in. An earlier program converted it a
second time when the record was moved, merged or withdrawn: 0.3 % became 0.003 %. Nothing is changed
here; a person compares each with the laboratory's report and corrects it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from workflow.facts import VOID_STATUSES, FactRecord
from workflow.measurement import UNITS

Way = Literal["moved", "merged", "withdrawn", "brought back"]
TAKEN_FROM: Final[Mapping[str, Way]] = {"moved_from": "moved", "merged_from": "merged"}
"""What an entry calls the record, of another path, that its own was taken over from."""
_NUMBERS: Final = ("value", "sensitivity", "loq")


@dataclass(frozen=True, slots=True)
class Link:
    """A record that came about from another one, and how; `path_id` is the path it is on."""

    path_id: str
    record: FactRecord
    origin: str
    way: Way


@dataclass(frozen=True, slots=True)
class TwiceConverted:
    """A result that is not what its origin is; `counts` where decisions are made by it."""

    path_id: str
    record_id: str
    fact: str
    way: Way
    counts: bool


def is_converted(record: FactRecord) -> bool:
    """Whether the numbers of a record are others than those that were entered: it has a unit."""
    value = record.value
    if not isinstance(value, Mapping):
        return False
    return UNITS.get(str(value.get("raw_unit")), Decimal(1)) != 1


def links_of(
    path_id: str, records: Iterable[FactRecord], taken: Mapping[str, tuple[str, Way]]
) -> Iterable[Link]:
    """The records of a path that came about from others; `taken` are those of other paths.

    A correction, which may well say something else, is none; one of a withdrawn record brings it
    back as it was.
    """
    known = {record.record_id: record for record in records}
    for record in known.values():
        if record.record_id in taken:
            yield Link(path_id, record, *taken[record.record_id])
        elif record.supersedes is not None and record.status in VOID_STATUSES:
            yield Link(path_id, record, record.supersedes, "withdrawn")
        elif record.supersedes in known and known[record.supersedes].status in VOID_STATUSES:
            yield Link(path_id, record, record.supersedes, "brought back")


def twice_converted(
    links: Iterable[Link], records: Mapping[str, FactRecord]
) -> tuple[TwiceConverted, ...]:
    """The results that still stand and are not what they came from; `records` are all, by id.

    What was taken over rightly from a result that was itself converted twice is wrong as well.
    """
    by_id = {link.record.record_id: link for link in links}
    replaced = {record.supersedes for record in records.values()}
    return tuple(
        TwiceConverted(
            link.path_id,
            record_id,
            link.record.fact,
            link.way,
            counts=link.record.status not in VOID_STATUSES,
        )
        for record_id, link in sorted(by_id.items())
        if record_id not in replaced and _is_wrong(link, by_id, records)
    )


def _is_wrong(link: Link, by_id: Mapping[str, Link], records: Mapping[str, FactRecord]) -> bool:
    at: Link | None = link
    while at is not None:
        origin = records.get(at.origin)
        if origin is not None and _numbers(origin) != _numbers(at.record):
            return True
        at = by_id.get(at.origin)
    return False


def _numbers(record: FactRecord) -> dict[str, Decimal]:
    return {
        name: Decimal(str(record.value[name]))
        for name in _NUMBERS
        if record.value.get(name) is not None
    }
