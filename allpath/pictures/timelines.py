"""One patient's timeline: stays, results, checkpoints and the days others are counted from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from allpath import words
from allpath.bootstrap import Allpath
from allpath.cli.banner import checkpoint_title
from allpath.figures.measured import kept, sampled_on
from allpath.figures.moments import moments_of
from allpath.pictures.picture import Picture
from allpath.recorded import recorded
from workflow.course import Course, Stay, course_of
from workflow.drawing.canvas import Head, Mark
from workflow.drawing.timeline import Anchor, Bar, Happening, Kind, Lane, Timeline, timeline
from workflow.facts import VOID_STATUSES
from workflow.found import Found
from workflow.measurement import powers
from workflow.records import CheckpointRecord, JournalEntry

ANCHORS: Final = ("dx_date", "relapse_date", "hsct_date", "cart_infusion_date", "prior_hsct_date")
"""The facts of a pathway from which people count days."""
METHODS: Final[dict[str, Mark]] = {"flow": "circle", "pcr": "square", "ngs": "diamond"}
_OTHER: Final[Mark] = "bar"
_COLUMNS: Final = ("Day", "Until", "What", "Kind", "How it stands")
_DEFINITION: Final = (
    "Bars are stays in states and tracks, with their days; broken ones were undone. Results stand "
    "on their sample day. Checkpoints stand on the day they were met, else on the day they were "
    "due; those cancelled because their state was left are not shown."
)
_LANES: Final[tuple[tuple[str, frozenset[Mark]], ...]] = (
    ("Checkpoints met", frozenset({"met"})),
    ("Late or missed", frozenset({"late", "missed"})),
    ("Waived", frozenset({"waived"})),
    ("To come", frozenset({"due"})),
)
_MARKS: Final[dict[str, tuple[Mark, str]]] = {
    "met": ("met", "Met"),
    "expired": ("missed", "Missed"),
    "waived": ("waived", "Waived"),
    "overdue": ("late", "Overdue"),
    "escalated": ("late", "Overdue"),
    "due": ("due", "Due"),
    "open": ("due", "To come"),
    "scheduled": ("due", "To come"),
}
_KEY: Final[tuple[tuple[Mark, str], ...]] = (
    ("circle", "flow"),
    ("square", "PCR"),
    ("diamond", "NGS"),
    ("bar", "another method"),
    ("below", "below its limit (any method)"),
    ("up", "another laboratory result"),
    ("met", "checkpoint met"),
    ("late", "overdue since"),
    ("missed", "missed"),
    ("waived", "waived"),
    ("due", "due on"),
)


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the table, with its mark where it has one."""

    on: date
    until: str
    what: str
    kind: str
    how: str
    mark: Mark | None = None

    @property
    def said(self) -> str:
        return f"{self.on:%d-%b-%Y}: {self.what}, {self.how[:1].lower()}{self.how[1:]}."

    @property
    def cells(self) -> tuple[str, ...]:
        return (words.day(self.on), self.until, self.what, self.kind, self.how)


def timeline_of(allpath: Allpath, found: Found, journal: Sequence[JournalEntry]) -> Picture:
    """The timeline of a path as it stands, from its journal."""
    path_id = found.case.path.path_id
    course = course_of(journal, found.case.path, allpath.orchestrator.library.by_hash)
    stays = [*course.stays, *course.undone]
    bars = tuple(_bar(found, stay) for stay in sorted(stays, key=lambda stay: stay.since))
    results = list(_results(found))
    others = list(_others(found))
    checkpoints = list(_checkpoints(found, allpath.store.checkpoints(path_id)))
    lanes = tuple(_lanes(results, others, checkpoints))
    anchors = tuple(_anchors(found))
    used = {each.mark for each in (*results, *others, *checkpoints)}
    key = tuple((mark, text) for mark, text in _KEY if mark in used)
    lines = [
        *(_Line(each.on, "None", each.title, "Anchor", "Recorded") for each in anchors),
        *_stay_lines(found, course),
        *results,
        *others,
        *checkpoints,
    ]
    lines.sort(key=lambda line: line.on)
    about = f"As of {words.day(found.today)}; pathway version {found.pathway.version}."
    head = Head("timeline", f"Timeline of {path_id}", (about,))
    return Picture(
        name=head.name,
        title=head.title,
        svg=timeline(Timeline(head, bars, lanes, anchors, found.today, key)),
        columns=_COLUMNS,
        rows=tuple(line.cells for line in lines),
        notes=(_DEFINITION,),
    )


def _bar(found: Found, stay: Stay) -> Bar:
    title = words.state(found.pathway, stay.name)
    kind: Kind = "undone" if stay.undone_on else "state" if stay.is_main else "track"
    until = f"to {stay.until:%d-%b-%Y}" if stay.until else "and goes on"
    undone = f"; undone on {stay.undone_on:%d-%b-%Y}" if stay.undone_on else ""
    said = f"{title} from {stay.since:%d-%b-%Y} {until}, {stay.days(found.today)} days{undone}."
    return Bar(f"{title}, undone" if undone else title, kind, stay.since, stay.until, said)


def _stay_lines(found: Found, course: Course) -> Iterator[_Line]:
    for stay in (*course.stays, *course.undone):
        days = words.counted(stay.days(found.today), "day")
        how = f"Undone on {words.day(stay.undone_on)}" if stay.undone_on else days
        until = words.day(stay.until) if stay.until else "Goes on"
        kind = "State" if stay.is_main else "Track"
        yield _Line(stay.since, until, words.state(found.pathway, stay.name), kind, how)


def _results(found: Found) -> Iterator[_Line]:
    """The measured facts, each on its sample day; the mark says the method."""
    for name, fact in found.pathway.facts.items():
        if fact.type == "measurement":
            for record, result in kept(found, name):
                method = (result.method or "method not recorded").replace("_", " ")
                is_below = result.result != "quantified"
                mark = "below" if is_below else METHODS.get(result.method or "", _OTHER)
                how = f"{result}, {method}"
                yield _Line(sampled_on(result, record), "None", fact.title, "Result", how, mark)


def _others(found: Found) -> Iterator[_Line]:
    """What else a laboratory has supplied, as it stands."""
    replaced = {record.supersedes for record in found.case.facts}
    for record in found.case.facts:
        fact = found.pathway.facts.get(record.fact)
        if fact is None or fact.type in {"measurement", "date", "event"}:
            continue
        stands = record.record_id not in replaced and record.status not in VOID_STATUSES
        if stands and "laboratory" in fact.supplied_by and record.effective_at <= found.today:
            title = words.fact_title(found.pathway, record.fact)
            how = recorded(found.pathway, record)
            yield _Line(record.effective_at, "None", title, "Result", how, "up")


def _checkpoints(found: Found, rows: Sequence[CheckpointRecord]) -> Iterator[_Line]:
    for row in rows:
        how = words.standing(row, found.now)
        if how not in _MARKS:
            continue
        mark, word = _MARKS[how]
        due = row.due_at.astimezone(found.zone).date()
        on = row.met_on if row.met_on is not None and mark == "met" else due
        if mark == "met":
            late = on > row.overdue_at.astimezone(found.zone).date()
            word = f"Met late, was due {words.day(due)}" if late else f"Met, due {words.day(due)}"
        title = checkpoint_title(found.pathway, row)
        yield _Line(on, "None", title, "Checkpoint", word, mark)


def _lanes(results: list[_Line], others: list[_Line], checkpoints: list[_Line]) -> Iterator[Lane]:
    for title in dict.fromkeys(line.what for line in results):
        yield _lane(words.capital(title), [x for x in results if x.what == title])
    if others:
        yield _lane("Other results", others)
    for title, marks in _LANES:
        some = [line for line in checkpoints if line.mark in marks]
        if some:
            yield _lane(title, some)


def _lane(title: str, lines: list[_Line]) -> Lane:
    happenings = (Happening(line.on, line.mark, powers(line.said)) for line in lines if line.mark)
    return Lane(title, tuple(happenings))


def _anchors(found: Found) -> Iterator[Anchor]:
    """The days of every episode, each told once, by the fact that says most about it."""
    told: set[date] = set()
    for name in ANCHORS:
        fact = found.pathway.facts.get(name)
        days = moments_of(found.pathway, found.case.facts).get(name, ()) if fact else ()
        for day in sorted(set(days) - told):
            if day <= found.today:
                told.add(day)
                yield Anchor(words.fact_title(found.pathway, name), day)
