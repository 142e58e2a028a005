"""The summary of a patient as a file for paper."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from allpath.summary.paper import summary_pdf
from allpath.web.visiting import AVisit, look, signed_in


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/patients/{path_id}/summary.pdf", summary, methods=["GET"])


def summary(visit: AVisit, path_id: str) -> Response:
    """One patient's summary as PDF/UA; the file is named after the opaque id alone."""
    found = look(visit, path_id, "patient_printed")
    account = signed_in(visit).account
    content = summary_pdf(
        visit.allpath.store,
        found,
        by=f"{account.display} ({account.role})",
        stripe=visit.allpath.settings.stripe,
        zone=visit.zone,
        now=visit.now,
    )
    return Response(
        content,
        media_type="application/pdf",
        headers={"content-disposition": f'inline; filename="{found.case.path.path_id}.pdf"'},
    )
