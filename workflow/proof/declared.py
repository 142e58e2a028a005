"""What a pathway declares is used, and what it names exists: no leftovers, no loose ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from workflow.pathway import Pathway, Route
from workflow.proof.subject import Subject
from workflow.reading import MISSING_FACTS, NO_ROUTE
from workflow.steps import DATA_INVALID

USED: Final = "declared_is_used"
TRACED: Final = "statements_are_implemented"


def declared_is_used(subject: Subject) -> None:
    """Every reason, warning, source, derived fact, list, gate and number is used somewhere.

    A leftover is often the trace of a row that was lost.
    """
    used = set(_words_in(subject.pathway)) | set(subject.pathway.kept)
    pathway = subject.pathway
    sections: dict[str, Iterable[str]] = {
        "reasons": set(pathway.reasons) - {MISSING_FACTS, DATA_INVALID, NO_ROUTE},
        "warnings": pathway.warnings,
        "derived": pathway.derived,
        "fact_lists": pathway.fact_lists,
        "gates": pathway.gates,
        "parameters": pathway.parameters,
        "options": pathway.options,
        "sources": pathway.sources,
        "settings": pathway.settings,
        "facts": pathway.facts,
    }
    for section, names in sections.items():
        for name in sorted(names):
            if name not in used:
                where = subject.locate((section, name))
                message = f"{name} is declared under {section} and used nowhere; a row may be lost."
                subject.report(USED, where, message, note=section in _NOTED)
    declared = {name for names in sections.values() for name in names}
    for name in pathway.kept:
        if name not in declared or name in set(_words_in(pathway)):
            message = f"kept lists {name}, which is used or not declared; delete the line."
            subject.report(USED, subject.locate(("kept", name)), message)


_NOTED: Final = frozenset({"facts", "sources", "options", "settings"})
"""Sections in which something may stand for people to read or choose, used by no rule."""


def _words_in(pathway: Pathway) -> Iterator[str]:
    """Every word the pathway uses outside the place that declares it."""
    content = pathway.model_dump(mode="python", by_alias=True)
    for section in (
        "reasons",
        "warnings",
        "options",
        "sources",
        "safety",
        "statements",
        "on_record",
        "kept",
    ):
        content.pop(section, None)
    for section in ("facts", "derived", "fact_lists", "gates", "parameters", "settings"):
        for inner in content.get(section, {}).values():
            yield from _words_of(inner)
        content.pop(section, None)
    yield from _words_of(content)


def _words_of(content: object) -> Iterator[str]:
    if isinstance(content, str):
        yield content
        yield content.partition(".")[0]
    elif isinstance(content, dict):
        for key, inner in content.items():
            yield from _words_of(key)
            yield from _words_of(inner)
    elif isinstance(content, list | tuple):
        for inner in content:
            yield from _words_of(inner)


def statements_are_implemented(subject: Subject) -> None:
    """Everything a statement of the source says implements it is there."""
    known = names_of(subject.pathway)
    for name, statement in subject.pathway.statements.items():
        for word in statement.implemented_by:
            if word not in known:
                message = f"Statement {name} says that {word} implements it; there is none."
                subject.report(TRACED, subject.locate(("statements", name)), message)


def names_of(pathway: Pathway) -> set[str]:
    """Everything a statement may name as its implementation, each with its sort."""
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
        "rule": _rules(pathway),
        "checkpoint": _checkpoints(pathway),
    }
    return {f"{sort}:{name}" for sort, names in sorts.items() for name in names}


def _rules(pathway: Pathway) -> set[str]:
    routes: list[Route] = [*pathway.early_routes]
    for state in pathway.states.values():
        routes.extend(state.routes)
    return {
        name
        for route in routes
        for name in (route.id, route.rule or route.id, *route.rules.values())
    }


def _checkpoints(pathway: Pathway) -> set[str]:
    asked = [state.checkpoints for state in pathway.states.values()]
    asked += [track.checkpoints for track in pathway.tracks.values()]
    return {checkpoint.id for checkpoints in asked for checkpoint in checkpoints}
