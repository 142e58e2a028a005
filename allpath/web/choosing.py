"""Several patients of the worklist at once: who was chosen, and what became of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final

from fastapi import Depends
from starlette.requests import Request

from allpath import words
from allpath.web.forms import on_page
from allpath.web.lines import Row
from allpath.web.listing import chosen_rows
from allpath.web.pages import Visit
from allpath.web.visiting import signed_in
from workflow.errors import ConflictError, NotFoundError, NotPermittedError, RefusedError
from workflow.records import AuditEvent

AT_MOST: Final = 100
"""So many patients are chosen at once; a page of the list holds fewer."""


async def _chosen(request: Request) -> tuple[str, ...]:
    form = await request.form(max_fields=AT_MOST * 4)
    found = [text for text in form.getlist("patient") if isinstance(text, str)]
    return tuple(dict.fromkeys(found))[:AT_MOST]


ChosenIds = Annotated[tuple[str, ...], Depends(_chosen)]
"""The ids of the patients whose boxes were ticked."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one of several: done, or refused and why."""

    path_id: str
    name: str
    numbers: str
    is_done: bool
    told: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """Those of the chosen who are on the list of whoever asks, and the ids of the others."""

    rows: Sequence[Row]
    gone: Sequence[str] = field(default=())


def chosen(visit: Visit, ids: Iterable[str], action: str) -> Chosen:
    """The chosen patients, and that somebody looked at each of them is put on record."""
    wanted = tuple(ids)
    rows = chosen_rows(visit, wanted)
    there = {row.task.path.path_id for row in rows}
    actor = signed_in(visit).actor()
    with visit.allpath.store.begin() as transaction:
        for path_id in sorted(there):
            transaction.audit(
                AuditEvent(visit.now, actor.name, actor.role, actor.os_user, action, path_id)
            )
    return Chosen(rows, tuple(path_id for path_id in wanted if path_id not in there))


def each_of(many: Chosen, act: Callable[[Row], str]) -> Iterator[Outcome]:
    """The act is done to one patient after the other; what is refused for one stops no other.

    `act` answers in words what it did.
    """
    for row in many.rows:
        path, person = row.task.path, row.task.person
        try:
            told, is_done = act(row), True
        except ConflictError:
            told = (
                "Somebody changed this patient's record after you opened the form; nothing was "
                "done. Open the patient, look, and do it there."
            )
            is_done = False
        except (NotFoundError, NotPermittedError, RefusedError) as error:
            told, is_done = on_page(error), False
        yield Outcome(path.path_id, words.name(person), words.identifiers(person), is_done, told)
    for path_id in many.gone:
        told = "This patient is not on your worklist any more; nothing was done."
        yield Outcome(path_id, "Not known", "", is_done=False, told=told)
