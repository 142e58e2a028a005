"""Whether two paths of one human stand alike, so that one goes on for both; else what to do first.

Nobody's care stops because two paths were merged: whatever lives on the one lives on the other.
"""

from __future__ import annotations

from workflow.errors import RefusedError
from workflow.found import Found
from workflow.records import PathRecord


def refuse_unlike(leaving: Found, staying: Found) -> None:
    """Nothing happens where both paths are of one pathway and site and stand alike."""
    mine, other = leaving.case.path, staying.case.path
    if mine.pathway_id != other.pathway_id:
        msg = (
            f"{mine.path_id} is on the pathway {mine.pathway_id}, {other.path_id} on "
            f"{other.pathway_id}: two pathways of one patient stand beside each other and are not "
            "merged. End the one that was begun by mistake instead."
        )
        raise RefusedError(msg)
    if mine.settings.get("site", "") != other.settings.get("site", ""):
        one, two = (path.settings.get("site") or "no site" for path in (mine, other))
        msg = (
            f"{mine.path_id} belongs to {one}, {other.path_id} to {two}: paths of two sites are "
            "not merged. Agree which site sees to the patient, and set it on both (`allpath "
            "patient set PATH site=NAME`)."
        )
        raise RefusedError(msg)
    _refuse_waiting(mine)
    has_ended, other_ended = (
        found.case.path.state in found.rules.final_states for found in (leaving, staying)
    )
    if has_ended and not other_ended:
        _refuse_unknown(leaving, staying)
    else:
        _refuse_elsewhere(mine, other, other_ended=other_ended)
    if mine.episode != other.episode:
        msg = (
            f"{mine.path_id} is in episode {mine.episode}, {other.path_id} in episode "
            f"{other.episode}: findings would count for the wrong one. Confirm the new episode "
            "on the path that is behind, or undo it on the other."
        )
        raise RefusedError(msg)


def _refuse_waiting(path: PathRecord) -> None:
    if path.pending is not None:
        msg = (
            f"{path.path_id} waits for a second signature under {path.pending.step}; countersign "
            f'it, or decline it (`allpath step countersign {path.path_id} --decline "why"`), then '
            "merge."
        )
        raise RefusedError(msg)


def _refuse_elsewhere(mine: PathRecord, other: PathRecord, *, other_ended: bool) -> None:
    """Two that live, or have ended, stand in one state, on one version, with the same tracks."""
    both = " and ".join(
        f"{path.path_id} is in {path.state} since {path.entered['main']:%d-%b-%Y}"
        for path in (mine, other)
    )
    if mine.state != other.state:
        msg = (
            f"{both}. Bring one of them to where the other is first: confirm the step that is "
            "missing, undo one that was wrong (`allpath step undo`), or end the path that was not "
            "used."
        )
        if other_ended:
            msg += " A path that lives is never merged into one that has ended."
        raise RefusedError(msg)
    if mine.pathway_hash != other.pathway_hash:
        msg = (
            f"{mine.path_id} is on version {mine.pathway_version}, {other.path_id} on "
            f"{other.pathway_version}: migrate one of them first (`allpath pathway migrate plan`)."
        )
        raise RefusedError(msg)
    only = [name for name in mine.open_tracks if name not in other.open_tracks]
    if only:
        msg = (
            f"{mine.path_id} has {', '.join(only)} open beside its state, {other.path_id} has not: "
            "what is expected there would be forgotten. Open it on the other path as well, or "
            "close it on this one, by a step or by undoing one (`allpath step undo`)."
        )
        raise RefusedError(msg)


def _refuse_unknown(leaving: Found, staying: Found) -> None:
    """A path that has ended may be on another version, which knows all that is to be copied."""
    unknown = sorted({record.fact for record in leaving.case.facts} - staying.pathway.facts.keys())
    if unknown:
        msg = (
            f"Version {staying.case.path.pathway_version} of {staying.case.path.path_id} does not "
            f"know what is on record for {leaving.case.path.path_id}: migrate "
            f"{staying.case.path.path_id} first."
        )
        raise RefusedError(msg, tuple(unknown))
