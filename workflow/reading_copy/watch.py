"""Checkpoints and tracks: what is expected by when, and care beside the main states."""

from __future__ import annotations

from collections.abc import Iterable

from workflow.pathway import Checkpoint
from workflow.reading_copy.document import (
    Block,
    Code,
    Entries,
    Entry,
    Item,
    Listing,
    Section,
    plain,
)
from workflow.reading_copy.sentences import Page, capital, duration, is_always, sentence

_BASES = {"evidence": "Basis: evidence.", "operational": "Basis: operational, set per site."}


def checkpoints(page: Page, owner: str, models: Iterable[Checkpoint]) -> Entries:
    """The checkpoints of a state or track (`state:NAME`, `track:NAME`) in the order written."""
    return Entries(tuple(_checkpoint(page, owner, model) for model in models))


def _checkpoint(page: Page, owner: str, model: Checkpoint) -> Entry:
    items = [Item((f"{capital(model.title)}. ", *_due(page, model)))]
    if model.expects:
        items.append(Item(("Met when recorded: ", *page.facts(model.expects), ".")))
    node = page.rules.checkpoint_whens.get((owner, model.id))
    if node is not None and not is_always(node):
        items += page.condition("Only if", node, ".")
        items += page.on_record(model.id, [node])
    if model.escalate:
        steps = (f"{duration(step.after)} late to the {step.to}" for step in model.escalate)
        items.append(Item((f"Escalated: {'; '.join(steps)}.",)))
    items.append(Item((_BASES[model.basis],)))
    if model.note:
        items.append(Item((f"Note: {sentence(model.note)}",)))
    if model.source:
        items.append(Item(("Sources: ", *page.sources(model.source))))
    return Entry(page.anchor("checkpoint", model.id), model.id, tuple(items))


def _due(page: Page, model: Checkpoint) -> tuple[str, ...]:
    """When it opens, is due and comes again, from where it is counted."""
    dues = (model.due,) if isinstance(model.due, str) else model.due
    due = ", ".join(duration(text) for text in dues)
    since = plain(page.fact(model.anchor)) if model.anchor else "entering"
    opens = f"Opens {duration(model.opens)} and is due" if model.opens != "0 d" else "Due"
    again = f"; then every {duration(model.every)}" if model.every else ""
    if model.times is not None:
        again += f", {model.times} times"
    if model.then:
        again += f", after that every {duration(model.then)}"
    best = f" Best after {duration(model.ideal)}." if model.ideal else ""
    end = f" Missed {duration(model.expires)} after the due day." if model.expires else ""
    return (f"{opens} {due} after {since}{again}.{best}{end}",)


def reminders(page: Page) -> tuple[Block, ...]:
    """How often whoever was told last is told again."""
    model = page.pathway.reminders
    if model is None:
        return ()
    items = [
        Item((f"Whoever was told last is told again every {duration(model.every)}.",)),
        Item(("It goes on until somebody acknowledges it or the checkpoint is closed.",)),
    ]
    if model.note:
        items.append(Item((f"Note: {sentence(model.note)}",)))
    items.append(Item(("Sources: ", *page.sources(model.source))))
    return (Listing(tuple(items)),)


def tracks(page: Page) -> tuple[Block, ...]:
    """Every track as a section of its own."""
    opening = dict(page.rules.tracks)
    sections = []
    for name, model in page.pathway.tracks.items():
        items: list[Item] = [Item(("Called ", Code(name), "."))]
        nodes = []
        if name in opening:
            items += page.condition("Opens when", opening[name], ".")
            nodes.append(opening[name])
        else:
            items.append(Item(("Opened by the rows that name it.",)))
        closing = page.rules.track_closing.get(name)
        if closing is not None:
            items += page.condition("A person may close it when", closing, ".")
            nodes.append(closing)
        if model.closes_into:
            items.append(Item(("Ends when the path enters ", *page.state(model.closes_into), ".")))
        items += page.on_record(name, nodes)
        if model.source:
            items.append(Item(("Sources: ", *page.sources(model.source))))
        watched = checkpoints(page, f"track:{name}", model.checkpoints)
        inner = (watched,) if watched.entries else ()
        title = f"Track {name}: {model.title}"
        anchor = page.anchor("track", name)
        sections.append(Section(anchor, title, (Listing(tuple(items)), *inner)))
    return tuple(sections)
