"""The search over every patient, also those whose path has ended and whom no worklist shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from fastapi import APIRouter, Form
from starlette.responses import Response

from allpath import words
from allpath.tasks import is_final
from allpath.web.pages import Visit, page
from allpath.web.visiting import AVisit, is_visible, record_look
from workflow.errors import AllpathError
from workflow.records import Person

MOST: Final = 50
"""So many are shown; whoever has more has to type more of the name."""


LONGEST: Final = 100
"""No name and no number is longer."""


@dataclass(frozen=True, slots=True)
class Match:
    """One patient who fits: who, where the path stands, and whether it goes on."""

    path_id: str
    person: Person
    born: date | None
    state: str
    standing: str
    is_similar: bool


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/search", search_page, methods=["GET"])
    router.add_api_route("/search", search, methods=["POST"])


def search_page(visit: AVisit) -> Response:
    """An empty field: a name never stands in an address."""
    return page(visit, "search.html", "Patients", text="", matches=None, in_all=0, problem="")


def search(visit: AVisit, text: Annotated[str, Form()] = "") -> Response:
    """Everybody of the own sites whom the name or number fits."""
    text = text.strip()
    problem = "" if text else "Enter a part of the name, or a whole number."
    if len(text) > LONGEST:
        problem = f"This is too long: {len(text)} letters, at most {LONGEST}."
    if problem:
        empty = {"text": text, "matches": None, "in_all": 0, "problem": problem}
        return page(visit, "search.html", "Patients", status=422, **empty)
    record_look(visit, "patients_searched")
    found = list(_matches(visit, text))
    shown = sorted(found, key=lambda match: (words.name(match.person), match.path_id))[:MOST]
    return page(
        visit, "search.html", "Patients", text=text, matches=shown, in_all=len(found), problem=""
    )


def _matches(visit: Visit, text: str) -> Iterator[Match]:
    store = visit.allpath.store
    found = set(store.find(text))
    rows = [
        row for row in store.worklist() if row.path.path_id in found and is_visible(visit, row.path)
    ]
    similar = words.similar(row.person for row in rows)
    for row in rows:
        path, pathway = row.path, visit.allpath.shown_by(row.path)
        standing = "Goes on"
        if path.merged_into:
            standing = "Merged into another path"
        elif is_final(pathway, path):
            standing = "Has ended"
        yield Match(
            path.path_id,
            row.person,
            _born(visit, path.path_id),
            words.state(pathway, path.state),
            standing,
            path.path_id in similar,
        )


def _born(visit: Visit, path_id: str) -> date | None:
    try:
        return words.born_on(visit.allpath.orchestrator.look(path_id, visit.now))
    except AllpathError:  # of a version that cannot be read; the row is shown all the same
        return None
