"""A CSV file read as rows with their line numbers, or refused as a whole."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Final

from workflow.errors import NotFoundError, RefusedError

MAX_BYTES: Final = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it stands in the file; `line` counts from 1, the header included."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """The columns of a file, in order, and its rows; blank lines are left out."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]

    def named(self, row: Row) -> Mapping[str, str]:
        """The cells of a row by column, without white space at their ends.

        Raises RefusedError when the row has more or fewer cells than the header.
        """
        if len(row.cells) != len(self.header):
            msg = (
                f"The row has {len(row.cells)} cells, the header {len(self.header)}. "
                "Give empty cells too, and quote cells that hold the delimiter."
            )
            raise RefusedError(msg)
        return {name: cell.strip() for name, cell in zip(self.header, row.cells, strict=True)}


def read_table(path: Path, delimiter: str = ",") -> Table:
    """The table in a file; raises NotFoundError or RefusedError that says what to do."""
    text = _text(path)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[Row] = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(Row(line, tuple(cells)))
            line = reader.line_num + 1
    except csv.Error as error:
        msg = (
            f"{path} cannot be read as CSV from line {line} on: {error}. Close the quotation marks "
            'of that row, and write a quotation mark inside a cell twice ("").'
        )
        raise RefusedError(msg) from None
    if not rows:
        raise RefusedError(f"{path} is empty. Give a CSV file with a header and one row each.")
    return Table(_header(path, rows[0]), tuple(rows[1:]))


def _text(path: Path) -> str:
    if path.is_dir():
        raise RefusedError(f"{path} is a folder. Name the CSV file in it.")
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        msg = f"The file {path} cannot be read: {error.strerror}. Name an existing CSV file."
        raise NotFoundError(msg) from None
    if len(content) > MAX_BYTES:
        size = MAX_BYTES // 1024**2
        msg = f"{path} is larger than {size} MiB. Split it; each part needs the header."
        raise RefusedError(msg)
    try:
        # Spreadsheets put a mark before the first column's name that nobody sees.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        msg = f"{path} is not UTF-8 text (line {line}). Save it as CSV in UTF-8."
        raise RefusedError(msg) from None


def _header(path: Path, row: Row) -> tuple[str, ...]:
    names = tuple(cell.strip() for cell in row.cells)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        msg = f"{path} has two columns named {', '.join(twice) or 'nothing'}. Rename one of them."
        raise RefusedError(msg)
    return names
