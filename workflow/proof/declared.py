"""What a pathway declares is used, and what it names exists: no leftovers, no loose ends."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from workflow.naming_checks import part_names
from workflow.pathway import Pathway
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
    known = part_names(subject.pathway)
    for name, statement in subject.pathway.statements.items():
        for word in statement.implemented_by:
            if word not in known:
                message = f"Statement {name} says that {word} implements it; there is none."
                subject.report(TRACED, subject.locate(("statements", name)), message)
