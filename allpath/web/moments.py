"""Which past a page shows: what was so on a day, by what was known on a day."""

from __future__ import annotations

from calendar import month_abbr
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from allpath import clock, words
from allpath.problems import UsageError
from allpath.web.pages import Visit
from workflow.errors import AllpathError
from workflow.found import Found
from workflow.time_travel import Moment

AS_OF: Final = "As it was on"
KNOWN_AT: Final = "By what was known on"
_MONTHS: Final = tuple(month_abbr)[1:]


@dataclass(frozen=True, slots=True)
class Asked:
    """The two days as they were typed, and what is wrong with them."""

    as_of: str = ""
    known_at: str = ""
    problem: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """The moment that is shown; `moment` is None for now, or for a day to come."""

    now: datetime
    moment: Moment | None
    sentence: str


class MomentError(UsageError):
    """A day that was typed is none, or cannot be asked about; `asked` says which field."""

    def __init__(self, asked: Asked) -> None:
        super().__init__(asked.problem)
        self.asked = asked


def shown(visit: Visit, as_of: str, known_at: str) -> Shown:
    """The moment two fields ask about; raises MomentError with what was typed kept."""
    as_of, known_at = as_of.strip(), known_at.strip()
    known = _moment(visit, as_of, known_at, "known_at")
    if known > visit.now:
        problem = f"{KNOWN_AT}: nobody can tell what will be known in the future."
        raise MomentError(Asked(as_of, known_at, problem, "known_at"))
    at = _moment(visit, as_of, known_at, "as_of") if as_of else known
    if at > visit.now and known == visit.now:
        day = words.minute(at, visit.zone)
        return Shown(at, None, f"As it will be on {day} if nothing more is recorded.")
    if at >= visit.now and known == visit.now:
        return Shown(visit.now, None, "")
    told = words.minute(known, visit.zone)
    sentence = (
        f"As it was known on {told}."
        if at == known
        else f"As it was on {words.minute(at, visit.zone)}, by what was known on {told}."
    )
    return Shown(at, Moment(at, known), sentence)


def then(visit: Visit, path_id: str, asked: Shown) -> Found:
    """The patient at that moment; raises MomentError where they were not enrolled yet."""
    orchestrator = visit.allpath.orchestrator
    if asked.moment is None:
        return orchestrator.look(path_id, asked.now)
    return orchestrator.look_then(path_id, asked.moment)


def refused(as_of: str, known_at: str, error: AllpathError) -> Asked:
    """What was typed, with what is wrong at its field."""
    if isinstance(error, MomentError):
        return error.asked
    problem = "The patient was not enrolled yet then; give a later day."
    return Asked(as_of, known_at, problem, "as_of" if as_of else "known_at")


def _moment(visit: Visit, as_of: str, known_at: str, field: str) -> datetime:
    text, label = (known_at, KNOWN_AT) if field == "known_at" else (as_of, AS_OF)
    try:
        return clock.moment(as_iso(text) or None, visit.zone, visit.now, label)
    except UsageError:
        problem = f"{label}: {text} is not a day; write one as 20-Nov-2026."
        raise MomentError(Asked(as_of, known_at, problem, field)) from None


def as_iso(text: str) -> str:
    """A day as people read it, in the form machines read; anything else as it was typed."""
    day, _, rest = text.partition("-")
    month, _, year = rest.partition("-")
    if month.capitalize() not in _MONTHS:
        return text
    return f"{year}-{_MONTHS.index(month.capitalize()) + 1:02}-{day:0>2}"
