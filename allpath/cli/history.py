"""`allpath history`: what happened to a path, by whom, and whether the record of it is whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import typer

from allpath import words
from allpath.answers import entry_answer
from allpath.beside import BesideRecord, beside, beside_answer, in_order, so_then
from allpath.cli.banner import put_banner
from allpath.cli.looking import record_look
from allpath.cli.printing import is_terminal, put, put_found, put_json, put_lines
from allpath.cli.session import AsOf, Json, KnownAt, Patient, open_session
from allpath.recorded import recorded
from workflow.durations import span_in_words
from workflow.errors import IntegrityError
from workflow.found import Found
from workflow.pathway import Pathway
from workflow.records import JournalEntry
from workflow.titles import step_title

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")


@app.command()
def history(
    ctx: typer.Context,
    patient: Patient,
    *,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: Json = False,
) -> None:
    """Show what happened to a patient's path, oldest first, and whether the hash chain holds.

    With it what MDT meetings did about the patient, who was asked to look after them, and
    emergency access; `audit verify` says whether those are as they were written.

    Example: `allpath history P-7KM2QX`
    """
    from storage.chain import verify_chain  # noqa: PLC0415 - storage is opened when it is needed

    session = open_session(ctx)
    moment = session.moment(as_of, known_at)
    found = session.look(patient, as_of, known_at)
    path = found.case.path
    store = session.allpath.store
    entries = store.journal(path.path_id)
    records = so_then(beside(session.allpath, path.path_id), moment, session.zone_of(path))
    if moment is not None:  # else nothing is left out, even if another machine's clock is ahead
        entries = [entry for entry in entries if entry.at <= moment.recorded_by]
    record_look(session, "history_shown", path.path_id)
    findings = [str(finding) for finding in verify_chain(store, path.path_id)]
    if as_json:
        put_json(
            {
                "path_id": path.path_id,
                "pathway": path.pathway_id,
                "pathway_version": path.pathway_version,
                "verified": not findings,
                "findings": findings,
                "entries": [entry_answer(entry) for entry in entries],
                "beside": [beside_answer(record) for record in records],
            }
        )
    else:
        zone, values, pathway = session.zone_of(path), values_of(found), found.pathway
        if is_terminal():
            put_banner(found, store.person(path.path_id))
            version = f"{path.pathway_version}, hash {path.pathway_hash[:8]}"
            put_found("pathway", f"{path.pathway_id} {version}", indent=2)
            for each in in_order(entries, records):
                put_found(*line_of(each, zone, values, pathway))
        else:
            put_lines(_cells(each, zone, values) for each in in_order(entries, records))
        if not findings:
            more = f", {words.counted(len(records), 'record')} beside" if records else ""
            put(f"{words.counted(len(entries), 'journal line')}{more}; the hash chain verifies.")
    if findings:
        msg = (
            f"The history of {path.path_id} was changed behind the program: {'; '.join(findings)}. "
            "Stop working on this path and compare it with a backup."
        )
        raise IntegrityError(msg)


def values_of(found: Found) -> dict[str, str]:
    """What was recorded, by record id: the journal itself keeps only a digest of it."""
    return {record.record_id: recorded(found.pathway, record) for record in found.case.facts}


def line_of(
    entry: JournalEntry | BesideRecord,
    zone: ZoneInfo,
    values: Mapping[str, str] | None = None,
    pathway: Pathway | None = None,
) -> tuple[str, str]:
    """An entry as number with moment, and what was done by whom and why; titles by a version."""
    if isinstance(entry, BesideRecord):
        told = " - ".join(part for part in (entry.what, entry.who, entry.why) if part)
        return f"{entry.of}  {words.minute(entry.at, zone)}", told
    return f"{entry.seq:>3}  {words.minute(entry.at, zone)}", " - ".join(
        part for part in (what(entry, values or {}, pathway), who(entry), why(entry)) if part
    )


def what(entry: JournalEntry, values: Mapping[str, str], pathway: Pathway | None = None) -> str:
    """What was done, with the fact, checkpoints or states it was done to.

    They are called by the titles of a version, or by their ids where none is given.
    """
    text = entry.kind.replace("_", " ").capitalize()
    about = [
        _called(pathway, str(entry.detail[key]))
        for key in ("fact", "checkpoint", "step", "data_use")
        if key in entry.detail
    ]
    if other := entry.detail.get("other"):
        about.append(merge_in_words(entry, other))
    about += [f"{_called(pathway, name)} (entry {seq})" for seq, name in _undone(entry)]
    if "review" in entry.detail:
        about.append(f"{entry.detail['review']} of {entry.detail['of']} {entry.detail['about']}")
    if "verdict" in entry.detail:
        about.append(f"as {entry.detail['verdict']}")
    if several := entry.detail.get("recomputed"):
        about.append(", ".join(_called(pathway, item["checkpoint"]) for item in several))
    if value := values.get(str(entry.detail.get("record_id"))):
        about.append(f"= {value}")
    if not entry.state_from:
        about.append(f"in {_called(pathway, entry.state_to)}")
    elif entry.state_from != entry.state_to:
        about.append(f"{_called(pathway, entry.state_from)} -> {_called(pathway, entry.state_to)}")
    if entry.track != "main":
        about.append(f"track {_called(pathway, entry.track)}")
    if entry.option:
        about.append(f"with {_called(pathway, entry.option)}")
    if until := entry.detail.get("until"):
        about.append(f"until {words.day(date.fromisoformat(until))}")
    if to_role := entry.detail.get("to"):
        about.append(f"to the {to_role}")
    if late := entry.detail.get("late_seconds"):
        about.append(f"({span_in_words(timedelta(seconds=late))} late)")
    if entry.effective_on:
        about.append(f"as of {words.day(entry.effective_on)}")
    return " ".join((text, *about))


def _called(pathway: Pathway | None, name: str) -> str:
    """A thing by its title where a version is given, else by its id."""
    return step_title(pathway, name) if pathway else name


def merge_in_words(entry: JournalEntry, other: str) -> str:
    """The other path of a merge, and how many records, checkpoints and contradictions it is of."""
    counted = (
        (len(entry.detail.get("copied", ())), "record taken over", "records taken over"),
        (len(entry.detail.get("disputed", ())), "contradicting", ""),
        (len(entry.detail.get("voided", ())), "record taken back", "records taken back"),
        (len(entry.detail.get("cancelled", ())), "checkpoint closed", "checkpoints closed"),
        (len(entry.detail.get("reopened", ())), "checkpoint open again", "checkpoints open again"),
    )
    parts = [
        f"{count} {one if count == 1 or not several else several}"
        for count, one, several in counted
        if count
    ]
    return f"{other} ({', '.join(parts)})" if parts else other


def _undone(entry: JournalEntry) -> Iterable[tuple[int, str]]:
    """The steps that an undo took back, by their entries."""
    return zip(entry.detail.get("undone", ()), entry.detail.get("steps", ()), strict=True)


def who(entry: JournalEntry) -> str:
    """Who did it, in which role, with the operating system's user."""
    user = f", user {entry.os_user}" if entry.os_user else ""
    return f"{entry.actor} ({entry.role}{user})"


def why(entry: JournalEntry) -> str:
    """Rule, reason, note and the pathway version it was decided by."""
    parts = []
    if entry.rule:
        parts.append(f"rule {entry.rule}")
    if entry.reason:
        parts.append(f"reason: {entry.reason}")
    if entry.note:
        parts.append(f"note: {entry.note}")
    parts.append(f"pathway {entry.pathway_hash[:8]}")
    return ", ".join(parts)


def _cells(
    entry: JournalEntry | BesideRecord, zone: ZoneInfo, values: Mapping[str, str]
) -> tuple[str, ...]:
    moment = words.minute(entry.at, zone)
    if isinstance(entry, BesideRecord):
        return (entry.of, moment, entry.what, entry.who, entry.why)
    return (str(entry.seq), moment, what(entry, values), who(entry), why(entry))
