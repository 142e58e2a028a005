"""`allpath patient merge` and `unmerge`: one patient who was enrolled twice, or two after all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from allpath import words
from allpath.answers import path_answer
from allpath.assigning import keeper_title
from allpath.cli.banner import put_outcome
from allpath.cli.printing import heading, put, put_found, put_json
from allpath.cli.session import ActorName, IfVersion, Json, Key, Patient, Session, open_session
from workflow.carrying_out import Outcome
from workflow.commands import MergePaths, UnmergePaths
from workflow.facts import FactRecord
from workflow.found import Found

if TYPE_CHECKING:  # opened when it is used
    from allpath.merging import Brought

Because = Annotated[
    str, typer.Option("--reason", "--because", help="How you know, in your own words.")
]


def merge(
    ctx: typer.Context,
    patient: Patient,
    *,
    into: Annotated[str, typer.Option(help="The path that goes on for both.")],
    because: Because,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what it would do; write nothing.")
    ] = False,
    actor: ActorName = None,
    key: Key = "",
    if_version: IfVersion = None,
    as_json: Json = False,
) -> None:
    """Merge a path into another one of the same patient, who was enrolled twice.

    What the one knows is added to the other; contradicting findings both stand until a person has
    decided. The merged path is closed for care and stays readable. Its numbers find the other.

    Example: `allpath patient merge P-7KM2QX --into P-QRNE4Y --reason "one passport" --dry-run`
    """
    from allpath.merging import merging_of  # noqa: PLC0415 - opened when it is used

    session = open_session(ctx)
    who = session.actor(actor)
    before, other = session.look(patient), session.look(into)
    is_looked_at = if_version is None and not key
    command = MergePaths(
        actor=who,
        key=key,
        expected_version=before.case.path.version if is_looked_at else if_version,
        path_id=before.case.path.path_id,
        into=other.case.path.path_id,
        reason=because,
        expected_into=other.case.path.version if is_looked_at else None,
    )
    merging, now = merging_of(session.allpath), session.now()
    if dry_run:
        foreseen = session.allpath.orchestrator.foresee_merge(command, now)
        _put_foreseen(before, foreseen, as_json=as_json)
        if not as_json:
            _put_brought(session, merging.foreseen(command.path_id, command.into))
        return
    brought = merging.foreseen(command.path_id, command.into)
    left, grown = merging.merge(command, now)
    if as_json:
        put_json(_answer(left, grown))
        return
    put_outcome(session, before, left, as_json=False)
    put_outcome(session, other, grown, as_json=False)
    _put_disputed(before, left, grown)
    if not left.replayed:
        _put_brought(session, brought)


def unmerge(
    ctx: typer.Context,
    patient: Annotated[str, typer.Argument(metavar="PATH", help="The path that was merged.")],
    *,
    because: Because,
    actor: ActorName = None,
    key: Key = "",
    if_version: IfVersion = None,
    as_json: Json = False,
) -> None:
    """Part a merged path again: it lives as before, and the other loses what came from it.

    Give the id of the path that was merged: its numbers find the other one.

    Example: `allpath patient unmerge P-7KM2QX --reason "they are cousins"`
    """
    from allpath.merging import merging_of  # noqa: PLC0415 - opened when it is used

    session = open_session(ctx)
    who = session.actor(actor)
    before = session.look(patient)
    path = before.case.path
    other = session.look(path.merged_into) if path.merged_into else before
    command = UnmergePaths(
        actor=who,
        key=key,
        expected_version=path.version if if_version is None and not key else if_version,
        path_id=path.path_id,
        reason=because,
    )
    parted, survivor = merging_of(session.allpath).unmerge(command, session.now())
    if as_json:
        put_json({"parted": path_answer(parted.path), "from": path_answer(survivor.path)})
        return
    put_outcome(session, before, parted, as_json=False)
    if survivor.entries:
        put_outcome(session, other, survivor, as_json=False)
        for record_id in survivor.entries[0].detail["changed"]:
            put(
                f"  {record_id} was corrected on {survivor.path.path_id} meanwhile: correct it on "
                f"{path.path_id} as well, if the correction is of that patient."
            )


def _put_foreseen(before: Found, foreseen: tuple[Outcome, Outcome], *, as_json: bool) -> None:
    left, grown = foreseen
    if as_json:
        put_json(_answer(left, grown))
        return
    detail, pathway = grown.entries[0].detail, before.pathway
    by_id = {record.record_id: record for record in before.case.facts}
    heading(f"Merging {left.path.path_id} into {grown.path.path_id} (nothing is written)")
    for record_id, _ in detail["copied"]:
        put_found("taken over", _told(by_id[record_id]))
    put_found("known already", words.counted(len(detail["same"]), "record"))
    for record_id in detail["left"]:
        put_found("stays behind", _told(by_id[record_id]))
    for record_id in detail["disputed"]:
        put_found("contradicts", _told(by_id[record_id]))
    for row in before.case.checkpoints:
        put_found("closed", f"{row.checkpoint}, {words.due(row, left.now, before.zone)}")
    for outcome in foreseen:
        for entry in outcome.entries:
            if entry.kind == "review_opened":
                about = f"{entry.detail['of']} {entry.detail['about']}"
                put_found("to look at again", f"{about} of {outcome.path.path_id}")
    put_found("then", words.route(pathway, grown.decision))


def _put_brought(session: Session, brought: Brought) -> None:
    """Who looks after the patient from then on, and what goes over of the agendas."""
    store = session.allpath.store
    if brought.keeper:
        accounts = {account.name: account for account in store.accounts.every()}
        put_found("looked after by", keeper_title(brought.keeper, accounts))
    for item in brought.items:
        day = words.day(store.meetings.one(item.meeting_id).held_on)
        put_found("on the agenda", f"MDT of {day}: {item.question}")


def _put_disputed(before: Found, left: Outcome, grown: Outcome) -> None:
    disputed = set(grown.entries[0].detail["disputed"]) if grown.entries else set()
    for record in before.case.facts:
        if record.record_id in disputed:
            put(
                f"  {grown.path.path_id} answers otherwise than {left.path.path_id}: "
                f"{_told(record)}. Both are kept; correct the one that is wrong."
            )


def _told(record: FactRecord) -> str:
    day = words.day(record.effective_at)
    return (
        f"{record.fact} = {words.value(record.value)}, {day}, {record.status} ({record.record_id})"
    )


def _answer(left: Outcome, grown: Outcome) -> dict[str, Any]:
    detail = dict(grown.entries[0].detail) if grown.entries else {}
    reviews = [
        entry.detail["review"]
        for outcome in (left, grown)
        for entry in outcome.entries
        if entry.kind == "review_opened"
    ]
    return {
        "merged": path_answer(left.path),
        "into": path_answer(grown.path),
        "replayed": left.replayed,
        "copied": [{"from": old, "to": new} for old, new in detail.get("copied", ())],
        "same": detail.get("same", []),
        "left": detail.get("left", []),
        "disputed": detail.get("disputed", []),
        "reviews": reviews,
    }
