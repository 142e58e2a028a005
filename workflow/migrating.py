"""One path moved to another pathway version by a plan, and moved back.

The journal entry holds what the path and its checkpoints were before, so that the way back restores
them as they were. Nothing else in the product changes the version a path is pinned to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import date, datetime
from typing import Any, Final

from workflow.act import Act
from workflow.checkpoints import recomputed
from workflow.errors import RefusedError
from workflow.facts import read_settings
from workflow.found import Found
from workflow.ladder import ladder, next_at
from workflow.migration import (
    Choice,
    MigrationPlan,
    declared,
    default_choice,
    is_declared_otherwise,
    partner_of,
)
from workflow.pathway import Checkpoint, Pathway
from workflow.records import (
    Actor,
    Case,
    CheckpointRecord,
    JournalEntry,
    PathRecord,
    PendingStep,
    iso,
)
from workflow.retracing import read_pending
from workflow.rules import rules_of

STEPS: Final = ("step_", "settings_changed", "migrated")
"""How entries begin after which a path has moved on, so that there is no way back."""
_KEPT: Final = ("state", "entered", "settings", "asked", "pending")


def migrated(found: Found, new: Pathway, plan: MigrationPlan, actor: Actor) -> Act:
    """The act that moves the path; raises RefusedError when it cannot move, FactError for a value.

    Source of every due moment: the version it was counted by, named in its rule or in the entry.
    """
    _refuse_facts(found, new, plan)
    before = found.case.path
    path = _moved(before, new, plan)
    act = Act(Found(new, Case(path, found.case.facts, ()), found.now, found.site_plan), actor)
    told = [_carried(act, found, plan, row) for row in found.case.checkpoints]
    # A new checkpoint that the plan leaves out counts as asked, so that it is not opened.
    left_out = tuple(k for k, choice in plan.checkpoints.items() if _is_left_out(found, k, choice))
    reopened = {f"{row.owner}/{row.checkpoint}" for row, choice in told if choice == "open"}
    asked = tuple(name for name in path.asked if name not in reopened)
    act.path = replace(path, asked=(*asked, *(k for k in left_out if k not in asked)))
    detail = {
        "from": before.pathway_hash,
        "from_version": before.pathway_version,
        "to": new.content_hash,
        "plan": plan.digest,
        "before": _plain_place(before),
        "after": _plain_place(act.path),
        "checkpoints": [
            {"became": choice, "due_at": iso(row.due_at), "was": _plain_row(was)}
            for was, (row, choice) in zip(found.case.checkpoints, told, strict=True)
        ],
    }
    act.write("migrated", state_from=before.state, detail=detail)
    act.put(row for row, _ in told)
    act.plan()
    _refuse_without_next_step(act)
    return act


def reverted(
    found: Found, old: Pathway, plan: MigrationPlan, entry: JournalEntry, actor: Actor
) -> Act:
    """The act that moves the path back to what `entry` says it was; due moments as they were."""
    detail = entry.detail
    state = str(detail["before"]["state"])
    if not plan.is_invertible(state):
        msg = f"{found.case.path.path_id}: another state also became {found.case.path.state}"
        raise RefusedError(f"{msg}, so the plan has no way back; correct it by a new plan.")
    path = replace(
        found.case.path,
        pathway_version=str(detail["from_version"]),
        pathway_hash=old.content_hash,
        **_read_kept(detail["before"]),
    )
    act = Act(Found(old, Case(path, found.case.facts, ()), found.now, found.site_plan), actor)
    rows = list(_restored(found, entry))
    told = {"from": entry.pathway_hash, "to": old.content_hash, "plan": plan.digest}
    told["entry"] = str(entry.seq)
    act.write("migration_reverted", state_from=found.case.path.state, detail=told)
    act.put(rows)
    act.plan()
    _refuse_without_next_step(act)
    return act


def way_back(entries: Sequence[JournalEntry], plan: MigrationPlan) -> JournalEntry:
    """The entry to go back behind; raises RefusedError when the path has moved on since."""
    moves = [e for e in entries if e.kind == "migrated" and e.detail["plan"] == plan.digest]
    if not moves:
        raise RefusedError("this plan did not move the path")
    later = [e for e in entries if e.seq > moves[-1].seq and e.kind.startswith(STEPS)]
    if later:
        what = later[0].kind.replace("_", " ")
        raise RefusedError(f"it has moved on since ({what} by {later[0].actor})")
    return moves[-1]


def _moved(path: PathRecord, new: Pathway, plan: MigrationPlan) -> PathRecord:
    entered = {
        partner_of(plan, f"track:{name}").partition(":")[2]
        if name in path.open_tracks
        else name: on
        for name, on in path.entered.items()
    }
    entered.pop("", None)
    own = {k: v for k, v in path.settings.items() if k in {*new.settings, "site", "time_zone"}}
    state = plan.states[path.state]
    asked = (_asked(plan, name) for name in path.asked)
    return replace(
        path,
        pathway_version=new.version,
        pathway_hash=new.content_hash,
        state=state,
        entered=entered,
        settings={**own, **read_settings(new, own)},
        pending=None if path.pending is None else _pending(path, path.pending, state, new, plan),
        asked=tuple(
            name
            for name in asked
            if name.partition("/")[2] in declared(new, name.partition("/")[0])
        ),
    )


def _asked(plan: MigrationPlan, name: str) -> str:
    owner, _, checkpoint = name.partition("/")
    return f"{partner_of(plan, owner)}/{checkpoint}"


def _pending(
    path: PathRecord, pending: PendingStep, state: str, new: Pathway, plan: MigrationPlan
) -> PendingStep:
    track, colon, word = pending.step.rpartition(":")
    if colon:
        partner = plan.tracks.get(track, track)
        step, is_there = f"{partner}:{word}", partner in new.tracks
    else:
        step = plan.states.get(pending.step, pending.step)
        is_there = step in rules_of(new).edges[state]
    if not is_there:
        msg = (
            f"{path.path_id} waits for a second signature under {pending.step}, which has no "
            "partner; countersign or decline it first"
        )
        raise RefusedError(msg)
    return replace(pending, step=step)


def _refuse_facts(found: Found, new: Pathway, plan: MigrationPlan) -> None:
    path_id, old = found.case.path.path_id, found.pathway
    for name in sorted({record.fact for record in found.case.facts} & old.facts.keys()):
        if name not in new.facts and name not in plan.dropped:
            msg = f"{path_id} has {name} on record, which {new.version} does not know; drop it"
            raise RefusedError(f"{msg} (--drop {name}) or declare it there.", (name,))
        if name in new.facts and is_declared_otherwise(old.facts[name], new.facts[name]):
            msg = f"{path_id} has {name} on record, which {new.version} declares otherwise"
            raise RefusedError(f"{msg}; give the new fact another name, and drop the old one.")


def _is_left_out(found: Found, key: str, choice: Choice) -> bool:
    owner, _, name = key.partition("/")
    return choice == "cancel" and name not in declared(found.pathway, owner)


def _carried(
    act: Act, found: Found, plan: MigrationPlan, row: CheckpointRecord
) -> tuple[CheckpointRecord, Choice]:
    """The row in the new version, and what was done to it."""
    owner = partner_of(plan, row.owner)
    new = declared(act.found.pathway, owner).get(row.checkpoint) if owner else None
    old = declared(found.pathway, row.owner)[row.checkpoint]
    choice = plan.checkpoints.get(f"{row.owner}/{row.checkpoint}", default_choice(old, new))
    seq = act.path.version + 1  # the entry that will tell of it
    if new is None or choice in {"cancel", "open"}:
        ended = row.closed("cancelled", seq, None)
        return (replace(ended, owner=owner) if new and choice == "open" else ended), choice
    moved = replace(row, owner=owner)
    if choice == "keep_due":
        return _with_ladder(act, moved, new), choice
    counted = recomputed(act.context(), moved)
    return (counted, choice) if counted else (row.closed("cancelled", seq, None), "cancel")


def _with_ladder(act: Act, row: CheckpointRecord, definition: Checkpoint) -> CheckpointRecord:
    """The row with the moment at which the new version's ladder has something to do for it."""
    site = act.found.site_plan
    own = site.adjusted(definition) if site else definition
    return replace(row, next_at=next_at(row, ladder(act.found.pathway, act.path, own, site)))


def _restored(found: Found, entry: JournalEntry) -> list[CheckpointRecord]:
    """The rows as they were before `entry`; those it opened end.

    A row whose due moments stayed keeps how far it had come: nobody is reminded twice.
    """
    now = {row.key: row for row in found.case.checkpoints}
    rows = []
    seq = found.case.path.version + 1
    for item in entry.detail["checkpoints"]:
        was = _read_row(item["was"])
        present = now.pop(was.key, None)
        same = present is not None and present.due_at == was.due_at
        rows.append(replace(present, owner=was.owner) if present and same else was)
    return rows + [row.closed("cancelled", seq, None) for row in now.values()]


def _refuse_without_next_step(act: Act) -> None:
    pathway, path = act.found.pathway, act.path
    if not pathway.states[path.state].final and not act.live_rows():
        msg = f"{path.path_id} would have no open checkpoint in {path.state}; nobody is forgotten"
        raise RefusedError(f"{msg}: keep one of its checkpoints or open another.")


def _plain_place(path: PathRecord) -> dict[str, Any]:
    """Where the path stands, as JSON; `entered` as pairs, for its order is that of the tracks."""
    place = {name: _plain(getattr(path, name)) for name in _KEPT}
    return {**place, "entered": [list(pair) for pair in place["entered"].items()]}


def _plain(value: Any) -> Any:  # noqa: ANN401 - a field of a path or row as JSON
    if isinstance(value, date):  # an instant is a date too
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, PendingStep):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    return list(value) if isinstance(value, tuple) else value


def _read_kept(before: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "state": before["state"],
        "entered": {name: date.fromisoformat(day) for name, day in before["entered"]},
        "settings": dict(before["settings"]),
        "asked": tuple(before["asked"]),
        "pending": read_pending(before["pending"]),
    }


_INSTANTS: Final = (
    *("opens_at", "due_at", "overdue_at", "next_at"),
    *("ideal_at", "expires_at", "reminded_at", "quiet_until"),
)
_DAYS: Final = ("anchor_on", "met_on")


def _plain_row(row: CheckpointRecord) -> dict[str, Any]:
    return {f.name: _plain(getattr(row, f.name)) for f in fields(row)}


def _read_row(content: Mapping[str, Any]) -> CheckpointRecord:
    read = dict(content)
    for name in _INSTANTS:
        # An entry may be older than the column.
        read[name] = datetime.fromisoformat(read[name]) if read.get(name) else None
    for name in _DAYS:
        read[name] = date.fromisoformat(read[name]) if read[name] else None
    return CheckpointRecord(**read)
