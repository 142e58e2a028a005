"""When a path has to be looked at again though nobody does anything: the next checkpoint or day.

A result stops counting on a day, and then a gate closes and a checkpoint is asked again. A
condition that looks at the date compares it with a recorded date and a number of days, months or
years of the pathway. So the days on which anything can change by itself are known beforehand, and
each is a moment to look at like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

from workflow.checkpoints import Context, owners
from workflow.civil import add_months
from workflow.civil_time import first_instant
from workflow.measurement import Measurement
from workflow.pathway import Pathway
from workflow.records import CheckpointRecord

_ONE_DAY: Final = timedelta(days=1)
_ONE_SECOND: Final = timedelta(seconds=1)
_TODAY: Final = "as_of"
_UNITS: Final = {"d": 0, "mo": 1, "a": 12}
"""The units of numbers that move a date, in months."""
AT_LATEST: Final = timedelta(days=90)
"""A path whose checkpoints depend on the date is looked at as often as this in any case."""


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
    state = context.path.state
    days = [
        standing.last + _ONE_DAY
        for standing in context.standing.values()
        if standing.last is not None
        and standing.last >= today
        and standing.expiry is not None
        and standing.expiry.counts_in(state)
    ]
    for owner in owners(context.path):
        names = _asked_about(context.rules.pathway, owner)
        if _TODAY in names:
            days += _turning_days(context, names, today)
    return first_instant(min(days), context.zone) if days else None


def _turning_days(context: Context, names: frozenset[str], today: date) -> Iterator[date]:
    """The coming days on which a comparison with today's date may come out otherwise.

    One of them is never far: should a comparison be of a kind not thought of here, the path is
    looked at all the same.
    """
    yield today + AT_LATEST
    numbers = [context.rules.pathway.parameters.get(name) for name in names]
    shifts = [(int(n.value), n.unit) for n in numbers if n is not None and n.unit in _UNITS]
    dates = {on for name in names for on in _dates(context.sheet.values.get(name))}
    dates |= set(context.path.entered.values())
    for on in dates:
        for amount, unit in (*shifts, (0, "d")):
            yield from (day for day in _around(on, amount, unit) if day > today)


def _around(on: date, amount: int, unit: str) -> Iterator[date]:
    """The days about the date so much later and so much earlier: month ends differ by three."""
    try:
        for turned in (amount, -amount):
            if unit == "d":
                there = on + timedelta(days=turned)
            else:
                there = add_months(on, turned * _UNITS[unit])
            for near in range(-3 if unit != "d" else 0, 4 if unit != "d" else 2):
                yield there + timedelta(days=near)
    except (OverflowError, ValueError):
        return  # beyond the calendar nothing turns


def _dates(value: Any) -> Iterator[date]:  # noqa: ANN401 - the value of a fact, of its own type
    if isinstance(value, date):
        yield value
    elif isinstance(value, Measurement):
        yield from (on for on in (value.sample_date, value.report_date) if on is not None)


@lru_cache(maxsize=1024)
def _asked_about(pathway: Pathway, owner: str) -> frozenset[str]:
    """Every name the conditions of a state's or track's checkpoints mention, however deep."""
    kind, _, name = owner.partition(":")
    model = (pathway.states if kind == "state" else pathway.tracks)[name]
    seen: set[str] = set()
    for checkpoint in model.checkpoints:
        if checkpoint.when is not None:
            _name(pathway, checkpoint.when, seen)
    return frozenset(seen)


def _name(pathway: Pathway, content: Any, seen: set[str]) -> None:  # noqa: ANN401 - as written in the file
    for name in _words(content):
        if name not in seen:
            seen.add(name)
            derived = pathway.derived.get(name)
            if derived is not None:
                _name(pathway, derived.model_dump(), seen)


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
