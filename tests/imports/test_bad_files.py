"""What cannot be imported is refused with a sentence and an exit code; a bad row stops nobody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from allpath.imports.table import MAX_BYTES, read_table
from tests.imports.registry import HEADER, Registry, ebmt_row


def _latin_1(path: Path) -> None:
    path.write_bytes(f"{HEADER}\n".encode() + ebmt_row("Jos\xe9", 3).encode("latin-1"))


FILES: dict[str, tuple[Callable[[Path], object], int, str]] = {
    "not there": (lambda _: None, 3, "cannot be read: No such file or directory"),
    "a folder": (Path.mkdir, 4, "is a folder. Name the CSV file in it."),
    "empty": (Path.touch, 4, "is empty. Give a CSV file with a header and one row each."),
    "blank": (lambda path: path.write_text("\n \n"), 4, "is empty. Give a CSV file"),
    "not UTF-8": (_latin_1, 4, "is not UTF-8 text (line 2). Save it as CSV in UTF-8."),
    "too large": (
        lambda path: path.write_bytes(b" " * (MAX_BYTES + 1)),
        4,
        "is larger than 32 MiB. Split it",
    ),
    "an open quotation mark": (
        lambda path: path.write_text(f'{HEADER}\n{ebmt_row(1, 3)}\n"2,30\n{ebmt_row(3, 3)}\n'),
        4,
        "cannot be read as CSV from line 3 on",
    ),
    "a column twice": (
        lambda path: path.write_text(f"{HEADER},rel\n"),
        4,
        "has two columns named rel. Rename one of them.",
    ),
    "a column missing": (
        lambda path: path.write_text(f"{HEADER.replace('rel.s', 'rel_s')}\n"),
        4,
        ": events.relapse.happened: registry.csv has no column rel.s; did you mean rel_s?",
    ),
}


@pytest.mark.parametrize(("make", "code", "sentence"), FILES.values(), ids=FILES.keys())
def test_a_file_that_cannot_be_read_is_refused_with_a_cure(
    registry: Registry, make: Callable[[Path], object], code: int, sentence: str
) -> None:
    """Nothing is imported from a file whose shape is in doubt."""
    path = registry.folder / "registry.csv"
    make(path)

    answer = registry.run("ebmt", path)

    assert answer.exit_code == code
    assert sentence in answer.stderr
    assert answer.stdout == ""
    assert registry.histories() == {}


ROWS: dict[str, tuple[str, str]] = {
    "no number": (
        ebmt_row(1, 30).replace("30,", "thirty,", 1),
        "The column rec holds something else.",
    ),
    "not finite": (ebmt_row(1, float("nan")), "Write a number of days."),
    "endless": (ebmt_row(1, float("inf")), "Write a number of days."),
    "astronomic": (ebmt_row(1, 1e300), "No calendar goes so far; correct it."),
    "in the future": (ebmt_row(1, 20_000), "lies in the future"),
    "negative": (
        ebmt_row(1, 30, relapse=-1),
        "The column rel holds a negative number. Days are 0 or more",
    ),
    "no truth": (ebmt_row(1, 30).replace(",0,", ",maybe,", 1), "Write 1 or yes, 0 or no."),
    "no day": (
        ebmt_row(1, 30, relapse=9).replace(",9,", ",,"),
        "The column rel is empty although rel.s says that it happened. Fill in when.",
    ),
    "unknown period": (
        ebmt_row(1, 30, period="2020"),
        "The column year holds something else; the mapping knows 1985-1989, 1990-1994, 1995-1998.",
    ),
    "no period": (ebmt_row(1, 30, period=""), "The column year is empty. Fill in the start."),
    "relapsed after death": (
        ebmt_row(1, 30, died=True, relapse=31),
        "The event relapse (01-Feb-1990) lies after end_of_follow_up (31-Jan-1990).",
    ),
    "too long": (f"{ebmt_row(1, 30)},", "The row has 16 cells, the header 15."),
}


@pytest.mark.parametrize(("row", "sentence"), ROWS.values(), ids=ROWS.keys())
def test_a_row_that_cannot_be_is_rejected_with_its_line(
    registry: Registry, row: str, sentence: str
) -> None:
    """The sentence says which column, what it holds and what to write instead."""
    answer = registry.run("ebmt", registry.write([ebmt_row(5, 50), row]))

    assert answer.exit_code == 4
    assert answer.stderr.startswith("line 3: ")
    assert sentence in answer.stderr
    assert set(registry.histories()) == {"5"}


def test_the_mark_of_a_spreadsheet_and_blank_lines_do_not_matter(tmp_path: Path) -> None:
    """An invisible mark before the first name would hide that column; line numbers stay true."""
    path = tmp_path / "marked.csv"
    path.write_bytes(b"\xef\xbb\xbfid,day\r\n\r\n1,5\r\n,\r\n2, 6 \r\n")

    table = read_table(path)

    assert table.header == ("id", "day")
    assert [(row.line, table.named(row)["day"]) for row in table.rows] == [(3, "5"), (5, "6")]


def test_a_cell_may_hold_line_breaks_without_confusing_the_line_numbers(tmp_path: Path) -> None:
    """A quoted note of two lines is one cell; the next row is found where it stands."""
    path = tmp_path / "notes.csv"
    path.write_text('id,note\n1,"first\nsecond"\n2,\n', encoding="utf-8")

    table = read_table(path)

    assert [row.line for row in table.rows] == [2, 4]
