"""The rows of a state's table as sentences: when, what then, with which option and warnings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workflow.conditions import Node
from workflow.reading_copy.document import Code, Entries, Entry, Item, Line, Strong, joined
from workflow.reading_copy.sentences import Page, capital, is_always, sentence
from workflow.rules import CompiledRow, Kind


def early_entries(page: Page) -> Entries:
    """The rows that every state begins with, once, and the rule each state reports for them."""
    entries = []
    for route in page.pathway.early_routes:
        found = {
            state: row
            for state, rows in page.rules.rows.items()
            for row in rows
            if row.route is route
        }
        if found:
            row = next(iter(found.values()))
            shared = route.rule or route.id
            named = tuple(f"{state}: {row.rule}" for state, row in found.items())
            more = (Item((f"Reported as {', '.join(named)}.",)),) if route.rules else ()
            entries.append(_entry(page, row, shared, more))
    return Entries(tuple(entries))


def state_entries(page: Page, state: str) -> Entries:
    """The state's own rows in order, those of a gate written out where they are read."""
    entries, gate, end = [], "", 0
    for index, row in enumerate(page.rules.rows[state]):
        if row.early:
            continue
        inside: tuple[Item, ...] = ()
        if row.kind is Kind.ENTER:
            gate, end = row.route.gate or "", row.jump
        elif index < end:
            inside = (Item(("Row of the gate ", Code(gate), ".")),)
        entries.append(_entry(page, row, row.rule, inside))
    return Entries(tuple(entries))


def _entry(page: Page, row: CompiledRow, rule: str, more: tuple[Item, ...]) -> Entry:
    route = row.route
    items = [*_answer(page, row), *more, *_option(page, row)]
    if row.kind is not Kind.NOTE:
        items += _warnings(page, row)
    if route.alternatives:
        codes = (page.coded("option", n, page.pathway.options[n]) for n in route.alternatives)
        items.append(Item(("Alternatives: ", *joined(tuple(codes), "; "), ".")))
    for name, node in row.tracks:
        opens = (*page.refer("track", name, page.pathway.tracks[name].title), f" ({name})")
        items += _conditional(page, ("Beside it opens the track ", *opens), node)
    if route.missing:
        items.append(Item(("Asks for: ", *page.facts(route.missing), ".")))
    if route.may_go:
        states = joined(tuple(page.state(name) for name in route.may_go), "; ")
        items.append(Item(("The MDT may also choose ", *states, ".")))
    items += page.on_record(route.id, _nodes(row))
    if route.safety_net:
        items.append(Item((Strong("Safety net"), f": {sentence(route.safety_net)}")))
    if route.note:
        items.append(Item((f"Note: {sentence(route.note)}",)))
    if route.source:
        items.append(Item(("Sources: ", *page.sources(route.source))))
    label = route.id if rule == route.id else f"{route.id} (rule {rule})"
    return Entry(page.anchor("rule", rule), label, tuple(items))


def _answer(page: Page, row: CompiledRow) -> Iterator[Item]:
    """When the row holds, and what it leads to."""
    called = f"{sentence(row.route.title)}: " if row.route.title else ""
    if is_always(row.condition):
        yield Item((capital(f"{called}otherwise"), ", ", *_leads(page, row), "."))
        return
    (last,) = page.condition(capital(f"{called}if"), row.condition, "")
    if last.items:
        yield last
        yield Item(("Then ", *_leads(page, row), "."))
    else:
        yield Item((*last.line, ", ", *_leads(page, row), "."))


def _leads(page: Page, row: CompiledRow) -> Line:
    reason = row.reason or ""
    because = page.coded("reason", reason, sentence(page.pathway.reasons.get(reason, reason)))
    if row.kind is Kind.GO:
        return ("the pathway supports ", *page.state(row.target or ""))
    if row.kind is Kind.MDT:
        return ("the MDT decides: ", *because)
    if row.kind is Kind.BLOCK:
        return ("the patient stays: ", *because)
    if row.kind is Kind.ENTER:
        return (
            "the rows of the gate ",
            Code(row.route.gate or ""),
            " are read, which follow here; else reading goes on behind them",
        )
    warned = joined(tuple(_warning(page, code, node) for code, node in row.warns), "; ")
    goes_on = "reading goes on behind the gate" if row.kind is Kind.LEAVE else "reading goes on"
    if row.kind is Kind.NOTE and warned:
        return ("a warning is given: ", *warned, f" {goes_on.capitalize()}")
    return (goes_on,)


def _warning(page: Page, code: str, node: Node) -> Line:
    line = page.coded("warning", code, sentence(page.pathway.warnings[code]))
    return line if is_always(node) else (*line, f" (if {node.text()})")


def _warnings(page: Page, row: CompiledRow) -> Iterator[Item]:
    for code, node in row.warns:
        yield Item(("Warning: ", *_warning(page, code, node)))


def _option(page: Page, row: CompiledRow) -> Iterator[Item]:
    """The therapy option of the row: one, the first line that applies, or a list."""
    route, titles = row.route, page.pathway.options
    if route.options_of:
        listed = page.fact(route.options_of)
        yield Item(("Options: every entry of ", *listed, " that applies."))
    elif row.option is not None:
        lines = row.option.lines
        if len(lines) == 1 and is_always(lines[0][0]):
            code = lines[0][1]
            yield Item(("Option: ", *page.coded("option", code, titles[code]), "."))
            return
        inner: list[Item] = []
        for node, code in lines:
            option = page.coded("option", code, titles[code])
            inner += _conditional(page, option, node, otherwise="otherwise")
        rest = "" if is_always(lines[-1][0]) else " If none applies, the next row is read."
        yield Item((f"Option: the first that applies.{rest}",), tuple(inner))


def _conditional(page: Page, line: Line, node: Node, otherwise: str = "") -> Iterator[Item]:
    """A line and the condition under which it counts."""
    if is_always(node):
        yield Item((*line, f", {otherwise}" if otherwise else "", "."))
        return
    (when,) = page.condition("if", node, "")
    yield Item((*line, ", ", *when.line, "" if when.items else "."), when.items)


def _nodes(row: CompiledRow) -> Iterable[Node]:
    yield row.condition
    yield from (node for _, node in (*row.warns, *row.tracks))
    yield from (node for node, _ in (row.option.lines if row.option else ()))


def exits(page: Page, state: str) -> tuple[Item, ...]:
    """Where a person may go from a state besides its rows."""
    model = page.pathway.states[state]
    found = []
    for words, names in (
        ("Open to an MDT decision: ", model.may_go),
        ("Always open to a person: ", model.exits or ()),
    ):
        if names:
            found.append(Item((words, *joined(tuple(page.state(n) for n in names), "; "), ".")))
    marks = [
        text
        for text, is_so in (
            ("Entering it counts a treatment line.", model.counts_line),
            ("Entering it opens a new episode.", model.opens_episode),
            ("Final: nothing more is expected.", model.final),
            ("Two people sign before it is entered.", model.two_person),
            ("The rows read first in every state are not read here.", not model.early_routes),
        )
        if is_so
    ]
    return (*found, *(Item((mark,)) for mark in marks))
