"""What forms about a patient on an agenda share: who asks, what was seen, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from starlette.responses import RedirectResponse, Response

from allpath import words
from allpath.mdt.meetings import meetings_of
from allpath.web.forms import Fields, Problems, on_page
from allpath.web.pages import Visit, page
from allpath.web.stepping import Filled
from allpath.web.views.patient import banner
from allpath.web.visiting import signed_in
from workflow.errors import ConflictError, FactError, RefusedError
from workflow.found import Found
from workflow.mdt import AgendaItem
from workflow.mdt_acts import AgendaError, MdtCommand, item_of

SHOWN: Final = "mdt_form_shown"
FACT: Final = "fact-"
Show = Callable[[Found, Filled], Response]


def done(
    visit: Visit,
    typed: tuple[Found, Fields, Problems],
    command: MdtCommand,
    show: Show,
    where: AgendaItem | str,
) -> Response:
    """The act is done and the agenda is shown; or its form once more, with nothing lost."""
    found, fields, problems = typed
    if problems:
        return show(found, Filled(fields, problems))
    try:
        entry = meetings_of(visit.allpath).do(command, visit.now)
    except ConflictError as error:
        kept = {**fields, "seen": seen_of(visit, command.path_id)}
        return show(found, Filled(kept, Problems({"": on_page(error)}), is_stale=True))
    except AgendaError as error:
        return show(found, Filled(fields, Problems({error.field: on_page(error)})))
    except FactError as error:
        at = f"{FACT}{error.fact}"
        at = at if at in fields else ""
        return show(found, Filled(fields, Problems({at: on_page(error)})))
    except RefusedError as error:
        return show(found, Filled(fields, Problems({"": on_page(error)})))
    item = entry.seq if isinstance(where, str) else where.seq
    return RedirectResponse(f"/mdt/{entry.meeting_id}#{command.path_id}-{item}", 303)


def form_page(
    visit: Visit, found: Found, form: Filled, named: tuple[str, str], **shown: object
) -> Response:
    """A form about a patient, under the banner, with what was typed and what is wrong."""
    template, title = named
    return page(
        visit,
        template,
        form.titled(title),
        status=form.status,
        banner=banner(visit, found),
        heading=title,
        state=words.state(found.pathway, found.case.path.state),
        may=visit.may,
        fields=form.fields,
        problems=form.problems,
        **shown,
    )


def item_on(visit: Visit, path_id: str, item: int) -> AgendaItem:
    """The item of that number; raises NotFoundError."""
    return item_of(meetings_of(visit.allpath).items(path_id), item)


def seen_of(visit: Visit, path_id: str) -> str:
    """How many entries of the path there are now, as a form remembers it."""
    return str(len(visit.allpath.store.meetings.entries(path_id)))


def given(visit: Visit, path_id: str, fields: Fields) -> dict[str, Any]:
    """Who asks about whom, and how many entries they were looking at."""
    text = fields.get("seen", "")
    seen = int(text) if text.isdecimal() and len(text) < 10 else -1  # noqa: PLR2004 - nobody's list is longer
    return {"actor": signed_in(visit).actor(), "path_id": path_id, "seen": seen}
