"""Two versions compared in words, and a proof of a version asked for."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import RedirectResponse, Response

from allpath import words
from allpath.proofs import LONGEST_SECONDS
from allpath.web.about_version import proofs_of
from allpath.web.pages import page
from allpath.web.views.pathways import one_version
from allpath.web.visiting import AVisit, signed_in
from workflow.changes import changes
from workflow.errors import RefusedError


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/pathways/{version}/compared", versions_compared, methods=["GET"])
    router.add_api_route("/pathways/{version}/proof", prove_pathway, methods=["POST"])


def versions_compared(
    visit: AVisit, version: str, old: Annotated[str, Query(max_length=64)] = ""
) -> Response:
    """Everything in which a version differs from another one of its pathway, in words."""
    new, before = one_version(visit, version), one_version(visit, old)
    if new.listed.pathway.id != before.listed.pathway.id:
        raise RefusedError("These are two pathways; compare versions of one.")
    found = changes(before.listed.pathway, new.listed.pathway)
    return page(
        visit,
        "compared.html",
        "What differs between two versions",
        new=new,
        old=before,
        count=len(found),
        parts=[
            (words.capital(part), list(items))
            for part, items in groupby(found, key=lambda change: change.part)
        ],
        may_rehearse=visit.may("rehearsal"),
    )


def prove_pathway(visit: AVisit, version: str) -> Response:
    """A proof of the version begins; its page shows what comes of it."""
    pathway = one_version(visit, version).listed.pathway
    today = visit.now.astimezone(visit.zone).date()
    by = str(signed_in(visit).account.display)
    proofs_of(visit).begin(pathway, by, visit.now, today, LONGEST_SECONDS)
    return RedirectResponse(f"/pathways/{pathway.content_hash}#proof", 303)
