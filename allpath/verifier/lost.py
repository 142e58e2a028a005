"""Which paths one part of a check looks at, and leaves of the log whose entries are gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from allpath.verifier.findings import Report
from allpath.verifier.reader import Rows

SHOWN: Final = 20
"""So many leaves without an entry are named one by one."""
_LEAVES: Final = (
    "SELECT l.position, l.source, l.key, l.seq FROM log_leaf l "
    "LEFT JOIN journal j ON l.source = 'journal' AND j.path_id = l.key AND j.seq = l.seq "
    "LEFT JOIN audit_event e ON l.source = 'audit' AND l.key = '' AND e.number = l.seq "
    "WHERE j.seq IS NULL AND e.number IS NULL"
)


@dataclass(frozen=True, slots=True)
class Span:
    """The paths from one id on and before another; empty where there is no bound."""

    first: str = ""
    end: str = ""

    def where(self, column: str) -> str:
        """The condition of a query that this column is in the span."""
        bounds = ((">=", self.first), ("<", self.end))
        given = [f"{column} {sign} {_quoted(bound)}" for sign, bound in bounds if bound]
        return " AND ".join(given) or "1 = 1"


EVERY_PATH: Final = Span()


def name_lost(rows: Rows, where: str, matched: int, report: Report) -> None:
    """Leaves for which no entry was found are named, when there are more leaves than entries."""
    ((count,),) = rows(f"SELECT count(*) FROM log_leaf l WHERE {where}")  # noqa: S608 - our own words
    if count == matched:
        return
    for number, (position, source, key, seq) in enumerate(
        rows(f"{_LEAVES} AND {where} ORDER BY l.position")
    ):
        if number < SHOWN:
            named = f"{key}, entry {seq}," if source == "journal" else f"audit event {seq}"
            report.add(named, "was sealed and is gone", position)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
