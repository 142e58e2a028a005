"""All rows of a table, one after the other; a row that cannot be taken never stops the next one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from allpath.imports.importer import Importer
from allpath.imports.mapping import Mapping
from allpath.imports.report import Reject, Report
from allpath.imports.table import Row, Table
from allpath.imports.transcript import Transcript, read_row
from allpath.problems import text
from workflow.errors import ConflictError, FactError, RefusedError


def import_rows(
    table: Table,
    mapping: Mapping,
    importer: Importer,
    clock: Callable[[], datetime],
    show: Callable[[int], None],
) -> Report:
    """The figures of the run and the rows put aside; `show` hears how many rows are done.

    Raises StoreError when the database fails; what was imported before stays.
    """
    report = Report(mapping.totals)
    lines: dict[str, int] = {}
    for done, row in enumerate(table.rows, start=1):
        try:
            transcript = read_row(mapping, table.named(row))
            _refuse_twice(lines, transcript, row)
            report.add(transcript, importer.carry_out(transcript, clock()))
        except (RefusedError, FactError, ConflictError) as error:
            report.rejects.append(Reject(row, text(error)))
        show(done)
    return report


def _refuse_twice(lines: dict[str, int], transcript: Transcript, row: Row) -> None:
    """Two rows with one identifier: which of them is right is for a person to say."""
    first = lines.setdefault(transcript.identifier, row.line)
    if first != row.line:
        msg = f"The row has the identifier of line {first}. Leave one of the two out."
        raise RefusedError(msg)
