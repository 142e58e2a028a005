"""`allpath notice`: who was told of what, what is still on its way, and telling it now."""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from allpath import untold, words
from allpath.cli import calendar, recipient
from allpath.cli.printing import put, put_json, put_table
from allpath.cli.session import ActorName, AsOf, Json, open_session
from allpath.problems import UsageError
from scheduler.delivery import DeliveryReport, deliver
from scheduler.telling import checkpoint_of
from workflow.outbox import Told
from workflow.records import iso

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", no_args_is_help=True)
app.add_typer(recipient.app, name="recipient")
app.add_typer(calendar.app, name="calendar")

COLUMNS = ("Delivery", "Notice", "Told", "Channel", "Status", "When", "Why")


@app.callback()
def _group() -> None:
    """See who was told of what, deliver notices, and say who is told."""


@app.command("list")
def list_notices(
    ctx: typer.Context,
    *,
    patient: Annotated[str, typer.Option(metavar="PATIENT", help="Only of this patient.")] = "",
    undelivered: Annotated[
        bool, typer.Option("--undelivered", help="Only notices that reached nobody.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show who was told of what, when and by which channel; the oldest notice comes first.

    Example: `allpath notice list --undelivered`
    """
    session = open_session(ctx)
    now = session.now()
    path_id = session.path_id(patient) if patient else None
    told = session.allpath.store.outbox.told(path_id)
    found = {item.notice.notice_id: item.why for item in untold.untold(session.allpath, now)}
    shown = [item for item in told if not undelivered or item.notice.notice_id in found]
    if as_json:
        put_json({"deliveries": [_answer(item, found) for item in shown]})
        return
    put_table(COLUMNS, [_cells(item, found, session.settings.zone) for item in shown])
    if not shown:
        put("No notice was written." if not undelivered else "Every notice reached somebody.")


@app.command("deliver")
def deliver_now(ctx: typer.Context, *, as_of: AsOf = None, as_json: Json = False) -> None:
    """Send what is due now; doing it twice, or twice at once, tells nobody twice.

    Example: `allpath notice deliver`
    """
    from allpath.notify.wiring import delivering  # noqa: PLC0415 - opened when needed

    session = open_session(ctx)
    round_ = delivering(session.allpath)
    report = deliver(round_, session.now(as_of))
    total = asdict(report)
    while not report.is_done:
        report = deliver(round_, session.now(as_of))
        total = _added(total, report)
    if as_json:
        put_json({name: total[name] for name in total if name != "is_done"})
        return
    put(
        f"{words.counted(total['sent'], 'notice')} sent, {total['failed']} to be tried again, "
        f"{total['dead']} given up, {total['dropped']} no longer needed."
    )
    if total["unaddressed"]:
        put(f"{words.counted(total['unaddressed'], 'notice')} found nobody with their role.")


@app.command()
def replay(
    ctx: typer.Context,
    delivery: Annotated[
        int | None, typer.Argument(metavar="ID", help="The delivery, as `list` shows it.")
    ] = None,
    *,
    all_dead: Annotated[
        bool, typer.Option("--all-dead", help="Every delivery that was given up.")
    ] = False,
    actor: ActorName = None,
    as_json: Json = False,
) -> None:
    """Try a delivery again that was given up; the next round sends it, under the same id.

    Example: `allpath notice replay --all-dead --actor "Cora Coordinator:coordinator"`
    """
    session = open_session(ctx)
    who = session.actor(actor)
    outbox = session.allpath.store.outbox
    if (delivery is None) != all_dead:
        raise UsageError("Name one delivery, or write --all-dead; see `allpath notice list`.")
    numbers = outbox.dead() if delivery is None else (delivery,)
    for number in numbers:
        outbox.replay(number, who, session.now())
    if as_json:
        put_json({"replayed": list(numbers)})
    else:
        put(f"{words.counted(len(numbers), 'notice')} will be tried again.")


@app.command("test")
def send_test(
    ctx: typer.Context,
    to: Annotated[str, typer.Argument(metavar="RECIPIENT", help="The id of the recipient.")],
    *,
    as_json: Json = False,
) -> None:
    """Send a test message to one recipient now, quiet hours or not; nothing is written down.

    Example: `allpath notice test R-1`
    """
    from allpath.notify.testing import send_test as send  # noqa: PLC0415 - opened when needed

    session = open_session(ctx)
    found, message = send(session.allpath, to, session.now())
    if as_json:
        put_json({"recipient": to, "channel": found.channel, "message_id": message.message_id})
    else:
        put(f"{found.name} was sent a test message by {found.channel}.")


def _added(total: dict[str, Any], report: DeliveryReport) -> dict[str, Any]:
    """The sum of two rounds; notices without recipient are the same ones in each."""
    sums = {f.name: total[f.name] + getattr(report, f.name) for f in fields(report)}
    return {**sums, "unaddressed": report.unaddressed, "is_done": report.is_done}


def _cells(item: Told, found: dict[str, str], zone: ZoneInfo) -> tuple[str, ...]:
    notice = item.notice
    checkpoint = checkpoint_of(notice)
    written = words.minute(notice.created_at, zone)
    what = f"{notice.path_id} {checkpoint or notice.topic} to {notice.to_role}, {written}"
    why = item.error or found.get(notice.notice_id, "")
    return (
        "" if item.number is None else str(item.number),
        what,
        item.recipient or "nobody yet",
        item.channel or "",
        item.status,
        _when(item.sent_at or item.next_at, zone),
        why,
    )


def _when(at: datetime | None, zone: ZoneInfo) -> str:
    return "" if at is None else words.minute(at, zone)


def _answer(item: Told, found: dict[str, str]) -> dict[str, Any]:
    notice = item.notice
    return {
        "delivery": item.number,
        "notice_id": notice.notice_id,
        "path_id": notice.path_id,
        "topic": notice.topic,
        "checkpoint": checkpoint_of(notice) or None,
        "to_role": notice.to_role,
        "created_at": iso(notice.created_at),
        "recipient_id": item.recipient_id,
        "recipient": item.recipient or None,
        "channel": item.channel,
        "status": item.status,
        "attempts": item.attempts,
        "next_at": iso(item.next_at) if item.next_at else None,
        "sent_at": iso(item.sent_at) if item.sent_at else None,
        "error": item.error or None,
        "undelivered": found.get(notice.notice_id),
    }
