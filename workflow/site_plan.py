"""What a site sets for itself: the days it works, and when its operational checkpoints are due.

A site plan is one small YAML file. Evidence binds every site: a checkpoint that rests on evidence
may be brought forward, never put off; only operational ones are a site's own. A plan changes what
is opened from now on; what is open already keeps the rule it was opened by.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Literal

from pydantic import Field, ValidationError

from workflow.entries import Day, Name, Text
from workflow.errors import PathwayError
from workflow.loading import read_document
from workflow.pathway import Checkpoint, Escalation, Model
from workflow.strict_yaml import Document
from workflow.wording import problems_of
from workflow.working_days import EVERY_DAY, WEEKDAYS, Calendar


class WorkingDays(Model):
    """The days of the week nobody works, and single days such as public holidays."""

    weekend: tuple[
        Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"], ...
    ] = ()
    holidays: tuple[Day, ...] = ()


class OwnTimes(Model):
    """The times a site sets for one checkpoint; what it leaves out stays as the pathway has it."""

    due: str | tuple[str, ...] | None = None
    every: str | None = None
    then: str | None = None
    expires: str | None = None
    escalate: tuple[Escalation, ...] | None = None


class SitePlan(Model):
    """The plan of one site: `checkpoints` by their id, each in every state that declares it.

    `remind_every` is how often whoever was told last of an overdue checkpoint is told again,
    `override_reasons` are coded reasons of the site's own, with their titles.
    """

    site: Text
    reason: Text
    working_days: WorkingDays = Field(default=WorkingDays())
    remind_every: str | None = None
    override_reasons: dict[Name, Text] = Field(default={})
    checkpoints: dict[Name, OwnTimes] = Field(default={})

    @cached_property
    def calendar(self) -> Calendar:
        """The days the site works."""
        days = self.working_days
        weekend = frozenset(WEEKDAYS.index(name) for name in days.weekend)
        return Calendar(weekend, frozenset(days.holidays))

    def adjusted(self, definition: Checkpoint) -> Checkpoint:
        """The checkpoint as this site has it."""
        own = self.checkpoints.get(definition.id)
        if own is None:
            return definition
        times = {name: value for name in OwnTimes.model_fields if (value := getattr(own, name))}
        return definition.model_copy(update=times)


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A site plan as it was set: its text, when, by whom; never changed, only followed."""

    site: str
    content: str
    hash: str
    actor: str
    at: datetime

    @property
    def plan(self) -> SitePlan:
        """The plan; it was checked when it was set."""
        return _read(self.content)


@lru_cache(maxsize=64)
def _read(content: str) -> SitePlan:
    return read_site_plan(content.encode(), "site plan")[0]


def keep(plan: SitePlan, text: bytes, actor: str, now: datetime) -> KeptPlan:
    """The plan as it is to be kept."""
    content = text.decode()
    return KeptPlan(plan.site, content, hashlib.sha256(text).hexdigest(), actor, now)


def calendar_of(kept: KeptPlan | None) -> Calendar:
    """The days worked; every day where the site has set nothing."""
    return EVERY_DAY if kept is None else kept.plan.calendar


def read_site_plan(data: bytes, source: str) -> tuple[SitePlan, Document]:
    """The plan written in `data`; raises PathwayError with line, field and cure."""
    document = read_document(data, source)
    try:
        plan = SitePlan.model_validate(document.content)
    except ValidationError as error:
        fields = {*SitePlan.model_fields, *WorkingDays.model_fields, *OwnTimes.model_fields}
        found = problems_of(error.errors(include_url=False), document, fields)
        raise PathwayError(source, found) from None
    return plan, document


def holidays_left(plan: SitePlan, today: date) -> int:
    """How many of the listed holidays are still to come: a list that ran out tells nothing."""
    return sum(day >= today for day in plan.working_days.holidays)
