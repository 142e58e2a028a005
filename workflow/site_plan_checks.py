"""Whether a site plan can be kept: what it names exists, and it puts off no evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any, Final

from workflow.checkpoint_checks import told_too_late
from workflow.durations import Duration
from workflow.errors import PathwayError, Problem
from workflow.pathway import Checkpoint, Pathway
from workflow.site_plan import OwnTimes, SitePlan
from workflow.strict_yaml import Document, Where
from workflow.working_days import LONGEST_REST, WEEKDAYS

_WHEN: Final = ("due", "every", "then", "expires")


def check_site_plan(
    plan: SitePlan, document: Document, source: str, pathways: Mapping[str, Pathway]
) -> None:
    """The plan can be kept: everything it names exists, and it puts off no evidence.

    Raises PathwayError with every finding.
    """
    found = [
        *_calendar_findings(plan),
        *_reminder_findings(plan),
        *_checkpoint_findings(plan, pathways),
    ]
    if found:
        problems: list[Problem] = [document.problem(where, message) for where, message in found]
        raise PathwayError(source, problems)


def _calendar_findings(plan: SitePlan) -> Iterator[tuple[Where, str]]:
    where: Where = ("working_days",)
    if len(plan.calendar.weekend) == len(WEEKDAYS):
        yield where, "no day of the week is a working day; leave at least one out of the weekend"
        return
    for day in sorted(plan.calendar.holidays):
        try:
            plan.calendar.next_working_day(day)
        except ValueError:
            yield where, f"nobody works for more than {LONGEST_REST} days from {day}; mend the list"
            return


def _reminder_findings(plan: SitePlan) -> Iterator[tuple[Where, str]]:
    if plan.remind_every is None:
        return
    try:
        span = Duration.read(plan.remind_every).as_span()
    except ValueError as error:
        yield ("remind_every",), str(error)
    else:
        if not span:
            yield ("remind_every",), "reminds without end in one moment; write 1 d or more"


def _checkpoint_findings(
    plan: SitePlan, pathways: Mapping[str, Pathway]
) -> Iterator[tuple[Where, str]]:
    for name, own in plan.checkpoints.items():
        where: Where = ("checkpoints", name)
        known = [
            d for pathway in pathways.values() for d in every_checkpoint(pathway) if d.id == name
        ]
        if not known:
            yield where, f"no pathway has a checkpoint {name}; see `allpath pathway show`"
        unreadable = list(_unreadable(own, where))
        yield from unreadable
        if not unreadable:
            for definition in known:
                yield from _against(definition, own, where)


def every_checkpoint(pathway: Pathway) -> Iterator[Checkpoint]:
    """Every checkpoint that a state or track of the pathway declares."""
    for owners in (pathway.states, pathway.tracks):
        for owner in owners.values():
            yield from owner.checkpoints


def _times(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - one duration, several, or none
    return () if value is None else (value,) if isinstance(value, str) else tuple(value)


def _unreadable(own: OwnTimes, where: Where) -> Iterator[tuple[Where, str]]:
    texts = [(name, text) for name in _WHEN for text in _times(getattr(own, name))]
    texts += [("escalate", step.after) for step in own.escalate or ()]
    for name, text in texts:
        try:
            span = Duration.read(text).as_span()
        except ValueError as error:
            yield (*where, name), str(error)
            continue
        if name == "expires" and Duration.read(text).is_in_hours:
            yield (*where, name), "an end is counted in days; write d, wk, mo or a"
        if name in {"every", "then"} and not span:
            yield (*where, name), f"{text} repeats without end in one moment; write 1 h or more"


def _against(definition: Checkpoint, own: OwnTimes, where: Where) -> Iterator[tuple[Where, str]]:
    for name in _WHEN:
        mine, theirs = _times(getattr(own, name)), _times(getattr(definition, name))
        if not mine:
            continue
        if len(mine) != len(theirs):
            yield (*where, name), f"the pathway has {len(theirs)} here; write as many"
            continue
        if definition.basis == "evidence" and any(map(_is_later, mine, theirs)):
            message = (
                f"{definition.id} rests on evidence ({', '.join(theirs)}): a site may bring it "
                "forward, never put it off"
            )
            yield (*where, name), message
    yield from _escalation_findings(definition, own, where)
    adjusted = definition.model_copy(
        update={name: value for name in OwnTimes.model_fields if (value := getattr(own, name))}
    )
    yield from told_too_late(adjusted, where)
    opens = Duration.read(definition.opens).as_span()
    due = [Duration.read(text).as_span() for text in _times(own.due)]
    if due and (due[0] < opens or any(b <= a for a, b in pairwise(due))):
        message = f"it opens after {definition.opens}; write times after that, earliest first"
        yield (*where, "due"), message


def _escalation_findings(
    definition: Checkpoint, own: OwnTimes, where: Where
) -> Iterator[tuple[Where, str]]:
    if own.escalate is None:
        return
    field: Where = (*where, "escalate")
    after = [Duration.read(step.after).as_span() for step in own.escalate]
    if not after or sorted(after) != after:
        yield field, "write whom it is brought to, the earliest first, at least one"
    elif definition.basis == "evidence" and definition.escalate:
        last = max(Duration.read(step.after).as_span() for step in definition.escalate)
        roles = {step.to for step in own.escalate}
        missing = [step.to for step in definition.escalate if step.to not in roles]
        if missing or max(after, default=timedelta()) > last:
            message = f"{definition.id} rests on evidence: tell the same people, not later"
            yield field, message


def _is_later(mine: str, theirs: str) -> bool:
    return Duration.read(mine).as_span() > Duration.read(theirs).as_span()
