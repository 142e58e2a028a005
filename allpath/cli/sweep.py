"""`allpath sweep`: checkpoints that came due are marked, each once."""

from __future__ import annotations

import typer

from allpath import words
from allpath.cli.printing import note, progress, put, put_json
from allpath.cli.session import ActorName, AsOf, Json, open_session

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def sweep(
    ctx: typer.Context, *, as_of: AsOf = None, actor: ActorName = None, as_json: Json = False
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
    if as_json:
        put_json(
            {
                "recomputed": report.recomputed,
                "due": report.due,
                "overdue": report.overdue,
                "escalated": report.escalated,
                "paths": report.paths,
                "failed": [{"path_id": path, "problem": why} for path, why in report.failed],
            }
        )
    else:
        put(
            f"{words.counted(report.paths, 'path')} looked at: {report.due} due, "
            f"{report.overdue} overdue, {report.escalated} escalated."
        )
        if report.recomputed:
            put(
                f"{words.counted(report.recomputed, 'checkpoint')} computed again: the time zone "
                "data or a path's time zone had changed."
            )
        note(*(f"{path}: {why}" for path, why in report.failed))
    if report.failed:
        raise typer.Exit(1)
