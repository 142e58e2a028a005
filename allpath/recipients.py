"""A recipient as somebody asks for it: read from words, and refused where it could not be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo

from allpath.notify.addresses import check_url
from allpath.notify.settings import ADDRESS
from allpath.problems import UsageError
from scheduler.channels import DeliveryError
from workflow.errors import ConflictError
from workflow.outbox import ChannelName, Recipient
from workflow.records import ACTING, Actor
from workflow.signing import require_role

ROLES: Final = (*ACTING, "laboratory")
KEEPERS: Final = frozenset({"coordinator", "lead", "director", "admin"})
"""Who says who is told."""
_NO_SPAN: Final = "{} is no span of time for quiet hours; write 20:00-07:00."


def require_keeper(actor: Actor) -> None:
    """Whoever says who is told may do so; raises NotPermittedError."""
    require_role(actor, KEEPERS, "say who is told")


def refuse_twice(everybody: Sequence[Recipient], asked: Recipient) -> None:
    """Nobody is told of the same thing twice; raises ConflictError naming who is told already."""
    for known in everybody:
        if known.active and _told_as(known) == _told_as(asked):
            msg = (
                f"{known.recipient_id} is told already in that role, by that channel and at that "
                "address; nothing was added."
            )
            raise ConflictError(msg)


def _told_as(recipient: Recipient) -> tuple[str, ...]:
    return recipient.role, recipient.site, recipient.channel, recipient.address


def asked_for(
    old: Recipient,
    *,
    quiet: str,
    address_file: str,
    site: str | None,
    digest: bool | None,
    urgent_any_time: bool | None,
    **words: str,
) -> Recipient:
    """The recipient with whatever was given in the place of what was there."""
    given: dict[str, Any] = {name: text.strip() for name, text in words.items() if text.strip()}
    if site is not None:
        given["site"] = site.strip()
    if digest is not None:
        given["digest"] = digest
    if urgent_any_time is not None:
        given["urgent_any_time"] = urgent_any_time
    if address_file:
        channel = given.get("channel", old.channel)
        given["address"] = address_file if channel == "apprise" else _first_line(address_file)
    if quiet:
        given["quiet_from"], given["quiet_until"] = _quiet(quiet)
    changed: Recipient = replace(old, **given)
    return changed


def _first_line(name: str) -> str:
    try:
        lines = Path(name).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"--address-file {name} cannot be read; name a text file.") from None
    return lines[0].strip() if lines else ""


def _quiet(text: str) -> tuple[time | None, time | None]:
    if text.strip().lower() == "none":
        return None, None
    begins, _, ends = text.partition("-")
    try:
        found = time.fromisoformat(begins.strip()), time.fromisoformat(ends.strip())
    except ValueError:
        raise UsageError(_NO_SPAN.format(text), "quiet") from None
    if found[0] == found[1] or any(t.second or t.microsecond or t.tzinfo for t in found):
        raise UsageError(_NO_SPAN.format(text), "quiet")
    return found


def quiet_text(recipient: Recipient) -> str:
    """The quiet hours as they are written: `20:00-07:00`; empty where there are none."""
    if recipient.quiet_from is None or recipient.quiet_until is None:
        return ""
    begins, ends = recipient.quiet_from, recipient.quiet_until
    return f"{begins.isoformat('minutes')}-{ends.isoformat('minutes')}"


def checked(recipient: Recipient) -> Recipient:
    """The recipient, if it can be told; raises UsageError that shows the form."""
    if not recipient.name.strip() or not recipient.name.isprintable():
        raise UsageError("A recipient needs a name of printable letters.", "name")
    if recipient.role not in ROLES:
        msg = f"{recipient.role} is not a role; roles are {', '.join(ROLES)}."
        raise UsageError(msg, "role")
    if recipient.channel not in get_args(ChannelName):
        known = ", ".join(get_args(ChannelName))
        msg = f"{recipient.channel} is not a channel; channels are {known}."
        raise UsageError(msg, "channel")
    if not recipient.address:
        msg = "A recipient needs an address; write --address or --address-file."
        raise UsageError(msg, "address")
    if recipient.channel == "email" and not ADDRESS.fullmatch(recipient.address):
        msg = "That is not an e-mail address; write one like lea@ward.example."
        raise UsageError(msg, "address")
    if recipient.channel == "webhook":
        try:
            check_url(recipient.address)
        except DeliveryError as error:
            msg = f"{str(error).capitalize()}; write one like https://hooks.ward.example/allpath."
            raise UsageError(msg, "address") from None
    if recipient.channel == "apprise" and not Path(recipient.address).is_file():
        msg = "With apprise the address is a file that holds the URL; name it by --address-file."
        raise UsageError(msg, "address")
    try:
        ZoneInfo(recipient.time_zone)
    except (KeyError, ValueError, OSError):
        msg = f"{recipient.time_zone} is not a time zone; write one like Europe/London."
        raise UsageError(msg, "time_zone") from None
    return recipient
