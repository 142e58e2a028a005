"""The patient's page: where, since when, what next, why not; in that order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from markupsafe import Markup
from starlette.responses import Response

from allpath import words
from allpath.beside import beside, in_order
from allpath.cli.banner import checkpoint_title
from allpath.cli.history import line_of, values_of
from allpath.pictures.timelines import timeline_of
from allpath.reviews import about, open_reviews
from allpath.web import known, trends, whys
from allpath.web.agenda import board_of, open_lines
from allpath.web.key_facts import key_facts
from allpath.web.open_acts import acts_on
from allpath.web.pages import Visit, page
from allpath.web.patient_pictures import picture_of
from allpath.web.pauses import pause_of
from allpath.web.taking_away import file_of, inline
from allpath.web.visiting import AVisit, look
from workflow.civil import completed_years
from workflow.decide import Decision
from workflow.drawing.graph import telling
from workflow.drawing.patient import patient_overview
from workflow.drawing.rails import overview_page
from workflow.drawing.svg import svg
from workflow.drawing.way import way
from workflow.found import Found
from workflow.leading import because
from workflow.records import CheckpointRecord
from workflow.steps import ALLOWED, Step
from workflow.titles import step_title

_LAST: Final = 5
_SHORT: Final = 16
"""So many characters of a hash are compared by eye."""
_TAGS: Final = {"overdue": "red", "escalated": "red", "due": "yellow"}
_STOPS: Final = {"blocked": "no step is supported", "needs_mdt": "the MDT decides"}
_STATUS: Final = {
    "recommended": "green",
    "available": "blue",
    "blocked": "red",
    "unknown": "yellow",
    "forbidden": "red",
}


@dataclass(frozen=True, slots=True)
class Banner:
    """Who the page is about: the same on every page about a patient."""

    path_id: str
    name: str
    recorded: str
    born: date | None
    died: date | None
    age: int | None
    sex: str
    numbers: tuple[tuple[str, str], ...]
    allergies: str
    pathway: str
    head: str


@dataclass(frozen=True, slots=True)
class Expected:
    """One checkpoint: what is expected, by when, and how that stands in a word and a colour."""

    title: str
    word: str
    due: str
    tag: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class Next:
    """One step out of the state, and for one that is not open the clauses that keep it shut."""

    key: str
    title: str
    status: str
    tag: str
    because: str
    whys: tuple[whys.Why, ...]


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/patients/{path_id}", patient, methods=["GET"])
    router.add_api_route("/patients/{path_id}/path.svg", path_picture, methods=["GET"])
    address = "/patients/{path_id}/pictures/{picture}.{form}"
    router.add_api_route(address, patient_picture, methods=["GET"])


def patient(
    visit: AVisit, path_id: str, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """One patient."""
    found = look(visit, path_id, "patient_shown")
    return page(
        visit,
        "patient.html",
        words.name(visit.allpath.store.person(path_id)),
        banner=banner(visit, found),
        acts=acts_on(visit, found, done),
        board=board_of(visit, found),
        agenda=open_lines(visit, found),
        may=visit.may,
        part="now",
        **standing(visit, found),
    )


def path_picture(visit: AVisit, path_id: str) -> Response:
    """The whole pathway with the patient's way on it, as a picture of its own."""
    found = look(visit, path_id, "patient_drawn")
    graph = patient_overview(found, visit.allpath.store.journal(path_id))
    return Response(svg(overview_page(graph)), media_type="image/svg+xml")


def patient_picture(visit: AVisit, path_id: str, picture: str, form: str) -> Response:
    """One picture of the patient, or its table, to be taken away."""
    found = look(visit, path_id, "patient_drawn")
    return file_of(picture_of(visit, found, picture), form)


def standing(visit: Visit, found: Found) -> dict[str, Any]:
    """Where a patient is, since when, what is next and why not: all of the page but the banner."""
    store, pathway, path = visit.allpath.store, found.pathway, found.case.path
    decision = found.decision(explained=True)
    entries, values = store.journal(path.path_id), values_of(found)
    expected = expected_of(found)
    records = beside(visit.allpath, path.path_id)
    return {
        "found": found,
        "pending": step_title(pathway, path.pending.step) if path.pending else "",
        "state": words.state(pathway, path.state),
        "since": path.entered["main"],
        "days": (found.today - path.entered["main"]).days,
        "tracks": [(words.state(pathway, name), path.entered[name]) for name in path.open_tracks],
        "pause": pause_of(found, entries),
        "expected": expected,
        "late": [each for each in expected if each.is_late],
        "answer": words.route(pathway, decision).rstrip("."),
        "is_blocked": _is_blocked(found, decision),
        "stop": _STOPS.get(decision.route.status, "")
        if not words.is_undecided(decision)
        else "facts are missing",
        "decision": decision,
        "missing": decision.missing,
        "warnings": [" ".join(pathway.warnings[code].split()) for code in decision.warnings],
        "steps": [_next(found, step) for step in decision.steps if not step.is_exit],
        "exits": [words.state(pathway, s.target) for s in decision.steps if s.is_exit],
        "why": whys.answering(found, decision),
        "way": Markup(svg(way(found, entries))),  # noqa: S704 - built as a tree, each text escaped
        "told": telling(patient_overview(found, entries)),
        "timeline": timeline_of(visit.allpath, found, entries),
        "inline": inline,
        "trends": list(trends.trends(found)),
        "facts": known.grouped(found),
        "key_facts": list(key_facts(store, found, decision)),
        "reviews": [
            about(item, pathway) for item in open_reviews(store, path.path_id).get(path.path_id, ())
        ],
        "history": [
            line_of(each, found.zone, values, pathway)
            for each in reversed(list(in_order(entries, records))[-_LAST:])
        ],
        "entries": len(entries),
        "record": f"/patients/{path.path_id}/record" if visit.may("record_page") else "",
        "confirm": f"/patients/{path.path_id}/steps" if visit.may("step_page") else "",
    }


def banner(visit: Visit, found: Found) -> Banner:
    """Who the page is about."""
    person = visit.allpath.store.person(found.case.path.path_id)
    born, died = words.born_on(found), words.died_on(found)
    sex = words.sex(found.pathway)
    return Banner(
        path_id=found.case.path.path_id,
        name=words.name(person),
        recorded=words.recorded_name(person),
        born=born,
        died=died,
        age=completed_years(born, died or found.today) if born else None,
        sex=str(found.sheet().values.get(sex) or "Not known") if sex else "Not known",
        numbers=tuple(
            (system.upper(), words.number(system, value))
            for system, value in sorted(person.identifiers.items())
        ),
        allergies=words.allergies(found),
        pathway=f"{found.pathway.title} {found.pathway.version}",
        head=found.case.path.head[:_SHORT],
    )


def expected_of(found: Found) -> list[Expected]:
    """What is expected, the most pressing first; what somebody wanted quiet comes last."""
    rows = sorted(
        found.case.checkpoints,
        key=lambda row: (row.is_quiet(found.now), row.overdue_at > found.now, row.due_at),
    )
    return [_expected(found, row) for row in rows]


def _expected(found: Found, row: CheckpointRecord) -> Expected:
    word, _, due = words.due(row, found.now, found.zone).partition(" - ")
    how = words.standing(row, found.now)
    is_quiet = row.is_quiet(found.now)
    return Expected(
        checkpoint_title(found.pathway, row),
        word,
        due,
        "grey" if is_quiet else _TAGS.get(how, "blue"),
        how in words.LATE and not is_quiet,
    )


def _is_blocked(found: Found, decision: Decision) -> bool:
    """Whether the table supports no step, and not for want of time alone."""
    if found.pathway.states[decision.state].final or found.case.path.merged_into:
        return False
    route = decision.route
    return route.status != "recommended" and route.reason not in found.pathway.waiting


def _next(found: Found, step: Step) -> Next:
    title = words.state(found.pathway, step.target if step.track == "main" else step.track)
    more = [because(found, step)]
    if step.option:
        more.append(f"with {words.option_title(found.pathway, step.option)}")
    if step.two_person:
        more.append("two people sign")
    return Next(
        step.key,
        title if step.track == "main" else f"{title}: {step.target}",
        step.status,
        _STATUS[step.status],
        "; ".join(more),
        () if step.status in ALLOWED else whys.against(found, step),
    )
