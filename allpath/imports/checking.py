"""Whether a mapping agrees with the pathway and with its file; each finding has a line."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from allpath.imports.mapping import START, ActOf, Mapping, Scalar, Source
from workflow.errors import FactError, PathwayError
from workflow.facts import read_settings
from workflow.pathway import Pathway
from workflow.strict_yaml import Document, Where
from workflow.values import read_value
from workflow.vocabulary import Vocabulary

Finding = tuple[Where, str]
RESERVED = frozenset({"patients", "steps", "facts", "rejected", "seconds", "dry_run"})
_SITE_SETTINGS = ("site", "time_zone")


def refuse_unless_it_fits(
    mapping: Mapping, document: Document, source: str, pathway: Pathway
) -> None:
    """Nothing happens when the pathway knows every fact, state and value that is named.

    Raises PathwayError with every finding, in the order of the file.
    """
    findings = [
        *_start(mapping, pathway),
        *_settings(mapping, pathway),
        *_events(mapping),
        *(
            finding
            for index, act in enumerate(mapping.acts)
            for finding in _act(act, ("acts", index), mapping, pathway)
        ),
    ]
    _refuse(findings, document, source)


def refuse_unless_columns_are_there(
    mapping: Mapping, document: Document, source: str, header: Sequence[str], file: str
) -> None:
    """Nothing happens when the file has every column that is named; else PathwayError."""
    findings = [
        (where, f"{file} has no column {column}{_hint(column, header)}")
        for where, column in mapping.columns()
        if column not in header
    ]
    _refuse(findings, document, source)


def _refuse(findings: list[Finding], document: Document, source: str) -> None:
    problems = [document.problem(where, message) for where, message in findings]
    if problems:
        raise PathwayError(source, sorted(problems, key=lambda problem: problem.line))


def _start(mapping: Mapping, pathway: Pathway) -> Iterator[Finding]:
    start = mapping.start
    state = start.state or pathway.start
    if state not in pathway.states:
        yield ("start", "state"), _unknown("state", state, pathway.states)
    elif state != pathway.start and not start.reason:
        hint = "say why, for instance reason: registry_transcription"
        yield ("start", "state"), f"the pathway starts in {pathway.start}; {hint}"
    for where, value in _constants(start.on, ("start", "on")):
        if not _is_date(value):
            yield where, f"{value} is not a date; write an existing day as YYYY-MM-DD"


def _settings(mapping: Mapping, pathway: Pathway) -> Iterator[Finding]:
    known = (*pathway.settings, *_SITE_SETTINGS)
    for name, source in mapping.settings.items():
        if name not in known:
            yield ("settings", name), _unknown("setting", name, known)
            continue
        for where, value in _constants(source, ("settings", name)):
            try:
                read_settings(pathway, {name: value})
            except FactError as error:
                yield where, str(error)


def _events(mapping: Mapping) -> Iterator[Finding]:
    if START in mapping.events:
        yield ("events", START), f"{START} is the day the path starts; give this event another name"
    if mapping.last is not None and mapping.last not in mapping.events:
        yield ("last",), _unknown("event", mapping.last, mapping.events)
    for name, event in mapping.totals.items():
        if name in RESERVED:
            yield ("totals", name), f"the report has a figure {name} already; choose another name"
        if event not in mapping.events:
            yield ("totals", name), _unknown("event", event, mapping.events)


def _act(act: ActOf, where: Where, mapping: Mapping, pathway: Pathway) -> Iterator[Finding]:
    if isinstance(act.on, str) and act.on not in (START, *mapping.events):
        yield (*where, "on"), _unknown("event", act.on, (START, *mapping.events))
    for event in act.when.free_of if act.when else ():
        if event not in mapping.events:
            yield (*where, "when", "free_of"), _unknown("event", event, mapping.events)
    if act.step is not None:
        steps = [*pathway.states]
        steps += [f"{track}:{word}" for track in pathway.tracks for word in ("open", "closed")]
        if act.step not in steps:
            yield (*where, "step"), _unknown("step", act.step, steps)
    elif act.fact not in pathway.facts:
        yield (*where, "fact"), _unknown("fact", act.fact or "", pathway.facts)
    else:
        yield from _value(act, act.fact, where, pathway)


def _value(act: ActOf, name: str, where: Where, pathway: Pathway) -> Iterator[Finding]:
    fact = pathway.facts[name]
    if not act.is_given and not act.parts and fact.type != "date":
        yield where, f"{name} needs a value, a column or parts; only a date can be the day itself"
    for place, value in _constants(act, where):
        try:
            read_value(name, fact, value)
        except FactError as error:
            yield place, str(error)


def _constants(source: Source, where: Where) -> Iterator[tuple[Where, Scalar]]:
    if source.value is not None:
        yield (*where, "value"), source.value
    for cell, value in source.lookup.items():
        yield (*where, "lookup", cell), value


def _unknown(noun: str, name: str, known: Collection[str]) -> str:
    return f"there is no {noun} {name}{_hint(name, known)}"


def _hint(name: str, known: Collection[str]) -> str:
    """The nearest of the known names; where none is near, all of them if they are few."""
    few = 20
    listed = f"; there are {', '.join(known)}" if 0 < len(known) <= few else ""
    return Vocabulary.suggest(name, known) or listed


def _is_date(value: Scalar) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
