"""Which sites, states and keepers the living have, and when any of it last differed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy.engine import Dialect

from storage.rows import json_text, micros
from storage.statements import among

_MARKED: Final = "path_changes/"
_MARKS: Final = (
    f"SELECT substr(key, {len(_MARKED) + 1}), value FROM meta "  # noqa: S608 - our own words
    f"WHERE key >= '{_MARKED}' AND key < 'path_changes0'"
)
_TURNED: Final = ", ".join(
    f"coalesce((SELECT max({at}) FROM path WHERE is_ended = 0 AND {at} <= ?), 0)"  # noqa: S608 - our own words
    for at in ("due_at", "overdue_at", "quiet_until")
).join(("SELECT max(", ")"))


def _every(column: str) -> str:
    """The texts that stand in a column for somebody living, in order.

    Each is found in the index after the one before: no row is read and nobody is counted.
    """
    least = f"SELECT min({column}) FROM path WHERE is_ended = 0"  # noqa: S608 - our own words
    return (
        f"WITH RECURSIVE each_one(found) AS ({least} UNION "  # noqa: S608 - our own words
        f"SELECT ({least} AND {column} > found) FROM each_one WHERE found IS NOT NULL) "
        "SELECT found FROM each_one WHERE found IS NOT NULL ORDER BY found"
    )


_SITES: Final = _every("site")
_KEEPERS: Final = _every("looked_after_by")
_LEAST_STATE: Final = "SELECT min(state) FROM path WHERE is_ended = 0 AND pathway_id = which"
_STATES: Final = (
    "WITH RECURSIVE here(which, state) AS "  # noqa: S608 - our own words
    f"(SELECT found, ({_LEAST_STATE.replace('which', 'found')}) FROM ({_every('pathway_id')}) AS p "
    f"UNION SELECT which, ({_LEAST_STATE} AND path.state > here.state) FROM here "
    "WHERE here.state IS NOT NULL) "
    "SELECT which, state FROM here WHERE state IS NOT NULL ORDER BY which, state"
)


class Whereabouts:
    """Reads what stands in the indexes alone, on a cursor the store brings."""

    def __init__(self, dialect: Dialect) -> None:
        self._is_file = dialect.name == "sqlite"
        here = f"looked_after_by = ? AND {among(dialect, 'site')}"
        self._is_here = self._marked(
            f"SELECT 1 FROM path WHERE is_ended = 0 AND {here} LIMIT 1"  # noqa: S608 - our own words
        )

    def marks(self, cursor: Any) -> Mapping[str, str] | None:  # noqa: ANN401 - untyped driver
        """Of each site a mark that is another one once any of its paths was changed.

        None where nobody keeps any.
        """
        return dict(cursor.execute(_MARKS).fetchall()) if self._is_file else None

    def turned_at(self, cursor: Any, now: datetime) -> int:  # noqa: ANN401 - see marks
        """When last anything became due, overdue or was to be seen to again; in microseconds."""
        return int(cursor.execute(self._marked(_TURNED), (micros(now),) * 3).fetchone()[0])

    def states(self, cursor: Any) -> Sequence[tuple[str, str]]:  # noqa: ANN401 - see marks
        """The pathways and states in which somebody living is, in order."""
        return tuple(cursor.execute(_STATES).fetchall())

    def sites(self, cursor: Any) -> Sequence[str]:  # noqa: ANN401 - see marks
        """The sites at which somebody living is."""
        return [site for (site,) in cursor.execute(_SITES).fetchall() if site]

    def keepers(self, cursor: Any, sites: Sequence[str] | None) -> Sequence[str]:  # noqa: ANN401 - see marks
        """Whoever looks after somebody living at these sites."""
        found = [keeper for (keeper,) in cursor.execute(_KEEPERS).fetchall() if keeper]
        if sites is None:
            return found
        named = json_text(list(sites))
        return tuple(
            k for k in found if cursor.execute(self._is_here, (k, named)).fetchone() is not None
        )

    def _marked(self, text: str) -> str:
        return text if self._is_file else text.replace("?", "%s")
