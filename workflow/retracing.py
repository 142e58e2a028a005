"""Where a path stood at each entry of its history, retraced from the journal alone.

The position is never stored twice: enrolment, confirmed steps, changed settings, migrations and
undone steps are followed one after the other, as they were when they happened, and so is the step
that waits for a second signature.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from workflow.civil_time import site_zone
from workflow.overriding import PROPOSED
from workflow.pathway import Pathway
from workflow.records import (
    MERGED_INTO,
    MOVES,
    UNMERGED_FROM,
    JournalEntry,
    PathRecord,
    PendingStep,
)
from workflow.steps import MAIN

UNDONE: Final = "step_undone"
DECLINED: Final = "step_declined"
STEP_KINDS: Final = "step_"
"""How the kinds begin of entries in which a step is proposed, taken or undone."""
MAIN_ENTRIES: Final = frozenset({"enrolled", UNDONE, *MOVES})
"""The entries beside taken steps after which a path may stand elsewhere."""
_PROPOSALS: Final = frozenset({"step_proposed", PROPOSED, "undo_proposed"})


@dataclass(frozen=True, slots=True)
class Stage:
    """A journal entry, and where the path stood just before and just after it.

    Under which version is said by the entry, not by the paths.
    """

    entry: JournalEntry
    before: PathRecord
    after: PathRecord


def retraced(
    entries: Iterable[JournalEntry],
    path: PathRecord,
    version_of: Callable[[str], Pathway | None],
) -> Iterator[Stage]:
    """The stages of a path, oldest first; `version_of` finds a pathway version by its hash."""
    kept: dict[int, Mapping[str, Any]] = {}
    at = replace(
        path,
        state="",
        entered={},
        settings={},
        episode=1,
        line=0,
        version=0,
        since={},
        pending=None,
        asked=(),
        merged_into="",
    )
    for entry in entries:
        before = at
        if entry.kind == "migrated":
            kept[entry.seq] = entry.detail["before"]
        at = _followed(at, entry, version_of(entry.pathway_hash), kept)
        yield Stage(entry, before, at)


def is_step(entry: JournalEntry) -> bool:
    """Whether a step was taken by this entry, or proposed for a second signature."""
    is_named = entry.kind.startswith(STEP_KINDS) or entry.kind == PROPOSED
    return is_named and entry.kind != UNDONE and bool(entry.decision_digest)


def is_taken(entry: JournalEntry) -> bool:
    """Whether the path moved by a confirmed step of this entry."""
    return is_step(entry) and "opened_tracks" in entry.detail


def step_key(entry: JournalEntry) -> str:
    """The step of an entry as a person types it: `treatment`, `side_care:open`."""
    if not is_taken(entry):
        return str(entry.detail.get("step", ""))
    if entry.track == MAIN:
        return entry.state_to
    word = "closed" if entry.track in entry.detail["closed_tracks"] else "open"
    return f"{entry.track}:{word}"


def standing_entries(entries: Sequence[JournalEntry]) -> list[JournalEntry]:
    """The entries that say where the path stood, without the steps that were undone."""
    spans = undone_spans(entries)
    return [
        entry
        for entry in entries
        if entry.kind in {"enrolled", "settings_changed", MERGED_INTO, UNMERGED_FROM}
        or ((is_taken(entry) or entry.kind in MOVES) and still_stands(entry.seq, spans))
    ]


def undone_spans(entries: Iterable[JournalEntry]) -> tuple[tuple[int, int], ...]:
    """From which entry to which the steps were undone: what came between no longer stands."""
    return tuple((int(e.detail["undone"][0]), e.seq) for e in entries if e.kind == UNDONE)


def still_stands(seq: int, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether an entry belongs to no step that was undone."""
    return not any(first <= seq <= last for first, last in spans)


def plain_place(path: PathRecord) -> dict[str, Any]:
    """Where a path stands, as JSON; `entered` as pairs, for its order is that of the tracks."""
    return {
        "state": path.state,
        "entered": [[name, on.isoformat()] for name, on in path.entered.items()],
        "episode": path.episode,
        "line": path.line,
        "since": dict(path.since),
    }


def at_place(path: PathRecord, place: Mapping[str, Any]) -> PathRecord:
    """The path standing where it stood once."""
    return replace(
        path,
        state=str(place["state"]),
        entered={name: date.fromisoformat(on) for name, on in place["entered"]},
        episode=int(place.get("episode", path.episode)),
        line=int(place.get("line", path.line)),
        since=dict(place.get("since", path.since)),
    )


def _followed(
    path: PathRecord,
    entry: JournalEntry,
    pathway: Pathway | None,
    kept: Mapping[int, Mapping[str, Any]],
) -> PathRecord:
    """The path after the entry."""
    detail = entry.detail
    waiting = _waiting(path, entry, kept)
    here = replace(path, state=entry.state_to, version=entry.seq, pending=waiting)
    if entry.kind == "enrolled":
        on = entry.effective_on or entry.at.date()
        return replace(here, entered={"main": on}, settings=dict(detail["settings"]))
    if entry.kind == "settings_changed":
        return replace(here, settings={**path.settings, **detail["after"]})
    if entry.kind == UNDONE:
        return at_place(here, detail["place"])
    if entry.kind in {MERGED_INTO, UNMERGED_FROM}:
        return replace(here, merged_into=detail["other"] if entry.kind == MERGED_INTO else "")
    if entry.kind == "migration_reverted":
        place = kept[int(detail["entry"])]
        return replace(at_place(here, place), settings=dict(place["settings"]))
    if entry.kind == "migrated" and "after" in detail:
        place = detail["after"]
        return replace(at_place(here, place), settings=dict(place["settings"]))
    if not is_taken(entry):
        return here
    if entry.track != MAIN:
        return _track_moved(here, entry)
    return _moved(here, path, entry, pathway)


def read_pending(content: Mapping[str, Any] | None) -> PendingStep | None:
    """A step that waits for a second signature, from the JSON a journal entry keeps of it."""
    if content is None:
        return None
    until = content.get("valid_until")
    days = {
        "effective_on": date.fromisoformat(content["effective_on"]),
        "valid_until": date.fromisoformat(until) if until else None,
    }
    return PendingStep(**{**content, **days, "at": datetime.fromisoformat(content["at"])})


def _waiting(
    path: PathRecord, entry: JournalEntry, kept: Mapping[int, Mapping[str, Any]]
) -> PendingStep | None:
    """The step that waits for a second signature once the entry is written."""
    detail = entry.detail
    if entry.kind in _PROPOSALS:
        today = entry.at.astimezone(site_zone(path.settings)).date()
        until = detail.get("until")
        return PendingStep(
            step=detail["step"],
            option=entry.option,
            effective_on=entry.effective_on or today,
            by=entry.actor,
            at=entry.at,
            reason=entry.reason,
            note=entry.note,
            variance=detail.get("variance", ""),
            valid_until=date.fromisoformat(until) if until else None,
        )
    if entry.kind == "migration_reverted":
        return read_pending(kept[int(detail["entry"])]["pending"])
    if entry.kind == "migrated" and "after" in detail:
        return read_pending(detail["after"]["pending"])
    is_over = entry.kind in {DECLINED, UNDONE} or is_taken(entry)
    return None if is_over else path.pending


def _track_moved(here: PathRecord, entry: JournalEntry) -> PathRecord:
    entered = dict(here.entered)
    if entry.track in entry.detail["closed_tracks"]:
        entered.pop(entry.track, None)
    elif entry.effective_on is not None:
        entered[entry.track] = entry.effective_on
    return replace(here, entered=entered)


def _moved(
    here: PathRecord, path: PathRecord, entry: JournalEntry, pathway: Pathway | None
) -> PathRecord:
    on = entry.effective_on or entry.at.date()
    model = pathway.states.get(entry.state_to) if pathway else None
    entered, since = {"main": on}, {**path.since, "state": entry.seq}
    episode, line = path.episode, path.line
    if "line" in path.entered:
        entered["line"] = path.entered["line"]
    if model is not None and model.opens_episode:
        episode, line = episode + 1, 0
        entered.pop("line", None)
    if model is not None and model.counts_line:
        line += 1
        entered["line"], since["line"] = on, entry.seq
    closed = entry.detail["closed_tracks"]
    for name in path.open_tracks:
        if name not in closed:
            entered[name] = path.entered[name]
    for name in entry.detail["opened_tracks"]:
        entered[name] = on
    return replace(here, entered=entered, since=since, episode=episode, line=line)
