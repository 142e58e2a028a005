"""The document as one HTML page: no script, no remote address, readable on paper and phone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

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
    Section,
    Strong,
    Table,
)

_NO_GO: Final = {ord(char): "\N{REPLACEMENT CHARACTER}" for char in map(chr, range(32))} | {
    9: " ",
    10: " ",
    13: " ",
}
_STYLE: Final = """
:root { color-scheme: light; }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; overflow-wrap: anywhere;
  font: 1rem/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff; }
h1 { font-size: 1.75rem; line-height: 1.2; }
h2 { font-size: 1.35rem; margin-top: 2.5rem; padding-top: .5rem; border-top: 2px solid #1d4f78; }
h3 { font-size: 1.1rem; margin-top: 1.75rem; }
a { color: #1d4f78; }
ul { padding-left: 1.25rem; }
ul ul { margin: 0; }
code { font-size: .9em; }
.entries { list-style: none; padding: 0; }
.entry { margin: 0 0 1rem; padding-left: .75rem; border-left: 3px solid #b9c9d6; }
.entry ul { margin: .15rem 0 0; }
.label { font-weight: 700; }
.wide { overflow-x: auto; padding-right: 1px; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; font-size: .9rem; }
caption { text-align: left; font-weight: 700; padding: .25rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .5rem; border: 1px solid #b9c9d6; }
thead th { background: #eef3f7; }
td { overflow-wrap: break-word; }
tbody th { font-weight: 600; min-width: 8rem; }
thead th { overflow-wrap: break-word; }
:target { background: #fff4c2; }
@media (max-width: 40rem) {
  body { padding: .5rem; }
  table { font-size: .8rem; min-width: 34rem; }
}
@media print {
  @page { size: A4; margin: 18mm 15mm; }
  body { max-width: none; padding: 0; font-size: 9.5pt; }
  table { font-size: 8pt; }
  .wide { overflow: visible; }
  tbody th { min-width: 6em; overflow-wrap: break-word; }
  td { min-width: 6.5em; overflow-wrap: anywhere; }
  a { color: inherit; text-decoration: none; }
  h2, h3, h4, caption, .label { break-after: avoid; }
  tr, .entry { break-inside: avoid; }
  thead { display: table-header-group; }
}
"""


def page(document: Document) -> str:
    """The whole page; the same document gives the same bytes."""
    html = Element("html", lang="en-GB")
    head = SubElement(html, "head")
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    SubElement(head, "title").text = _words(document.title)
    SubElement(head, "style").text = _STYLE
    body = SubElement(html, "body")
    main = SubElement(body, "main")
    SubElement(main, "h1").text = _words(document.title)
    nav = SubElement(main, "nav", {"aria-label": "Contents"})
    links = tuple(Item((Link(s.title, s.anchor),)) for s in document.sections())
    nav.append(_list(links))
    for block in document.blocks:
        main.extend(_block(block, 2))
    for element in html.iter():
        if element.tag not in _INLINE:
            element.tail = "\n"
    return f"<!DOCTYPE html>\n{tostring(html, encoding='unicode')}\n"


_INLINE: Final = frozenset({"html", "a", "code", "strong"})
"""Elements inside a line; behind every other one a new line begins."""


def _block(block: Block, level: int) -> Iterator[Element]:
    if isinstance(block, Section):
        section = Element("section", id=block.anchor)
        SubElement(section, f"h{level}").text = _words(block.title)
        for inner in block.blocks:
            section.extend(_block(inner, level + 1))
        yield section
    elif isinstance(block, Paragraph):
        yield _filled(Element("p"), block.line)
    elif isinstance(block, Listing):
        yield _list(block.items)
    elif isinstance(block, Entries):
        yield _entries(block)
    else:
        yield _table(block)


def _list(items: tuple[Item, ...]) -> Element:
    found = Element("ul")
    for item in items:
        line = _filled(SubElement(found, "li"), item.line)
        if item.items:
            line.append(_list(item.items))
    return found


def _entries(block: Entries) -> Element:
    found = Element("ul", {"class": "entries"})
    for entry in block.entries:
        names = {"class": "entry"} | ({"id": entry.anchor} if entry.anchor else {})
        item = SubElement(found, "li", names)
        label = SubElement(item, "div", {"class": "label"})
        label.text = _words(entry.label)
        item.append(_list(entry.items))
    return found


def _table(block: Table) -> Element:
    # A region that scrolls must be reachable with the keyboard, and say what it is.
    names = {"class": "wide", "role": "region", "tabindex": "0", "aria-label": block.caption}
    wide = Element("div", {name: _words(text) for name, text in names.items()})
    table = SubElement(wide, "table")
    SubElement(table, "caption").text = _words(block.caption)
    head = SubElement(SubElement(table, "thead"), "tr")
    for column in block.columns:
        SubElement(head, "th", scope="col").text = _words(column)
    body = SubElement(table, "tbody")
    for row in block.rows:
        line = SubElement(body, "tr", {"id": row.anchor} if row.anchor else {})
        first, *rest = row.cells
        _filled(SubElement(line, "th", scope="row"), first)
        for cell in rest:
            _filled(SubElement(line, "td"), cell)
    return wide


def _filled(element: Element, line: Line) -> Element:
    """The element with the pieces of a line in it."""
    last: Element | None = None
    for piece in line:
        if isinstance(piece, str):
            if last is None:
                element.text = (element.text or "") + _words(piece)
            else:
                last.tail = (last.tail or "") + _words(piece)
            continue
        if isinstance(piece, Link):
            last = SubElement(element, "a", href=f"#{piece.target}")
        else:
            last = SubElement(element, {Code: "code", Strong: "strong"}[type(piece)])
        last.text = _words(piece.words)
    return element


def _words(text: str) -> str:
    """The text without characters that no page may hold."""
    return text.translate(_NO_GO)
