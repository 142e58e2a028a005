"""A recipient as somebody asks for it: read from words, and refused where it could not be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import Any, Final, get_args
from zoneinfo import ZoneInfo

from allpath.notify.addresses import check_url
from allpath.notify.settings import ADDRESS
from allpath.problems import UsageError
from scheduler.channels import DeliveryError
from workflow.outbox import ChannelName, Recipient
from workflow.records import ACTING

ROLES: Final = (*ACTING, "laboratory")


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
        raise UsageError(f"--quiet {text} is no span of time; write 20:00-07:00.") from None
    if found[0] == found[1] or any(t.second or t.microsecond or t.tzinfo for t in found):
        raise UsageError(f"--quiet {text} is no span of time; write 20:00-07:00.")
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
        raise UsageError("A recipient needs a name of printable letters.")
    if recipient.role not in ROLES:
        raise UsageError(f"{recipient.role} is not a role; roles are {', '.join(ROLES)}.")
    if recipient.channel not in get_args(ChannelName):
        known = ", ".join(get_args(ChannelName))
        raise UsageError(f"{recipient.channel} is not a channel; channels are {known}.")
    if not recipient.address:
        raise UsageError("A recipient needs an address; write --address or --address-file.")
    if recipient.channel == "email" and not ADDRESS.fullmatch(recipient.address):
        raise UsageError("That is not an e-mail address; write one like lea@ward.example.")
    if recipient.channel == "webhook":
        try:
            check_url(recipient.address)
        except DeliveryError as error:
            msg = f"{str(error).capitalize()}; write one like https://hooks.ward.example/allpath."
            raise UsageError(msg) from None
    if recipient.channel == "apprise" and not Path(recipient.address).is_file():
        msg = "With apprise the address is a file that holds the URL; name it by --address-file."
        raise UsageError(msg)
    try:
        ZoneInfo(recipient.time_zone)
    except (KeyError, ValueError, OSError):
        msg = f"{recipient.time_zone} is not a time zone; write one like Europe/London."
        raise UsageError(msg) from None
    return recipient
