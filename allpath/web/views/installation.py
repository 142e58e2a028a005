"""How the installation stands: schedulers, incidents, backup, database, what it is made of.

What is looked up in a moment is shown at once; what reads every history only when asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from allpath.background import watch_of
from allpath.bootstrap import database_of
from allpath.cli.doctor import Finding, backups_of, findings_of
from allpath.installed import installed
from allpath.web.pages import Visit, page
from allpath.web.visiting import AVisit
from storage.engine import status_of
from workflow.watch import SILENT_AFTER, Heartbeat

INSTALLATION: Final = "/admin/installation"
DOCTOR: Final = "/admin/doctor"


@dataclass(frozen=True, slots=True)
class Checkup:
    """What the doctor found, and when it looked."""

    at: datetime
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class SchedulerRow:
    """A scheduler on the page: its sign of life, as a word and a colour."""

    beat: Heartbeat
    status: tuple[str, str]


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route(INSTALLATION, installation_page, methods=["GET"])
    router.add_api_route(DOCTOR, doctor_page, methods=["GET"])
    router.add_api_route(DOCTOR, run_doctor, methods=["POST"])


def installation_page(visit: AVisit) -> Response:
    """Schedulers, incidents, backup, database and what is installed."""
    store = visit.allpath.store
    beats = sorted(store.heartbeats(), key=lambda beat: beat.beat_at, reverse=True)
    return page(
        visit,
        "installation.html",
        "Installation",
        watch=watch_of(visit.allpath, visit.now),
        schedulers=[SchedulerRow(beat, _standing(beat, visit.now)) for beat in beats],
        backups=backups_of(visit.allpath),
        database=status_of(database_of(visit.allpath.settings)),
        parts=installed(),
        checkup=_last(visit),
    )


def doctor_page(visit: AVisit) -> Response:
    """What the doctor found when it last looked, and a button to look again."""
    title = "How the installation stands"
    return page(visit, "doctor.html", title, checkup=_last(visit))


def run_doctor(visit: AVisit) -> Response:
    """Everything is looked at now, every history with it."""
    found = Checkup(visit.now, tuple(findings_of(visit.allpath)))
    visit.request.app.state.checkup = found
    return RedirectResponse(DOCTOR, 303)


def _last(visit: Visit) -> Checkup | None:
    """The last look of this process; None since it was started."""
    found: Checkup | None = getattr(visit.request.app.state, "checkup", None)
    return found


def _standing(beat: Heartbeat, now: datetime) -> tuple[str, str]:
    if beat.stopped_at is not None:
        return "stopped", "grey"
    return ("silent", "red") if now - beat.beat_at > SILENT_AFTER else ("at work", "green")
