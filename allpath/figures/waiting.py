"""What blocks whom: facts that are missing, and reasons for which a table supports no step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from allpath import words
from allpath.tasks import Task

SCHEDULED: Final = "Waiting"
"""The kind of those who are where they should be until a day or a result comes."""
_KINDS: Final = {"blocked": "Blocked", "needs_mdt": "Needs MDT"}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that is waited for; `key` is its name in the address of the worklist."""

    key: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Waited:
    """How many wait for it, and for how many days they have been in their states, together."""

    what: Waiting
    patients: int
    days: int


def waits_of(item: Task) -> Iterator[Waiting]:
    """What one patient waits for: each missing fact, or the reason of the table; else nothing."""
    decision = item.decision
    if decision is None:
        yield Waiting("undecided", "Problem", "The path cannot be decided")
    elif words.is_undecided(decision):
        for name in decision.missing:
            title = words.fact_title(decision.pathway, name)
            yield Waiting(f"fact.{name}", "Missing fact", words.capital(title))
    elif decision.route.status != "recommended":
        route = decision.route
        kind = SCHEDULED if route.reason in decision.pathway.waiting else _KINDS[route.status]
        text = words.reason(decision.pathway, route.reason).rstrip(".")
        yield Waiting(f"reason.{route.reason}", kind, words.capital(text))


def ranked(tasks: Iterable[Task]) -> tuple[Waited, ...]:
    """What blocks patients, what keeps most of them first; who waits by schedule is not blocked."""
    patients: dict[Waiting, int] = {}
    days: dict[Waiting, int] = {}
    for item in tasks:
        for what in waits_of(item):
            if what.kind == SCHEDULED:
                continue
            patients[what] = patients.get(what, 0) + 1
            days[what] = days.get(what, 0) + max(0, item.days)
    found = [Waited(what, count, days[what]) for what, count in patients.items()]
    return tuple(sorted(found, key=lambda each: (-each.patients, -each.days, each.what.key)))
