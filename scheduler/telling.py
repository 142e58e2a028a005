"""What a notice says to somebody who reads it on a phone in a corridor.

No name and no number of the patient: only the opaque path id, what is late, since when, and where
to look. A path that cannot be read is told of all the same, by its id.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from scheduler.channels import Message
from workflow.emergency import OPENED as EMERGENCY
from workflow.errors import RefusedError
from workflow.ladder import EXPIRED
from workflow.outbox import Claim
from workflow.pathway import Pathway
from workflow.records import Case, CheckpointRecord, Notice
from workflow.review import OPENED, ReviewItem
from workflow.telling import zone_of

OPEN: Final = "Open the worklist: allpath worklist"
FOOTER: Final = "Allpath sent this by itself; nobody reads answers to it."


@dataclass(frozen=True, slots=True)
class Subject:
    """What a notice is about: the path as it stands, and its pathway; None where unreadable.

    `review` is the past decision to look at again that it tells of, if it tells of one.
    """

    notice: Notice
    case: Case | None
    pathway: Pathway | None
    review: ReviewItem | None = None


def reason_to_drop(subject: Subject) -> str:
    """Why nobody has to be told any more; empty where somebody has."""
    case, pathway = subject.case, subject.pathway
    if subject.review is not None:  # the past of one who has left is looked at again all the same
        return "" if subject.review.is_open else "somebody has looked at it again"
    if case is None or pathway is None or subject.notice.topic == EMERGENCY:
        return ""
    if case.path.merged_into:
        return f"the path was merged into {case.path.merged_into}"
    state = pathway.states.get(case.path.state)
    if state is not None and state.final:
        return f"the path is {case.path.state}"
    # What expired is closed, and that is what is told.
    has_ended = subject.notice.topic == EXPIRED
    if checkpoint_of(subject.notice) and not has_ended and _row(subject) is None:
        return "what was late is done or no longer expected"
    return ""


def message_of(claim: Claim, subjects: Sequence[Subject], now: datetime) -> Message:
    """The message of a claim; a digest collects every notice in it, oldest first."""
    lines = [line for subject in subjects for line in (*_lines(subject, claim, now), "")]
    first = subjects[0].notice
    what = f"{checkpoint_of(first)} {'was missed' if first.topic == EXPIRED else 'is late'}"
    if first.topic == OPENED:
        what = "past decision to look at again"
    act = "to act"
    if first.topic == EMERGENCY:
        what, act = "was opened by emergency access", "to look at it"
    subject = f"Allpath: {first.path_id} {what}, {first.to_role} {act}"
    topic = first.topic
    if claim.is_digest:
        count = len(subjects)
        subject = f"Allpath: {count} notice{'' if count == 1 else 's'} this morning"
        topic = "digest"
    return Message(
        message_id=claim.message_id,
        address=claim.recipient.address,
        subject=" ".join(subject.split()),
        text="\n".join((*lines, OPEN, "", FOOTER, "")),
        created_at=max(subject.notice.created_at for subject in subjects),
        topic=topic,
    )


def checkpoint_of(notice: Notice) -> str:
    """The id of the checkpoint a notice is about; empty where it is about none."""
    return str(_content(notice).get("checkpoint", ""))


def _content(notice: Notice) -> dict[str, Any]:
    try:
        content = json.loads(notice.body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _lines(subject: Subject, claim: Claim, now: datetime) -> list[str]:
    notice, case, pathway = subject.notice, subject.case, subject.pathway
    lines = [f"Patient path: {notice.path_id}", f"Needed from:  {notice.to_role}"]
    if case is None or pathway is None:
        lines.append("This path cannot be read; allpath worklist says why.")
        return lines
    if subject.review is not None:
        lines.append(f"Look again:   {_decision(subject.review)}")
        lines.append(f"Review:       allpath review show {subject.review.review_id}")
    if notice.topic == EMERGENCY:
        lines.append("Opened:       by somebody of another site, in an emergency")
        lines.append("Look at it:   Emergency access, on the audit page")
    checkpoint, row = checkpoint_of(notice), _row(subject)
    if checkpoint:
        lines.append(f"Checkpoint:   {checkpoint}, {_title(pathway, checkpoint)}")
    if row is not None:
        lines.append(f"Was due:      {_due(row, claim, now)}")
    state = pathway.states.get(case.path.state)
    lines.append(f"State:        {state.title if state else case.path.state}")
    lines.append(f"Pathway:      {pathway.title}, version {pathway.version}")
    return lines


def _decision(item: ReviewItem) -> str:
    """The past decision in a few words: a correction or late record would change its answer."""
    if item.kind == "checkpoint":
        return f"checkpoint {item.about.partition('/')[0]} would not have been met on that day"
    kind = "the step" if item.kind == "step" else "what was told"
    return f"{kind} of entry {item.about} would be decided otherwise now"


def _due(row: CheckpointRecord, claim: Claim, now: datetime) -> str:
    """When it was due on the recipient's clock, and how many days ago."""
    try:
        zone = zone_of(claim.recipient)
    except RefusedError:  # no such time zone on this machine: told in UTC rather than never
        zone = ZoneInfo("UTC")
    due = row.due_at.astimezone(zone)
    days = (now.astimezone(zone).date() - due.date()).days
    late = "today" if days <= 0 else f"{days} day{'' if days == 1 else 's'} ago"
    return f"{due:%d-%b-%Y %H:%M} ({zone.key}), {late}"


def _row(subject: Subject) -> CheckpointRecord | None:
    """The live row the notice is about: one that was due when it was written, not a later one.

    A notice of an older version names no occurrence; then it is the one due first.
    """
    content, written = _content(subject.notice), subject.notice.created_at
    named = {name: content[name] for name in ("occurrence", "opened_seq") if name in content}
    rows = subject.case.checkpoints if subject.case else ()
    found = [
        row
        for row in rows
        if row.checkpoint == content.get("checkpoint")
        and row.due_at <= written
        and all(getattr(row, name) == value for name, value in named.items())
    ]
    return min(found, key=lambda row: row.due_at) if found else None


def _title(pathway: Pathway, checkpoint: str) -> str:
    of_states = [d for state in pathway.states.values() for d in state.checkpoints]
    of_tracks = [d for track in pathway.tracks.values() for d in track.checkpoints]
    for definition in (*of_states, *of_tracks):
        if definition.id == checkpoint:
            return definition.title
    return "no longer part of the pathway"
