"""A patient and the MDT: put on an agenda, taken off it, and decided about."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from allpath import words
from allpath.mdt import wording
from allpath.mdt.meetings import decided_facts
from allpath.web.agenda import board_of, item_view, visible_meetings
from allpath.web.agenda_forms import FACT, SHOWN, Show, done, form_page, given, item_on, seen_of
from allpath.web.forms import Problems, Typed
from allpath.web.pages import Visit
from allpath.web.stepping import Filled
from allpath.web.visiting import AVisit, look
from workflow.found import Found
from workflow.mdt import NO_STEP
from workflow.mdt_acts import DecideItem, PutOnAgenda, TakeOff, choices


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    at = "/patients/{path_id}/mdt"
    for address, shown, sent in (
        (at, put_page, put_on_agenda),
        (f"{at}/{{item}}/off", off_page, take_off_agenda),
        (f"{at}/{{item}}/decision", decision_page, record_decision),
    ):
        router.add_api_route(address, shown, methods=["GET"])
        router.add_api_route(address, sent, methods=["POST"])


def put_page(visit: AVisit, path_id: str, meeting: str = "") -> Response:
    """The form to put a patient on the agenda of a meeting, with a question."""
    found = look(visit, path_id, SHOWN)
    return _put(visit)(found, Filled({"meeting": meeting, "seen": seen_of(visit, path_id)}))


def put_on_agenda(visit: AVisit, path_id: str, fields: Typed) -> Response:
    """The patient is on the agenda; or the form is shown once more with what was wrong."""
    found, problems = look(visit, path_id, SHOWN), Problems()
    meetings = _choosable(visit, found)
    command = PutOnAgenda(
        **given(visit, path_id, fields),
        meeting_id=problems.one_of(fields, "meeting", meetings, "Choose the meeting."),
        question=problems.need(fields, "question", "Enter the question it is to answer."),
    )
    return done(visit, (found, fields, problems), command, _put(visit), "agenda")


def off_page(visit: AVisit, path_id: str, item: int) -> Response:
    """The form to take a patient off an agenda."""
    found = look(visit, path_id, SHOWN)
    item_on(visit, path_id, item)
    return _off(visit, item)(found, Filled({"seen": seen_of(visit, path_id)}))


def take_off_agenda(visit: AVisit, path_id: str, item: int, fields: Typed) -> Response:
    """The patient is off the agenda, and the reason stays on it."""
    found, problems = look(visit, path_id, SHOWN), Problems()
    on = item_on(visit, path_id, item)
    sentence = "Enter why the patient is taken off the agenda."
    reason = problems.need(fields, "reason", sentence)
    command = TakeOff(**given(visit, path_id, fields), item=on.seq, reason=reason)
    return done(visit, (found, fields, problems), command, _off(visit, item), on)


def decision_page(visit: AVisit, path_id: str, item: int) -> Response:
    """The form for what the meeting decided, beside the question and what is known."""
    found = look(visit, path_id, SHOWN)
    item_on(visit, path_id, item)
    return _decide(visit, item)(found, Filled({"seen": seen_of(visit, path_id)}))


def record_decision(visit: AVisit, path_id: str, item: int, fields: Typed) -> Response:
    """The decision is on record; the patient stays where they are until a step is confirmed."""
    found, problems = look(visit, path_id, SHOWN), Problems()
    on = item_on(visit, path_id, item)
    offered = dict.fromkeys(choices(found.decision()), "")
    choice = problems.one_of(fields, "choice", offered, "Choose what the meeting decided.")
    if choice in NO_STEP:
        sentence = "Enter in words what was decided, and what is waited for."
        problems.need(fields, "in_words", sentence)
    command = DecideItem(
        **given(visit, path_id, fields),
        item=on.seq,
        choice=choice,
        option=fields.get("option") or None,
        in_words=problems.text(fields, "in_words"),
        rationale=problems.need(fields, "rationale", "Enter why the meeting decided so."),
        facts={
            name.removeprefix(FACT): value
            for name, value in fields.items()
            if name.startswith(FACT) and value
        },
    )
    return done(visit, (found, fields, problems), command, _decide(visit, item), on)


def _put(visit: Visit) -> Show:
    def show(found: Found, form: Filled) -> Response:
        decisions, _ = board_of(visit, found)
        return form_page(
            visit,
            found,
            form,
            ("mdt_put.html", "Put on the agenda of an MDT meeting"),
            meetings=_choosable(visit, found),
            answer=words.route(found.pathway, found.decision()).rstrip("."),
            decisions=decisions,
        )

    return show


def _off(visit: Visit, item: int) -> Show:
    def show(found: Found, form: Filled) -> Response:
        view = item_view(visit, found, item_on(visit, found.case.path.path_id, item))
        return form_page(visit, found, form, ("mdt_off.html", "Take off the agenda"), view=view)

    return show


def _decide(visit: Visit, item: int) -> Show:
    def show(found: Found, form: Filled) -> Response:
        view = item_view(visit, found, item_on(visit, found.case.path.path_id, item))
        decision, pathway = found.decision(), found.pathway
        options = {c: t for c, t in pathway.options.items() if not decision.forbidding(c)}
        held, asked = decided_facts(found, view.meeting)
        known = found.sheet().values
        facts = {
            f"{FACT}{name}": (
                words.fact_title(pathway, name),
                {value: value.replace("_", " ") for value in values},
            )
            for name, values in asked.items()
            if name not in known
        }
        attendances = visit.allpath.store.meetings.attendances(view.meeting.meeting_id)
        title = "Change the decision" if view.decisions else "Record the decision"
        return form_page(
            visit,
            found,
            form,
            ("mdt_decision.html", title),
            view=view,
            choices={key: wording.choice(pathway, key) for key in choices(decision)},
            options=options,
            held=[words.fact_title(pathway, name) for name in held],
            facts=facts,
            attendance=attendances[-1] if attendances else None,
            is_to_come=view.meeting.held_on > visit.now.astimezone(visit.zone).date(),
        )

    return show


def _choosable(visit: Visit, found: Found) -> dict[str, str]:
    """The meetings a patient may be put on: those to come, and the last one that was."""
    site = found.case.path.settings.get("site", "")
    fitting = [m for m in visible_meetings(visit).values() if m.site in {"", site}]
    past = [m for m in fitting if m.held_on < found.today]
    chosen = (*(m for m in fitting if m.held_on >= found.today), *past[-1:])
    return {m.meeting_id: f"{words.day(m.held_on)}, {m.title}" for m in chosen}
