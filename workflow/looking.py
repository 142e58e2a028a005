"""When a path has to be looked at again though nobody does anything: the next checkpoint or day.

A result stops counting on a day, and then a gate closes and a checkpoint is asked again. That day
is known beforehand, so it is a moment to look at like any other. Where what is asked depends on the
date itself, the path is looked at every day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from workflow.checkpoints import Context, owners
from workflow.civil_time import first_instant
from workflow.pathway import Pathway
from workflow.records import CheckpointRecord

_ONE_DAY: Final = timedelta(days=1)
_ONE_SECOND: Final = timedelta(seconds=1)
_TODAY: Final = "as_of"


def next_look_at(context: Context, live: Iterable[CheckpointRecord]) -> datetime | None:
    """The first moment at which a sweep may have something to do, in whole seconds.

    None for a path in a final state.
    """
    if context.path.state in context.rules.final_states:
        return None
    moments = [row.next_at for row in live if row.next_at is not None]
    day = _changes_on(context)
    if day is not None:
        moments.append(day)
    return _rounded_up(min(moments)) if moments else None


def _rounded_up(at: datetime) -> datetime:
    return at.replace(microsecond=0) + _ONE_SECOND if at.microsecond else at


def _changes_on(context: Context) -> datetime | None:
    """The beginning of the first day on which what is asked may change by itself."""
    today = context.now.astimezone(context.zone).date()
    if any(_depends_on_the_date(context.rules.pathway, owner) for owner in owners(context.path)):
        return first_instant(today + _ONE_DAY, context.zone)
    state = context.path.state
    lasts = [
        standing.last
        for standing in context.standing.values()
        if standing.last is not None
        and standing.last >= today
        and standing.expiry is not None
        and standing.expiry.counts_in(state)
    ]
    return first_instant(min(lasts) + _ONE_DAY, context.zone) if lasts else None


@lru_cache(maxsize=1024)
def _depends_on_the_date(pathway: Pathway, owner: str) -> bool:
    """Whether the condition of some checkpoint of this state or track looks at the date."""
    kind, _, name = owner.partition(":")
    model = (pathway.states if kind == "state" else pathway.tracks)[name]
    whens = [checkpoint.when for checkpoint in model.checkpoints if checkpoint.when is not None]
    return any(_TODAY in _named(pathway, when, set()) for when in whens)


def _named(pathway: Pathway, content: Any, seen: set[str]) -> set[str]:  # noqa: ANN401 - as written in the file
    """Every name a condition mentions, and what the derived facts among them mention."""
    for name in _words(content):
        if name not in seen:
            seen.add(name)
            derived = pathway.derived.get(name)
            if derived is not None:
                _named(pathway, derived.model_dump(), seen)
    return seen


def _words(content: Any) -> Iterator[str]:  # noqa: ANN401 - see above
    if isinstance(content, str):
        yield content.partition(".")[0]
    elif isinstance(content, Mapping):
        for name, part in content.items():
            yield from _words(name)
            yield from _words(part)
    elif isinstance(content, list | tuple):
        for part in content:
            yield from _words(part)
