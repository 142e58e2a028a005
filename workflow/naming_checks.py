"""Every name in a pathway means one thing, and whatever is named exists."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from workflow.pathway import Model, Pathway
from workflow.strict_yaml import Where
from workflow.vocabulary import BUILT_IN, OPERATORS, Vocabulary

Finding = tuple[Where, str]

MAX_SIZES: Final = {"states": 300, "facts": 1000, "derived": 1000, "parameters": 1000}
"""More than anybody can review; without a limit a file could keep the program busy for minutes."""

_LOOK_ALIKE: Final = str.maketrans("01i", "oll")


def size_findings(pathway: Pathway) -> Iterator[Finding]:
    """A part with more entries than anybody can review."""
    for section, most in MAX_SIZES.items():
        found = len(getattr(pathway, section))
        if found > most:
            yield (section,), f"{found:,} {section} are more than {most:,}; split the pathway"


def name_findings(pathway: Pathway) -> Iterator[Finding]:
    """Names may not clash: a condition must mean one thing."""
    owners: dict[str, str] = dict.fromkeys(OPERATORS, "an operator")
    owners |= dict.fromkeys(BUILT_IN, "a built-in")
    alike: dict[str, str] = {}
    for section in ("settings", "parameters", "facts", "derived"):
        for name in getattr(pathway, section):
            where: Where = (section, name)
            first = alike.setdefault(name.lower().translate(_LOOK_ALIKE), name)
            if name in owners:
                yield where, f"{name} is already {owners[name]}; choose another name"
            elif first != name:
                yield where, f"{name} looks like {first}; choose a name that nobody misreads"
            if "." in name:
                yield where, f"{name} reads like a part of a fact; write it without a dot"
            owners[name] = f"one of the {section}"


def source_findings(pathway: Pathway) -> Iterator[Finding]:
    """Whatever is given as a source, anywhere, is a source or a statement of this pathway."""
    known = {*pathway.sources, *pathway.statements}
    for where, names in _sources_in(pathway, ()):
        yield from unknown(names, known, where, "source")


def unknown(names: Iterable[str], known: Collection[str], where: Where, what: str) -> list[Finding]:
    """A finding for each name that does not exist, with the nearest that does."""
    return [
        (where, f"unknown {what} {name[:80]}{Vocabulary.suggest(name, known)}")
        for name in names
        if name not in known
    ]


def twice(names: Iterable[str], where: Where, place: str) -> list[Finding]:
    """A finding for each entry of the list at `where` whose name stands above it already."""
    seen: set[str] = set()
    findings = []
    for index, name in enumerate(names):
        if name in seen:
            findings.append(((*where, index), f"{name} stands twice in {place}; number the parts"))
        seen.add(name)
    return findings


def statement_findings(pathway: Pathway) -> Iterator[Finding]:
    """What a statement names as its implementation exists."""
    known = implementing_names(pathway)
    for name, statement in pathway.statements.items():
        where = ("statements", name, "implemented_by")
        yield from unknown(statement.implemented_by, known, where, "part")


def implementing_names(pathway: Pathway) -> set[str]:
    """Everything a statement may name: every part, and the row of the rules a part belongs to."""
    exact = part_names(pathway)
    return exact | {name.partition(".")[0] for name in exact if name.startswith("checkpoint:")}


def part_names(pathway: Pathway) -> set[str]:
    """Every named part of a pathway, each with its sort: `rule:A-05`, `checkpoint:C-RA-2.pcr`."""
    lists = [state.checkpoints for state in pathway.states.values()]
    lists += [track.checkpoints for track in pathway.tracks.values()]
    routes = [*pathway.early_routes, *(r for s in pathway.states.values() for r in s.routes)]
    sorts: dict[str, Iterable[str]] = {
        "state": pathway.states,
        "track": pathway.tracks,
        "fact": pathway.facts,
        "derived": pathway.derived,
        "setting": pathway.settings,
        "warning": pathway.warnings,
        "option": pathway.options,
        "gate": pathway.gates,
        "parameter": pathway.parameters,
        "invariant": [invariant.id for invariant in pathway.invariants],
        "outcome": [outcome.id for outcome in pathway.outcomes],
        "rule": [name for r in routes for name in (r.id, r.rule or r.id, *r.rules.values())],
        "checkpoint": [checkpoint.id for checkpoints in lists for checkpoint in checkpoints],
    }
    return {f"{sort}:{name}" for sort, names in sorts.items() for name in names}


def _sources_in(part: object, where: Where) -> Iterator[tuple[Where, tuple[str, ...]]]:
    if isinstance(part, Model):
        for name, field in type(part).model_fields.items():
            entry = getattr(part, name)
            if name == "source" and isinstance(entry, tuple):
                yield (*where, name), entry
            elif isinstance(entry, Model | tuple | Mapping):
                yield from _sources_in(entry, (*where, field.alias or name))
    elif isinstance(part, tuple):
        for index, entry in enumerate(part):
            yield from _sources_in(entry, (*where, index))
    elif isinstance(part, Mapping):
        for key, entry in part.items():
            yield from _sources_in(entry, (*where, key))
