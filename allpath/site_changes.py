"""What another plan would change at a site, item by item, for whoever looks before setting it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from allpath import words
from workflow.site_plan import OwnTimes, SitePlan

NOT_SET: Final = "Not set"
_TIMES: Final = {
    "due": "due",
    "every": "every",
    "then": "then every",
    "expires": "expires",
    "escalate": "brought to",
}


@dataclass(frozen=True, slots=True)
class PlanChange:
    """One thing that would be another: what it is, how it was and how it would be, in words."""

    what: str
    was: str
    would_be: str


def plan_changes(old: SitePlan | None, new: SitePlan) -> tuple[PlanChange, ...]:
    """Everything that differs between the plan that counts, None where none does, and another."""
    before, after = dict(_items(old) if old else ()), dict(_items(new))
    return tuple(
        PlanChange(what, before.get(what, NOT_SET), after.get(what, NOT_SET))
        for what in (*before, *(name for name in after if name not in before))
        if before.get(what) != after.get(what)
    )


def plan_items(plan: SitePlan) -> tuple[tuple[str, str], ...]:
    """Everything a plan sets, in words."""
    return tuple(_items(plan))


def _items(plan: SitePlan) -> Iterator[tuple[str, str]]:
    days = plan.working_days
    weekend = ", ".join(name.capitalize() for name in days.weekend)
    yield "Days off in each week", weekend or "None"
    years = sorted({day.year for day in days.holidays})
    if not years:
        yield "Holidays", "None"
    for year in years:
        yield (
            f"Holidays in {year}",
            ", ".join(words.day(day) for day in sorted(days.holidays) if day.year == year),
        )
    if plan.remind_every:
        yield "Reminded again every", plan.remind_every
    for name, title in sorted(plan.override_reasons.items()):
        yield f"Own reason for an override: {name}", title
    for name, own in sorted(plan.checkpoints.items()):
        for field in OwnTimes.model_fields:
            value = getattr(own, field)
            if value is not None:
                yield f"Checkpoint {name}, {_TIMES[field]}", _times(value)


def _times(value: Any) -> str:  # noqa: ANN401 - one duration, several, or whom it is brought to
    if isinstance(value, str):
        return value
    return ", ".join(
        item if isinstance(item, str) else f"{item.to} after {item.after}" for item in value
    )
