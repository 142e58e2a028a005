"""What undoing a step brings with it, said before anybody signs."""

from __future__ import annotations

from typing import Any

from allpath import words
from allpath.answers import path_answer
from allpath.cli.banner import checkpoint_title
from allpath.cli.printing import heading, put, put_found, put_json
from allpath.cli.session import Session
from allpath.recorded import recorded
from allpath.reviews import about
from workflow.found import Found
from workflow.records import CheckpointRecord
from workflow.retracing import step_key
from workflow.undoing import Consequences


def put_consequences(session: Session, found: Found, what: Consequences, *, as_json: bool) -> None:
    """The steps undone, where the path stands then, checkpoints, facts and reviews."""
    if as_json:
        put_json(consequences_answer(what))
        return
    pathway, zone = found.pathway, session.zone_of(found.case.path)
    place = what.place
    state = words.state(pathway, place.state)
    title = f"Undoing entry {what.target.seq} of {place.path_id} ({step_key(what.target)})"
    heading(title)
    put_found("back to", f"{state}, since {words.day(place.entered['main'])}")
    for entry in what.undone:
        on = words.day(entry.effective_on)
        put_found("undone", f"{step_key(entry)} of {on}, by {entry.actor} (entry {entry.seq})")
    for row in what.reopened:
        put_found("expected again", f"{_title(found, row)}, {words.due(row, found.now, zone)}")
    for row in what.cancelled:
        put_found("cancelled", _title(found, row))
    for record in what.voided:
        put_found("voided", f"{record.fact} = {recorded(pathway, record)} ({record.record_id})")
    for item in what.reviews:
        put_found("review closed", about(item, pathway))
    if place.episode != found.case.path.episode:
        put_found("findings", f"those of episode {found.case.path.episode} no longer count")
    if what.two_person:
        put("Two people sign this: another clinician countersigns.")


def _title(found: Found, row: CheckpointRecord) -> str:
    return f"{checkpoint_title(found.pathway, row)} [{row.checkpoint}]"


def consequences_answer(what: Consequences) -> dict[str, Any]:
    """The same for programs."""
    return {
        "entry": what.target.seq,
        "back_to": path_answer(what.place),
        "undone": [{"entry": e.seq, "step": step_key(e), "by": e.actor} for e in what.undone],
        "reopened": [_key(row) for row in what.reopened],
        "cancelled": [_key(row) for row in what.cancelled],
        "voided": [record.record_id for record in what.voided],
        "reviews": [item.review_id for item in what.reviews],
        "two_person": what.two_person,
    }


def _key(row: CheckpointRecord) -> dict[str, Any]:
    return {
        "checkpoint": row.checkpoint,
        "opened_seq": row.opened_seq,
        "occurrence": row.occurrence,
    }
