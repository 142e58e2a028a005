"""`allpath notice recipient`: who is told, in which role, by which channel and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Final, get_args
from zoneinfo import ZoneInfo

import typer

from allpath.cli.printing import put, put_json, put_table
from allpath.cli.session import ActorName, Json, Session, open_session
from allpath.problems import UsageError
from workflow.outbox import ChannelName, Recipient
from workflow.records import Actor, Role
from workflow.signing import require_role

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", no_args_is_help=True)

KEEPERS: Final = frozenset({"coordinator", "lead", "director"})
"""Who says who is told."""
ROLES: Final = (*get_args(Role), "laboratory")
COLUMNS: Final = ("Id", "Name", "Role", "Site", "Channel", "Address", "When", "Active")

RoleOption = Annotated[str, typer.Option(help="The role whose notices it gets.")]
ChannelOption = Annotated[str, typer.Option(help="email, webhook or apprise.")]
AddressOption = Annotated[
    str, typer.Option(help="E-mail address, or https:// URL of a webhook without secrets in it.")
]
FileOption = Annotated[
    str,
    typer.Option(
        "--address-file",
        help="File with the address; with apprise it stays in the file, for it holds keys.",
    ),
]
SiteOption = Annotated[str, typer.Option(help="Only patients of this site; none: of every site.")]
QuietOption = Annotated[
    str, typer.Option(metavar="FROM-UNTIL", help="Quiet hours, as 20:00-07:00; `none` ends them.")
]
DigestOption = Annotated[
    bool | None, typer.Option("--digest/--no-digest", help="One message each morning at 07:00.")
]
UrgentOption = Annotated[
    bool | None,
    typer.Option(
        "--urgent-any-time/--no-urgent-any-time",
        help="Escalations to a lead or director come at once, quiet hours or not.",
    ),
]
ZoneOption = Annotated[
    str, typer.Option(help="Time zone of quiet hours and digest; default: the site's.")
]
Who = Annotated[str, typer.Argument(metavar="RECIPIENT", help="The id of the recipient.")]


@app.callback()
def _group() -> None:
    """Say who is told: in which role, by which channel, and when."""


@app.command()
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Name of the person, team or system.")],
    *,
    role: RoleOption,
    channel: ChannelOption = "email",
    address: AddressOption = "",
    address_file: FileOption = "",
    site: SiteOption = "",
    quiet: QuietOption = "",
    digest: DigestOption = None,
    urgent_any_time: UrgentOption = None,
    time_zone: ZoneOption = "",
    actor: ActorName = None,
    as_json: Json = False,
) -> None:
    """Tell somebody from now on of what their role has to know.

    Example: `allpath notice recipient add "Dr Lea Lead" --role lead --address lea@ward.example
    --quiet 20:00-07:00 --actor "Cora Coordinator:coordinator"`
    """
    session = open_session(ctx)
    who = _keeper(session, actor)
    blank = Recipient("", "", "lead", "email", "", time_zone=session.settings.time_zone)
    asked = _asked(
        blank,
        name=name,
        role=role,
        channel=channel,
        address=address,
        address_file=address_file,
        site=site,
        quiet=quiet,
        time_zone=time_zone,
        digest=digest,
        urgent_any_time=urgent_any_time,
    )
    kept = session.allpath.store.outbox.add_recipient(checked(asked), who, session.now())
    _show(kept, "is told from now on", as_json=as_json)


@app.command()
def change(
    ctx: typer.Context,
    recipient: Who,
    *,
    name: Annotated[str, typer.Option(help="Another name.")] = "",
    role: RoleOption = "",
    channel: ChannelOption = "",
    address: AddressOption = "",
    address_file: FileOption = "",
    site: Annotated[str | None, typer.Option(help="Another site; '' for every site.")] = None,
    quiet: QuietOption = "",
    digest: DigestOption = None,
    urgent_any_time: UrgentOption = None,
    time_zone: ZoneOption = "",
    actor: ActorName = None,
    as_json: Json = False,
) -> None:
    """Change how somebody is told; what is on its way to them goes the new way.

    Somebody who was removed is told again.

    Example: `allpath notice recipient change R-1 --quiet 21:00-06:30 --digest`
    """
    session = open_session(ctx)
    who = _keeper(session, actor)
    old = session.allpath.store.outbox.recipient(recipient)
    asked = _asked(
        old,
        name=name,
        role=role,
        channel=channel,
        address=address,
        address_file=address_file,
        site=site,
        quiet=quiet,
        time_zone=time_zone,
        digest=digest,
        urgent_any_time=urgent_any_time,
    )
    kept = replace(checked(asked), active=True)
    session.allpath.store.outbox.change_recipient(kept, who, session.now())
    _show(kept, "is told as given from now on", as_json=as_json)


@app.command()
def remove(
    ctx: typer.Context, recipient: Who, *, actor: ActorName = None, as_json: Json = False
) -> None:
    """Tell somebody nothing any more; what only they were to know waits for somebody else.

    Example: `allpath notice recipient remove R-1 --actor "Cora Coordinator:coordinator"`
    """
    session = open_session(ctx)
    who = _keeper(session, actor)
    outbox = session.allpath.store.outbox
    kept = replace(outbox.recipient(recipient), active=False)
    outbox.change_recipient(kept, who, session.now())
    _show(kept, "is told nothing any more", as_json=as_json)


@app.command("list")
def list_recipients(ctx: typer.Context, *, as_json: Json = False) -> None:
    """Show everybody who is told, or was.

    Example: `allpath notice recipient list`
    """
    found = open_session(ctx).allpath.store.outbox.recipients()
    if as_json:
        put_json({"recipients": [answer(item) for item in found]})
        return
    put_table(COLUMNS, [_cells(item) for item in found])
    if not found:
        put("Nobody is told of anything; see `allpath notice recipient add --help`.")


def checked(recipient: Recipient) -> Recipient:
    """The recipient, if it can be told; raises UsageError that shows the form."""
    from allpath.notify.addresses import check_url  # noqa: PLC0415 - opened when needed
    from allpath.notify.settings import ADDRESS  # noqa: PLC0415 - opened when needed
    from scheduler.channels import DeliveryError  # noqa: PLC0415 - opened when needed

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


def answer(recipient: Recipient) -> dict[str, Any]:
    """One recipient for programs."""
    return {
        "recipient_id": recipient.recipient_id,
        "name": recipient.name,
        "role": recipient.role,
        "site": recipient.site,
        "channel": recipient.channel,
        "address": recipient.address,
        "quiet": _quiet_text(recipient) or None,
        "digest": recipient.digest,
        "urgent_any_time": recipient.urgent_any_time,
        "time_zone": recipient.time_zone,
        "active": recipient.active,
    }


def _asked(
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


def _quiet_text(recipient: Recipient) -> str:
    if recipient.quiet_from is None or recipient.quiet_until is None:
        return ""
    begins, ends = recipient.quiet_from, recipient.quiet_until
    return f"{begins.isoformat('minutes')}-{ends.isoformat('minutes')}"


def _cells(item: Recipient) -> tuple[str, ...]:
    quiet = _quiet_text(item)
    when = ["digest at 07:00" if item.digest else "at once"]
    when += [f"quiet {quiet}"] if quiet else []
    when += ["urgent at any time"] if item.urgent_any_time else []
    return (
        *(item.recipient_id, item.name, item.role, item.site or "every site", item.channel),
        *(item.address, f"{', '.join(when)} ({item.time_zone})", "yes" if item.active else "no"),
    )


def _show(recipient: Recipient, what: str, *, as_json: bool) -> None:
    if as_json:
        put_json(answer(recipient))
    else:
        put(f"{recipient.recipient_id}: {recipient.name} ({recipient.role}) {what}.")


def _keeper(session: Session, given: str | None) -> Actor:
    actor = session.actor(given)
    require_role(actor, KEEPERS, "say who is told")
    return actor
