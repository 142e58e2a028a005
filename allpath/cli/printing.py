"""What goes to the screen: tables on a terminal, tab-separated lines elsewhere, JSON when asked."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

LONG: Final = 100
"""From this many steps on work is worth a progress bar."""
LABEL: Final = 22
MEDIUM: Final = 90
WIDE: Final = 110
"""From this many columns on a list is a table; below it each item has lines of its own."""

STYLES: Final = {
    "overdue": "bold red",
    "escalated": "bold red",
    "due": "bold yellow",
    "no next step": "bold red",
    "met": "green",
    "not met": "red",
    "unknown": "bold yellow",
    "recommended": "green",
    "available": "cyan",
    "blocked": "yellow",
    "undecidable": "bold yellow",
    "needs MDT": "magenta",
    "forbidden": "red",
}


def screen() -> Console:
    """Standard output, as wide as the terminal; nothing is ever cut off."""
    return Console(file=sys.stdout, highlight=False, soft_wrap=False, emoji=False)


def is_terminal() -> bool:
    """Whether a person looks at standard output."""
    return screen().is_terminal


def put_json(content: Any) -> None:  # noqa: ANN401 - any plain content
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(content, ensure_ascii=False) + "\n")


def put(*lines: str) -> None:
    """Plain lines on standard output: wrapped on a terminal, as they are elsewhere."""
    if is_terminal():
        console = screen()
        for line in lines:
            console.print(Text(line, overflow="fold"))
    else:
        sys.stdout.writelines(f"{line}\n" for line in lines)


def put_lines(rows: Iterable[Sequence[object]]) -> None:
    """One row a line, tab-separated, for programs that cut and sort."""
    for row in rows:
        sys.stdout.write("\t".join(_flat(cell) for cell in row) + "\n")


def note(*lines: str) -> None:
    """Something for the person at the terminal that is not the answer: to standard error."""
    sys.stderr.writelines(f"{line}\n" for line in lines)


def title(text: str) -> None:
    """The first line of an answer."""
    if is_terminal():
        screen().print(Text(text, style="bold"))
    else:
        sys.stdout.write(f"{text}\n")


def heading(text: str) -> None:
    """A line that opens a part of an answer, set off from what stands above it."""
    if is_terminal():
        screen().print()
    title(text)


def put_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table on a wide terminal, stacked items on a narrow one, tab-separated lines elsewhere."""
    content = [[str(cell) for cell in row] for row in rows]
    if not is_terminal():
        put_lines(content)
    elif screen().width >= WIDE or _fits(columns, content):
        screen().print(_table(columns, content))
    else:
        for row in content:
            _put_stacked(columns, row)


def put_grid(rows: Iterable[Sequence[str]], *, indent: int = 2, fixed: int = 1) -> None:
    """Aligned cells under a heading; the first `fixed` columns keep their width, the rest wrap."""
    content = [list(row) for row in rows]
    if not content:
        return
    if not is_terminal():
        sys.stdout.writelines(" " * indent + "\t".join(map(_flat, row)) + "\n" for row in content)
        return
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=max(indent - 2, 0))
    for index in range(len(content[0])):
        grid.add_column(no_wrap=index < fixed, overflow="fold")
    for row in content:
        grid.add_row("", *(styled(cell) for cell in row))
    screen().print(grid)


def put_found(label: str, text: str, *, indent: int = 2) -> None:
    """A label and what belongs to it: beside each other, or below on a narrow terminal."""
    console = screen()
    if not console.is_terminal:
        sys.stdout.write(f"{' ' * indent}{label}\t{_flat(text)}\n")
        return
    width = LABEL if console.width >= MEDIUM else LABEL // 2
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=max(indent - 1, 0))
    if len(label) <= width:
        grid.add_column(width=width)
        grid.add_column(overflow="fold")
        grid.add_row("", Text(label, style="bold"), styled(text))
        console.print(grid)
        return
    grid.add_column(overflow="fold")
    grid.add_row("", Text(label, style="bold"))
    grid.add_row("", Padding(styled(text), (0, 0, 0, 2)))
    console.print(grid)


def styled(text: str, *, word: str = "") -> Text:
    """Text in the colour of its first known word; the word itself stays, colour only helps."""
    lower = (word or text).lower()
    style = next((STYLES[key] for key in STYLES if lower.startswith(key.lower())), "")
    return Text(text, style=style, overflow="fold")


@contextmanager
def progress(what: str, total: int | None) -> Iterator[Any]:
    """A progress bar on standard error while long work is done; silent where nobody looks."""
    console = Console(file=sys.stderr)
    with Progress(
        TextColumn(escape(what)),
        BarColumn(),
        MofNCompleteColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal or (total is not None and total < LONG),
    ) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)


@contextmanager
def working(what: str) -> Iterator[Callable[[str], None]]:
    """A turning mark on standard error while something is done that cannot be counted.

    What it yields is told what is being done just now.
    """
    console = Console(file=sys.stderr)
    if not console.is_terminal:
        yield lambda _now: None
        return
    with console.status(escape(what)) as status:
        yield lambda now: status.update(f"{escape(what)}: {escape(now)}")


def _fits(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    widths = [max(len(title), *(len(row[i]) for row in rows), 0) for i, title in enumerate(columns)]
    return sum(widths) + 2 * len(widths) <= screen().width


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for index, title in enumerate(columns):
        table.add_column(title, overflow="fold", no_wrap=index == 0)
    for row in rows:
        table.add_row(*(styled(cell) for cell in row))
    return table


def _put_stacked(columns: Sequence[str], row: Sequence[str]) -> None:
    console = screen()
    console.print(Text(row[0], style="bold"))
    for title, cell in zip(columns[1:], row[1:], strict=True):
        if cell:
            line = Table.grid(padding=(0, 1))
            line.add_column(width=14, style="dim", overflow="fold")
            line.add_column(overflow="fold")
            line.add_row(f"  {title}", styled(cell))
            console.print(line)


def _flat(cell: object) -> str:
    return " ".join(str(cell).split())
