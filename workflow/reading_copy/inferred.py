"""Derived facts, which nobody types in: conditions, tables read from the top, lists, years."""

from __future__ import annotations

from workflow.derived import DerivedCondition, DerivedList, DerivedTable, conditions_of
from workflow.operands import Number
from workflow.pathway import Derived as DerivedModel
from workflow.reading_copy.document import (
    Block,
    Code,
    Entries,
    Entry,
    Item,
    Line,
    Listing,
    Paragraph,
    Section,
    Table,
    TableRow,
)
from workflow.reading_copy.sentences import Page, capital, is_always, sentence, words_of


def derived(page: Page) -> tuple[Section, ...]:
    """Every derived fact as a section of its own, in the order of the file."""
    sections = []
    for name, model in page.pathway.derived.items():
        called: Line = ("Called ", Code(name), ".")
        blocks: list[Block] = [Paragraph(page.sourced(called, model.source))]
        blocks += _how(page, name, model)
        for word, values in model.shown_as.items():
            shown = f"Shown as “{word.replace('_', ' ')}” while it may be {' or '.join(values)}."
            blocks.append(Paragraph((shown,)))
        title = capital(model.title)
        sections.append(Section(page.anchor("derived", name), title, tuple(blocks)))
    return tuple(sections)


def _how(page: Page, name: str, model: DerivedModel) -> list[Block]:
    compiled = page.rules.vocabulary.derived[name]
    if isinstance(compiled, Number):
        years = f"Completed years from {compiled.start.label} to {compiled.end.label}."
        return [Paragraph((years,))]
    if isinstance(compiled, DerivedCondition):
        how: Block = Listing(page.condition("Holds when", compiled.condition, "."))
    elif isinstance(compiled, DerivedList):
        how = _list(page, model, compiled)
    else:
        how = _table(page, name, model, compiled)
    marked = page.on_record(name, conditions_of(compiled))
    return [how, Listing(marked)] if marked else [how]


def _list(page: Page, model: DerivedModel, compiled: DerivedList) -> Entries:
    """Each entry of a list and when it belongs to it."""
    entries = []
    for written, (item, node) in zip(model.items, compiled.items, strict=True):
        items = page.condition("Belongs to it when", node, ".")
        if written.source:
            items = (*items, Item(("Sources: ", *page.sources(written.source))))
        title = page.pathway.options.get(item)
        entries.append(Entry("", f"{item} ({title})" if title else item, items))
    return Entries(tuple(entries))


def _table(page: Page, name: str, model: DerivedModel, compiled: DerivedTable) -> Table:
    """The rows from the top: the first that holds gives the value."""
    rows = []
    for number, (written, row) in enumerate(zip(model.rows, compiled.rows, strict=True), start=1):
        value: Line = (words_of([written.is_ or written.otherwise or "unknown"]),)
        if row.needs:
            when: Line = ("While not all of these are known: ", *page.facts(written.needs), ".")
            value = ("any of its values",)
        elif is_always(row.condition):
            when = ("Otherwise",)
        else:
            when = (f"If {row.condition.text()}",)
        if written.missing:
            value = (*value, "; asks for ", *page.facts(written.missing))
        when = page.sourced(when, written.source)
        rows.append(TableRow("", ((str(number),), when, value)))
    caption = f"{sentence(model.title)} ({name}): {words_of(model.values)}"
    return Table(caption, ("Row", "When", "Value"), tuple(rows))
