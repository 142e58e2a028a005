"""What people do for a made-up patient, by the day, and how days of a chapter become a journey.

A day is counted from the beginning of a chapter. Values may be marks that are filled in when the
act is done: `ASKED` (the patient's own), `NEVER` (left out), `On` (a day), `Known` (the last value
of another fact).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Final


class Mark(Enum):
    """A value that is not one yet."""

    ASKED = "the value the patient has"
    NEVER = "nothing is recorded"


ASKED: Final = Mark.ASKED
NEVER: Final = Mark.NEVER


@dataclass(frozen=True)
class On:
    """The civil day so many days after the act: 0 is that day, -3 three days before."""

    days: int = 0


@dataclass(frozen=True)
class Known:
    """The value last recorded for another fact."""

    fact: str


@dataclass(frozen=True)
class Result:
    """A value with its report status, true since so many days before it is recorded."""

    value: Any  # plain data of any fact type, as entered
    status: str = "final"
    days_before: int = 0


@dataclass(frozen=True)
class Record:
    """The coordinator records these facts on that day, all at once."""

    day: int
    facts: Mapping[str, Any]  # plain data of any fact type, or a mark


@dataclass(frozen=True)
class Confirm:
    """The first clinician confirms a step; with `option` one of several that are recommended."""

    day: int
    step: str
    reason: str = ""
    option: str | None = None


@dataclass(frozen=True)
class Sign:
    """The second clinician countersigns the step that waits."""

    day: int


@dataclass(frozen=True)
class Correct:
    """The coordinator corrects the last record of a fact."""

    day: int
    fact: str
    value: Any  # plain data of any fact type
    reason: str


@dataclass(frozen=True)
class Change:
    """The coordinator changes settings of the path."""

    day: int
    settings: Mapping[str, str]
    reason: str


Act = Record | Confirm | Sign | Correct | Change


@dataclass(frozen=True)
class Chapter:
    """One part of care: its acts by day, and after how many days the next chapter begins."""

    days: int
    acts: tuple[Act, ...] = field(default=())

    def but(self, **facts: Any) -> Chapter:  # noqa: ANN401 - plain data of any fact type, or a mark
        """The chapter with other values for facts that it records anyway."""
        return replace(self, acts=tuple(_with(act, facts) for act in self.acts))

    def without(self, *facts: str) -> Chapter:
        """The chapter in which nobody records these facts."""
        return self.but(**dict.fromkeys(facts, NEVER))

    def also(self, *acts: Act) -> Chapter:
        """The chapter with acts beside the usual ones."""
        return replace(self, acts=(*self.acts, *acts))


def every(days: range, **facts: Any) -> tuple[Act, ...]:  # noqa: ANN401 - plain data of any fact type
    """The same facts recorded on each of these days."""
    return tuple(Record(day, facts) for day in days)


def _with(act: Act, facts: Mapping[str, Any]) -> Act:
    if not isinstance(act, Record):
        return act
    return replace(act, facts={name: facts.get(name, act.facts[name]) for name in act.facts})
