"""What the rows refer to: numbers, settings, texts, invariants, figures, statements, sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from workflow.operands import amount
from workflow.pathway import Outcome, Parameter
from workflow.reading_copy.document import (
    Code,
    Entries,
    Entry,
    Item,
    Line,
    Strong,
    Table,
    TableRow,
    joined,
)
from workflow.reading_copy.sentences import Page, sentence

NO_FORECAST: Final = (
    "Group figure of a historical study, not a forecast for one person; "
    "years of accrual and age range: not given in the source text."
)
_CONFIDENCE: Final = {
    "H": "high",
    "M": "medium",
    "L": "low: operational default, set per site",
    "O": "operational default, set per site",
}
_TO_VERIFY: Final = "TO VERIFY: not confirmed against the publication"


def settings(page: Page) -> Table:
    """The choices made per enrolment, with the site's default."""
    rows = [
        TableRow(
            page.anchor("setting", name),
            (
                (sentence(model.title), " ", Code(name)),
                (", ".join(model.values),),
                (model.default or "none: unknown until chosen",),
            ),
        )
        for name, model in page.pathway.settings.items()
    ]
    return Table("Settings, chosen for each patient", ("Setting", "Values", "Default"), tuple(rows))


def parameters(page: Page) -> Table:
    """Every number with its unit, source and confidence, and whether a site may set it."""
    rows = [
        TableRow(
            page.anchor("parameter", name),
            (
                (name,),
                (_number(model),),
                page.sourced((sentence(model.title) or name,), model.source),
                (_CONFIDENCE[model.confidence],),
                ("yes" if model.site else "no",),
            ),
        )
        for name, model in page.pathway.parameters.items()
    ]
    columns = ("Name", "Value", "Meaning and source", "Confidence", "A site may set it")
    return Table("Numbers, each with unit and source", columns, tuple(rows))


def _number(model: Parameter) -> str:
    note = f" ({model.unit.strip('{}')})" if model.unit.startswith("{") else ""
    return f"{amount(model.value, model.unit)}{note}"


def texts(page: Page, kind: str, caption: str, known: Mapping[str, str]) -> Table:
    """Codes and what they say: warnings, reasons, options, sources."""
    rows = [
        TableRow(page.anchor(kind, name), ((name,), (sentence(text),)))
        for name, text in known.items()
    ]
    return Table(caption, ("Code", "What it says"), tuple(rows))


def invariants(page: Page) -> Entries:
    """What must never be recommended, and unless what."""
    entries = []
    for model, ready in zip(page.pathway.invariants, page.rules.invariants, strict=True):
        hard = "Hard: nobody may override it." if model.hard else "May be overridden with a reason."
        items = [Item((f"{sentence(model.title)}. ", hard))]
        items += page.condition("Unless", ready.unless, ":")
        options = tuple(
            page.coded("option", name, page.pathway.options[name])
            for name in model.never.get("option", ())
        )
        states = tuple(page.state(name) for name in model.never.get("go", ()))
        for what, lines in (("never the option ", options), ("never a step to ", states)):
            if lines:
                items.append(Item((what, *joined(lines, "; "), ".")))
        if model.from_:
            found = joined(tuple(page.state(name) for name in model.from_), "; ")
            items.append(Item(("Counts in ", *found, ".")))
        if model.source:
            items.append(Item(("Sources: ", *page.sources(model.source))))
        entries.append(Entry(page.anchor("invariant", model.id), model.id, tuple(items)))
    return Entries(tuple(entries))


def outcomes(page: Page) -> Table:
    """The published group figures, each with its study and the caveat."""
    columns = ("Study and group", "n", "Endpoint", "Value", "Note, source and confidence")
    rows = [
        TableRow(
            page.anchor("outcome", model.id),
            (
                (model.study, f", {model.group}" if model.group else "", " ", Code(model.id)),
                (_several(model.n) or "not given",),
                (sentence(model.endpoint),),
                (_figure(model),),
                _behind(page, model),
            ),
        )
        for model in page.pathway.outcomes
    ]
    return Table(f"Outcome figures. {NO_FORECAST}", columns, tuple(rows))


def _figure(model: Outcome) -> str:
    value = _several(model.value)
    figure = f"{value} {model.unit}" if value else "not given"
    if model.ci is not None:
        figure += f"; 95 % interval {_interval(model.ci)}"
    if model.se is not None:
        figure += f"; standard error {_several(model.se)}"
    return figure


def _interval(found: object) -> str:
    """`25.9 to 45.9`, one for each arm."""
    if isinstance(found, list | tuple) and any(isinstance(arm, list | tuple) for arm in found):
        return "; ".join("not given" if arm is None else _interval(arm) for arm in found)
    return " to ".join(map(str, found)) if isinstance(found, list | tuple) else str(found)


def _several(found: object) -> str:
    """One figure, or one for each arm, in the order of the groups."""
    if found is None:
        return ""
    if isinstance(found, list | tuple):
        return "; ".join(
            " to ".join(map(str, arm)) if isinstance(arm, list | tuple) else str(arm)
            for arm in found
        )
    return str(found)


def _behind(page: Page, model: Outcome) -> Line:
    note = f"{sentence(model.note)}. " if model.note else ""
    source = joined(
        tuple(page.refer("source", name) for name in model.source.split("/")),
        "/",
    )
    line: Line = (
        note,
        "[",
        *source,
        f"], confidence {_CONFIDENCE.get(model.confidence, model.confidence)}",
    )
    is_open = "verify" in f"{model.confidence} {model.note}"
    return (*line, ". ", Strong(_TO_VERIFY)) if is_open else line


def statements(page: Page) -> Table:
    """Each statement of the source guideline, and what implements it."""
    rows = []
    for name, model in page.pathway.statements.items():
        by = joined(tuple(_implemented(page, text) for text in model.implemented_by), ", ")
        note = (f"; note: {sentence(model.note)}",) if model.note else ()
        cells: tuple[Line, ...] = (
            (name,),
            (f"{sentence(model.text)} ({model.kind})",),
            (*(by or ("nothing",)), *note),
        )
        rows.append(TableRow(page.anchor("statement", name), cells))
    columns = ("Statement", "Text and kind", "Implemented by")
    return Table("Statements of the source guideline", columns, tuple(rows))


def _implemented(page: Page, text: str) -> Line:
    kind, _, name = text.partition(":")
    return page.refer(kind, name, text) if page.has(kind) else (text,)


def report(page: Page) -> tuple[Item, ...]:
    """Which derived facts every decision shows."""
    model = page.pathway.report
    if model is None:
        return ()
    lines: list[Item] = [Item(("Site: ", *page.fact(model.site), "."))]
    for what, named in (("Timing", model.timing), ("Risk group", model.risk)):
        found = joined(tuple((f"{key}: ", *page.fact(name)) for key, name in named.items()), "; ")
        if found:
            lines.append(Item((f"{what} by ", *found, ".")))
    return tuple(lines)
