"""Enrol a patient on a pathway; somebody of a similar name is shown before it is done."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from allpath import words
from allpath.patients import enrolment_settings, new_path_id, read_identifiers, read_title
from allpath.problems import UsageError
from allpath.web.forms import Fields, Problems, Typed, fresh_key, on_page
from allpath.web.pages import Visit, page
from allpath.web.views.searching import Match, matches
from allpath.web.visiting import AVisit, record_look, signed_in
from workflow.commands import Enrol
from workflow.errors import AllpathError, ConflictError, FactError, RefusedError
from workflow.loading import shipped
from workflow.pathway import Pathway
from workflow.records import Person

NUMBERS: Final = {"mrn": "Hospital number (MRN)", "nhs": "NHS number"}
"""The numbers that are asked for; one of them has to be there."""
_SETTING: Final = "setting_"


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/enrol", enrol_page, methods=["GET"])
    router.add_api_route("/enrol", enrol, methods=["POST"])


def enrol_page(visit: AVisit, pathway: str = "relapsed_all") -> Response:
    """The empty form, with what the installation has set for everybody."""
    settings = visit.allpath.settings
    sites = signed_in(visit).account.sites
    first = {
        "pathway": pathway,
        "key": fresh_key(),
        "site": settings.site or (sites[0] if len(sites) == 1 else ""),
        "on": words.day(words.today(visit.now, settings.time_zone)),
        f"{_SETTING}active_set": settings.active_set,
        f"{_SETTING}region": settings.region,
    }
    return _form(visit, first, Problems())


def enrol(visit: AVisit, fields: Typed) -> Response:
    """The patient is enrolled, once however often the form is sent."""
    problems = Problems()
    command = _command(visit, fields, problems)
    if command is None or problems:
        return _form(visit, fields, problems)
    alike = _alike(visit, command.person)
    if alike and fields.get("another") != "yes":
        record_look(visit, "similar_names_shown")
        return _form(visit, fields, Problems(), alike)
    try:
        outcome = visit.allpath.orchestrator.enrol(command, visit.now)
    except ConflictError as error:
        return _form(visit, fields, Problems({"mrn": _already(visit, error)}))
    except (RefusedError, FactError) as error:
        return _form(visit, fields, Problems({"": on_page(error)}))
    return RedirectResponse(f"/patients/{outcome.path.path_id}?done=enrolled", 303)


def _command(visit: Visit, fields: Fields, problems: Problems) -> Enrol | None:
    pathway = _pathway(visit, fields, problems)
    family = problems.need(fields, "family", "Enter the family name.")
    given = problems.need(fields, "given", "Enter the given names.")
    contact, title = problems.text(fields, "contact"), _title(fields, problems)
    numbers = _numbers(fields, problems)
    site = _site(visit, fields, problems)
    on = problems.day(fields, "on", needed=True)
    if on is not None and on > words.today(visit.now, visit.allpath.settings.time_zone):
        problems["on"] = f"{words.day(on)} lies in the future; enter today or an earlier day."
    if pathway is None or on is None or problems:
        return None
    actor, key = signed_in(visit).actor(), fields.get("key", "")
    settings = _settings(visit, pathway, fields, site, problems)
    return Enrol(
        actor=actor,
        key=key,
        person=Person(
            new_path_id(visit.allpath.store, str(actor), key),
            " ".join(family.split()),
            " ".join(given.split()),
            numbers,
            contact,
            title,
        ),
        pathway_id=pathway.id,
        settings=settings,
        entered_on=on,
    )


def _title(fields: Fields, problems: Problems) -> str:
    try:
        return read_title(problems.text(fields, "title"))
    except UsageError as error:
        problems["title"] = str(error)
        return ""


def _pathway(visit: Visit, fields: Fields, problems: Problems) -> Pathway | None:
    wanted = problems.one_of(
        fields, "pathway", dict.fromkeys(_pathways(visit), ""), "Choose a pathway."
    )
    return _pathways(visit).get(wanted)


def _pathways(visit: Visit) -> dict[str, Pathway]:
    """The pathways that take new patients, by id."""
    found: dict[str, Pathway] = {}
    for name in shipped():
        try:
            found[name] = visit.allpath.orchestrator.library.for_new_paths(name)
        except AllpathError:  # retired: it takes nobody
            continue
    return found


def _numbers(fields: Fields, problems: Problems) -> dict[str, str]:
    """The numbers typed, each with its fault at its own field."""
    found: dict[str, str] = {}
    for system in NUMBERS:
        value = problems.text(fields, system)
        if not value or system in problems:
            continue
        try:
            found |= read_identifiers([f"{system}={value}"])
        except (FactError, UsageError) as error:
            problems[system] = on_page(error).removeprefix("Nhs: ")
    if not found and not problems.keys() & NUMBERS.keys():
        problems["mrn"] = "Enter a number, so that nobody is enrolled twice."
    return found


def _site(visit: Visit, fields: Fields, problems: Problems) -> str:
    """The site; whoever is bound to sites enrols at one of those alone."""
    sites, site = signed_in(visit).account.sites, problems.text(fields, "site")
    if sites and site not in sites:
        problems["site"] = f"Choose one of your sites: {', '.join(sites)}."
    return " ".join(site.split())


def _settings(
    visit: Visit, pathway: Pathway, fields: Fields, site: str, problems: Problems
) -> dict[str, str]:
    chosen = {}
    for name, setting in pathway.settings.items():
        value = fields.get(f"{_SETTING}{name}", "")
        if value and value not in setting.values:
            problems[f"{_SETTING}{name}"] = f"Choose one of: {', '.join(setting.values)}."
        chosen[name] = value
    return enrolment_settings(
        pathway,
        visit.allpath.settings,
        active_set=chosen.get("active_set", ""),
        region=chosen.get("region", ""),
        site=site,
        time_zone="",
    )


def _alike(visit: Visit, person: Person) -> list[Match]:
    """The others who are here and whose names are easily mistaken; of a second click nobody."""
    others = (each for each in visit.allpath.store.resembling(person) if each != person.path_id)
    return list(matches(visit, list(others)))


def _already(visit: Visit, error: ConflictError) -> str:
    """That somebody has this number; of other sites' patients no more is told."""
    named = on_page(error)
    known: Iterable[str] = (word.strip(",;.") for word in named.split() if word.startswith("P-"))
    mine = list(matches(visit, list(known)))
    return named if mine else "A patient with this number is already enrolled; look at the number."


def _form(
    visit: Visit, fields: Fields, problems: Problems, alike: Iterable[Match] = ()
) -> Response:
    pathways, shown = _pathways(visit), list(alike)
    found = pathways.get(fields.get("pathway", "")) or next(iter(pathways.values()))
    return page(
        visit,
        "enrol.html",
        "Enrol a patient",
        status=422 if problems else 200,
        fields=fields,
        problems=problems,
        alike=shown,
        pathways={name: pathway.title for name, pathway in pathways.items()},
        numbers=NUMBERS,
        sites={site: site for site in signed_in(visit).account.sites},
        known_sites=visit.allpath.store.worklist.sites(),
        settings={
            f"{_SETTING}{name}": (each.title, {v: v for v in each.values}, each.default)
            for name, each in found.settings.items()
        },
    )
