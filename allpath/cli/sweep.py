"""`allpath sweep`: checkpoints that came due are marked, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from allpath import words
from allpath.cli.printing import note, progress, put, put_json
from allpath.cli.session import ActorName, AsOf, Json, open_session
from workflow.errors import RefusedError

if TYPE_CHECKING:  # opened when needed
    from allpath.bootstrap import Allpath
    from scheduler.sweep import SweepReport

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def sweep(
    ctx: typer.Context,
    *,
    as_of: AsOf = None,
    trust_clock: Annotated[
        bool,
        typer.Option("--trust-clock", help="Sweep though nobody has looked for five weeks."),
    ] = False,
    actor: ActorName = None,
    as_json: Json = False,
) -> None:
    """Mark checkpoints that are due, overdue or escalated; doing it twice changes nothing more.

    Checkpoints that no longer agree with the time zone data are computed again. It moves no
    patient. Without --actor the scheduler is the actor.

    Example: `allpath sweep`
    """
    from scheduler import sweep as sweeping  # noqa: PLC0415 - opened when needed
    from workflow.recomputing import agreement  # noqa: PLC0415 - see above

    session = open_session(ctx)
    who = session.actor(actor) if actor else sweeping.ACTOR
    allpath = session.allpath
    store = allpath.store
    if as_of is None and not trust_clock:
        _refuse_after_long_silence(allpath)
    with progress("Sweeping", None) as done:
        stale = agreement(store.paths(), store.live_checkpoints()).disagreeing
        report = sweeping.sweep(
            store,
            allpath.orchestrator,
            session.now(as_of),
            actor=who,
            also=[row.path_id for row in stale],
            progress=done,
        )
        if as_of is None:
            _beat(allpath, report.paths)
    if as_json:
        put_json(
            {
                "recomputed": report.recomputed,
                "due": report.due,
                "overdue": report.overdue,
                "escalated": report.escalated,
                "expired": report.expired,
                "late": report.late,
                "paths": report.paths,
                "failed": [{"path_id": path, "problem": why} for path, why in report.failed],
            }
        )
    else:
        put(summary(report))
        if report.recomputed:
            put(
                f"{words.counted(report.recomputed, 'checkpoint')} computed again: the time zone "
                "data or a path's time zone had changed."
            )
        note(*(f"{path}: {why}" for path, why in report.failed))
    if report.failed:
        raise typer.Exit(1)


def _refuse_after_long_silence(allpath: Allpath) -> None:
    """A clock that is wrong by years would tell everybody of everything."""
    from scheduler.worker import LEAP_AT_START  # noqa: PLC0415 - opened when needed
    from workflow.durations import span_in_words  # noqa: PLC0415 - see above

    now = allpath.now()
    last = max((beat.beat_at for beat in allpath.store.heartbeats()), default=now)
    if now - last > LEAP_AT_START:
        msg = (
            f"Nobody has looked for {span_in_words(now - last)}: the clock may be wrong. If "
            f"{now:%d-%b-%Y %H:%M} UTC is right, sweep with --trust-clock."
        )
        raise RefusedError(msg)


def _beat(allpath: Allpath, paths: int) -> None:
    """Somebody has looked: a sweep that is started every minute is a scheduler too."""
    from allpath.background import worker_name  # noqa: PLC0415 - opened when needed
    from workflow.watch import Heartbeat  # noqa: PLC0415 - see above

    now = allpath.now()
    name = worker_name("").partition("/")[0] + "/sweep"
    with allpath.store.begin() as transaction:
        transaction.beat(Heartbeat(name, now, now, stopped_at=now, swept_paths=paths))


def summary(report: SweepReport) -> str:
    """What a sweep did, in one line."""
    told = f"{report.due} due, {report.overdue} overdue, {report.escalated} escalated"
    if report.expired:
        told += f", {report.expired} expired"
    if report.late:
        told += f"; {report.late} told late"
    return f"{words.counted(report.paths, 'path')} looked at: {told}."
