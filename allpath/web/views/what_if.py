"""What if: suppose facts or a day, and see what the pathway would say; nothing is saved."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from allpath import words
from allpath.cli.rehearsing import flip_text
from allpath.web import supposing, whys
from allpath.web.correction_fields import fields_of
from allpath.web.forms import Fields, Problems, Typed, on_page
from allpath.web.pages import Visit, page
from allpath.web.supposing import WITHOUT, Kept
from allpath.web.views.correcting import CHOICES, refused_value
from allpath.web.views.patient import banner
from allpath.web.views.recording_fields import NAMES, asked, first_fields, read_fact
from allpath.web.visiting import AVisit, look
from workflow.comparing import compare
from workflow.errors import AllpathError
from workflow.found import Found
from workflow.rehearsal import expected_then, suppose
from workflow.time_travel import Moment
from workflow.titles import title_of, titled

_LATE = time(23, 59)
"""A day is supposed as its end, so that everything of it has happened."""
_VALUES = tuple(name for name in NAMES if name not in {"key", "version"})


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/patients/{path_id}/what-if", what_if_page, methods=["GET"])
    router.add_api_route("/patients/{path_id}/what-if", ask_what_if, methods=["POST"])


@dataclass
class Asking:
    """What is asked: the day, the facts supposed so far, and the fact whose fields are shown."""

    day: str = ""
    kept: Kept = field(default_factory=list)
    fields: Fields = field(default_factory=dict)
    problems: Problems = field(default_factory=Problems)


def what_if_page(visit: AVisit, path_id: str) -> Response:
    """The form, with nothing supposed yet."""
    found = look(visit, path_id, "what_if_shown")
    return _page(visit, found, found, Asking())


def ask_what_if(visit: AVisit, path_id: str, fields: Typed) -> Response:
    """What the pathway would say; only the look is put on record."""
    found = look(visit, path_id, "what_if_asked")
    asking = Asking(day=fields.get("day", ""))
    asking.kept = supposing.kept_in(fields, asking.problems)
    then = _then(visit, found, asking)
    _act(found, then, fields, asking)
    return _page(visit, found, then, asking)


def _then(visit: Visit, found: Found, asking: Asking) -> Found:
    """The patient on the day that is supposed, by all that is known; today where that is none."""
    day = asking.problems.day({"day": asking.day}, "day", needed=False)
    if day is None or day == found.today:
        return found
    at = datetime.combine(day, _LATE, found.zone).astimezone(UTC)
    path_id = found.case.path.path_id
    orchestrator = visit.allpath.orchestrator
    try:
        if day > found.today:
            return orchestrator.look(path_id, at)
        return orchestrator.look_then(path_id, Moment(at, visit.now))
    except AllpathError:
        asking.problems["day"] = "The patient was not enrolled yet then; give a later day."
        return found


def _act(found: Found, then: Found, fields: Fields, asking: Asking) -> None:
    """The button that was pressed: show a fact's fields, suppose it, or drop one again."""
    act, _, which = fields.get("act", "").partition(":")
    name = fields.get("fact", "")
    if act == "drop" and which.isdecimal() and int(which) < len(asking.kept):
        del asking.kept[int(which)]
    elif act == "show" and not name and (asking.day or asking.kept):
        return  # the day alone
    elif act in {"show", "suppose", WITHOUT} and name not in found.pathway.facts:
        field = "choice" if act == "show" else ""
        asking.problems[field] = "Choose a fact, or enter a day."
    elif act == "show":
        asking.fields = _first(then, name)
    elif act in {"suppose", WITHOUT}:
        _add(then, fields, act, asking)


def _add(then: Found, fields: Fields, act: str, asking: Asking) -> None:
    name = fields["fact"]
    typed = {each: fields[each] for each in _VALUES if fields.get(each)} | {"status": "final"}
    typed["source"] = "supposed"
    if act == WITHOUT:
        typed = {"fact": name, "how": WITHOUT}
        if all(record.fact != name for record in then.case.facts):
            title = words.fact_title(then.pathway, name)
            asking.problems[""] = f"There is no record of {title}: it is not known already."
    elif fact := read_fact(then, typed, asking.problems):
        try:
            suppose(then, (fact,))
        except AllpathError as error:
            asking.problems.update(refused_value(then, name, error))
    if len(asking.kept) >= supposing.MOST:
        asking.problems[""] = f"No more than {supposing.MOST} facts are supposed at once."
    if asking.problems:
        asking.fields = fields
        return
    others = [each for each in asking.kept if each.get("fact") != name]
    asking.kept = [*others, typed]


def _first(found: Found, name: str) -> Fields:
    """What stands now of a fact, to be changed; or an empty form."""
    record = found.sheet().records.get(name)
    fields = first_fields(found, name)
    if record is None:
        return {**fields, "on": words.day(found.today)}
    return {**fields, **fields_of(found, record), "on": words.day(found.today)}


def _page(visit: Visit, found: Found, then: Found, asking: Asking) -> Response:
    problems = asking.problems
    result: dict[str, Any] = {"result": None, "supposed": ()}
    is_asked = bool(asking.kept or (asking.day and "day" not in problems))
    if is_asked:
        result = _result(found, then, asking)
    name = asking.fields.get("fact", "")
    title = "What if"
    return page(
        visit,
        "what_if.html",
        f"Error: {title}" if problems else title,
        status=422 if problems else 200,
        banner=banner(visit, found),
        part="what-if",
        asked=asked(found, name) if name in found.pathway.facts else None,
        is_known=any(record.fact == name for record in then.case.facts),
        choices=_choices(found),
        day=asking.day,
        kept=supposing.carried(asking.kept),
        fields=asking.fields,
        problems=problems,
        **CHOICES,
        **result,
    )


def _result(found: Found, then: Found, asking: Asking) -> dict[str, Any]:
    """Both decisions side by side; where the supposed cannot be, that is said on top."""
    listed = list(supposing.listed(then, asking.kept))
    nothing: dict[str, Any] = {"result": None, "supposed": listed}
    mistakes = Problems()
    facts, without = supposing.read_supposed(then, asking.kept, mistakes)
    if mistakes:
        asking.problems.update(mistakes)
        return nothing
    try:
        would_be = suppose(then, facts, without=without)
        expected = expected_then(would_be, then.case.checkpoints)
    except AllpathError as error:
        asking.problems[""] = on_page(error)
        return nothing
    was, would = found.decision(explained=True), would_be.decision(explained=True)
    change = compare(was, would)
    return {
        "supposed": list(supposing.told(would_be, facts, without)),
        "result": {
            "is_other": change is not None,
            "answers": supposing.answers(found, was, would_be, would),
            "steps": supposing.steps(found, was, would),
            "checkpoints": supposing.checkpoints(found, would_be, expected),
            "flips": [
                (title_of(then.pathway, flip.row), titled(then.pathway, flip_text(flip)))
                for flip in (change.flips if change else ())
            ],
            "why": whys.answering(would_be, would),
            "why_now": whys.answering(found, was),
        },
    }


def _choices(found: Found) -> dict[str, str]:
    """Every fact by its title, those that are missing first."""
    missing = [name for name in found.decision().missing if name in found.pathway.facts]
    titles = {name: words.fact_title(found.pathway, name) for name in found.pathway.facts}
    others = sorted((n for n in titles if n not in missing), key=lambda n: titles[n].casefold())
    return {
        **{name: f"{titles[name]} (missing)" for name in missing},
        **{name: titles[name] for name in others},
    }
