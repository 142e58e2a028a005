"""`allpath variance`: the register of steps taken against the recommendation."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

import typer

from allpath import words
from allpath.cli.looking import record_look
from allpath.cli.printing import put, put_json, put_table
from allpath.cli.session import Json, open_session
from workflow.overriding import REASONS
from workflow.records import JournalEntry

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """See which steps were taken against the recommendation, by whom, and for which reasons."""


@app.command("list")
def list_(
    ctx: typer.Context,
    *,
    code: Annotated[str, typer.Option("--code", help="Only those for this coded reason.")] = "",
    as_json: Json = False,
) -> None:
    """List every override, and care off the pathway, with reason and signers; and count by reason.

    Care is found in the data, asked about once, and stands here when somebody gave the reason; what
    is still asked is in `allpath review list`. What was not met or unknown when an override was
    signed is in the JSON, and in `allpath history --json`.

    Example: `allpath variance list --code mdt_judgement`
    """
    session = open_session(ctx)
    every = session.allpath.store.variances()
    shown = [entry for entry in every if code in {"", entry.detail["variance"]}]
    record_look(session, "variances_listed")
    counts = Counter(str(entry.detail["variance"]) for entry in every)
    if as_json:
        rows = [_answer(entry) for entry in shown]
        put_json({"variances": rows, "counts": dict(sorted(counts.items()))})
        return
    zone = session.settings.zone
    if shown:
        titles = ("When", "Patient", "Step", "Reason", "Signed by", "In words")
        put_table(titles, [(words.minute(entry.at, zone), *_cells(entry)) for entry in shown])
    else:
        put("No step was taken against the recommendation, and no care was off the pathway.")
    if counts:
        told = ", ".join(f"{REASONS.get(name, name)} {n}" for name, n in counts.most_common())
        care = sum(is_care(entry) for entry in every)
        kinds = f"{words.counted(len(every) - care, 'override')}, {care} times other care"
        put(f"{kinds}: {told}")


def _cells(entry: JournalEntry) -> tuple[str, ...]:
    first = entry.detail.get("first")
    signers = f"{first}, {entry.actor}" if first else entry.actor
    code = str(entry.detail["variance"])
    step = f"{entry.state_from} -> {entry.state_to}"
    if is_care(entry):
        step = f"care off the pathway: {entry.detail['about']}"
    return (entry.path_id, step, REASONS.get(code, code), signers, entry.reason)


def is_care(entry: JournalEntry) -> bool:
    """Whether an entry is about care that no step says, not about an override."""
    return "care" in entry.detail


def _answer(entry: JournalEntry) -> dict[str, Any]:
    return {
        "path_id": entry.path_id,
        "seq": entry.seq,
        "at": entry.at.isoformat(),
        "state_from": entry.state_from,
        "state_to": entry.state_to,
        "kind": "care" if is_care(entry) else "override",
        "about": entry.detail.get("about"),
        "code": entry.detail["variance"],
        "reason": entry.reason,
        "by": entry.actor,
        "first": entry.detail.get("first"),
        "status": entry.detail.get("status"),
        "frozen": entry.detail.get("frozen", []),
    }
