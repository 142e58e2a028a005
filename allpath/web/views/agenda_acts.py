"""A patient and the MDT: put on an agenda, taken off, decided about, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from allpath import mdt_words, words
from allpath.meetings import decided_facts, meetings_of
from allpath.web.agenda import board_of, item_view, visible_meetings
from allpath.web.forms import Fields, Problems, Typed, on_page
from allpath.web.pages import Visit, page
from allpath.web.stepping import Filled
from allpath.web.views.patient import banner
from allpath.web.visiting import AVisit, look, signed_in
from workflow.errors import ConflictError, FactError, RefusedError
from workflow.found import Found
from workflow.mdt import AgendaItem, MdtAction
from workflow.mdt_acts import (
    AddAction,
    AgendaError,
    DecideItem,
    MdtCommand,
    PutOnAgenda,
    SeeToAction,
    TakeOff,
    action_of,
    choices,
    item_of,
)

_SHOWN: Final = "mdt_form_shown"
_FACT: Final = "fact-"
Show = Callable[[Found, Filled], Response]


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    at = "/patients/{path_id}/mdt"
    for address, shown, sent in (
        (at, put_page, put_on_agenda),
        (f"{at}/{{item}}/off", off_page, take_off_agenda),
        (f"{at}/{{item}}/decision", decision_page, record_decision),
        (f"{at}/{{item}}/actions", action_page, record_action),
        (f"{at}/{{item}}/actions/{{action}}", outcome_page, record_outcome),
    ):
        router.add_api_route(address, shown, methods=["GET"])
        router.add_api_route(address, sent, methods=["POST"])


def put_page(visit: AVisit, path_id: str, meeting: str = "") -> Response:
    """The form to put a patient on the agenda of a meeting, with a question."""
    found = look(visit, path_id, _SHOWN)
    return _put(visit)(found, Filled({"meeting": meeting, "seen": _count(visit, path_id)}))


def put_on_agenda(visit: AVisit, path_id: str, fields: Typed) -> Response:
    """The patient is on the agenda; or the form is shown once more with what was wrong."""
    found, problems = look(visit, path_id, _SHOWN), Problems()
    meetings = _choosable(visit, found)
    command = PutOnAgenda(
        **_given(visit, path_id, fields),
        meeting_id=problems.one_of(fields, "meeting", meetings, "Choose the meeting."),
        question=problems.need(fields, "question", "Enter the question it is to answer."),
    )
    return _done(visit, (found, fields, problems), command, _put(visit), "agenda")


def off_page(visit: AVisit, path_id: str, item: int) -> Response:
    """The form to take a patient off an agenda."""
    found = look(visit, path_id, _SHOWN)
    _item(visit, path_id, item)
    return _off(visit, item)(found, Filled({"seen": _count(visit, path_id)}))


def take_off_agenda(visit: AVisit, path_id: str, item: int, fields: Typed) -> Response:
    """The patient is off the agenda, and the reason stays on it."""
    found, problems = look(visit, path_id, _SHOWN), Problems()
    on = _item(visit, path_id, item)
    sentence = "Enter why the patient is taken off the agenda."
    reason = problems.need(fields, "reason", sentence)
    command = TakeOff(**_given(visit, path_id, fields), item=on.seq, reason=reason)
    return _done(visit, (found, fields, problems), command, _off(visit, item), on)


def decision_page(visit: AVisit, path_id: str, item: int) -> Response:
    """The form for what the meeting decided, beside the question and what is known."""
    found = look(visit, path_id, _SHOWN)
    _item(visit, path_id, item)
    return _decide(visit, item)(found, Filled({"seen": _count(visit, path_id)}))


def record_decision(visit: AVisit, path_id: str, item: int, fields: Typed) -> Response:
    """The decision is on record; the patient stays where they are until a step is confirmed."""
    found, problems = look(visit, path_id, _SHOWN), Problems()
    on = _item(visit, path_id, item)
    offered = dict.fromkeys(choices(found.decision()), "")
    command = DecideItem(
        **_given(visit, path_id, fields),
        item=on.seq,
        choice=problems.one_of(fields, "choice", offered, "Choose what the meeting decided."),
        option=fields.get("option") or None,
        in_words=problems.text(fields, "in_words"),
        rationale=problems.need(fields, "rationale", "Enter why the meeting decided so."),
        facts={
            name.removeprefix(_FACT): value
            for name, value in fields.items()
            if name.startswith(_FACT) and value
        },
    )
    return _done(visit, (found, fields, problems), command, _decide(visit, item), on)


def action_page(visit: AVisit, path_id: str, item: int) -> Response:
    """The form for something somebody is to do."""
    found = look(visit, path_id, _SHOWN)
    _item(visit, path_id, item)
    return _act(visit, item)(found, Filled({"seen": _count(visit, path_id)}))


def record_action(visit: AVisit, path_id: str, item: int, fields: Typed) -> Response:
    """The action is on record, with its owner and its day."""
    found, problems = look(visit, path_id, _SHOWN), Problems()
    on = _item(visit, path_id, item)
    command = AddAction(
        **_given(visit, path_id, fields),
        item=on.seq,
        what=problems.need(fields, "what", "Enter what is to be done."),
        owner=problems.need(fields, "owner", "Enter who is to do it."),
        due_on=problems.day(fields, "due_on", needed=True) or found.today,
    )
    return _done(visit, (found, fields, problems), command, _act(visit, item), on)


def outcome_page(visit: AVisit, path_id: str, item: int, action: int) -> Response:
    """The form for whether an action was done."""
    found = look(visit, path_id, _SHOWN)
    asked = _action(visit, path_id, item, action)
    return _outcome(visit, item, asked)(found, Filled({"seen": _count(visit, path_id)}))


def record_outcome(visit: AVisit, path_id: str, item: int, action: int, fields: Typed) -> Response:
    """Whether it was done is on record; what was said before stays."""
    found, problems = look(visit, path_id, _SHOWN), Problems()
    asked, on = _action(visit, path_id, item, action), _item(visit, path_id, item)
    outcomes = {"done": "", "not_done": ""}
    said = problems.one_of(fields, "outcome", outcomes, "Choose whether it was done.")
    command = SeeToAction(
        **_given(visit, path_id, fields),
        action=action,
        outcome="done" if said == "done" else "not_done",
        note=problems.text(fields, "note"),
    )
    return _done(visit, (found, fields, problems), command, _outcome(visit, item, asked), on)


def _done(
    visit: Visit,
    typed: tuple[Found, Fields, Problems],
    command: MdtCommand,
    show: Show,
    where: AgendaItem | str,
) -> Response:
    """The act is done and the agenda is shown; or its form once more, with nothing lost."""
    found, fields, problems = typed
    if problems:
        return show(found, Filled(fields, problems))
    try:
        entry = meetings_of(visit.allpath).do(command, visit.now)
    except ConflictError as error:
        kept = {**fields, "seen": _count(visit, command.path_id)}
        return show(found, Filled(kept, Problems({"": on_page(error)}), is_stale=True))
    except AgendaError as error:
        return show(found, Filled(fields, Problems({error.field: on_page(error)})))
    except FactError as error:
        at = f"{_FACT}{error.fact}"
        at = at if at in fields else ""
        return show(found, Filled(fields, Problems({at: on_page(error)})))
    except RefusedError as error:
        return show(found, Filled(fields, Problems({"": on_page(error)})))
    item = entry.seq if isinstance(where, str) else where.seq
    return RedirectResponse(f"/mdt/{entry.meeting_id}#{command.path_id}-{item}", 303)


def _put(visit: Visit) -> Show:
    def show(found: Found, form: Filled) -> Response:
        decisions, _ = board_of(visit, found)
        return _page(
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
        view = item_view(visit, found, _item(visit, found.case.path.path_id, item))
        return _page(visit, found, form, ("mdt_off.html", "Take off the agenda"), view=view)

    return show


def _decide(visit: Visit, item: int) -> Show:
    def show(found: Found, form: Filled) -> Response:
        view = item_view(visit, found, _item(visit, found.case.path.path_id, item))
        decision, pathway = found.decision(), found.pathway
        options = {c: t for c, t in pathway.options.items() if not decision.forbidding(c)}
        held, asked = decided_facts(found, view.meeting)
        known = found.sheet().values
        facts = {
            f"{_FACT}{name}": (
                words.fact_title(pathway, name),
                {value: value.replace("_", " ") for value in values},
            )
            for name, values in asked.items()
            if name not in known
        }
        attendances = visit.allpath.store.meetings.attendances(view.meeting.meeting_id)
        title = "Change the decision" if view.decisions else "Record the decision"
        return _page(
            visit,
            found,
            form,
            ("mdt_decision.html", title),
            view=view,
            choices={key: mdt_words.choice(pathway, key) for key in choices(decision)},
            options=options,
            held=[words.fact_title(pathway, name) for name in held],
            facts=facts,
            attendance=attendances[-1] if attendances else None,
            is_to_come=view.meeting.held_on > visit.now.astimezone(visit.zone).date(),
        )

    return show


def _act(visit: Visit, item: int) -> Show:
    def show(found: Found, form: Filled) -> Response:
        view = item_view(visit, found, _item(visit, found.case.path.path_id, item))
        return _page(visit, found, form, ("mdt_action.html", "Add an action"), view=view)

    return show


def _outcome(visit: Visit, item: int, action: MdtAction) -> Show:
    def show(found: Found, form: Filled) -> Response:
        view = item_view(visit, found, _item(visit, found.case.path.path_id, item))
        named = ("mdt_outcome.html", "Was it done?")
        word, tag = mdt_words.standing(action, found.today)
        return _page(visit, found, form, named, view=view, action=action, word=word, tag=tag)

    return show


def _page(
    visit: Visit, found: Found, form: Filled, named: tuple[str, str], **shown: object
) -> Response:
    template, title = named
    return page(
        visit,
        template,
        form.titled(title),
        status=form.status,
        banner=banner(visit, found),
        heading=title,
        state=words.state(found.pathway, found.case.path.state),
        may=visit.may,
        fields=form.fields,
        problems=form.problems,
        **shown,
    )


def _choosable(visit: Visit, found: Found) -> dict[str, str]:
    """The meetings a patient may be put on: those to come, and the last one that was."""
    site = found.case.path.settings.get("site", "")
    fitting = [m for m in visible_meetings(visit).values() if m.site in {"", site}]
    past = [m for m in fitting if m.held_on < found.today]
    chosen = (*(m for m in fitting if m.held_on >= found.today), *past[-1:])
    return {m.meeting_id: f"{words.day(m.held_on)}, {m.title}" for m in chosen}


def _item(visit: Visit, path_id: str, item: int) -> AgendaItem:
    return item_of(meetings_of(visit.allpath).items(path_id), item)


def _action(visit: Visit, path_id: str, item: int, action: int) -> MdtAction:
    return action_of([_item(visit, path_id, item)], action)


def _count(visit: Visit, path_id: str) -> str:
    return str(len(visit.allpath.store.meetings.entries(path_id)))


def _given(visit: Visit, path_id: str, fields: Fields) -> dict[str, Any]:
    text = fields.get("seen", "")
    seen = int(text) if text.isdecimal() and len(text) < 10 else -1  # noqa: PLR2004 - nobody's list is longer
    return {"actor": signed_in(visit).actor(), "path_id": path_id, "seen": seen}
