"""The reading copy of a pathway on the terminal, top to bottom as a clinician explains it."""

from __future__ import annotations

from allpath.cli.printing import heading, put_found, put_grid, title
from workflow.reading_copy.document import (
    Block,
    Document,
    Entries,
    Item,
    Listing,
    Paragraph,
    Section,
    Table,
    plain,
)


def put_document(document: Document) -> None:
    """The whole document as lines: sections under headings, tables with one entry a row."""
    title(document.title)
    for block in document.blocks:
        _put_block(block)


def _put_block(block: Block) -> None:
    if isinstance(block, Section):
        heading(block.title)
        for inner in block.blocks:
            _put_block(inner)
    elif isinstance(block, Paragraph):
        put_grid([(plain(block.line),)], fixed=0)
    elif isinstance(block, Listing):
        _put_items(block.items, 2)
    elif isinstance(block, Entries):
        for entry in block.entries:
            first, *rest = entry.items
            put_found(entry.label, plain(first.line))
            _put_items((*first.items, *rest), 4)
    else:
        _put_table(block)


def _put_items(items: tuple[Item, ...], indent: int) -> None:
    for item in items:
        put_grid([(plain(item.line),)], indent=indent, fixed=0)
        _put_items(item.items, indent + 2)


def _put_table(table: Table) -> None:
    """The caption with the columns, then each row by its name."""
    put_grid([(f"{table.caption} ({', '.join(table.columns)})",)], fixed=0)
    for row in table.rows:
        first, *rest = (plain(cell) for cell in row.cells)
        put_found(first, " - ".join(rest))
