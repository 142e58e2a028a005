"""Merging two paths of one human who was enrolled twice, by adding to both; and parting them again.

What the merged path knows is added to the surviving one, which is looked back over. The merged path
is closed for care by an entry that says where it went: nothing is expected of it and nothing can be
done to it but parting it again, or closing a review of its past. Nothing is rewritten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from workflow.act import Act
from workflow.commands import MergePaths, NewFact
from workflow.comparing_paths import Shares, shares
from workflow.errors import NotFoundError, RefusedError
from workflow.facts import VOID_STATUSES, FactRecord
from workflow.hindsight import successors
from workflow.records import (
    MERGED_FROM,
    MERGED_INTO,
    UNMERGED,
    UNMERGED_FROM,
    JournalEntry,
    PathRecord,
)
from workflow.redeciding import History
from workflow.reopening import living_again, named
from workflow.reviewing import look_again, look_back
from workflow.standing_alike import refuse_unlike

MERGERS: Final = frozenset({"lead", "director"})
"""Who may say that two paths are of one human, or that they are not."""


def refuse_merged(path: PathRecord, survivor: str) -> None:
    """Nothing happens for a path that is not merged; else RefusedError naming the one to use."""
    if path.merged_into:
        via = "" if survivor == path.merged_into else f" by way of {path.merged_into}"
        msg = (
            f"{path.path_id} was merged into {survivor}{via} and is closed for care: use "
            f"{survivor}. If they are two patients after all, part them again with `allpath "
            f"patient unmerge {path.path_id}`."
        )
        raise RefusedError(msg)


def refuse_senseless_merge(command: MergePaths) -> None:
    """Nothing happens for two paths and a reason; else RefusedError."""
    if not command.reason.strip():
        raise RefusedError("Merging two paths needs a reason; say how you know it is one patient.")
    if command.path_id == command.into:
        msg = f"{command.path_id} cannot be merged into itself; name the other path of the patient."
        raise RefusedError(msg)


def merge(leaving: Act, staying: Act, histories: tuple[History, History], reason: str) -> Shares:
    """The staying path knows what the leaving one knew, which is closed and says where it went.

    `histories` are those of the two, in this order. The past decisions of the leaving path are
    looked back over with what the other knew. Raises RefusedError where they do not stand alike.
    """
    refuse_unlike(leaving.found, staying.found)
    history, theirs = histories
    partings = (entry for entry in theirs.entries if entry.kind == UNMERGED)
    taken_back = {record_id for entry in partings for record_id in entry.detail["voided"]}
    shared = shares(leaving.found, staying.found, taken_back)
    told = shares(staying.found, leaving.found).copied
    _add_to(staying, leaving.path, shared, reason)
    _close(leaving, staying, reason)
    if told:
        seq = leaving.path.version
        ghosts = [record._replace(record_id=f"{leaving.path.path_id}/{seq}") for record in told]
        look_back(leaving, history, [ghost._replace(supersedes=None) for ghost in ghosts])
    return shared


def unmerge(parted: Act, survivor: Act, histories: tuple[History, History], reason: str) -> None:
    """The merged path lives again; what it had brought no longer counts on the other.

    `histories` are those of the two, in this order. Raises RefusedError without a reason.
    """
    if not reason.strip():
        raise RefusedError("Parting two paths needs a reason; say how you know it is two patients.")
    mine, theirs = histories
    merged = last_merge(mine.entries)
    received = next(e for e in theirs.entries if e.seq == merged.detail["entry"])
    _take_back(survivor, parted.path, received, reason.strip())
    parted.path = replace(parted.path, merged_into="")
    rows = tuple(living_again(parted.found, mine, parted.path, merged.seq))
    detail = {
        "other": survivor.path.path_id,
        "merged_by": merged.seq,
        "reopened": [named(row) for row in rows],
    }
    parted.write(UNMERGED_FROM, state_from=parted.path.state, reason=reason.strip(), detail=detail)
    parted.put(rows)
    look_again(parted, mine)


def last_merge(entries: Sequence[JournalEntry]) -> JournalEntry:
    """The entry by which a path was merged into another; raises NotFoundError where none did."""
    found = [entry for entry in entries if entry.kind in {MERGED_INTO, UNMERGED_FROM}]
    if not found or found[-1].kind != MERGED_INTO:
        raise NotFoundError("The path is not merged into another one; see `allpath history`.")
    return found[-1]


def taken_in(entries: Sequence[JournalEntry]) -> tuple[str, ...]:
    """The paths that are merged into the one with this history, in the order they came."""
    found: dict[str, None] = {}
    for entry in entries:
        if entry.kind == MERGED_FROM:
            found[str(entry.detail["other"])] = None
        elif entry.kind == UNMERGED:
            found.pop(str(entry.detail["other"]), None)
    return tuple(found)


def _add_to(staying: Act, leaving: PathRecord, shared: Shares, reason: str) -> None:
    first = staying.path.version + 2
    numbered = enumerate(shared.copied, start=first)
    detail = {
        "other": leaving.path_id,
        "entry": leaving.version + 1,
        "copied": [[r.record_id, f"{staying.path.path_id}/{seq}"] for seq, r in numbered],
        "same": [record.record_id for record in shared.same],
        "left": [record.record_id for record in shared.left],
        "disputed": [record.record_id for record in shared.disputed],
    }
    staying.write(MERGED_FROM, state_from=staying.path.state, reason=reason, detail=detail)
    for record in shared.copied:
        staying.add_fact(
            _again(record, record.status),
            "fact_recorded",
            reason=f"{leaving.path_id} was merged into this path",
            more={"merged_from": record.record_id},
            episode=record.episode,
        )


def _close(leaving: Act, staying: Act, reason: str) -> None:
    rows = leaving.live_rows()
    leaving.path = replace(leaving.path, merged_into=staying.path.path_id)
    leaving.write(
        MERGED_INTO,
        state_from=leaving.path.state,
        reason=reason,
        detail={
            "other": staying.path.path_id,
            "entry": staying.found.case.path.version + 1,
            "cancelled": [named(row) for row in rows],
        },
    )
    leaving.put(row.closed("cancelled", leaving.path.version, None) for row in rows)


def _take_back(survivor: Act, parted: PathRecord, received: JournalEntry, reason: str) -> None:
    """What was copied is voided, in whatever form it stands now."""
    facts = survivor.found.case.facts
    by_id, following = {record.record_id: record for record in facts}, successors(facts)
    voided: list[FactRecord] = []
    changed: list[str] = []
    for old, new in received.detail["copied"]:
        record = by_id[new]
        while record.record_id in following:
            record = following[record.record_id]
        if record.status in VOID_STATUSES:
            continue
        if record.fact not in survivor.found.pathway.facts:
            msg = (
                f"{survivor.path.path_id} was migrated since to version "
                f"{survivor.path.pathway_version}, which has no {record.fact}: revert the "
                "migration first, then part the two."
            )
            raise RefusedError(msg)
        voided.append(record)
        if record.record_id != new:
            changed.append(old)
    detail = {
        "other": parted.path_id,
        "merged_by": received.seq,
        "voided": [record.record_id for record in voided],
        "changed": changed,
    }
    survivor.write(UNMERGED, state_from=survivor.path.state, reason=reason, detail=detail)
    for record in voided:
        survivor.add_fact(
            _again(record, "entered_in_error"),
            "fact_corrected",
            supersedes=record,
            reason=f"{parted.path_id} is parted from this path again",
        )


def _again(record: FactRecord, status: str) -> NewFact:
    return NewFact(
        fact=record.fact,
        value=record.value,
        effective_at=record.effective_at,
        status=status,
        source=record.source,
        is_kept=True,
    )
