"""`allpath fact`: what is known of a patient, recorded, listed and corrected."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from allpath import words
from allpath.answers import path_answer, record_answer
from allpath.cli.banner import put_banner, put_outcome
from allpath.cli.looking import record_look
from allpath.cli.printing import is_terminal, put, put_json, put_table
from allpath.cli.session import (
    ActorName,
    AsOf,
    IfVersion,
    Json,
    Key,
    KnownAt,
    On,
    Patient,
    open_session,
)
from allpath.clock import civil_day
from allpath.problems import UsageError
from allpath.typed import Report, read_facts, read_value_typed, split_date
from workflow.commands import CorrectFact, MoveFact, RecordFacts
from workflow.facts import VOID_STATUSES, FactRecord
from workflow.found import Found

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", no_args_is_help=True)

Unit = Annotated[
    str, typer.Option(help="Unit of numbers without one: percent, fraction, per_1e4 or log10.")
]
Sensitivity = Annotated[str, typer.Option(help='Sensitivity (limit of detection), as "0.01 %".')]
Quantification = Annotated[str, typer.Option("--loq", help='Limit of quantification, as "0.01 %".')]
Specimen = Annotated[str, typer.Option(help="marrow or blood.")]
Method = Annotated[str, typer.Option(help="flow, pcr, ngs or bcrabl_rtpcr.")]


@app.callback()
def _group() -> None:
    """Record, list and correct what is known of a patient."""


@app.command()
def record(
    ctx: typer.Context,
    patient: Patient,
    facts: Annotated[
        list[str],
        typer.Argument(metavar="NAME=VALUE[@DATE]", help="Facts; all are recorded or none."),
    ],
    *,
    unit: Unit = "",
    sensitivity: Sensitivity = "",
    loq: Quantification = "",
    specimen: Specimen = "",
    method: Method = "",
    status: Annotated[str, typer.Option(help="final, preliminary or registered.")] = "final",
    source: Annotated[
        str, typer.Option(help="Where it comes from: a person, document or feed.")
    ] = "",
    on: On = None,
    actor: ActorName = None,
    key: Key = "",
    if_version: IfVersion = None,
    as_json: Json = False,
) -> None:
    """Record facts, all of them or none, and show what they change.

    A laboratory result carries its unit and how sensitive the test was; `unknown` and
    `not_applicable` are values too. The day after `@` is when it was so: the day of the sample.

    Example: `allpath fact record P-7KM2QX cd19=positive@2026-11-20 "mrd=0.005 %@2026-11-20"
    --sensitivity "0.001 %" --specimen marrow --method flow`
    """
    session = open_session(ctx)
    who = session.actor(actor)
    before = session.look(patient)
    report = Report(unit=unit, sensitivity=sensitivity, loq=loq, specimen=specimen, method=method)
    day = civil_day(on, "--on") or before.today
    command = RecordFacts(
        actor=who,
        key=key,
        expected_version=if_version,
        path_id=before.case.path.path_id,
        facts=read_facts(before.pathway, facts, day, report=report, status=status, source=source),
    )
    outcome = session.allpath.orchestrator.record(command, session.now())
    put_outcome(session, before, outcome, as_json=as_json)


@app.command("list")
def list_(
    ctx: typer.Context,
    patient: Patient,
    *,
    fact: Annotated[str, typer.Option(help="Only this fact.")] = "",
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: Json = False,
) -> None:
    """List every record of a patient's facts, and which of them count.

    Example: `allpath fact list P-7KM2QX --fact mrd`
    """
    session = open_session(ctx)
    found = session.look(patient, as_of, known_at)
    records = [record for record in found.case.facts if fact in ("", record.fact)]
    record_look(session, "facts_listed", found.case.path.path_id)
    counts = {record.record_id: counting(found, record, records) for record in records}
    if as_json:
        put_json([{**record_answer(item), "counts": counts[item.record_id]} for item in records])
        return
    if is_terminal():
        put_banner(found, session.allpath.store.person(found.case.path.path_id))
    if not records:
        put("No facts are recorded yet.")
        return
    columns = ("Record", "Fact", "Value", "As of", "Status", "Counts", "Source")
    rows = [
        (
            record.record_id,
            record.fact,
            words.value(record.value),
            words.day(record.effective_at),
            record.status,
            counts[record.record_id],
            record.source,
        )
        for record in records
    ]
    put_table(columns, rows)


@app.command()
def correct(
    ctx: typer.Context,
    patient: Patient,
    record_id: Annotated[str, typer.Argument(metavar="RECORD", help="Record id, or its number.")],
    value: Annotated[
        str,
        typer.Argument(
            metavar="[VALUE[@DATE]]", help="The right value; none with entered_in_error."
        ),
    ] = "",
    *,
    reason: Annotated[str, typer.Option(help="Why the old value was wrong.")],
    status: Annotated[
        str, typer.Option(help="corrected, amended, cancelled or entered_in_error.")
    ] = "corrected",
    unit: Unit = "",
    sensitivity: Sensitivity = "",
    loq: Quantification = "",
    specimen: Specimen = "",
    method: Method = "",
    actor: ActorName = None,
    key: Key = "",
    if_version: IfVersion = None,
    as_json: Json = False,
) -> None:
    """Replace a record by the right value; the old one stays in the history.

    Example: `allpath fact correct P-7KM2QX 5 negative --reason "read from the wrong report"`
    """
    session = open_session(ctx)
    who = session.actor(actor)
    before = session.look(patient)
    path = before.case.path
    name = f"{path.path_id}/{record_id}" if record_id.isdigit() else record_id
    old = next((item for item in before.case.facts if item.record_id == name), None)
    if not value and status not in VOID_STATUSES:
        raise UsageError("Give the right value, or --status entered_in_error to void the record.")
    new: Any = None
    day = None
    if old is not None and value:
        text, day = split_date(value, old.fact)
        report = Report(
            unit=unit, sensitivity=sensitivity, loq=loq, specimen=specimen, method=method
        )
        new = read_value_typed(before.pathway, old.fact, text, report)
    command = CorrectFact(
        actor=who,
        key=key,
        expected_version=path.version if if_version is None else if_version,
        path_id=path.path_id,
        record_id=name,
        value=new,
        effective_at=day,
        status=status,
        reason=reason,
    )
    outcome = session.allpath.orchestrator.correct(command, session.now())
    put_outcome(session, before, outcome, as_json=as_json)


@app.command()
def move(
    ctx: typer.Context,
    patient: Patient,
    record_id: Annotated[str, typer.Argument(metavar="RECORD", help="Record id, or its number.")],
    to: Annotated[str, typer.Argument(metavar="TO", help="The patient it belongs to.")],
    *,
    reason: Annotated[str, typer.Option(help="How it came to the wrong patient.")],
    actor: ActorName = None,
    key: Key = "",
    if_version: IfVersion = None,
    as_json: Json = False,
) -> None:
    """Move a record made for the wrong patient to the right one; both histories keep both.

    Example: `allpath fact move P-7KM2QX 5 P-QRNE4Y --reason "two samples were swapped"`
    """
    session = open_session(ctx)
    who = session.actor(actor)
    before, other = session.look(patient), session.look(to)
    path = before.case.path
    command = MoveFact(
        actor=who,
        key=key,
        expected_version=path.version if if_version is None and not key else if_version,
        path_id=path.path_id,
        record_id=f"{path.path_id}/{record_id}" if record_id.isdigit() else record_id,
        to_path_id=other.case.path.path_id,
        reason=reason,
    )
    left, arrived = session.allpath.orchestrator.move_fact(command, session.now())
    if as_json:
        put_json({"from": path_answer(left.path), "to": path_answer(arrived.path)})
        return
    put_outcome(session, before, left, as_json=False)
    put_outcome(session, other, arrived, as_json=False)


def counting(found: Found, record: FactRecord, records: list[FactRecord]) -> str:
    """Whether a record counts now, and if not, why: superseded, void, stale, not yet final."""
    if any(other.supersedes == record.record_id for other in records):
        return "no: corrected since"
    if record.status in VOID_STATUSES:
        return f"no: {record.status.replace('_', ' ')}"
    sheet = found.sheet()
    standing = sheet.records.get(record.fact)
    if standing is None or standing.record_id != record.record_id:
        note = sheet.notes.get(record.fact)
        return (
            f"no: {note}" if note and record.fact in sheet.contradictions else "no: not the latest"
        )
    note = sheet.notes.get(record.fact)
    return f"no: {note}" if note else "yes"
