"""Figures about the cohort: one page for each, with its picture, its table and its definition."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from starlette.responses import Response

from allpath.figures.catalogue import FIGURES, Figure, choices, chosen, figure_of, title_of
from allpath.figures.counts import Basis
from allpath.figures.cycles import moments_in
from allpath.figures.lives import Lives, lives_of
from allpath.web.pages import Visit, page
from allpath.web.taking_away import file_of, inline
from allpath.web.visiting import AVisit, is_visible, record_look
from workflow.errors import NotFoundError

Chosen = Annotated[str | None, Query(max_length=100)]
Moment = Annotated[str, Query(max_length=100)]
Number = Annotated[int, Query(alias="page", ge=1)]


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    address = "/cohort/{figure}"
    router.add_api_route(f"{address}.{{form}}", cohort_picture, methods=["GET"])
    router.add_api_route(address, cohort_figure, methods=["GET"])


def cohort_figure(
    visit: AVisit,
    figure: str,
    *,
    pathway: Chosen = None,
    start: Moment = "",
    end: Moment = "",
    number: Number = 1,
) -> Response:
    """One figure: definition, picture and table; what is waited for leads to the worklist."""
    title = title_of(figure)
    lives = _lives(visit)
    of = chosen(lives, figure, pathway)
    basis = Basis(lives.on(of), visit.now, visit.zone)
    interval = _interval(basis, start, end)
    made = figure_of(visit.allpath, basis, figure, number, interval)
    page_number = min(number, made.pages)
    kept = [("pathway", of), ("start", start), ("end", end)]
    kept.append(("page", str(page_number) if made.pages > 1 else ""))
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
        links=_links(figure, made),
        number=page_number,
        query=urlencode([(name, value) for name, value in kept if value]),
        moments=_moments(figure, basis),
        start=start,
        end=end,
        pages=made.pages,
    )


def cohort_picture(
    visit: AVisit,
    figure: str,
    form: str,
    *,
    pathway: Chosen = None,
    start: Moment = "",
    end: Moment = "",
    number: Number = 1,
) -> Response:
    """A figure as a file that leaves Allpath: without any count from one to four."""
    title_of(figure)
    lives = _lives(visit)
    counted = lives.on(chosen(lives, figure, pathway))
    basis = Basis(counted, visit.now, visit.zone, is_exported=True)
    interval = _interval(basis, start, end)
    made = figure_of(visit.allpath, basis, figure, number, interval)
    record_look(visit, "cohort_exported")
    return file_of(made.picture, form)


def _links(figure: str, made: Figure) -> tuple[str, ...]:
    """Where the rows of a table lead: to those who wait, or to the patient of a lane."""
    if figure == "swimmer":
        return tuple(f"/patients/{row[0]}" for row in made.picture.rows)
    return tuple(f"/worklist?{urlencode({'waits': key})}" for key in made.waits)


def _moments(figure: str, basis: Basis) -> dict[str, str]:
    """Between which moments somebody can ask for the days; nothing for another figure."""
    pathway = next(iter(basis.lives.pathways.values()), None)
    return moments_in(pathway) if pathway is not None and figure == "cycle-times" else {}


def _interval(basis: Basis, start: str, end: str) -> tuple[str, str] | None:
    """The moments that are asked for, None for the usual ones; raises NotFoundError for others."""
    if not start and not end:
        return None
    known = {name for pathway in basis.lives.pathways.values() for name in moments_in(pathway)}
    if not {start, end} <= known:
        raise NotFoundError("Choose two moments of the pathway, on the page of cycle times.")
    return start, end


def _lives(visit: Visit) -> Lives:
    return lives_of(visit.allpath, lambda path: is_visible(visit, path))
