"""Every declared fact, setting and derived value can occur, and refers to things that exist."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from workflow.checkpoint_checks import duration_findings
from workflow.errors import FactError
from workflow.measurement import SPECIMENS
from workflow.naming_checks import Finding, twice, unknown
from workflow.pathway import Fact, First, Pathway
from workflow.strict_yaml import Where
from workflow.values import NONE, NOT_APPLICABLE, UNKNOWN, read_value

# What a fact says of its values, and the types for which that means anything.
_BELONGS: Final = (
    ("values", {"one_of"}, "a one_of fact lists its values"),
    ("scales", {"score"}, "a score lists its scales"),
)
_NUMBERS: Final = {"integer", "number"}


def fact_findings(pathway: Pathway) -> Iterator[Finding]:
    """The findings at the facts, the settings and the values of derived facts."""
    for name, fact in pathway.facts.items():
        where: Where = ("facts", name)
        yield from _values(name, fact, where)
        yield from _validity(pathway, fact, where)
        yield from _references(pathway, fact, where)
    for name, setting in pathway.settings.items():
        where = ("settings", name)
        yield from _listed(setting.values, (*where, "values"))
        if setting.default is not None:
            yield from unknown((setting.default,), setting.values, (*where, "default"), "value")
    for name, derived in pathway.derived.items():
        where = ("derived", name)
        if derived.rows and derived.values:
            yield from _listed(derived.values, (*where, "values"))
        if derived.values:
            for values in derived.shown_as.values():
                yield from unknown(values, derived.values, (*where, "shown_as"), "value")


def _values(name: str, fact: Fact, where: Where) -> Iterator[Finding]:
    for field, types, sentence in _BELONGS:
        entries = getattr(fact, field)
        if fact.type in types and not entries:
            yield where, sentence
        if fact.type not in types and entries:
            yield (*where, field), f"a fact of type {fact.type} has no {field}; delete them"
    if fact.values:
        yield from _listed(fact.values, (*where, "values"))
    if fact.range is not None and fact.type not in _NUMBERS:
        yield (*where, "range"), f"a fact of type {fact.type} has no range; delete it"
    if fact.range is not None and fact.range[0] > fact.range[1]:
        yield (*where, "range"), "the range is the wrong way round; write the smaller number first"
    for scale, (low, high) in fact.scales.items():
        if low >= high:
            at = (*where, "scales", scale)
            yield at, "the scale is the wrong way round; write the smaller number first"
    for word, meaning in fact.aliases.items():
        if word in fact.values:
            yield (*where, "aliases", word), f"{word} is a value itself; delete it here"
        yield from _readable(name, fact, meaning, (*where, "aliases", word))
    if fact.not_applicable not in {UNKNOWN, NOT_APPLICABLE}:
        yield from _readable(name, fact, fact.not_applicable, (*where, "not_applicable"))


def _listed(values: tuple[str, ...], where: Where) -> Iterator[Finding]:
    """A list of values is not empty, names each once, and leaves `unknown` to the program."""
    if not values:
        yield where, "no value is listed; write what it can be"
    if UNKNOWN in values:
        yield where, f"{UNKNOWN} is never a value of its own; delete it, every fact can be unknown"
    yield from twice(values, where, "the list")


def _readable(name: str, fact: Fact, value: object, where: Where) -> Iterator[Finding]:
    if isinstance(value, str) and value in {UNKNOWN, NOT_APPLICABLE}:
        return
    if value == NONE and fact.none:
        return
    try:
        read_value(name, fact, value)
    except FactError as error:
        yield where, f"{error}; write a value of the fact"


def _validity(pathway: Pathway, fact: Fact, where: Where) -> Iterator[Finding]:
    valid = fact.valid
    where = (*where, "valid")
    if valid.for_ is not None:
        yield from duration_findings(valid.for_, (*where, "for"))
    if valid.until_after is not None:
        yield from _dates(pathway, (valid.until_after,), (*where, "until_after"))
    if valid.never and valid.until_after is None:
        yield (*where, "never"), "`never` needs `until_after`: the date of what was never given"
    for name, value in valid.never.items():
        at = (*where, "never", name)
        yield from unknown((name,), pathway.facts, at, "fact")
        if name in pathway.facts:
            yield from _readable(name, pathway.facts[name], value, at)
    places = {*pathway.states, *pathway.tracks}
    yield from unknown(valid.states, places, (*where, "states"), "state")


def _references(pathway: Pathway, fact: Fact, where: Where) -> Iterator[Finding]:
    places = {*pathway.states, *pathway.tracks}
    yield from unknown(fact.asked_in, places, (*where, "asked_in"), "state")
    if fact.date_of is not None:
        yield from unknown((fact.date_of,), pathway.facts, (*where, "date_of"), "fact")
        if fact.type != "date":
            yield (*where, "date_of"), "only a fact of type date is the date of another"
    if fact.on_new_episode and fact.type != "integer":
        yield (*where, "on_new_episode"), "only a fact of type integer can be counted up"
    if fact.follows == "line_start" and fact.type != "date":
        yield (*where, "follows"), "the start of a line is a date; make the fact of type date"
    if fact.shows is not None:
        at = (*where, "shows")
        yield from unknown(fact.shows.states, pathway.states, (*at, "states"), "state")
        yield from unknown(fact.shows.options, pathway.options, (*at, "options"), "option")
        if fact.type != "date":
            yield at, "only a fact of type date shows on which day something was done"
        if not fact.shows.states and not fact.shows.options:
            yield at, "name the states or the options that the day shows"
    if fact.first is not None:
        yield from _first(pathway, fact.first, (*where, "first"))


def _first(pathway: Pathway, first: First, where: Where) -> Iterator[Finding]:
    yield from unknown((first.of,), pathway.facts, (*where, "of"), "fact")
    if first.of in pathway.facts and pathway.facts[first.of].type != "measurement":
        yield (*where, "of"), f"{first.of} is not a measurement; name one"
    for field in ("since", "until"):
        yield from _dates(pathway, (getattr(first, field),), (*where, field))
    at = (*where, "tolerance")
    yield from unknown((first.tolerance,), pathway.parameters, at, "parameter")
    if first.tolerance in pathway.parameters and pathway.parameters[first.tolerance].unit != "d":
        yield at, f"{first.tolerance} is not in days; name a parameter in d"
    yield from unknown((first.specimen,), SPECIMENS, (*where, "specimen"), "specimen")


def _dates(pathway: Pathway, names: Iterable[str], where: Where) -> Iterator[Finding]:
    for name in names:
        yield from unknown((name,), pathway.facts, where, "fact")
        if name in pathway.facts and pathway.facts[name].type != "date":
            yield where, f"{name} is not a date; name a fact of type date"
