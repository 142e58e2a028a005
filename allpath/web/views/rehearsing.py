"""The rehearsal: for whom two versions of a pathway, or another number, answer otherwise."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from io import StringIO
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from allpath import words
from allpath.audit.export import safe
from allpath.cli.rehearsing import because
from allpath.cli.replay import COLUMNS, row_of
from allpath.replaying import Tally, everybody
from allpath.versions import Listed, every_version
from allpath.web.forms import Problems, on_page
from allpath.web.pages import Visit, page
from allpath.web.visiting import AVisit, is_visible, record_look
from workflow.comparing import Change
from workflow.errors import AllpathError
from workflow.measurement import powers
from workflow.operands import amount
from workflow.pathway import Pathway
from workflow.rehearsal import with_parameters
from workflow.titles import titled

KINDS: Final = {
    "route": "Leads elsewhere, or no longer leads on",
    "option": "Another therapy",
    "tracks": "Other tracks beside it",
    "reason": "Another reason why nothing is supported",
    "warnings": "Other warnings",
    "missing": "Other facts are missing",
    "rule": "The same answer by another rule",
}
"""What differs, the weightiest first; each patient is counted by the weightiest."""
SHOWN: Final = 200
"""So many patients are listed on the page; all of them are in the file."""
_LATE: Final = time(23, 59)
Short = Annotated[str, Query(max_length=100)]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an address asks for, as it was typed."""

    old: str
    new: str
    parameter: str
    value: str
    state: str
    on: str

    @property
    def query(self) -> str:
        """The same in an address; nothing of a patient is in it."""
        return urlencode([(name, getattr(self, name)) for name in self.__slots__])


def wanted_of(  # noqa: PLR0917 - a field of the form each
    old: Short = "",
    new: Short = "",
    parameter: Short = "",
    value: Short = "",
    state: Short = "",
    on: Short = "",
) -> Wanted:
    """What an address asks for."""
    given = (old, new, parameter, value, state, on)
    return Wanted(*(text.strip() for text in given))


Asked = Annotated[Wanted, Depends(wanted_of)]


@dataclass
class Rehearsed:
    """What came of a rehearsal; `new` is None where nothing is asked that can be answered."""

    problems: Problems = field(default_factory=Problems)
    old: Pathway | None = None
    new: Pathway | None = None
    tally: Tally = field(default_factory=Tally)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Otherwise:
    """One patient who would be answered otherwise."""

    path_id: str
    name: str
    state: str
    now: str
    then: str
    kind: str
    because: str


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/rehearsal", rehearsal, methods=["GET"])
    router.add_api_route("/rehearsal.csv", rehearsal_table, methods=["GET"])


def rehearsal(visit: AVisit, wanted: Asked) -> Response:
    """For whom the decision would differ, with both answers; nothing is written but the look."""
    versions = every_version(visit.allpath)
    found = _rehearsed(visit, wanted, versions)
    changed = found.tally.changed
    title = "Rehearsal"
    return page(
        visit,
        "rehearsal.html",
        f"Error: {title}" if found.problems else title,
        status=422 if found.problems else 200,
        wanted=wanted,
        problems=found.problems,
        versions={item.pathway.content_hash: _titled(item) for item in versions},
        parameters=_parameters(versions),
        states=_states(versions),
        is_asked=found.new is not None,
        old=_named(found.old) if found.old else "the version each path is on",
        new=_named(found.new) if found.new else "",
        note=found.note,
        kinds=[(text, found.tally.kinds[kind]) for kind, text in KINDS.items()],
        changed=len(changed),
        rows=[_otherwise(visit, *item) for item in changed[:SHOWN]],
        unreadable=found.tally.unreadable[:SHOWN],
        counts=sorted(found.tally.counts.items()),
        in_all=found.tally.counts.total(),
    )


def rehearsal_table(visit: AVisit, wanted: Asked) -> Response:
    """The same patients as a file for a spreadsheet, by their opaque ids."""
    found = _rehearsed(visit, wanted, every_version(visit.allpath))
    file = StringIO()
    writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(["Simulation - nothing saved", *COLUMNS])
    for path_id, change in found.tally.changed:
        row = ("simulated", *row_of(path_id, change))
        writer.writerow([safe(cell) for cell in row])
    headers = {"content-disposition": 'attachment; filename="rehearsal-simulation.csv"'}
    return Response("\ufeff" + file.getvalue(), media_type="text/csv", headers=headers)


def _rehearsed(visit: Visit, wanted: Wanted, versions: list[Listed]) -> Rehearsed:
    """Everybody decided both ways, where the choice can be read; else what is wrong with it."""
    found = Rehearsed()
    if not wanted.new:
        return found
    problems = found.problems
    by_hash = {item.pathway.content_hash: item.pathway for item in versions}
    new, found.old = by_hash.get(wanted.new), by_hash.get(wanted.old)
    if new is None:
        problems["new"] = "Choose a version that is kept or shipped."
        return found
    if wanted.old and found.old is None:
        problems["old"] = "Choose a version that is kept or shipped."
    elif found.old is not None and found.old.id != new.id:
        problems["old"] = "These are two pathways; compare versions of one."
    day = problems.day({"on": wanted.on}, "on", needed=False)
    if wanted.state and wanted.state not in new.states:
        problems["state"] = "The version to try has no such state; choose another."
    new = _with_number(new, wanted, found)
    if problems:
        return found
    today = visit.now.astimezone(visit.zone).date()
    now = visit.now
    if day is not None and day != today:
        now = datetime.combine(day, _LATE, visit.zone).astimezone(UTC)
    record_look(visit, "everybody_replayed")
    found.new = new
    found.tally = everybody(
        visit.allpath.orchestrator,
        visit.allpath.store,
        new,
        now,
        state=wanted.state,
        old=found.old,
        is_visible=lambda path: is_visible(visit, path),
    )
    return found


def _with_number(new: Pathway, wanted: Wanted, found: Rehearsed) -> Pathway:
    """The version with another number, where one was asked for."""
    if not wanted.parameter and not wanted.value:
        return new
    if not wanted.parameter:
        found.problems["parameter"] = "Choose which number is to be another."
        return new
    if not wanted.value:
        found.problems["value"] = "Enter the other number, with its unit if you like."
        return new
    try:
        changed = with_parameters(new, {wanted.parameter: wanted.value})
    except AllpathError as error:
        found.problems["value"] = on_page(error)
        return new
    number = changed.parameters[wanted.parameter]
    found.note = f"Tried with {number.title or wanted.parameter}: {wanted.value}."
    if not number.site:
        found.note += " It is evidence, not a number of the site: to change it takes a new version."
    return changed


def _named(pathway: Pathway) -> str:
    return f"{pathway.title} {pathway.version}, hash {pathway.content_hash[:12]}"


def _titled(item: Listed) -> str:
    return f"{_named(item.pathway)} ({item.status})"


def _parameters(versions: list[Listed]) -> dict[str, str]:
    """Every number a version has, with what it is in the first one that has it."""
    found: dict[str, str] = {}
    for item in versions:
        for name, parameter in item.pathway.parameters.items():
            title = parameter.title or name.replace("_", " ")
            text = f"{title}: {amount(parameter.value, parameter.unit)}"
            found.setdefault(name, powers(text))
    return dict(sorted(found.items(), key=lambda one: one[1].casefold()))


def _states(versions: list[Listed]) -> dict[str, str]:
    return {
        name: state.title
        for item in versions
        for name, state in item.pathway.states.items()
        if not state.final
    }


def _otherwise(visit: Visit, path_id: str, change: Change) -> Otherwise:
    before, after = change.before, change.after
    said: list[Any] = [words.route(each.pathway, each) for each in (before, after)]
    if said[0] == said[1]:
        said = [
            f"{text} (rule {each.rule or 'none'})"
            for text, each in zip(said, (before, after), strict=True)
        ]
    return Otherwise(
        path_id,
        words.name(visit.allpath.store.person(path_id)),
        words.state(before.pathway, before.state),
        said[0],
        said[1],
        KINDS[change.kind],
        powers(titled(after.pathway, because(change))),
    )
