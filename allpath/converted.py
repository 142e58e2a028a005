"""Looks through everybody's records for results that were converted twice by an earlier program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workflow.twice_converted import (
    TAKEN_FROM,
    Link,
    TwiceConverted,
    Way,
    is_converted,
    links_of,
    twice_converted,
)

if TYPE_CHECKING:
    from storage.sql_store import SqlStore
    from workflow.facts import FactRecord


def converted_twice(store: SqlStore) -> tuple[TwiceConverted, ...]:
    """Every result that is not what the record is from which it was taken over."""
    records: dict[str, FactRecord] = {}
    links: list[Link] = []
    for case in store.cases(lambda _: True):
        path_id = case.path.path_id
        found = [record for record in case.facts if is_converted(record)]
        if found:
            records |= {record.record_id: record for record in found}
            links += links_of(path_id, found, _taken(store, path_id))
    return twice_converted(links, records)


def _taken(store: SqlStore, path_id: str) -> dict[str, tuple[str, Way]]:
    """The records of a path that were taken over from another path, with the one each is from."""
    return {
        str(entry.detail["record_id"]): (str(entry.detail[name]), way)
        for entry in store.journal(path_id)
        for name, way in TAKEN_FROM.items()
        if name in entry.detail and "record_id" in entry.detail
    }
