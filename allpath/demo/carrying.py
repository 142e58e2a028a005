"""How an act is done: as the command a person would give, at the moment it would be given."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from allpath.demo.acts import (
    ASKED,
    NEVER,
    Act,
    Change,
    Chapter,
    Confirm,
    Correct,
    Known,
    On,
    Record,
    Result,
    Sign,
)
from allpath.demo.journey import Journey
from allpath.demo.people import Patient
from workflow.carrying_out import Outcome
from workflow.civil_time import first_instant
from workflow.commands import (
    ChangeSettings,
    ConfirmStep,
    CorrectFact,
    Countersign,
    Enrol,
    NewFact,
    RecordFacts,
)
from workflow.facts import FactRecord
from workflow.orchestrator import Orchestrator
from workflow.pathway import Pathway
from workflow.records import Actor

COORDINATOR: Final = Actor("Cora Coordinator", "coordinator", "demo")
CLINICIAN: Final = Actor("Dr Ada Sample", "clinician", "demo")
SECOND_CLINICIAN: Final = Actor("Dr Ben Second", "clinician", "demo")
_MORNING: Final = time(9)
_BETWEEN_ACTS: Final = timedelta(minutes=7)


@dataclass(frozen=True)
class Due:
    """An act of a journey with its civil day at the site and its moment, never after `now`."""

    at: datetime
    on: date
    act: Act | None
    """None: the enrolment."""


def first_day(journey: Journey, days_in: int, zone: ZoneInfo, now: datetime) -> date:
    """The day of referral of a patient who is so many days into the last chapter now."""
    before = sum(chapter.days for chapter in journey.chapters[:-1])
    return now.astimezone(zone).date() - timedelta(days=before + days_in)


def timetable(journey: Journey, days_in: int, zone: ZoneInfo, now: datetime) -> Iterator[Due]:
    """Every act until now, in the order it is done, the enrolment first."""
    today = now.astimezone(zone).date()
    start = first_day(journey, days_in, zone, now)
    yield Due(_moment(start, 0, zone, now), start, None)
    for chapter in journey.chapters:
        for day, acts in groupby(_sittings(chapter), key=lambda act: act.day):
            on = start + timedelta(days=day)
            if on <= today:
                for number, act in enumerate(acts, start=1):
                    yield Due(_moment(on, number, zone, now), on, act)
        start += timedelta(days=chapter.days)


def _sittings(chapter: Chapter) -> Iterator[Act]:
    """The acts of a chapter by day; what is recorded on one day is recorded at once."""
    waiting: Record | None = None
    for act in sorted(chapter.acts, key=lambda act: act.day):
        if waiting and isinstance(act, Record) and act.day == waiting.day:
            waiting = Record(act.day, {**waiting.facts, **act.facts})
            continue
        if waiting:
            yield waiting
        waiting = act if isinstance(act, Record) else None
        if waiting is None:
            yield act
    if waiting:
        yield waiting


def _moment(day: date, number: int, zone: ZoneInfo, now: datetime) -> datetime:
    """In the morning at the site, one act after the other; on the last day not after `now`."""
    return min(first_instant(day, zone, _MORNING) + number * _BETWEEN_ACTS, now)


@dataclass(frozen=True)
class Carrier:
    """Does a patient's acts through the orchestrator, as the coordinator and two clinicians."""

    orchestrator: Orchestrator
    patient: Patient
    pathway: Pathway

    @property
    def path_id(self) -> str:
        """The path the patient is on."""
        return self.patient.person.path_id

    def do(self, due: Due) -> Outcome:
        """The act is done at its moment; raises what the orchestrator raises."""
        act, at = due.act, due.at
        if act is None:
            return self._enrol(due)
        if isinstance(act, Record):
            facts = tuple(self._new_facts(act, due))
            return self.orchestrator.record(
                RecordFacts(actor=COORDINATOR, path_id=self.path_id, facts=facts), at
            )
        if isinstance(act, Confirm):
            confirm = ConfirmStep(
                actor=CLINICIAN,
                path_id=self.path_id,
                step=act.step,
                reason=act.reason,
                option=act.option,
            )
            return self.orchestrator.confirm(confirm, at)
        if isinstance(act, Sign):
            sign = Countersign(actor=SECOND_CLINICIAN, path_id=self.path_id)
            return self.orchestrator.countersign(sign, at)
        if isinstance(act, Correct):
            correct = CorrectFact(
                actor=COORDINATOR,
                path_id=self.path_id,
                record_id=self._last(act.fact, at).record_id,
                value=act.value,
                reason=act.reason,
            )
            return self.orchestrator.correct(correct, at)
        return self._change(act, at)

    def _enrol(self, due: Due) -> Outcome:
        facts = self.patient.facts
        enrol = Enrol(
            actor=COORDINATOR,
            person=self.patient.person,
            pathway_id=self.pathway.id,
            settings=self.patient.place.settings(self.pathway),
            entered_on=due.on,
            facts=tuple(
                NewFact(fact=name, value=facts[name], effective_at=due.on, source="referral letter")
                for name in ("sex", "birth_date")
                if name in self.pathway.facts
            ),
        )
        return self.orchestrator.enrol(enrol, due.at)

    def _change(self, act: Change, at: datetime) -> Outcome:
        change = ChangeSettings(
            actor=COORDINATOR, path_id=self.path_id, settings=act.settings, reason=act.reason
        )
        return self.orchestrator.change_settings(change, at)

    def _new_facts(self, act: Record, due: Due) -> Iterator[NewFact]:
        for name, given in act.facts.items():
            result = given if isinstance(given, Result) else Result(given)
            value = self._value(name, result.value, due)
            if value is NEVER:
                continue
            yield NewFact(
                fact=name,
                value=value,
                effective_at=due.on - timedelta(days=result.days_before),
                status=result.status,
                source=self.pathway.facts[name].supplied_by[0],
            )

    def _value(self, name: str, given: Any, due: Due) -> Any:  # noqa: ANN401 - plain data of any fact type
        if given is ASKED:
            return self.patient.facts.get(name, NEVER)
        if isinstance(given, On):
            return (due.on + timedelta(days=given.days)).isoformat()
        if isinstance(given, Known):
            return self._last(given.fact, due.at).value
        return given

    def _last(self, fact: str, now: datetime) -> FactRecord:
        records = self.orchestrator.look(self.path_id, now).case.facts
        last: FactRecord = next(record for record in reversed(records) if record.fact == fact)
        return last
