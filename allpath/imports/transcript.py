"""What one row says about one person: an enrolment, and dated facts and steps in order.

Nothing is stored or decided here. A row that says something impossible raises RefusedError.
"""

from __future__ import annotations

import math
from collections.abc import Mapping as Cells
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from allpath.imports.mapping import START, ActOf, Event, Mapping, Scalar, Source
from allpath.patients import read_identifiers, read_title
from workflow.commands import NewFact, TranscribedStep
from workflow.errors import RefusedError

_MOST_DAYS: Final = 4_000_000
"""More days than a calendar of years with four digits has."""
_YES: Final = frozenset({"1", "1.0", "yes", "true"})
_NO: Final = frozenset({"0", "0.0", "no", "false"})


@dataclass(frozen=True, kw_only=True)
class Transcript:
    """One row: who, from which day in which state, what then happened, earliest first.

    `happened` names the events that took place.
    """

    identifier: str
    family_name: str
    given_name: str
    settings: Cells[str, str]
    state: str
    reason: str
    entered_on: date
    acts: tuple[NewFact | TranscribedStep, ...]
    happened: frozenset[str]
    title: str = ""


@dataclass(frozen=True, slots=True)
class _Time:
    """When an event happened; or, where it did not, until when that is known (None: never seen)."""

    on: date | None
    has_happened: bool


def read_row(mapping: Mapping, cells: Cells[str, str]) -> Transcript:
    """The transcript of a row; `cells` are its texts by column. Raises RefusedError."""
    system = mapping.identifier.system
    cell = _needed(cells, mapping.identifier.column)
    identifier = read_identifiers([f"{system}={cell}"])[system]
    start_on = _read(mapping.start.on, cells)
    if start_on is None:
        raise RefusedError(f"The column {mapping.start.on.column} is empty. Fill in the start.")
    entered_on = _day(str(start_on), mapping.start.on.column or "start")
    times = {START: _Time(entered_on, has_happened=True)}
    times |= {name: _time(event, cells, entered_on) for name, event in mapping.events.items()}
    _refuse_after(mapping.last, times)
    settings = {name: _read(source, cells) for name, source in mapping.settings.items()}
    return Transcript(
        identifier=identifier,
        family_name=_name(mapping.name.family, cells),
        given_name=_name(mapping.name.given, cells),
        title=_title(mapping.name.title, cells),
        settings={name: str(value) for name, value in settings.items() if value is not None},
        state=mapping.start.state or "",
        reason=mapping.start.reason,
        entered_on=entered_on,
        acts=_acts(mapping, cells, times, entered_on),
        happened=frozenset(
            name for name, time in times.items() if time.has_happened and name != START
        ),
    )


def _time(event: Event, cells: Cells[str, str], start: date) -> _Time:
    cell = cells[event.column]
    has_happened = bool(cell) if event.happened is None else _truth(cells, event.happened)
    if not cell:
        if has_happened:
            msg = (
                f"The column {event.column} is empty although {event.happened} says that it "
                "happened. Fill in when."
            )
            raise RefusedError(msg)
        return _Time(None, has_happened=False)
    on = _day(cell, event.column) if event.date else _after(start, cell, event.column)
    return _Time(on, has_happened)


def _refuse_after(last: str | None, times: Cells[str, _Time]) -> None:
    """The sequence of a row must be possible: a recovery after the death is a slip of the pen."""
    end = times[last].on if last else None
    if end is None:
        return
    for name, time in times.items():
        if time.has_happened and time.on is not None and time.on > end:
            msg = (
                f"The event {name} ({time.on:%d-%b-%Y}) lies after {last} ({end:%d-%b-%Y}). "
                "Correct one of the two."
            )
            raise RefusedError(msg)


def _acts(
    mapping: Mapping, cells: Cells[str, str], times: Cells[str, _Time], start: date
) -> tuple[NewFact | TranscribedStep, ...]:
    found: list[tuple[date, NewFact | TranscribedStep]] = []
    for act in mapping.acts:
        on = _on(act, times, start)
        if on is None or not _is_meant(act, on, cells, times):
            continue
        if act.step is not None:
            reason = {"reason": act.reason} if act.reason else {}
            found.append((on, TranscribedStep(step=act.step, effective_on=on, **reason)))
            continue
        value = _value(act, on, cells)
        if act.fact is not None and value is not None:
            new = NewFact(fact=act.fact, value=value, effective_at=on, source=mapping.title)
            found.append((on, new))
    # Sorting keeps the order of the mapping within a day: a relapse is written before a death.
    return tuple(item for _, item in sorted(found, key=lambda pair: pair[0]))


def _on(act: ActOf, times: Cells[str, _Time], start: date) -> date | None:
    if isinstance(act.on, int):
        return _after(start, str(act.on), "on")
    time = times[act.on]
    return time.on if time.has_happened else None


def _is_meant(act: ActOf, on: date, cells: Cells[str, str], times: Cells[str, _Time]) -> bool:
    when = act.when
    if when is None:
        return True
    if when.column is not None and cells[when.column] not in when.is_:
        return False
    return all(_is_free(times[name], on) for name in when.free_of)


def _is_free(time: _Time, on: date) -> bool:
    """Whether the event is known not to have happened by the end of that day."""
    if time.on is None:
        return False
    return time.on > on if time.has_happened else time.on >= on


def _value(act: ActOf, on: date, cells: Cells[str, str]) -> Any:  # noqa: ANN401 - one type per fact
    if act.parts:
        parts = {name: _read(source, cells) for name, source in act.parts.items()}
        given = {name: value for name, value in parts.items() if value is not None}
        # Constants alone (a unit, a specimen) are no result.
        is_filled = any(act.parts[name].column is not None for name in given)
        return given if is_filled else None
    return _read(act, cells) if act.is_given else on.isoformat()


def _read(source: Source, cells: Cells[str, str]) -> Scalar | None:
    if source.column is None:
        return source.value
    cell = cells[source.column]
    if source.lookup and cell in source.lookup:
        return source.lookup[cell]
    if source.lookup and cell:
        known = ", ".join(source.lookup)
        msg = f"The column {source.column} holds something else; the mapping knows {known}."
        raise RefusedError(msg)
    return cell or None


def _needed(cells: Cells[str, str], column: str) -> str:
    if not cells[column]:
        raise RefusedError(f"The column {column} is empty. Each row needs its identifier.")
    return cells[column]


def _name(source: Source, cells: Cells[str, str]) -> str:
    name = " ".join(str(_read(source, cells) or "").split())
    if not name:
        msg = f"The column {source.column} is empty. Each row needs a family and a given name."
        raise RefusedError(msg)
    return name


def _title(source: Source | None, cells: Cells[str, str]) -> str:
    return read_title(str(_read(source, cells) or "")) if source is not None else ""


def _truth(cells: Cells[str, str], column: str) -> bool:
    cell = cells[column].lower()
    if cell in _YES or cell in _NO:
        return cell in _YES
    msg = f"The column {column} holds something else. Write 1 or yes, 0 or no."
    raise RefusedError(msg)


def _day(text: str, column: str) -> date:
    try:
        # Weeks (2026-W48-1) have as many characters, and the reader of dates takes them too.
        if len(text) == len("2026-11-23") and text[4] == text[7] == "-":
            return date.fromisoformat(text)
    except ValueError:
        pass
    msg = f"The column {column} holds something else. Write an existing day as YYYY-MM-DD."
    raise RefusedError(msg)


def _after(start: date, text: str, column: str) -> date:
    """The day so many days after the start; a part of a day is the day it lies in."""
    try:
        days = Decimal(text)
    except InvalidOperation:
        days = Decimal("NaN")
    if not days.is_finite() or "_" in text:
        raise RefusedError(f"The column {column} holds something else. Write a number of days.")
    if days < 0:
        msg = f"The column {column} holds a negative number. Days are 0 or more from the start."
        raise RefusedError(msg)
    try:
        return start + timedelta(days=math.floor(min(days, Decimal(_MOST_DAYS))))
    except OverflowError:
        msg = f"The column {column} holds too many days. No calendar goes so far; correct it."
        raise RefusedError(msg) from None
