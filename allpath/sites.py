"""Site plans from a file: checked against the shipped pathways, and kept."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

from allpath.bootstrap import Allpath
from workflow.errors import NotFoundError, PathwayError, Problem
from workflow.loading import MAX_BYTES, load_shipped, shipped
from workflow.records import Actor, AuditEvent
from workflow.signing import require_role
from workflow.site_plan import KeptPlan, SitePlan, keep, read_site_plan
from workflow.site_plan_checks import check_site_plan

SETTERS: Final = frozenset({"lead", "director"})


def check_plan(file: Path) -> tuple[SitePlan, bytes]:
    """The plan in a file, and its text; raises PathwayError with line and cure, NotFoundError."""
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise NotFoundError(f"The site plan {file} cannot be read: {error.strerror}.") from None
    return read_plan(data, str(file)), data


def read_plan(data: bytes, source: str) -> SitePlan:
    """The plan written in `data`, if it can be set; raises PathwayError with line and cure."""
    try:
        data.decode()
    except UnicodeDecodeError:
        raise PathwayError(source, [Problem("is not UTF-8 text; save it as UTF-8")]) from None
    plan, document = read_site_plan(data, source)
    pathways = {name: load_shipped(name) for name in shipped()}
    check_site_plan(plan, document, source, pathways)
    return plan


def set_plan(allpath: Allpath, file: Path, actor: Actor, now: datetime) -> KeptPlan:
    """The plan counts for what the site opens from now on; the earlier ones stay on record."""
    require_role(actor, SETTERS, "set a site plan")
    _, data = check_plan(file)
    return set_plan_text(allpath, data, str(file), actor, now)


def set_plan_text(
    allpath: Allpath, data: bytes, source: str, actor: Actor, now: datetime
) -> KeptPlan:
    """The same for a plan that was typed."""
    require_role(actor, SETTERS, "set a site plan")
    plan = read_plan(data, source)
    kept = keep(plan, data, str(actor), now)
    event = AuditEvent(
        at=now,
        actor=actor.name,
        role=actor.role,
        os_user=actor.os_user,
        action="site_plan_set",
        path_id="",
        detail=f"{plan.site} {kept.hash}: {plan.reason}",
    )
    with allpath.store.begin() as transaction:
        transaction.keep_site_plan(kept)
        transaction.audit(event)
    return kept
