"""Who waits for the MDT or for what it decided, and which actions are late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from allpath import words
from allpath.everybody import everybody
from allpath.mdt import wording
from allpath.mdt.meetings import meetings_of
from allpath.web.agenda import ActionLine, action_line
from allpath.web.pages import Visit
from allpath.web.visiting import is_visible
from workflow.errors import AllpathError
from workflow.mdt import AgendaItem, Meeting, agenda_items
from workflow.mdt_agenda import Standing, waiting
from workflow.records import PathRecord, Person


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A patient who waits for the MDT or for what it decided, and how that stands."""

    path: PathRecord
    person: Person
    born: date | None
    state: str
    days: int
    reason: str
    standing: Standing
    item: AgendaItem | None
    meeting: Meeting | None
    told: str


def late_actions(visit: Visit) -> list[ActionLine]:
    """Every action that is late, of every patient whoever asks may see, the longest late first."""
    late = []
    paths = {path.path_id: path for path in visit.allpath.store.paths()}
    for item in meetings_of(visit.allpath).items():
        path = paths.get(item.path_id)
        while path is not None and path.merged_into:  # shown under the one that goes on for it
            path = paths.get(path.merged_into)
        if path is None or not is_visible(visit, path):
            continue
        zone = path.settings.get("time_zone", "UTC")
        today = words.today(visit.now, zone)
        for action in item.actions:
            if action.is_late(today):
                person = visit.allpath.store.person(path.path_id)
                late.append(action_line(path.path_id, person, item, action, today))
    return sorted(late, key=lambda line: line.action.due_on)


def waiting_rows(visit: Visit) -> list[WaitingRow]:
    """Whoever the pathway sends to the MDT or a meeting owes a decision: nobody is forgotten."""
    allpath = visit.allpath
    tasks, _ = everybody(allpath, visit.now)
    meetings = {m.meeting_id: m for m in allpath.store.meetings.every()}
    by_path: dict[str, list[AgendaItem]] = {}
    for item in agenda_items(allpath.store.meetings.entries()):
        by_path.setdefault(item.path_id, []).append(item)
    rows = []
    for task in tasks:
        route = task.decision.route if task.decision else None
        items = by_path.get(task.path.path_id, [])
        is_asked = route is not None and route.status == "needs_mdt"
        # Whoever was on an agenda is owed a decision, whatever the pathway says by now.
        if not (is_asked or any(item.is_open for item in items)):
            continue
        if not is_visible(visit, task.path):
            continue
        try:
            found = allpath.orchestrator.look(task.path.path_id, visit.now)
        except AllpathError:  # shown with its problem on the worklist
            continue
        stands = waiting(found, items, meetings)
        decision = found.decision()
        meeting = meetings[stands.item.meeting_id] if stands.item else None
        told = ""
        if meeting and stands.item and stands.item.decision:
            told = wording.chose(found.pathway, stands.item.decision, meeting)
        rows.append(
            WaitingRow(
                task.path,
                task.person,
                task.born,
                task.state_title,
                task.days,
                words.reason(found.pathway, decision.route.reason)
                if is_asked
                else words.route(found.pathway, decision),
                stands.standing,
                stands.item,
                meeting,
                told,
            )
        )
    return rows
