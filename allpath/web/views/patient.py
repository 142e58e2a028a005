"""The patient's page: where, since when, what next, why not; in that order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Query
from starlette.responses import Response

from allpath import words
from allpath.cli.banner import checkpoint_title
from allpath.cli.history import line_of, values_of
from allpath.reviews import about, open_reviews
from allpath.web.open_acts import acts_on
from allpath.web.pages import Visit, page
from allpath.web.visiting import AVisit, look
from workflow.civil import completed_years
from workflow.conditions import Clause
from workflow.explanation import FactExplanation
from workflow.found import Found
from workflow.leading import leading_to
from workflow.steps import ALLOWED, Step

_LAST: Final = 8
_RESULTS: Final = {"met": "Met", "not met": "Not met", "unknown": "Unknown"}


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


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the why-table."""

    depth: int
    needed: str
    found: str
    source: str
    result: str
    fact: str
    supplied_by: tuple[str, ...]


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/patients/{path_id}", patient, methods=["GET"])


def patient(
    visit: AVisit, path_id: str, done: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """One patient."""
    found = look(visit, path_id, "patient_shown")
    store, pathway = visit.allpath.store, found.pathway
    decision = found.decision(explained=True)
    explanation = decision.explanation
    answering = explanation.rows[-1] if explanation and explanation.rows else None
    facts = {fact.fact: fact for fact in explanation.facts} if explanation else {}
    entries = store.journal(path_id)
    zone = found.zone
    return page(
        visit,
        "patient.html",
        words.name(store.person(path_id)),
        banner=banner(visit, found),
        acts=acts_on(visit, found, done),
        found=found,
        state=words.state(pathway, found.case.path.state),
        since=found.case.path.entered["main"],
        days=(found.today - found.case.path.entered["main"]).days,
        tracks=[
            (words.state(pathway, name), found.case.path.entered[name])
            for name in found.case.path.open_tracks
        ],
        pending=found.case.path.pending,
        proposal=words.route(pathway, decision),
        decision=decision,
        missing=[
            (fact, words.fact_title(pathway, fact), who)
            for fact, who in words.suppliers(pathway, decision.missing).items()
        ],
        warnings=[(code, " ".join(pathway.warnings[code].split())) for code in decision.warnings],
        steps=[_step(found, step) for step in decision.steps if not step.is_exit],
        exits=[step for step in decision.steps if step.is_exit],
        row=answering,
        clauses=list(_clauses(found, answering.clause, facts, 0)) if answering else [],
        checkpoints=[
            (checkpoint_title(pathway, row), words.due(row, found.now, zone))
            for row in sorted(found.case.checkpoints, key=lambda row: row.due_at)
        ],
        reviews=[
            (item.review_id, about(item, pathway))
            for item in open_reviews(store, path_id).get(path_id, ())
        ],
        history=[line_of(entry, zone, values_of(found)) for entry in reversed(entries[-_LAST:])],
        facts=list(_facts(found)),
    )


def banner(visit: Visit, found: Found) -> Banner:
    """Who the page is about."""
    person = visit.allpath.store.person(found.case.path.path_id)
    born, died = words.born_on(found), words.died_on(found)
    sex = words.sex(found.pathway)
    return Banner(
        path_id=found.case.path.path_id,
        name=words.name(person),
        recorded=f"{person.family_name}, {person.given_name}",
        born=born,
        died=died,
        age=completed_years(born, died or found.today) if born else None,
        sex=str(found.sheet().values.get(sex) or "Not known") if sex else "Not known",
        numbers=tuple(
            (system.upper(), words.number(system, value))
            for system, value in sorted(person.identifiers.items())
        ),
    )


def _step(found: Found, step: Step) -> dict[str, object]:
    return {
        "key": step.key,
        "title": words.state(found.pathway, step.target if step.track == "main" else step.track),
        "status": step.status,
        "because": step.because,
        "option": words.option_title(found.pathway, step.option) if step.option else "",
        "two_person": step.two_person,
        "is_open": step.status in ALLOWED,
        "rows": len(list(leading_to(found, step))),
    }


def _clauses(
    found: Found, clause: Clause, facts: dict[str, FactExplanation], depth: int
) -> Iterator[Line]:
    fact = facts.get(clause.fact)
    source = ""
    if fact is not None:
        source = ", ".join(
            part for part in (fact.date, fact.status, fact.source, fact.note) if part
        )
    declared = found.pathway.facts.get(clause.fact)
    yield Line(
        depth,
        clause.needed,
        "" if clause.clauses else clause.found,
        source,
        _RESULTS[clause.result],
        clause.fact if declared else "",
        declared.supplied_by if declared else (),
    )
    for part in clause.clauses:
        yield from _clauses(found, part, facts, depth + 1)


def _facts(found: Found) -> Iterator[tuple[str, str, date, str, str]]:
    replaced = {record.supersedes for record in found.case.facts}
    standing = [record for record in found.case.facts if record.record_id not in replaced]
    for record in sorted(standing, key=lambda record: (record.fact, record.effective_at)):
        yield (
            words.fact_title(found.pathway, record.fact),
            words.value(record.value),
            record.effective_at,
            record.status,
            record.source,
        )
