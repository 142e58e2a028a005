"""Two meetings of the MDT for the demonstration: one that was held, and the next one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from allpath.bootstrap import Allpath
from allpath.demo.carrying import CLINICIAN, COORDINATOR
from allpath.everybody import everybody
from allpath.mdt.meetings import Meetings, meetings_of
from workflow.mdt import DEFER, Attendee
from workflow.mdt_acts import AddAction, DecideItem, PutOnAgenda, choices

TITLE: Final = "Leukaemia MDT"
_PEOPLE: Final = (
    Attendee("Dr Lea Lead", "haematologist", is_chair=True),
    Attendee("Dr Ada Sample", "haematologist"),
    Attendee("Dr Paul Path", "pathologist"),
    Attendee("Cora Coordinator", "coordinator"),
)
_QUESTION: Final = "Which treatment next, and what has to be known before it begins?"
_WHY: Final = "Discussed with the transplant team; the family agrees."
_DAY: Final = timedelta(days=1)


def hold(allpath: Allpath, now: datetime) -> None:
    """A meeting was held last week, and one is called for next week.

    Of those whom the pathway sends to the MDT, two were decided about, one was not, and one is on
    the next agenda; the others are on none.
    """
    service = meetings_of(allpath)
    today = now.astimezone(service.zone).date()
    called = now - 14 * _DAY
    held = service.call(COORDINATOR, today - 6 * _DAY, TITLE, "", called).meeting_id
    coming = service.call(COORDINATOR, today + 8 * _DAY, TITLE, "", now - _DAY).meeting_id
    tasks, _ = everybody(allpath, now)
    asked = [
        task.path.path_id
        for task in tasks
        if task.decision and task.decision.route.status == "needs_mdt" and not task.path.pending
    ]
    service.attend(COORDINATOR, held, _PEOPLE, None, now)
    for path_id, act in zip(asked, (_decided, _deferred, None), strict=False):
        item = _put(service, path_id, held, now - 8 * _DAY)
        if act is not None:
            act(service, path_id, item, now)
    for path_id in asked[3:4]:
        _put(service, path_id, coming, now)


def _put(service: Meetings, path_id: str, meeting_id: str, at: datetime) -> int:
    command = PutOnAgenda(
        actor=COORDINATOR, path_id=path_id, meeting_id=meeting_id, question=_QUESTION
    )
    return service.do(command, at).seq


def _decided(service: Meetings, path_id: str, item: int, now: datetime) -> None:
    """A step was chosen, which nobody has confirmed yet, and somebody is late with an action."""
    first = choices(service.orchestrator.look(path_id, now).decision())[0]
    today = now.astimezone(service.zone).date()
    service.do(
        DecideItem(actor=CLINICIAN, path_id=path_id, item=item, choice=first, rationale=_WHY), now
    )
    for what, owner, days in (
        ("Ask the laboratory for the CD19 result", "Dr Paul Path", -2),
        ("Tell the family", "Dr Ada Sample", 3),
    ):
        command = AddAction(
            actor=COORDINATOR,
            path_id=path_id,
            item=item,
            what=what,
            owner=owner,
            due_on=today + days * _DAY,
        )
        service.do(command, now)


def _deferred(service: Meetings, path_id: str, item: int, now: datetime) -> None:
    command = DecideItem(
        actor=CLINICIAN,
        path_id=path_id,
        item=item,
        choice=DEFER,
        in_words="Again at the next meeting, with the second marrow.",
        rationale="The second marrow is not reported yet.",
    )
    service.do(command, now)
