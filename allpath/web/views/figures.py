"""Figures about the cohort: one page for each, with its picture, its table and its definition."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from allpath.cohort_figures import FIGURES, choices, chosen, figure_of, title_of
from allpath.cohort_pictures import Basis
from allpath.lives import Lives, lives_of
from allpath.web.pages import Visit, page
from allpath.web.taking_away import file_of, inline
from allpath.web.visiting import AVisit, is_visible, record_look

Chosen = Annotated[str | None, Query(max_length=100)]
Number = Annotated[int, Query(alias="page", ge=1)]


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    address = "/cohort/{figure}"
    router.add_api_route(f"{address}.{{form}}", cohort_picture, methods=["GET"])
    router.add_api_route(address, cohort_figure, methods=["GET"])


def cohort_figure(
    visit: AVisit, figure: str, pathway: Chosen = None, number: Number = 1
) -> Response:
    """One figure: definition, picture and table; what is waited for leads to the worklist."""
    title = title_of(figure)
    lives = _lives(visit)
    of = chosen(lives, figure, pathway)
    basis = Basis(lives.on(of), visit.now, visit.zone)
    made = figure_of(visit.allpath, basis, figure, number)
    record_look(visit, "cohort_drawn")
    return page(
        visit,
        "figure.html",
        title,
        figure=figure,
        figures=FIGURES,
        pathway=of,
        choices=choices(lives, figure),
        about=basis.about,
        picture=made.picture,
        drawn=inline(made.picture),
        links=tuple(f"/worklist?{urlencode({'waits': key})}" for key in made.waits),
        number=min(number, made.pages),
        pages=made.pages,
    )


def cohort_picture(
    visit: AVisit, figure: str, form: str, pathway: Chosen = None, number: Number = 1
) -> Response:
    """A figure as a file that leaves Allpath: without any count from one to four."""
    title_of(figure)
    lives = _lives(visit)
    counted = lives.on(chosen(lives, figure, pathway))
    basis = Basis(counted, visit.now, visit.zone, is_exported=True)
    made = figure_of(visit.allpath, basis, figure, number)
    record_look(visit, "cohort_exported")
    return file_of(made.picture, form)


def _lives(visit: Visit) -> Lives:
    return lives_of(visit.allpath, lambda path: is_visible(visit, path))
