"""The document as Markdown that every renderer reads: headings, lists and pipe tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from workflow.reading_copy.document import (
    Block,
    Code,
    Document,
    Entries,
    Item,
    Line,
    Link,
    Listing,
    Paragraph,
    Piece,
    Section,
    Strong,
    Table,
)

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~&])")
_OPENS: Final = re.compile(r"^(\d+(?=[.)](?:\s|$))|(?=[-+=]))(.)")
"""What would make a list or a heading of a line that is none."""


def markdown(document: Document) -> str:
    """The whole document; the same document gives the same bytes."""
    lines = [f"# {_escaped(document.title)}", "", "Contents:", ""]
    lines += [f"- [{_escaped(s.title)}](#{_target(s.anchor)})" for s in document.sections()]
    lines.append("")
    for block in document.blocks:
        lines += _block(block, 2)
    return "\n".join(lines).rstrip() + "\n"


def _block(block: Block, level: int) -> Iterator[str]:
    if isinstance(block, Section):
        yield from (f"{'#' * level} {_anchored(block.anchor)}{_escaped(block.title)}", "")
        for inner in block.blocks:
            yield from _block(inner, level + 1)
        return
    if isinstance(block, Paragraph):
        yield _line(block.line)
    elif isinstance(block, Listing):
        yield from _items(block.items, "")
    elif isinstance(block, Entries):
        for entry in block.entries:
            yield f"- {_anchored(entry.anchor)}**{_escaped(entry.label)}**"
            yield from _items(entry.items, "  ")
    else:
        yield from _table(block)
    yield ""


def _items(items: tuple[Item, ...], indent: str) -> Iterator[str]:
    for item in items:
        yield f"{indent}- {_line(item.line)}"
        yield from _items(item.items, f"{indent}  ")


def _table(table: Table) -> Iterator[str]:
    yield from (f"*{_escaped(table.caption)}*", "")
    yield f"| {' | '.join(map(_escaped, table.columns))} |"
    yield f"|{' --- |' * len(table.columns)}"
    for row in table.rows:
        first, *rest = (_line(cell) for cell in row.cells)
        yield f"| {' | '.join([_anchored(row.anchor) + first, *rest])} |"


def _line(line: Line) -> str:
    return _OPENS.sub(r"\1\\\2", "".join(map(_piece, line)))


def _piece(piece: Piece) -> str:
    if isinstance(piece, Link):
        return f"[{_escaped(piece.words)}](#{_target(piece.target)})"
    if isinstance(piece, Strong):
        return f"**{_escaped(piece.words)}**"
    # A name is not set as code: backticks and pipes in it could not be escaped there.
    return _escaped(piece.words if isinstance(piece, Code) else piece)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()) if "\n" in text else text)


def _anchored(anchor: str) -> str:
    return f'<a id="{_target(anchor)}"></a>' if anchor else ""


def _target(anchor: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.\-]", "-", anchor)
