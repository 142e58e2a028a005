"""Meetings of the MDT: who waits for one, the next and the past ones, each with its agenda."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Final

from fastapi import APIRouter
from icalendar import Calendar, Event
from starlette.responses import RedirectResponse, Response

from allpath import words
from allpath.mdt.meetings import meetings_of
from allpath.web.agenda import item_view, meeting_of, visible_meetings
from allpath.web.awaiting import late_actions, waiting_rows
from allpath.web.forms import Fields, Problems, Typed, on_page
from allpath.web.pages import Visit, page
from allpath.web.stepping import Filled
from allpath.web.visiting import AVisit, is_visible, record_look, signed_in
from workflow.errors import ConflictError
from workflow.mdt import Attendee, Meeting
from workflow.mdt_acts import AgendaError

ALL_SITES: Final = "All sites"


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/mdt", meetings, methods=["GET"])
    router.add_api_route("/mdt", call_meeting, methods=["POST"])
    router.add_api_route("/mdt/{meeting}", meeting_page, methods=["GET"])
    router.add_api_route("/mdt/{meeting}/attendance", attendance_page, methods=["GET"])
    router.add_api_route("/mdt/{meeting}/attendance", record_attendance, methods=["POST"])
    router.add_api_route("/mdt/{meeting}/meeting.ics", meeting_calendar, methods=["GET"])


def meetings(visit: AVisit) -> Response:
    """Who waits for a meeting, the next and the past ones, and which actions are late."""
    record_look(visit, "mdt_listed")
    return _listed(visit, Filled({"on": "", "title": "", "site": ""}))


def call_meeting(visit: AVisit, fields: Typed) -> Response:
    """A meeting is called; or the form is shown once more with what was wrong."""
    problems = Problems()
    title = problems.need(fields, "title", "Enter what the meeting is called.")
    held_on = problems.day(fields, "on", needed=True)
    site = problems.one_of(fields, "site", _sites(visit), "Choose whose meeting it is.")
    if problems or held_on is None:
        return _listed(visit, Filled(fields, problems))
    site = "" if site == ALL_SITES else site
    try:
        made = meetings_of(visit.allpath).call(
            signed_in(visit).actor(), held_on, title, site, visit.now
        )
    except ConflictError as error:
        return _listed(visit, Filled(fields, Problems({"title": str(error)})))
    return RedirectResponse(f"/mdt/{made.meeting_id}", 303)


def meeting_page(visit: AVisit, meeting: str) -> Response:
    """The agenda of one meeting: every patient with the question, what is known, and the rest."""
    found = meeting_of(visit, meeting)
    service, store = meetings_of(visit.allpath), visit.allpath.store
    views, off, elsewhere = [], [], 0
    for item in service.items():
        if item.meeting_id != found.meeting_id:
            continue
        seen = visit.allpath.orchestrator.look(item.path_id, visit.now)
        if not is_visible(visit, seen.case.path):
            elsewhere += 1
        elif item.taken_off is not None:
            off.append((item, store.person(item.path_id)))
        else:
            record_look(visit, "mdt_agenda_shown", item.path_id)
            views.append(item_view(visit, seen, item))
    record_look(visit, "mdt_meeting_shown")
    today = visit.now.astimezone(visit.zone).date()
    return page(
        visit,
        "meeting.html",
        f"MDT of {words.day(found.held_on)}",
        meeting=found,
        site=found.site or ALL_SITES,
        items=views,
        off=off,
        elsewhere=elsewhere,
        attendances=store.meetings.attendances(found.meeting_id),
        is_over=found.held_on < today,
        has_begun=found.held_on <= today,
        may=visit.may,
    )


def attendance_page(visit: AVisit, meeting: str) -> Response:
    """The form for who took part."""
    found = meeting_of(visit, meeting)
    before = visit.allpath.store.meetings.attendances(found.meeting_id)
    people = before[-1].people if before else ()
    fields = {
        "people": "\n".join(f"{person.name}, {person.role}" for person in people),
        "chair": before[-1].chair if before else "",
        "seen": str(len(before)),
    }
    return _attendance(visit, found, Filled(fields))


def record_attendance(visit: AVisit, meeting: str, fields: Typed) -> Response:
    """Who took part is on record; an earlier list stays beside it."""
    found = meeting_of(visit, meeting)
    problems = Problems()
    typed = problems.need(fields, "people", "Enter who took part, one person a line.")
    lines = [line.strip() for line in typed.splitlines() if line.strip()]
    problems.need(fields, "chair", "Enter the name of the person who led the meeting.")
    people = [_attendee(line, fields.get("chair", "")) for line in lines]
    if "chair" not in problems and not any(person.is_chair for person in people):
        problems["chair"] = "Enter one of the names above, written in the same way."
    if problems:
        return _attendance(visit, found, Filled(fields, problems))
    try:
        meetings_of(visit.allpath).attend(
            signed_in(visit).actor(), found.meeting_id, people, _seen(fields), visit.now
        )
    except AgendaError as error:
        return _attendance(visit, found, Filled(fields, Problems({error.field: str(error)})))
    except ConflictError as error:
        count = len(visit.allpath.store.meetings.attendances(found.meeting_id))
        kept = {**fields, "seen": str(count)}
        shown = Filled(kept, Problems({"": on_page(error)}), is_stale=True)
        return _attendance(visit, found, shown)
    return RedirectResponse(f"/mdt/{found.meeting_id}", 303)


def meeting_calendar(visit: AVisit, meeting: str) -> Response:
    """The meeting for a calendar: its day, title and site, and nothing of any patient."""
    found = meeting_of(visit, meeting)
    calendar, event = Calendar(), Event()
    calendar.add("prodid", "-//Allpath//MDT meetings//EN")
    calendar.add("version", "2.0")
    event.add("uid", f"{found.meeting_id.lower()}-mdt@allpath")
    event.add("dtstamp", found.at)
    event.add("dtstart", found.held_on)
    event.add("dtend", found.held_on + timedelta(days=1))
    event.add("summary", f"MDT: {found.title}")
    event.add("location", found.site or ALL_SITES)
    calendar.add_component(event)
    headers = {"content-disposition": f'attachment; filename="{found.meeting_id}.ics"'}
    return Response(calendar.to_ical(), media_type="text/calendar", headers=headers)


def _listed(visit: Visit, form: Filled) -> Response:
    every = visible_meetings(visit)
    today = visit.now.astimezone(visit.zone).date()
    items = meetings_of(visit.allpath).items()
    paths = {path.path_id: path for path in visit.allpath.store.paths()}
    seen = [i for i in items if is_visible(visit, paths[i.path_id]) and i.taken_off is None]
    counts = Counter(item.meeting_id for item in seen)
    undecided = Counter(item.meeting_id for item in seen if item.is_open)
    rows = waiting_rows(visit)

    def stands(what: str) -> list[object]:
        return [row for row in rows if row.standing == what]

    return page(
        visit,
        "meetings.html",
        form.titled("MDT"),
        status=form.status,
        coming=[m for m in every.values() if m.held_on >= today],
        past=[m for m in reversed(every.values()) if m.held_on < today],
        counts=counts,
        undecided=undecided,
        all_sites=ALL_SITES,
        nowhere=stands("on no agenda"),
        undecided_rows=stands("not decided"),
        planned=stands("on an agenda"),
        decided=stands("decided"),
        late=late_actions(visit),
        sites=_sites(visit),
        may=visit.may,
        fields=form.fields,
        problems=form.problems,
    )


def _sites(visit: Visit) -> dict[str, str]:
    """Whose meeting it may be: the sites that whoever asks sees; all of them for who sees all."""
    mine = signed_in(visit).account.sites
    known = {path.settings.get("site", "") for path in visit.allpath.store.paths()}
    sites = sorted(mine or known - {""})
    return {name: name for name in (*sites, *(() if mine else (ALL_SITES,)))}


def _attendance(visit: Visit, found: Meeting, form: Filled) -> Response:
    return page(
        visit,
        "attendance.html",
        form.titled("Who took part"),
        status=form.status,
        meeting=found,
        fields=form.fields,
        problems=form.problems,
    )


def _attendee(line: str, chair: str) -> Attendee:
    name, _, role = line.partition(",")
    name = " ".join(name.split())
    return Attendee(name, role.strip(), is_chair=name.casefold() == chair.strip().casefold())


def _seen(fields: Fields) -> int:
    text = fields.get("seen", "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1  # noqa: PLR2004 - nobody's list is longer
