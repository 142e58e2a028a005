"""The whole document of a pathway, in the order of care."""

from __future__ import annotations

from typing import Final

from workflow.operands import show
from workflow.pathway import Pathway
from workflow.reading_copy import inferred, known, lists, rows, watch
from workflow.reading_copy.document import (
    Block,
    Code,
    Document,
    Item,
    Line,
    Listing,
    Paragraph,
    Section,
    Table,
    joined,
)
from workflow.reading_copy.sentences import Page, sentence

HOW_TO_READ: Final = (
    (
        "Every condition is true, false or unknown. Unknown never counts as no: what is "
        "missing, too old, preliminary or contradictory is unknown."
    ),
    (
        "The rows of a state are read from the top. A row that does not hold leads to the "
        "next; the first row that holds is the answer; a row that is unknown stops the "
        "reading and asks for the facts that could still change it."
    ),
    (
        "A row that only warns, or only leads behind a gate, never stops the reading: where "
        "it is unknown, the next row is read."
    ),
    (
        "Where a row asks what is on record, unknown is answered like no. Such rows are "
        "marked, with the reason why that is safe where the pathway gives one."
    ),
    (
        "A row named a safety net is reached by no patient; it stands in case a later change "
        "of the rows above it lets one through."
    ),
    (
        "A checkpoint is counted from entering its state or track, or from the date it names; "
        "where its condition comes true during the stay, from that day."
    ),
    "Sources stand in brackets and lead to the lists at the end.",
)


def reading_copy(pathway: Pathway) -> Document:
    """The pathway as a clinician's document; the same pathway gives the same document."""
    page = Page(pathway)
    blocks = [_about(page), *_start(page), *_states(page), *_beside(page), *_behind(page)]
    return Document(f"{pathway.title}: reading copy", tuple(blocks))


def _about(page: Page) -> Section:
    pathway, review = page.pathway, page.pathway.reviewed
    lines: list[Line] = [
        ("Pathway: ", Code(pathway.id), f", version {pathway.version}, {pathway.status}"),
        (f"Owner: {sentence(pathway.owner)}",),
        (f"Reviewed: {sentence(review.by)}, {show(review.on)}; expires {show(review.expires)}",),
        ("Hash: ", Code(pathway.content_hash)),
        ("Starts in: ", *page.state(pathway.start)),
    ]
    return Section("about", "About this pathway", (_listed(lines),))


def _start(page: Page) -> list[Section]:
    pathway = page.pathway
    safety: list[Line] = [(sentence(text),) for text in pathway.safety]
    found = [
        Section("safety", "Safety", (_listed(safety),)),
        Section("how-to-read", "How to read it", (_listed([(text,) for text in HOW_TO_READ]),)),
    ]
    blocks: list[Block] = [lists.settings(page)] if pathway.settings else []
    shown = lists.report(page)
    blocks += [Paragraph(("Every decision shows:",)), Listing(shown)] if shown else []
    return [*found, *_section("settings", "Settings", *blocks)]


def _states(page: Page) -> list[Section]:
    early = rows.early_entries(page)
    blocks: list[Block] = [early] if early.entries else []
    found = _section("early", "Read first in every state", *blocks)
    for name, model in page.pathway.states.items():
        items = []
        if model.description:
            items.append(Item((sentence(model.description),)))
        items += rows.exits(page, name)
        if model.source:
            items.append(Item(("Sources: ", *page.sources(model.source))))
        blocks = [Listing(tuple(items))] if items else []
        table = rows.state_entries(page, name)
        watched = watch.checkpoints(page, f"state:{name}", model.checkpoints)
        title = sentence(model.title)
        if table.entries:
            blocks.append(Section(f"rows-{name}", f"Rows of {title}", (table,)))
        if watched.entries:
            blocks.append(Section(f"watch-{name}", f"Checkpoints of {title}", (watched,)))
        anchor = page.anchor("state", name)
        found.append(Section(anchor, f"State {name}: {title}", tuple(blocks)))
    return found


def _beside(page: Page) -> list[Section]:
    return [
        *_section("tracks", "Care beside the main state", *watch.tracks(page)),
        *_section("reminders", "Reminders of what is overdue", *watch.reminders(page)),
        *_section("invariants", "What must never be recommended", *_entries_of(page)),
        *_section("parameters", "Numbers", *_filled(lists.parameters(page))),
        *_section("facts", "Facts", *_filled(known.facts(page))),
        *_section("lists", "Facts that must be known", *known.fact_lists(page)),
        *_section("derived", "What follows from the facts", *inferred.derived(page)),
    ]


def _behind(page: Page) -> list[Section]:
    pathway = page.pathway
    waiting = tuple(page.coded("reason", n, pathway.reasons.get(n, n)) for n in pathway.waiting)
    waits = Paragraph(("Nothing is asked of anybody: ", *joined(waiting, "; "), "."))
    return [
        *_texts(page, "warning", "Warnings", pathway.warnings),
        *_texts(page, "reason", "Reasons to stay", pathway.reasons, *([waits] if waiting else [])),
        *_texts(page, "option", "Therapy options", pathway.options),
        *_texts(page, "on-record", "Why what is on record may be asked", pathway.on_record),
        *_texts(page, "kept", "Declared, and used by no rule", pathway.kept),
        *_section("outcomes", "Outcome figures", *_filled(lists.outcomes(page))),
        *_section("statements", "The source guideline", *_filled(lists.statements(page))),
        *_texts(page, "source", "Sources", pathway.sources),
    ]


def _texts(
    page: Page, kind: str, title: str, known_texts: dict[str, str], *more: Block
) -> list[Section]:
    table = lists.texts(page, kind, title, known_texts)
    return _section(f"{kind}s", title, *_filled(table), *more)


def _entries_of(page: Page) -> list[Block]:
    entries = lists.invariants(page)
    return [entries] if entries.entries else []


def _filled(table: Table) -> list[Block]:
    return [table] if table.rows else []


def _section(anchor: str, title: str, *blocks: Block) -> list[Section]:
    return [Section(anchor, title, blocks)] if blocks else []


def _listed(lines: list[Line]) -> Listing:
    return Listing(tuple(Item(line) for line in lines))
