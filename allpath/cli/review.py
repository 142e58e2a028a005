"""`allpath review`: past decisions that a correction would change, looked at again and signed."""

from __future__ import annotations

from typing import Annotated

import typer

from allpath import words
from allpath.answers import decision_answer, explanation_answer
from allpath.cli.banner import put_banner, put_outcome
from allpath.cli.looking import record_look
from allpath.cli.printing import heading, is_terminal, put, put_found, put_json, put_table
from allpath.cli.session import ActorName, IfVersion, Json, Key, Session, open_session
from allpath.problems import UsageError
from allpath.recorded import recorded
from allpath.reviews import review_answer, short, side_by_side, standing, subject
from workflow.commands import CloseReview
from workflow.decide import Decision
from workflow.errors import NotFoundError
from workflow.explanation import Explanation
from workflow.found import Found
from workflow.lookback import explained_again, merge_behind
from workflow.review import VERDICTS, ReviewItem, ReviewStatus
from workflow.titles import title_of

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", no_args_is_help=True)

ReviewId = Annotated[
    str, typer.Argument(metavar="ID", help="A review, as P-7KM2QX/41; `review list` names them.")
]


@app.callback()
def _group() -> None:
    """List past decisions that a corrected or late record would change; close them by name."""


@app.command("list")
def list_(
    ctx: typer.Context,
    *,
    patient: Annotated[
        str, typer.Option(help="Only of this patient: path id, identifier, or part of the name.")
    ] = "",
    everything: Annotated[
        bool, typer.Option("--all", help="Also those that were closed, with verdict and reason.")
    ] = False,
    as_json: Json = False,
) -> None:
    """List the past decisions to look at again, oldest first.

    Example: `allpath review list --patient P-7KM2QX --all`
    """
    session = open_session(ctx)
    store = session.allpath.store
    path_id = session.path_id(patient) if patient else ""
    items = [item for item in store.reviews(path_id) if everything or item.is_open]
    items.sort(key=lambda item: (item.opened_at, item.review_id))
    record_look(session, "reviews_listed", path_id)
    if as_json:
        put_json([review_answer(item) for item in items])
        return
    if not items:
        put("No past decision waits to be looked at again.")
        return
    shown = {path.path_id: session.allpath.shown_by(path) for path in store.paths()}
    put_table(
        ("Review", "About", "Then", "Now", "Opened", "Status"),
        [
            (
                item.review_id,
                subject(item, shown.get(item.path_id)),
                short(item.before, shown.get(item.path_id)),
                short(item.after, shown.get(item.path_id)),
                words.minute(item.opened_at, session.settings.zone),
                standing(item),
            )
            for item in items
        ],
    )


@app.command()
def show(ctx: typer.Context, review: ReviewId, *, as_json: Json = False) -> None:
    """Show one review: the old and the new answer side by side, clause by clause.

    Example: `allpath review show P-7KM2QX/41`
    """
    session = open_session(ctx)
    item, found = _look(session, review)
    history = session.allpath.orchestrator.history(found)
    again = explained_again(found, history, item)
    record_look(session, "review_shown", item.path_id)
    if as_json:
        then, now = (_explained(part) for part in again) if again else (None, None)
        put_json({**review_answer(item), "then": then, "now": now})
        return
    if is_terminal():
        put_banner(found, session.allpath.store.person(item.path_id))
    put_found("review", f"{item.review_id}: {subject(item, found.pathway)}")
    put_found("then", short(item.before, found.pathway))
    put_found("now", short(item.after, found.pathway))
    by = next(
        (r for r in found.case.facts if r.record_id == f"{item.path_id}/{item.opened_by_seq}"), None
    )
    if by is not None:
        fact, value = title_of(found.pathway, by.fact), recorded(found.pathway, by)
        told = f"{fact} = {value}, {words.day(by.effective_at)}, {by.status}"
        put_found("because of", f"{told} (record {by.record_id})")
    merged = merge_behind(history.entries, item)
    if merged is not None:
        other = merged.detail["other"]
        put_found("because of", f"what was known of {other}, which this path was merged into")
    put_found("status", standing(item))
    if any(side_by_side(item, found.pathway)):
        heading("Clauses that come out otherwise")
        for clause, old, new in side_by_side(item, found.pathway):
            put_found(clause, f"then {old}; now {new}")
    if again:
        heading("Row by row")
        put_table(("Row", "Needed", "Then", "Now"), _rows(*again))


@app.command()
def close(
    ctx: typer.Context,
    review: ReviewId,
    *,
    verdict: Annotated[
        str,
        typer.Option("--as", metavar="VERDICT", help="upheld, compensated or no_effect."),
    ],
    reason: Annotated[str, typer.Option(help="What was found, and what was done about it.")],
    code: Annotated[
        str, typer.Option("--code", help="Of care off the pathway: the coded reason.")
    ] = "",
    actor: ActorName = None,
    key: Key = "",
    if_version: IfVersion = None,
    as_json: Json = False,
) -> None:
    """Close a review, as a clinician or lead, by name: the past stays as it was.

    *upheld*: the decision stands though the answer would differ. *compensated*: care was adapted.
    *no_effect*: it made no difference to the patient. Care that no step of the path says is asked
    about once: give the coded reason as for an override (`--code`).

    Example: `allpath review close P-7KM2QX/41 --as upheld --reason "MDT of 20-Nov-2026"`
    """
    session = open_session(ctx)
    who = session.actor(actor)
    status = _verdict(verdict)
    item, before = _look(session, review)
    command = CloseReview(
        actor=who,
        key=key,
        expected_version=if_version,
        path_id=item.path_id,
        review_id=item.review_id,
        verdict=status,
        reason=reason,
        code=code,
    )
    outcome = session.allpath.orchestrator.close_review(command, session.now())
    put_outcome(session, before, outcome, as_json=as_json)


def _verdict(text: str) -> ReviewStatus:
    for status in VERDICTS:
        if text.strip().lower().replace("-", "_") == status:
            return status
    raise UsageError(f"{text!r} is no verdict; write --as {', '.join(VERDICTS)}.")


def _look(session: Session, review_id: str) -> tuple[ReviewItem, Found]:
    """The review and the path it is about; raises NotFoundError."""
    path_id = review_id.rpartition("/")[0]
    items = session.allpath.store.reviews(path_id) if path_id else ()
    item = next((item for item in items if item.review_id == review_id), None)
    if item is None:
        msg = f"There is no review {review_id}; `allpath review list --all` names them."
        raise NotFoundError(msg)
    return item, session.look(item.path_id)


def _explained(decision: Decision) -> dict[str, object]:
    explanation = explanation_answer(decision.explanation)
    return {**decision_answer(decision), "explanation": explanation}


def _rows(then: Decision, now: Decision) -> list[tuple[str, str, str, str]]:
    """Each row that was looked at then or now, with its outcome; what differs is marked."""
    old, new = _by_row(then.explanation), _by_row(now.explanation)
    rows = []
    for name in dict.fromkeys((*old, *new)):
        one, other = old.get(name), new.get(name)
        needed = (one or other or ("", ""))[0]
        before, after = (part[1] if part else "not read" for part in (one, other))
        mark = "" if before == after else " *"
        rows.append((name, needed, before, after + mark))
    return rows


def _by_row(explanation: Explanation | None) -> dict[str, tuple[str, str]]:
    if explanation is None:
        return {}
    return {row.row: (row.title or row.leads_to, row.result) for row in explanation.rows}
