"""`allpath pathway migrate`: move paths to another version by an approved plan, and back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from allpath import migrations, words
from allpath.cli.printing import heading, note, progress, put, put_found, put_json
from allpath.cli.session import ActorName, Json, open_session
from allpath.migrations import Done, Move, Wishes
from allpath.problems import UsageError
from allpath.versions import find_kept_version, find_version
from workflow.errors import NotFoundError, RefusedError
from workflow.migration import MigrationPlan, read_plan

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", no_args_is_help=True)

CONFLICT = 5
PlanFile = Annotated[Path, typer.Argument(metavar="PLAN", help="The plan's file.")]


@app.callback()
def _group() -> None:
    """Plan, approve, apply and revert the move of paths to another version."""


@app.command()
def plan(
    ctx: typer.Context,
    pathway_id: Annotated[str, typer.Argument(metavar="ID", help="The pathway.")],
    *,
    source: Annotated[str, typer.Option("--from", help="The version they are on, or its hash.")],
    target: Annotated[str, typer.Option("--to", help="A version, its hash, or a file.")],
    out: Annotated[Path, typer.Option(help="Where the plan is written.")],
    partner: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="OLD=NEW", help="Where a state or track goes; repeatable."),
    ] = None,
    checkpoints: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND=CHOICE", help="keep_due, recompute, cancel or open; repeatable."
        ),
    ] = None,
    drop: Annotated[
        list[str] | None,
        typer.Option(metavar="FACT", help="A recorded fact that counts no more; repeatable."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a plan and say what it would do to each patient; nobody is moved.

    Example: `allpath pathway migrate plan relapsed_all --from 2026.11 --to new.yaml
    --out plan.yaml`
    """
    session = open_session(ctx)
    allpath, now = session.allpath, session.now()
    library = allpath.orchestrator.library
    old = find_kept_version(allpath, pathway_id, source)
    is_file = Path(target).suffix in {".yaml", ".yml"} or Path(target).exists()
    new = (
        find_version(allpath, target) if is_file else find_kept_version(allpath, pathway_id, target)
    )
    if old.content_hash == new.content_hash or new.id != pathway_id:
        raise UsageError("--from and --to are two versions of the same pathway.")
    wishes = Wishes(
        _pairs(partner, "--map"), _pairs(checkpoints, "--checkpoints"), tuple(drop or ())
    )
    made = migrations.make_plan(allpath.store, old, new, wishes, now)
    with allpath.store.begin() as transaction:
        library.keep(transaction, old, now)
        library.keep(transaction, new, now)
    with progress("Rehearsing", None) as done:
        moves = migrations.rehearsed(allpath, made, done, now)
    out.write_text(plan_text(made), encoding="utf-8")
    if as_json:
        put_json({"plan": made.model_dump(mode="json"), "digest": made.digest,
                  "patients": [move_answer(item) for item in moves]})  # fmt: skip
    else:
        _put(made, moves, session.settings.zone)
        note(f"Written: {out}. Next, another person:",
             f'  allpath pathway migrate approve {out} --actor "NAME:ROLE"')  # fmt: skip
    if any("would have no open checkpoint" in move.problem for move in moves):
        raise RefusedError("Somebody would be forgotten; change the plan before it is approved.")


@app.command()
def approve(
    ctx: typer.Context, file: PlanFile, *, actor: ActorName = None, as_json: Json = False
) -> None:
    """Sign a plan, so that another person may apply it.

    Example: `allpath pathway migrate approve plan.yaml --actor "Dr B. Second:clinician"`
    """
    session = open_session(ctx)
    who, made = session.actor(actor), _read(file)
    migrations.approve(session.allpath, made, who, plan_text(made), session.now())
    if as_json:
        put_json({"digest": made.digest, "approved_by": who.name})
    else:
        put(f"The plan {made.digest[:12]} is approved by {who.name}.")


@app.command()
def apply(
    ctx: typer.Context, file: PlanFile, *, actor: ActorName = None, as_json: Json = False
) -> None:
    """Move every path of an approved plan; done again it moves nobody twice.

    Example: `allpath pathway migrate apply plan.yaml --actor "Dr A. Sample:clinician"`
    """
    session = open_session(ctx)
    who, made = session.actor(actor), _read(file)
    with progress("Moving", None) as step:
        done = migrations.applied(session.allpath, made, who, step, session.now())
    _put_done(done, "moved", as_json=as_json)


@app.command()
def revert(
    ctx: typer.Context, file: PlanFile, *, actor: ActorName = None, as_json: Json = False
) -> None:
    """Move the paths of a plan back, where the way back is clear and they have not moved on.

    Example: `allpath pathway migrate revert plan.yaml --actor "Dr A. Sample:clinician"`
    """
    session = open_session(ctx)
    who, made = session.actor(actor), _read(file)
    with progress("Moving back", None) as step:
        done = migrations.reverted(session.allpath, made, who, step, session.now())
    _put_done(done, "moved back", as_json=as_json)


def plan_text(made: MigrationPlan) -> str:
    """The plan as a file a person can read and edit."""
    import yaml  # noqa: PLC0415 - only needed here

    content: str = yaml.safe_dump(made.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    return (
        "# Moves paths to another version of their pathway. For each checkpoint one of keep_due,\n"
        "# recompute, cancel, open. Whatever you change here has to be approved anew.\n" + content
    )


def move_answer(move: Move) -> dict[str, Any]:
    """What the plan does to one path, for programs."""
    due = [
        {**asdict(item), "before": _iso(item.before), "after": _iso(item.after)}
        for item in move.due
    ]
    return {**asdict(move), "due": due}


def _iso(at: Any) -> str | None:  # noqa: ANN401 - an instant or none
    return None if at is None else str(at.isoformat())


def _read(file: Path) -> MigrationPlan:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise NotFoundError(f"The plan {file} cannot be read: {error.strerror}.") from None
    return read_plan(data, str(file))


def _pairs(items: list[str] | None, option: str) -> dict[str, str]:
    pairs = {}
    for item in items or ():
        name, equals, value = item.partition("=")
        if not equals or not name or not value:
            raise UsageError(f"{option} {item} is not a pair; write {option} OLD=NEW.")
        pairs[name] = value
    return pairs


def _put(made: MigrationPlan, moves: list[Move], zone: ZoneInfo) -> None:
    put(
        f"{made.pathway} {made.from_version} ({made.from_hash[:12]}) to {made.to_version} "
        f"({made.to_hash[:12]}), plan {made.digest[:12]}: {words.counted(len(moves), 'patient')}."
    )
    for move in moves:
        heading(f"{move.path_id}: {move.old_state} -> {move.new_state}")
        if move.problem:
            put_found("cannot move", move.problem)
            continue
        if move.pending:
            put_found("waits for", f"a second signature under {move.pending}")
        same = move.before == move.after
        put_found("recommended", move.after if same else f"{move.before}; then {move.after}")
        for item in move.due:
            put_found(item.became, _due_text(item, zone))


def _due_text(item: migrations.Due, zone: ZoneInfo) -> str:
    before, after = (words.minute(at, zone) if at else "" for at in (item.before, item.after))
    if before == after:
        return f"{item.checkpoint}: due {before}"
    return f"{item.checkpoint}: due {before or 'never'}, then {after or 'no more'}"


def _put_done(done: Done, verb: str, *, as_json: bool) -> None:
    if as_json:
        left = [{"path_id": path_id, "problem": why} for path_id, why in done.left]
        put_json({verb.replace(" ", "_"): done.moved, "already": done.already, "left": left})
    else:
        put(f"{done.moved} {verb}, {done.already} already, {len(done.left)} left.")
        note(*(f"{path_id}: {why}" for path_id, why in done.left))
    if done.left:
        raise typer.Exit(CONFLICT)
