"""Sites and their plans: the days worked and the operational times, and what another would change.

Everybody who opens these pages may try a plan; a lead or director sets it.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from allpath import words
from allpath.site_changes import plan_changes, plan_items
from allpath.sites import SETTERS, read_plan, set_plan_text
from allpath.web.forms import Fields, Problems, Typed
from allpath.web.pages import Visit, page
from allpath.web.sent import FILE, AFile
from allpath.web.visiting import AVisit, signed_in
from workflow.errors import AllpathError, NotFoundError, PathwayError
from workflow.loading import MAX_BYTES
from workflow.site_plan import KeptPlan, SitePlan, holidays_left

SITES: Final = "/sites"
_BLANK: Final = """site: {site}
reason: why these days and times, and who agreed
working_days:
  weekend: [saturday, sunday]
  holidays: []
"""


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route(SITES, sites_page, methods=["GET"])
    router.add_api_route(f"{SITES}/plan", site_plan_page, methods=["GET"])
    router.add_api_route(f"{SITES}/plan", check_site_plan, methods=["POST"])
    router.add_api_route(f"{SITES}/plan/file", site_plan_file, methods=["GET"])
    router.add_api_route(f"{SITES}/plan/set", set_site_plan, methods=["POST"])


def sites_page(visit: AVisit) -> Response:
    """Every site anybody or any plan names, and since when its plan counts."""
    latest = {kept.site: kept for kept in visit.allpath.store.site_plans()}
    rows = [(site, latest.get(site)) for site in _sites(visit, latest)]
    return page(visit, "sites.html", "Sites", rows=rows, is_admin=_is_admin(visit))


def site_plan_page(visit: AVisit, site: str = "", done: str = "") -> Response:
    """The plan that counts, the earlier ones, and the form for another."""
    plans = _plans(visit, site)
    if not plans and site not in _sites(visit, {}):
        raise NotFoundError("There is no site of that name among yours; see all of them.")
    text = plans[-1].content if plans else _BLANK.format(site=site)
    told = "The plan counts from now on. What is open keeps the rule it was opened by."
    return _shown(visit, site, plans, {"plan": text}, Problems(), told if done else "")


def site_plan_file(visit: AVisit, site: str = "") -> Response:
    """The plan that counts, as a file to be kept or changed."""
    plans = _plans(visit, site)
    if not plans:
        raise NotFoundError("There is no plan of a site of that name among yours.")
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in site)
    headers = {"content-disposition": f'attachment; filename="site-plan-{plain}.yaml"'}
    return Response(plans[-1].content, media_type="application/yaml", headers=headers)


def check_site_plan(visit: AVisit, fields: Typed, chosen: AFile) -> Response:
    """What another plan would change, before anything is kept; faults with line and cure.

    A file that was chosen is read in the place of the text, which stays as it was where the file
    cannot be taken.
    """
    site, problems = fields.get("site", ""), Problems()
    plans = _plans(visit, site)
    sent = fields if chosen is None else {**fields, "plan": _file_text(chosen, problems)}
    plan = None if problems else _read(visit, site, sent, problems)
    if plan is None:
        if chosen is not None and "plan" in problems:
            problems[FILE] = problems.pop("plan")
        return _shown(visit, site, plans, fields, problems, "")
    return _checked(visit, plan, plans, _text(sent), problems)


def set_site_plan(visit: AVisit, fields: Typed) -> Response:
    """The plan counts from now on for what the site opens."""
    site, problems = fields.get("site", ""), Problems()
    plans = _plans(visit, site)
    plan = _read(visit, site, fields, problems)
    if plan is None:
        return _shown(visit, site, plans, fields, problems, "")
    text = _text(fields)
    if fields.get("seen", "") != _latest(plans):
        problems[""] = (
            "Somebody set another plan after you looked. Nothing of yours is saved; below is what "
            "yours would change now."
        )
        return _checked(visit, plan, plans, text, problems)
    if plans and plans[-1].content == text:
        problems["plan"] = "This is the plan that counts already; nothing was changed."
        return _shown(visit, site, plans, fields, problems, "")
    set_plan_text(visit.allpath, text.encode(), "the plan", signed_in(visit).actor(), visit.now)
    return RedirectResponse(f"{SITES}/plan?site={quote(site, safe='')}&done=set", 303)


def _read(visit: Visit, site: str, fields: Fields, problems: Problems) -> SitePlan | None:
    """The plan as typed; None, and the faults at the field, where it cannot be set."""
    text = _text(fields)
    if not text.strip():
        problems["plan"] = "Enter the plan."
    elif len(text.encode()) > MAX_BYTES:
        problems["plan"] = f"This is too long; a plan has at most {MAX_BYTES:,} bytes."
    if problems:
        return None
    try:
        plan = read_plan(text.encode(), "the plan")
    except PathwayError as error:
        found = [
            f"Line {problem.line}: {problem.field}: {problem.message}".replace(": : ", ": ")
            if problem.line
            else problem.message
            for problem in error.problems
        ]
        told = "; ".join(words.capital(text) for text in found)
        problems["plan"] = told if told.endswith("?") else f"{told}."
        return None
    except AllpathError as error:
        problems.tell(error, "plan")
        return None
    if plan.site != site:
        problems["plan"] = f"This is the page of {site or 'no site'}, and the plan is for another."
    elif not _is_ours(visit, site):
        problems["plan"] = "That site is not one of yours; its own lead sets its plan."
    return None if problems else plan


def _file_text(chosen: bytes, problems: Problems) -> str:
    """The text of a file; empty, and the fault at the field, where it is none."""
    try:
        text = chosen.decode("utf-8-sig")
    except UnicodeDecodeError:
        problems[FILE] = "This file is no text in UTF-8: save the plan as UTF-8, or paste it below."
        return ""
    if not text.strip():
        problems[FILE] = "This file is empty; choose the file of a plan."
    return text


def _text(fields: Fields) -> str:
    """What was typed, with the line ends that a file has, so that both have one hash."""
    return fields.get("plan", "").replace("\r\n", "\n").strip() + "\n"


def _is_admin(visit: Visit) -> bool:
    return signed_in(visit).account.role == "admin"


def _is_ours(visit: Visit, site: str) -> bool:
    sites = signed_in(visit).account.sites
    return not sites or site in sites


def _sites(visit: Visit, known: dict[str, KeptPlan]) -> list[str]:
    """The sites that plans, accounts or recipients name, as far as they are the asker's."""
    store = visit.allpath.store
    named = {site for account in store.accounts.every() for site in account.sites}
    named |= {item.site for item in store.recipients.every() if item.site}
    return sorted(site for site in {*named, *known} if _is_ours(visit, site))


def _plans(visit: Visit, site: str) -> list[KeptPlan]:
    """The plans of a site, the one that counts last; none of a site that is not the asker's."""
    if not _is_ours(visit, site):
        return []
    return [kept for kept in visit.allpath.store.site_plans() if kept.site == site]


def _latest(plans: list[KeptPlan]) -> str:
    return plans[-1].hash if plans else "none"


def _shown(  # noqa: PLR0917 - a page with all of it
    visit: Visit,
    site: str,
    plans: list[KeptPlan],
    fields: Fields,
    problems: Problems,
    done: str,
) -> Response:
    today = visit.now.astimezone(visit.zone).date()
    return page(
        visit,
        "site_plan.html",
        f"Site {site}" if site else "Site",
        status=422 if problems else 200,
        site=site,
        latest=plans[-1] if plans else None,
        items=plan_items(plans[-1].plan) if plans else (),
        holidays_left=holidays_left(plans[-1].plan, today) if plans else 0,
        earlier=plans[-2::-1],
        fields=fields,
        problems=problems,
        done=done,
        is_admin=_is_admin(visit),
    )


def _checked(
    visit: Visit, plan: SitePlan, plans: list[KeptPlan], text: str, problems: Problems
) -> Response:
    return page(
        visit,
        "site_plan_check.html",
        "Check before setting",
        status=409 if problems else 200,
        site=plan.site,
        reason=plan.reason,
        changes=plan_changes(plans[-1].plan if plans else None, plan),
        latest=plans[-1] if plans else None,
        fields={"site": plan.site, "plan": text, "seen": _latest(plans)},
        problems=problems,
        may_set=signed_in(visit).account.role in SETTERS,
        is_admin=_is_admin(visit),
    )
