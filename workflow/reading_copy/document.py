"""A document before it has a form: sections, paragraphs, lists and tables of plain words.

Renderers decide how it looks; nothing here knows Markdown, HTML or a terminal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead to another place of the same document."""

    words: str
    target: str


@dataclass(frozen=True, slots=True)
class Code:
    """A name as the pathway file and the screens write it."""

    words: str


@dataclass(frozen=True, slots=True)
class Strong:
    """Words that must not be overlooked."""

    words: str


Piece = str | Link | Code | Strong
Line = tuple[Piece, ...]
"""One run of text."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph."""

    line: Line


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a list, with the lines that belong to it."""

    line: Line
    items: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """A list without order."""

    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """Something with a name of its own, such as a row or a checkpoint, and what is said of it."""

    anchor: str
    label: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """Entries in the order in which they are read."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a table; its first cell names it."""

    anchor: str
    cells: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption and a header for every column."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]


Block = Paragraph | Listing | Entries | Table | Section


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document."""

    title: str
    blocks: tuple[Block, ...]

    def sections(self) -> Iterator[Section]:
        """The sections right under the title, in order."""
        return (block for block in self.blocks if isinstance(block, Section))


def plain(line: Line) -> str:
    """The words of a line and nothing else."""
    return "".join(piece if isinstance(piece, str) else piece.words for piece in line)


def joined(lines: tuple[Line, ...], between: str) -> Line:
    """Lines one after the other, with words between them."""
    pieces: list[Piece] = []
    for index, line in enumerate(lines):
        pieces += [between, *line] if index else line
    return tuple(pieces)
