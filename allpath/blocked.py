"""Whether nothing can be confirmed for a patient yet, why, and how many there are of whom it is so.

It is decided, not kept: a date can change it without anybody doing anything. But what was decided
of a history up to its last entry, on a day at the site, is decided for that day.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from allpath import words
from allpath.bootstrap import Allpath
from allpath.everybody import tasks_of
from allpath.tasks import Task
from workflow.civil_time import site_zone
from workflow.place import Wanted

_AT_MOST: Final = 5000
_Key = tuple[str, str, date]
_KNOWN: Final[dict[_Key, bool]] = {}


def blocked_by(item: Task) -> str:
    """Why nothing can be confirmed yet: the first reason; empty where something can."""
    if item.problem:
        return item.problem
    decision = item.decision
    if decision is None or decision.route.status == "recommended":
        return ""
    if not words.is_undecided(decision):
        return words.route(decision.pathway, decision).rstrip(".")
    first, more = words.fact_title(decision.pathway, decision.missing[0]), len(decision.missing) - 1
    return f"Missing: {first}" + (f" and {more} more" if more else "")


def is_waiting(item: Task) -> bool:
    """Whether nothing is amiss: the path waits as its schedule says."""
    decision = item.decision
    return decision is not None and decision.route.reason in decision.pathway.waiting


def count_blocked(allpath: Allpath, wanted: Wanted, now: datetime) -> int:
    """For how many of the wanted nothing can be confirmed yet; only who is new is decided."""
    worklist, count = allpath.store.worklist, 0
    unknown: dict[str, _Key] = {}
    for head in worklist.heads(wanted, now):
        today = now.astimezone(site_zone(head.settings)).date()
        key = (head.hash, head.pathway_hash, today)
        known = _KNOWN.get(key)
        if known is None:
            unknown[head.path_id] = key
        else:
            count += known
    for item in tasks_of(allpath, worklist.of(tuple(unknown)), {}, now):
        is_blocked, key = bool(blocked_by(item)), unknown[item.path.path_id]
        count += is_blocked
        # A problem may be mended without an entry, and an entry may have come since.
        if not item.problem and item.path.head == key[0]:
            if len(_KNOWN) >= _AT_MOST:
                _KNOWN.clear()
            _KNOWN[key] = is_blocked
    return count
