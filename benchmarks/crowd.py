"""A country of made-up patients, copied from a cohort that was carried through every state.

Each of the cohort was carried by the orchestrator, act for act; the copies are rows of the same
content under an id, a name and a number of their own, written many at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from random import Random
from typing import Any, Final

from allpath.demo.cohort import build
from benchmarks.bulk import Row, unchecked
from storage.database import Database
from storage.engine import store_on
from storage.identities import rows_of
from workflow.loading import load_shipped
from workflow.orchestrator import Orchestrator
from workflow.records import Person

COHORT: Final = 200
FEW: Final = 10
COPIED: Final = ("path", "fact_record", "journal", "checkpoint", "timer")
SITES: Final = 20
BATCH: Final = 2_000
TOLD: Final = 50
"""One copy in so many has its history as well: it is most of what a database holds."""


def settle(
    database: Database, people: Sequence[Person], now: datetime, chance: Random, *, cohort: int
) -> None:
    """The database holds the cohort and a copy of one of them for each of the people."""
    with closing(store_on(database)) as store:
        build(store, Orchestrator(store, load_shipped), cohort, chance.getrandbits(16), now)
    with unchecked(database) as (connection, write):
        ((search_key,),) = connection.execute("SELECT key FROM search_key").fetchall()
        columns = {table: _columns(connection, table) for table in COPIED}
        models = _models(connection, columns)
        for start in range(0, len(people), BATCH):
            page = people[start : start + BATCH]
            for table, rows in _copies(page, models, columns, bytes.fromhex(search_key), chance):
                write(table, rows)


def _columns(connection: Any, table: str) -> list[str]:  # noqa: ANN401 - untyped driver
    nothing = connection.execute(f"SELECT * FROM {table} LIMIT 0")  # noqa: S608 - our own names
    return [column[0] for column in nothing.description]


def _models(connection: Any, columns: dict[str, list[str]]) -> list[dict[str, list[Row]]]:  # noqa: ANN401 - see _columns
    """Of each of the cohort the rows in every copied table; who was merged is left out."""
    asked = "SELECT path_id FROM path WHERE merged_into = '' ORDER BY path_id"
    rows: dict[str, dict[str, list[Row]]] = {
        path_id: {table: [] for table in columns}
        for (path_id,) in connection.execute(asked).fetchall()
    }
    for table, names in columns.items():
        whose = names.index("path_id")
        for row in connection.execute(f"SELECT * FROM {table}").fetchall():  # noqa: S608 - our own names
            if row[whose] in rows:
                rows[row[whose]][table].append(row)
    return list(rows.values())


def _copies(
    people: Sequence[Person],
    models: list[dict[str, list[Row]]],
    columns: dict[str, list[str]],
    search_key: bytes,
    chance: Random,
) -> Iterator[tuple[str, list[Row]]]:
    rows: dict[str, list[Row]] = {}
    for number, person in enumerate(people):
        site = f"Site {number % SITES + 1}"
        for table, those in chance.choice(models).items():
            if table == "journal" and number % TOLD:
                continue
            rows.setdefault(table, []).extend(
                _copy(row, columns[table], person.path_id, site) for row in those
            )
        for table, made in rows_of(person, search_key).items():
            rows.setdefault(table, []).extend(made)
    rows["name_token"].sort()
    yield from ((table, those) for table, those in rows.items() if those)


def _copy(row: Row, columns: list[str], path_id: str, site: str) -> Row:
    changed = dict(zip(columns, row, strict=True))
    was = changed["path_id"]
    changed["path_id"] = path_id
    if "record_id" in changed:
        changed["record_id"] = path_id + str(changed["record_id"]).removeprefix(was)
    if "site" in changed:
        changed["settings"] = changed["settings"].replace(changed["site"], site)
        changed["site"] = site
    return tuple(changed.values())
