"""The search over every patient, also those whose path has ended and whom no worklist shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
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
    state: str
    standing: str
    born: date | None = None


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/search", search_page, methods=["GET"])
    router.add_api_route("/search", search, methods=["POST"])


def search_page(visit: AVisit) -> Response:
    """An empty field: a name never stands in an address."""
    return _shown(visit, "")


def search(visit: AVisit, text: Annotated[str, Form()] = "") -> Response:
    """Everybody of the own sites whom the name or number fits."""
    text = text.strip()
    problem = "" if text else "Enter a part of the name, or a whole number."
    if len(text) > LONGEST:
        problem = f"This is too long: {len(text)} letters, at most {LONGEST}."
    if problem:
        return _shown(visit, text, problem=problem)
    record_look(visit, "patients_searched")
    return _shown(visit, text, list(matches(visit, visit.allpath.store.find(text))))


def _shown(
    visit: Visit, text: str, found: list[Match] | None = None, *, problem: str = ""
) -> Response:
    similar: frozenset[str] = frozenset()
    shown = None
    if found is not None:
        similar = words.similar(match.person for match in found)
        found.sort(key=lambda match: (words.name(match.person), match.path_id))
        shown = [replace(match, born=_born(visit, match.path_id)) for match in found[:MOST]]
    return page(
        visit,
        "search.html",
        "Patients",
        status=422 if problem else 200,
        text=text,
        matches=shown,
        similar=similar,
        in_all=len(found or ()),
        problem=problem,
        may=visit.may,
    )


def matches(visit: Visit, ids: Sequence[str]) -> Iterator[Match]:
    """Those of these patients whom whoever asks may see."""
    for row in visit.allpath.store.worklist.of(ids):
        path, pathway = row.path, visit.allpath.shown_by(row.path)
        if not is_visible(visit, path):
            continue
        standing = "Goes on"
        if path.merged_into:
            standing = "Merged into another path"
        elif is_final(pathway, path):
            standing = "Has ended"
        yield Match(
            path.path_id,
            row.person,
            words.state(pathway, path.state),
            standing,
        )


def _born(visit: Visit, path_id: str) -> date | None:
    try:
        return words.born_on(visit.allpath.orchestrator.look(path_id, visit.now))
    except AllpathError:  # of a version that cannot be read; the row is shown all the same
        return None
