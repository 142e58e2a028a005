"""Care off the pathway, seen in the data: something was done that no step of the path says.

A fact may declare what its day shows (`shows`): that the patient was in a state, or had an option.
Where the path stood elsewhere on that day a review is opened, and a clinician gives a coded reason.
It is asked once for what was done on a day: a corrected or repeated record asks nobody again. A
step confirmed later for that day, or a record that is voided, closes it by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from workflow.act import Act
from workflow.facts import FINAL_STATUSES, FactRecord
from workflow.hindsight import successors
from workflow.pathway import Pathway, Shows
from workflow.records import JournalEntry
from workflow.redeciding import History, Verdict
from workflow.retracing import MAIN_ENTRIES, is_taken, retraced, standing_entries
from workflow.review import ReviewItem
from workflow.steps import MAIN

CARE: Final = "care"
"""The kind of review that asks about care off the pathway."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay in a state by the days its steps took effect on; `until` is None while it lasts."""

    state: str
    option: str | None
    episode: int
    since: date
    until: date | None = None

    def holds(self, day: date) -> bool:
        """Whether the path was there on a day, the days it came and went included."""
        return self.since <= day and (self.until is None or day <= self.until)


def concerns_care(act: Act) -> bool:
    """Whether the act can show care off the pathway, or explain some."""
    facts = act.found.pathway.facts
    showing = {name for name, fact in facts.items() if fact.shows}
    if any(record.fact in showing for record in act.facts):
        return True
    moved = any(entry.kind in MAIN_ENTRIES or is_taken(entry) for entry in act.entries)
    return moved and any(record.fact in showing for record in act.found.case.facts)


def care_shown(act: Act, history: History, known: Iterable[ReviewItem]) -> Iterator[Verdict]:
    """What the standing records show was done and the path does not say; and what it says now.

    `known` are the reviews there are: one that was closed by a person is not asked about again.
    """
    pathway = act.found.pathway
    facts = (*act.found.case.facts, *act.facts)
    shown = _days_shown(pathway, facts)
    asked = {item.about for item in known if item.kind == CARE}
    if not shown and not asked:
        return
    entries = (*history.entries, *act.entries)
    lived = tuple(stays(entries, act, history))
    answered = {i.about for i in known if i.kind == CARE and i.closed_by}
    seen: set[str] = set()
    for (name, day), records in shown.items():
        about = f"{name} {day.isoformat()}"
        earlier = {f"{name} {on.isoformat()}" for on in _days_before(facts, records)}
        if about in seen or answered & {about, *earlier}:
            continue
        seen.add(about)
        shows = pathway.facts[name].shows
        if shows is None or not lived or day < lived[0].since or is_said(shows, day, lived):
            continue
        yield _verdict(about, max(record.seq for record in records), _where(day, lived), name)
    for about in sorted(asked - answered - {*_still_shown(shown, pathway, lived)}):
        yield _verdict(about, 0, "the path", "")


def is_said(shows: Shows, day: date, lived: Sequence[Stay]) -> bool:
    """Whether the path says what a day shows: it was in the state, or had begun the option."""
    here = [stay for stay in lived if stay.holds(day)]
    if any(stay.state in shows.states for stay in here):
        return True
    episodes = {stay.episode for stay in here}
    return any(
        stay.option in shows.options and stay.since <= day and stay.episode in episodes
        for stay in lived
    )


def stays(entries: Sequence[JournalEntry], act: Act, history: History) -> Iterator[Stay]:
    """The stays of a path, oldest first, without the steps that were undone."""
    last: Stay | None = None
    for stage in retraced(standing_entries(entries), act.path, history.version_of):
        path, entry = stage.after, stage.entry
        moved = is_taken(entry) and entry.track == MAIN
        if last is not None and not moved and path.state == last.state:
            continue
        since = path.entered["main"]
        if last is not None:
            yield Stay(last.state, last.option, last.episode, last.since, since)
        option = entry.option if moved else (last.option if last else None)
        last = Stay(path.state, option, path.episode, since)
    if last is not None:
        yield last


def _days_shown(
    pathway: Pathway, facts: Sequence[FactRecord]
) -> Mapping[tuple[str, date], list[FactRecord]]:
    """Fact and day of every final record that stands and shows something, with its records."""
    following = successors(facts)
    found: dict[tuple[str, date], list[FactRecord]] = {}
    for record in facts:
        declared = pathway.facts.get(record.fact)
        if declared is None or declared.shows is None or record.record_id in following:
            continue
        day = _day(record)
        if day is not None and record.status in FINAL_STATUSES:
            found.setdefault((record.fact, day), []).append(record)
    return found


def _day(record: FactRecord) -> date | None:
    """The day a record names; None for one that says it never happened, or is not known."""
    value = record.value
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def _days_before(facts: Sequence[FactRecord], records: Iterable[FactRecord]) -> Iterator[date]:
    """The days that were on record before these were corrected to what they say."""
    by_id = {record.record_id: record for record in facts}
    for record in records:
        earlier = record.supersedes
        while earlier in by_id:
            day = _day(by_id[earlier])
            if day is not None:
                yield day
            earlier = by_id[earlier].supersedes


def _still_shown(
    shown: Iterable[tuple[str, date]], pathway: Pathway, lived: Sequence[Stay]
) -> Iterator[str]:
    for name, day in shown:
        shows = pathway.facts[name].shows
        if shows is not None and lived and not is_said(shows, day, lived):
            yield f"{name} {day.isoformat()}"


def _where(day: date, lived: Sequence[Stay]) -> str:
    here = [stay for stay in lived if stay.holds(day)]
    return here[-1].state if here else ""


def _verdict(about: str, seq: int, state: str, fact: str) -> Verdict:
    """The path's word and that of the record; equal where there is nothing to ask any more."""
    before = {"care": {"fact": "", "state": state}}
    after = {"care": {"fact": fact, "state": state}}
    return Verdict("care", about, seq, before, after)
