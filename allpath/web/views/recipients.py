"""Who is told: in which role, for which site, by which channel and when; and a test of it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from allpath.notify.testing import send_test
from allpath.recipients import (
    ROLES,
    asked_for,
    checked,
    quiet_text,
    refuse_twice,
    require_keeper,
)
from allpath.web.forms import Fields, Problems, Typed, on_page
from allpath.web.pages import Visit, page
from allpath.web.stepping import Filled
from allpath.web.visiting import AVisit, signed_in
from workflow.errors import AllpathError, NotFoundError
from workflow.outbox import Recipient

LIST: Final = "/admin/recipients"
FILE: Final = "apprise"
"""The channel whose address is a file with keys, named on the machine itself alone."""
CHANNELS: Final = {"email": "E-mail", "webhook": "Webhook"}
_ROLES: Final = {role: role.capitalize() for role in ROLES}
_WORDS: Final = ("name", "role", "site", "channel", "address", "quiet", "time_zone")
_DONE: Final = {
    "added": "They are told from now on.",
    "changed": "They are told as given here from now on.",
    "removed": "They are told nothing any more.",
    "tested": "The test message was handed over.",
}


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route(LIST, recipients_page, methods=["GET"])
    router.add_api_route(f"{LIST}/new", recipient_new, methods=["GET"])
    router.add_api_route(f"{LIST}/new", recipient_add, methods=["POST"])
    router.add_api_route(f"{LIST}/{{recipient}}", recipient_page, methods=["GET"])
    router.add_api_route(f"{LIST}/{{recipient}}", recipient_change, methods=["POST"])
    router.add_api_route(f"{LIST}/{{recipient}}/remove", recipient_remove, methods=["POST"])
    router.add_api_route(f"{LIST}/{{recipient}}/test", recipient_test, methods=["POST"])


def recipients_page(visit: AVisit) -> Response:
    """Everybody who is told, and who was."""
    found = visit.allpath.store.recipients.every()
    rows = [(item, when_of(item)) for item in sorted(found, key=lambda item: not item.active)]
    return page(visit, "recipients.html", "Recipients of notices", rows=rows)


def recipient_new(visit: AVisit) -> Response:
    """The form for somebody who is to be told."""
    fields = _fields(_blank(visit))
    return _form(visit, None, Filled(fields))


def recipient_add(visit: AVisit, fields: Typed) -> Response:
    """Somebody is told from now on."""
    recipients, problems = visit.allpath.store.recipients, Problems()
    asked = _asked(_blank(visit), fields, problems)
    if asked is not None and not problems:
        who = signed_in(visit).actor()
        try:
            require_keeper(who)
            refuse_twice(recipients.every(), asked)
            made = recipients.add(asked, who, visit.now)
        except AllpathError as error:
            problems.tell(error, "address")
        else:
            return RedirectResponse(f"{LIST}/{made.recipient_id}?done=added", 303)
    return _form(visit, None, Filled(fields, problems))


def recipient_page(visit: AVisit, recipient: str, done: str = "") -> Response:
    """One recipient, and what can be changed of it."""
    found = _one(visit, recipient)
    return _form(visit, found, Filled(_fields(found)), done=_DONE.get(done, ""))


def recipient_change(visit: AVisit, recipient: str, fields: Typed) -> Response:
    """They are told as given from now on; somebody who was removed is told again."""
    found, problems = _one(visit, recipient), Problems()
    if fields.get("seen", "") != _mark(found):
        problems[""] = (
            "Somebody changed this recipient after you opened the form. Nothing of yours is saved; "
            "what counts stands below, and what you typed is in the form. Send it again to set it."
        )
        fields = {**fields, "seen": _mark(found)}
        return _form(visit, found, Filled(fields, problems), status=HTTPStatus.CONFLICT)
    asked = _asked(found, fields, problems)
    if asked is None or problems:
        return _form(visit, found, Filled(fields, problems))
    who = signed_in(visit).actor()
    require_keeper(who)
    visit.allpath.store.recipients.change(replace(asked, active=True), who, visit.now)
    return RedirectResponse(f"{LIST}/{found.recipient_id}?done=changed", 303)


def recipient_remove(visit: AVisit, recipient: str) -> Response:
    """They are told nothing any more; what only they were to know waits for somebody else."""
    found, who = _one(visit, recipient), signed_in(visit).actor()
    require_keeper(who)
    if found.active:
        visit.allpath.store.recipients.change(replace(found, active=False), who, visit.now)
    return RedirectResponse(f"{LIST}/{found.recipient_id}?done=removed", 303)


def recipient_test(visit: AVisit, recipient: str) -> Response:
    """They are sent a test message now."""
    found = _one(visit, recipient)
    require_keeper(signed_in(visit).actor())
    try:
        send_test(visit.allpath, found.recipient_id, visit.now)
    except AllpathError as error:
        return _form(visit, found, Filled(_fields(found), Problems({"test": on_page(error)})))
    return RedirectResponse(f"{LIST}/{found.recipient_id}?done=tested", 303)


def when_of(item: Recipient) -> str:
    """When somebody is told, in words."""
    quiet = quiet_text(item)
    when = ["one message at 07:00" if item.digest else "at once"]
    when += [f"quiet {quiet.replace('-', ' to ')}"] if quiet else []
    when += ["urgent at any time"] if item.urgent_any_time else []
    return f"{', '.join(when)} ({item.time_zone})"


def _one(visit: Visit, recipient: str) -> Recipient:
    try:
        return visit.allpath.store.recipients.one(recipient)
    except NotFoundError:
        raise NotFoundError("There is no recipient of that number; see all of them.") from None


def _blank(visit: Visit) -> Recipient:
    zone = visit.allpath.settings.time_zone
    return Recipient("", "", "lead", "email", "", time_zone=zone)


def _asked(old: Recipient, fields: Fields, problems: Problems) -> Recipient | None:
    """The recipient as typed; None, and the faults at their fields, where it cannot stand."""
    problems.need(fields, "name", "Enter the name of the person, team or system.")
    problems.need(fields, "address", "Enter the address.")
    for name in _WORDS:
        problems.text(fields, name)
    channel = fields.get("channel", "")
    if FILE in {channel, old.channel} and (channel, fields.get("address")) != (
        old.channel,
        old.address,
    ):
        problems["channel"] = (
            "Choose e-mail or a webhook. A channel whose address is a file with keys is set up on "
            "the machine that runs Allpath, and stays as it is here."
        )
    if "role" not in problems:
        problems.one_of(fields, "role", _ROLES, "Choose the role whose notices they get.")
    if problems:
        return None
    given = {name: fields.get(name, "") for name in ("name", "role", "channel", "address")}
    try:
        asked = asked_for(
            old,
            quiet=fields.get("quiet", "") or "none",
            time_zone=fields.get("time_zone", ""),
            site=fields.get("site", ""),
            address_file="",
            digest=fields.get("digest") == "yes",
            urgent_any_time=fields.get("urgent_any_time") == "yes",
            **given,
        )
        return checked(asked)
    except AllpathError as error:
        problems.tell(error, "name")
        return None


def _fields(item: Recipient) -> dict[str, str]:
    return {
        "name": item.name,
        "role": item.role if item.recipient_id else "",
        "site": item.site,
        "channel": item.channel,
        "address": item.address,
        "quiet": quiet_text(item),
        "time_zone": item.time_zone,
        "digest": "yes" if item.digest else "",
        "urgent_any_time": "yes" if item.urgent_any_time else "",
        "seen": _mark(item),
    }


def _mark(item: Recipient) -> str:
    """What a form was opened on, so that nobody overwrites what they have not seen."""
    return hashlib.sha256(repr(item).encode()).hexdigest()[:16]


def _form(
    visit: Visit, item: Recipient | None, filled: Filled, *, done: str = "", status: int = 0
) -> Response:
    channels = {**CHANNELS, **({FILE: "Apprise"} if item and item.channel == FILE else {})}
    return page(
        visit,
        "recipient.html",
        item.name if item else "Tell somebody",
        status=status or filled.status,
        item=item,
        when=when_of(item) if item else "",
        fields=filled.fields,
        problems=filled.problems,
        roles=_ROLES,
        channels=channels,
        done=done,
    )
