"""`allpath notice recipient`: who is told, in which role, by which channel and when."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Final

import typer

from allpath.cli.printing import put, put_json, put_table
from allpath.cli.session import ActorName, Json, Session, open_session
from allpath.recipients import asked_for, checked, quiet_text, refuse_twice, require_keeper
from workflow.outbox import Recipient
from workflow.records import Actor

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", no_args_is_help=True)

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
    asked = asked_for(
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
    recipients = session.allpath.store.recipients
    refuse_twice(recipients.every(), checked(asked))
    kept = recipients.add(asked, who, session.now())
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
    old = session.allpath.store.recipients.one(recipient)
    asked = asked_for(
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
    session.allpath.store.recipients.change(kept, who, session.now())
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
    recipients = session.allpath.store.recipients
    kept = replace(recipients.one(recipient), active=False)
    recipients.change(kept, who, session.now())
    _show(kept, "is told nothing any more", as_json=as_json)


@app.command("list")
def list_recipients(ctx: typer.Context, *, as_json: Json = False) -> None:
    """Show everybody who is told, or was.

    Example: `allpath notice recipient list`
    """
    found = open_session(ctx).allpath.store.recipients.every()
    if as_json:
        put_json({"recipients": [answer(item) for item in found]})
        return
    put_table(COLUMNS, [_cells(item) for item in found])
    if not found:
        put("Nobody is told of anything; see `allpath notice recipient add --help`.")


def answer(recipient: Recipient) -> dict[str, Any]:
    """One recipient for programs."""
    return {
        "recipient_id": recipient.recipient_id,
        "name": recipient.name,
        "role": recipient.role,
        "site": recipient.site,
        "channel": recipient.channel,
        "address": recipient.address,
        "quiet": quiet_text(recipient) or None,
        "digest": recipient.digest,
        "urgent_any_time": recipient.urgent_any_time,
        "time_zone": recipient.time_zone,
        "active": recipient.active,
    }


def _cells(item: Recipient) -> tuple[str, ...]:
    quiet = quiet_text(item)
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
    require_keeper(actor)
    return actor
