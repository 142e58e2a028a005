"""The help page: what words, tags and colours mean, the keyboard, alarms, and whom to tell."""

from __future__ import annotations

from functools import cache

from fastapi import APIRouter
from starlette.responses import Response

from allpath.web import glossary, meanings
from allpath.web.pages import page
from allpath.web.visiting import AVisit
from workflow.loading import load_shipped, shipped


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/help", help_page, methods=["GET"])


def help_page(visit: AVisit) -> Response:
    """Help, for whoever has signed in and whoever has not: it tells of no patient."""
    return page(
        visit,
        "help.html",
        "Help",
        groups=meanings.GROUPS,
        sections=glossary.sections(),
        contact=visit.allpath.settings.help_contact,
        intended=_intended_use(),
    )


@cache
def _intended_use() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What each pathway says it is for and not for, by its title."""
    pathways = map(load_shipped, shipped())
    return tuple(
        (found.title, tuple(" ".join(text.split()) for text in found.safety)) for found in pathways
    )
