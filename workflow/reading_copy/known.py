"""What is recorded: facts, and lists of facts that must be known."""

from __future__ import annotations

from collections.abc import Iterator

from workflow.conditions import Node
from workflow.operands import show, unit_word
from workflow.pathway import Fact, FactListEntry
from workflow.reading_copy.document import (
    Code,
    Item,
    Line,
    Listing,
    Section,
    Table,
    TableRow,
    joined,
)
from workflow.reading_copy.sentences import Page, duration, is_always, sentence, words_of

_SCOPES = {
    "patient": "Kept for good",
    "episode": "Starts anew with each episode",
    "line": "Starts anew with each treatment line",
    "state": "Starts anew each time the state is entered",
}
_FOLLOWS = {
    "option": "recorded by the program: the option of the confirmed step",
    "line_start": "recorded by the program: the start of the line",
}


def facts(page: Page) -> Table:
    """Every fact with its values, who supplies it, where it is asked and how long it counts."""
    columns = ("Fact", "Values", "Supplied by and asked in", "Counts", "Codes, notes and sources")
    rows = [
        TableRow(
            page.anchor("fact", name),
            (
                (sentence(fact.title), " ", Code(name)),
                _values(page, fact),
                _asked(page, fact),
                _counts(page, fact),
                _more(page, fact),
            ),
        )
        for name, fact in page.pathway.facts.items()
    ]
    return Table("Facts: what is recorded, by whom, and how long it counts", columns, tuple(rows))


def _values(page: Page, fact: Fact) -> Line:
    unit = unit_word(fact.unit) or fact.unit.strip("{}1")
    parts = [fact.type.replace("_", " ")]
    if fact.values:
        options = page.pathway.options
        said = (
            f"{options[value]} ({value})" if value in options else value.replace("_", " ")
            for value in fact.values
        )
        parts = ["; ".join(said)]
    if fact.scales:
        parts = ["; ".join(f"{name} {low} to {high}" for name, (low, high) in fact.scales.items())]
    if fact.range:
        parts.append(f"from {show(fact.range[0])} to {show(fact.range[1])} {unit}".rstrip())
    elif unit and not fact.scales:
        parts.append(f"in {unit}")
    if fact.none:
        parts.append("or none")
    if fact.not_applicable != "unknown":
        counts_as = fact.not_applicable.replace("_", " ")
        parts.append(f"recorded as not applicable it counts as {counts_as}")
    parts += [f"{word} counts as {value}" for word, value in fact.aliases.items()]
    return ("; ".join(parts),)


def _asked(page: Page, fact: Fact) -> Line:
    who = f"By: {words_of(fact.supplied_by)}. " if fact.supplied_by else ""
    states, tracks = page.pathway.states, page.pathway.tracks
    where = joined(
        tuple(
            page.refer("state", name, states[name].title)
            if name in states
            else page.refer("track", name, tracks[name].title if name in tracks else name)
            for name in fact.asked_in
        ),
        ", ",
    )
    return (who, "In: ", *where, ".") if where else (who.strip() or "not said",)


def _counts(page: Page, fact: Fact) -> Line:
    valid = fact.valid
    pieces: list[Line] = [(_SCOPES[fact.scope],)]
    if valid.for_:
        states = page.pathway.states
        where = ", ".join(states[name].title if name in states else name for name in valid.states)
        pieces.append((f"counts for {duration(valid.for_)}{f' (in {where})' if where else ''}",))
    if valid.until_after:
        pieces.append(("counts until the day of: ", *page.fact(valid.until_after)))
    for name, value in valid.never.items():
        pieces.append((*page.fact(name), f" {value} says that there was none"))
    if fact.date_of:
        pieces.append(("is the date of: ", *page.fact(fact.date_of)))
    if fact.on_new_episode:
        pieces.append(("goes up by one with a new episode",))
    if fact.follows:
        pieces.append((_FOLLOWS[fact.follows],))
    if fact.shows:
        models = page.pathway.states
        titles = [models[name].title for name in fact.shows.states]
        titles += [page.pathway.options[name] for name in fact.shows.options]
        pieces.append((f"a day shows that this was done: {', '.join(titles)}",))
    return (*page.sourced(joined(tuple(pieces), "; "), valid.source), *_first(page, fact))


def _first(page: Page, fact: Fact) -> Line:
    first = fact.first
    if first is None:
        return ()
    tolerance = page.pathway.parameters[first.tolerance]
    return (
        "; it is the first usable record of: ",
        *page.fact(first.of),
        "; taken from ",
        *page.fact(first.since),
        f", or up to {show(tolerance.value)} {unit_word(tolerance.unit)} before (",
        *page.refer("parameter", first.tolerance),
        "), until ",
        *page.fact(first.until),
        f"; specimen {first.specimen}",
    )


def _more(page: Page, fact: Fact) -> Line:
    parts = [f"{system} {code}" for system, code in fact.codes.items()]
    if fact.note:
        parts.append(sentence(fact.note))
    if not parts:
        return page.sources(fact.source) or ("none",)
    return page.sourced(("; ".join(parts),), fact.source)


def fact_lists(page: Page) -> tuple[Section, ...]:
    """What must be known before a state can be left."""
    sections = []
    for name, model in page.pathway.fact_lists.items():
        compiled = page.rules.vocabulary.lists[name]
        items: list[Item] = []
        for entry, ready in zip(model.entries, compiled.entries, strict=True):
            items += _list_entry(page, entry, ready.when)
        if model.otherwise:
            items.append(
                Item(("If nothing of this is missing: ", *page.facts(model.otherwise), "."))
            )
        items += page.on_record(name, (entry.when for entry in compiled.entries))
        if model.source:
            items.append(Item(("Sources: ", *page.sources(model.source))))
        title = f"List {name}"
        sections.append(Section(page.anchor("list", name), title, (Listing(tuple(items)),)))
    return tuple(sections)


def _list_entry(page: Page, entry: FactListEntry, when: Node) -> Iterator[Item]:
    except_ = f" (not counting: {words_of(entry.except_)})" if entry.except_ else ""
    how = "count as missing: " if entry.missing else ""
    line: Line = (how, *page.facts(entry.missing or entry.facts), f"{except_}.")
    if is_always(when):
        yield Item(("Always: ", *line))
        return
    (first,) = page.condition("When it is on record that", when, "")
    if first.items:
        yield Item(first.line, (*first.items, Item(("then: ", *line))))
    else:
        yield Item((*first.line, ": ", *line))
