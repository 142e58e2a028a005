"""`allpath site`: the days a site works, and when its operational checkpoints are due."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from allpath import words
from allpath.cli.printing import heading, put, put_found, put_json
from allpath.cli.session import ActorName, Json, open_session
from allpath.sites import check_plan, set_plan
from workflow.errors import NotFoundError
from workflow.site_plan import KeptPlan, holidays_left

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", no_args_is_help=True)

PlanFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="A site plan: YAML with site, reason, working_days.")
]


@app.callback()
def _group() -> None:
    """Set the working days and operational times of a site, or see what it has set."""


@app.command()
def check(file: PlanFile) -> None:
    """Read a site plan and say what is wrong with it, with line and cure; nothing is kept.

    Example: `allpath site check north.yaml`
    """
    plan, _ = check_plan(file)
    put(f"The plan of {plan.site} can be set.")


@app.command("set")
def set_(
    ctx: typer.Context, file: PlanFile, *, actor: ActorName = None, as_json: Json = False
) -> None:
    """Set a site's plan; a lead's or director's decision. Checkpoints opened from now on follow it.

    Example: `allpath site set north.yaml --actor "Lea Lead:lead"`
    """
    session = open_session(ctx)
    kept = set_plan(session.allpath, file, session.actor(actor), session.now())
    if as_json:
        put_json(_answer(kept))
        return
    put(f"The plan of {kept.site} counts from now on ({kept.hash[:12]}).")
    put("What is open already keeps the rule it was opened by.")


@app.command()
def show(
    ctx: typer.Context,
    site: Annotated[str, typer.Argument(metavar="SITE", help="Name of the site.")],
    *,
    as_json: Json = False,
) -> None:
    """Show what a site has set, when and by whom, the present plan last.

    Example: `allpath site show North`
    """
    session = open_session(ctx)
    plans = [kept for kept in session.allpath.store.site_plans() if kept.site == site]
    if not plans:
        msg = f"The site {site} has set no plan: every day is a working day, and times are those "
        raise NotFoundError(f"{msg}of the pathway. Set one with `allpath site set FILE`.")
    if as_json:
        put_json([_answer(kept) for kept in plans])
        return
    zone = session.settings.zone
    for kept in plans:
        put_found(words.minute(kept.at, zone), f"{kept.hash[:12]} by {kept.actor}")
    latest = plans[-1]
    heading("The plan that counts")
    put(latest.content.rstrip())
    left = holidays_left(latest.plan, session.now().astimezone(zone).date())
    put(f"({words.counted(left, 'holiday')} still to come)")


def _answer(kept: KeptPlan) -> dict[str, Any]:
    return {
        "site": kept.site,
        "hash": kept.hash,
        "actor": kept.actor,
        "at": kept.at.isoformat(),
        "plan": kept.plan.model_dump(mode="json", exclude_defaults=True),
    }
