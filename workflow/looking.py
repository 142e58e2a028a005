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
from workflow.vocabulary import DATE_SHIFTS, ENTERED_ON

_ONE_DAY: Final = timedelta(days=1)
_ONE_SECOND: Final = timedelta(seconds=1)
_TODAY: Final = "as_of"
_AGE: Final = "years_between"
Comparison = tuple[bool, Any]  # Any: operands as written in the file
"""Whether it is an age, and the operands, of which today's date is one."""
Turn = tuple[str, int, str]
"""A date by its name, and by how much it is moved before it is compared with today."""
_UNITS: Final = {"d": 0, "mo": 1, "a": 12}
"""The units of numbers that move a date, in months."""
AT_LATEST: Final = timedelta(days=90)
"""A path whose checkpoints depend on the date is looked at as often as this in any case."""


def next_look_at(context: Context, live: Iterable[CheckpointRecord]) -> datetime | None:
    """The first moment at which a sweep may have something to do, in whole seconds.

    None for a path in a final state, and for one that was merged into another.
    """
    if context.path.merged_into or context.path.state in context.rules.final_states:
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
        turns = _turns(context.rules.pathway, owner)
        if turns:
            days += _turning_days(context, turns, today)
    return first_instant(min(days), context.zone) if days else None


def _turning_days(context: Context, turns: Iterable[Turn], today: date) -> Iterator[date]:
    """The coming days on which a comparison with today's date may come out otherwise.

    One of them is never far: should a comparison be of a kind not thought of here, the path is
    looked at all the same.
    """
    yield today + AT_LATEST
    for name, amount, unit in turns:
        for on in _dates(context, name):
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


def _dates(context: Context, name: str) -> tuple[date, ...]:
    """The dates known under a name: a fact's own, those of a measurement, or of an entering."""
    if name == ENTERED_ON:
        return tuple(context.path.entered.values())
    value = context.sheet.values.get(name)
    if isinstance(value, Measurement):
        return tuple(on for on in (value.sample_date, value.report_date) if on is not None)
    return (value,) if isinstance(value, date) else ()


@lru_cache(maxsize=1024)
def _turns(pathway: Pathway, owner: str) -> frozenset[Turn]:
    """What the conditions of a state's or track's checkpoints compare with today, however deep."""
    kind, _, name = owner.partition(":")
    model = (pathway.states if kind == "state" else pathway.tracks)[name]
    seen: set[str] = set()
    compared: list[Comparison] = []
    for checkpoint in model.checkpoints:
        _gather(pathway, checkpoint.when, seen, compared)
    found: set[Turn] = set()
    for is_age, comparison in compared:
        names = set(_words(comparison))
        # An age is compared with its number elsewhere: any number of years may be the one.
        shifts = [
            pathway.parameters[n] for n in (seen if is_age else names) if n in pathway.parameters
        ]
        units = {"a"} if is_age else set(_UNITS)
        moves = [(int(n.value), n.unit) for n in shifts if n.unit in units] or [(0, "d")]
        found |= {(name, amount, unit) for name in names for amount, unit in moves}
    return frozenset(turn for turn in found if turn[0] in {*pathway.facts, ENTERED_ON})


def _gather(pathway: Pathway, content: Any, seen: set[str], compared: list[Comparison]) -> None:  # noqa: ANN401 - as written in the file
    """Every name mentioned, and every list of operands in which today's date is one."""
    if isinstance(content, str):
        name = content.partition(".")[0]
        if name not in seen:
            seen.add(name)
            if name in pathway.derived:
                model = pathway.derived[name].model_dump(exclude={"title"}, exclude_defaults=True)
                _gather(pathway, model, seen, compared)
    elif isinstance(content, Mapping):
        for name, part in content.items():
            _gather(pathway, name, seen, compared)
            if name == _AGE and _TODAY in _words(part):
                compared.append((True, part))
            else:
                _gather(pathway, part, seen, compared)
    elif isinstance(content, list | tuple):
        is_comparison = not any(_is_condition(part) for part in content)
        if is_comparison and _TODAY in _words(content):
            compared.append((False, content))
        for part in content:
            _gather(pathway, part, seen, compared)


def _is_condition(part: Any) -> bool:  # noqa: ANN401 - see above
    """Whether an entry of a list is a condition, not an operand: operands only move dates."""
    return isinstance(part, Mapping) and not part.keys() <= {*DATE_SHIFTS}


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
