"""What the pathway calls things, in the place of the ids that its file and the records hold.

Sentences of old entries and the reasons of a decision name facts, states and reasons by their ids;
whoever reads them on a page or a screen is shown the titles.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from workflow.pathway import Pathway, State, Track

_ID: Final = re.compile(r"(?<![\w./-])[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+(?![\w/]|[.-]\w)")
"""A word of several parts, which no title holds; ids of one part read as words already."""


def title_of(pathway: Pathway | None, name: str) -> str:
    """The title of a fact, state, track, checkpoint, therapy option or reason, by its id.

    An id that the version no longer has is read as words.
    """
    found = _titles(pathway).get(name) if pathway else None
    return found or (name.replace("_", " ") if _ID.fullmatch(name) else name)


def titled(pathway: Pathway | None, text: str) -> str:
    """A sentence of ours with the title in the place of each id; never for what somebody typed."""
    return _ID.sub(lambda found: title_of(pathway, found[0]), text)


def step_title(pathway: Pathway | None, key: str) -> str:
    """A step by the title of where it leads: a state, or a track with what it is to be."""
    track, _, target = key.partition(":")
    return f"{title_of(pathway, track)}, to be {target}" if target else title_of(pathway, track)


@lru_cache(maxsize=64)
def _titles(pathway: Pathway) -> dict[str, str]:
    """Every title of a version by its id; where two things share an id, the last group counts."""
    owners: dict[str, State | Track] = {**pathway.tracks, **pathway.states}
    groups: tuple[Mapping[str, str], ...] = (
        {code: _sentence(text) for code, text in pathway.warnings.items()},
        {code: _sentence(text) for code, text in pathway.reasons.items()},
        {name: item.title for name, item in pathway.parameters.items()},
        {name: item.title for name, item in pathway.derived.items()},
        pathway.options,
        {each.id: each.title for owner in owners.values() for each in owner.checkpoints},
        {name: owner.title for name, owner in owners.items()},
        {name: fact.title for name, fact in pathway.facts.items()},
    )
    return {name: title for group in groups for name, title in group.items() if title}


def _sentence(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
