"""What would follow from facts that are only supposed, laid beside what is so now."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from allpath import words
from allpath.cli.banner import checkpoint_title
from allpath.cli.whatif import doubt_about
from allpath.recorded import recorded
from allpath.web.forms import LONGEST, Fields, Problems
from allpath.web.views.recording_fields import read_fact
from workflow.commands import NewFact
from workflow.decide import Decision
from workflow.found import Found
from workflow.records import CheckpointRecord
from workflow.titles import step_title

WITHOUT: Final = "without"
MOST: Final = 20
"""So many facts are supposed at once; more is another patient."""
_UNREADABLE: Final = "What was supposed cannot be read any more; start again."


@dataclass(frozen=True, slots=True)
class Supposed:
    """One fact that is supposed: what of it, on which day, and why it would not count, if so."""

    title: str
    value: str
    day: str
    doubt: str


@dataclass(frozen=True, slots=True)
class Beside:
    """One thing as it is now and as it would be."""

    title: str
    now: tuple[str, ...]
    then: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether it would be otherwise."""
        return self.now != self.then


Kept = list[dict[str, str]]
"""What was supposed so far, fact by fact, as it was typed."""


def kept_in(fields: Fields, problems: Problems) -> Kept:
    """The facts supposed so far, as the form carries them."""
    text = fields.get("supposed") or "[]"
    try:
        kept = json.loads(text)
    except (ValueError, RecursionError):
        kept = None
    if not isinstance(kept, list) or len(kept) > MOST or not all(map(_is_typed, kept)):
        problems[""] = _UNREADABLE
        return []
    return kept


def _is_typed(item: object) -> bool:
    return isinstance(item, Mapping) and all(
        isinstance(text, str) and len(text) <= LONGEST for pair in item.items() for text in pair
    )


def carried(kept: Kept) -> str:
    """The facts supposed so far, for the form to carry on."""
    return json.dumps(kept)


def read_supposed(
    found: Found, kept: Kept, problems: Problems
) -> tuple[tuple[NewFact, ...], tuple[str, ...]]:
    """The facts that are supposed, and the names of those supposed not to be known."""
    new: list[NewFact] = []
    without: list[str] = []
    for fields in kept:
        name = fields.get("fact", "")
        if fields.get("how") == WITHOUT and name in found.pathway.facts:
            without.append(name)
            continue
        mistakes = Problems()
        fact = read_fact(found, fields, mistakes)
        if fact is None:
            told = " ".join(mistakes.values())
            problems[""] = f"{words.fact_title(found.pathway, name)}: {told}"
        else:
            new.append(fact)
    return tuple(new), tuple(without)


def listed(found: Found, kept: Kept) -> Iterator[Supposed]:
    """What is supposed by its titles alone, where it cannot be as it is; each can be removed."""
    for fields in kept:
        title = words.fact_title(found.pathway, fields.get("fact", "a fact nobody knows"))
        yield Supposed(title, "as it was typed", fields.get("on", ""), "")


def told(supposed: Found, facts: Iterable[NewFact], without: Iterable[str]) -> Iterator[Supposed]:
    """What is supposed, in words."""
    pathway, records = supposed.pathway, list(supposed.case.facts)
    given = list(facts)
    for fact, record in zip(given, records[len(records) - len(given) :], strict=True):
        yield Supposed(
            words.fact_title(pathway, fact.fact),
            recorded(pathway, record),
            words.day(fact.effective_at),
            doubt_about(supposed, record),
        )
    for name in without:
        yield Supposed(words.fact_title(pathway, name), "not known", "", "")


def answers(now: Found, was: Decision, then: Found, would: Decision) -> tuple[Beside, ...]:
    """The decision as it is and as it would be, part by part."""
    pathway = now.pathway
    texts = {code: " ".join(text.split()) for code, text in pathway.warnings.items()}
    return (
        Beside("Day", (words.day(now.today),), (words.day(then.today),)),
        Beside("Pathway says", (words.route(pathway, was),), (words.route(pathway, would),)),
        Beside("By rule", (was.rule or "none",), (would.rule or "none",)),
        Beside(
            "Missing facts",
            tuple(words.fact_title(pathway, name) for name in was.missing),
            tuple(words.fact_title(pathway, name) for name in would.missing),
        ),
        Beside(
            "Warnings",
            tuple(texts.get(code, code) for code in was.warnings),
            tuple(texts.get(code, code) for code in would.warnings),
        ),
    )


def steps(found: Found, was: Decision, would: Decision) -> tuple[Beside, ...]:
    """Each step with how it stands and how it would stand; those that are always open left out."""
    before = {step.key: step.status for step in was.steps if not step.is_exit}
    after = {step.key: step.status for step in would.steps if not step.is_exit}
    return tuple(
        Beside(
            step_title(found.pathway, key),
            (before.get(key, "not there"),),
            (after.get(key, "not there"),),
        )
        for key in dict.fromkeys((*before, *after))
    )


def checkpoints(
    now: Found, then: Found, expected: Iterable[CheckpointRecord]
) -> tuple[Beside, ...]:
    """Each checkpoint with when it is due and when it would be; the first due comes first."""
    before = {_name(row): row for row in now.case.checkpoints if row.is_live}
    after = {_name(row): row for row in expected if row.is_live}
    rows = {**after, **before}
    keys = sorted(rows, key=lambda key: (rows[key].due_at, key))
    return tuple(
        Beside(
            checkpoint_title(now.pathway, rows[key]),
            (_due(now, before.get(key)),),
            (_due(then, after.get(key)),),
        )
        for key in keys
    )


def _name(row: CheckpointRecord) -> tuple[str, str, int]:
    """What stays the same of a checkpoint that would be opened anew."""
    return (row.owner, row.checkpoint, row.occurrence)


def _due(found: Found, row: CheckpointRecord | None) -> str:
    return words.due(row, found.now, found.zone) if row else "not expected"
