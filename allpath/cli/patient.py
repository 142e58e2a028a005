"""`allpath patient`: who is enrolled, how one patient stands, and the settings of a path."""

from __future__ import annotations

from typing import Annotated

import typer

from allpath import words
from allpath.answers import (
    checkpoint_answer,
    entry_answer,
    moment_answer,
    path_answer,
    person_answer,
    record_answer,
)
from allpath.beside import beside, beside_answer, in_order, so_then
from allpath.cli import merging
from allpath.cli.banner import (
    checkpoint_title,
    patient_answer,
    put_banner,
    put_outcome,
    put_state,
)
from allpath.cli.erasing import erase
from allpath.cli.fact import counting
from allpath.cli.history import line_of, values_of
from allpath.cli.looking import record_look
from allpath.cli.printing import heading, put, put_found, put_json, put_table
from allpath.cli.session import (
    ActorName,
    AsOf,
    IfVersion,
    Json,
    Key,
    KnownAt,
    On,
    Patient,
    Session,
    open_session,
)
from allpath.cli.summary import summary
from allpath.cli.why import put_proposal, put_review, put_sets
from allpath.clock import civil_day
from allpath.problems import UsageError
from allpath.recorded import recorded
from allpath.reviews import about, open_reviews, review_answer
from workflow.commands import ChangeSettings, RecordDataUse
from workflow.data_use import DataUse, data_use, said_in
from workflow.found import Found
from workflow.merging import taken_in
from workflow.records import PathRecord, Person

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", no_args_is_help=True)
app.command()(merging.merge)
app.command()(merging.unmerge)
app.command()(summary)
_LAST: int = 8


@app.callback()
def _group() -> None:
    """List and show patients, change their settings."""


@app.command("list")
def list_(
    ctx: typer.Context,
    text: Annotated[
        str, typer.Argument(metavar="[TEXT]", help="Part of a name, or an identifier.")
    ] = "",
    *,
    state: Annotated[str, typer.Option(help="Only patients in this state.")] = "",
    as_json: Json = False,
) -> None:
    """List patients: everybody, or those a name or identifier fits.

    Example: `allpath patient list sample`
    """
    session = open_session(ctx)
    store = session.allpath.store
    wanted = set(store.find(text)) if text else None
    wanted = wanted and wanted | {session.allpath.orchestrator.survivor_of(p) for p in wanted}
    rows = [
        row
        for row in sorted(store.worklist.every(), key=lambda row: words.name(row.person))
        if (wanted is None or row.path.path_id in wanted) and state in ("", row.path.state)
    ]
    record_look(session, "patients_listed")
    if as_json:
        put_json(
            [{"person": person_answer(row.person), "path": path_answer(row.path)} for row in rows]
        )
        return
    if not rows:
        put(
            "No patients here."
            if text or state
            else "Nobody is enrolled yet; see `allpath enrol --help`."
        )
        return
    similar = words.similar(row.person for row in rows)
    put_table(
        ("Patient", "Name", "Identifiers", "Pathway", "State", "Since"),
        [
            (
                row.path.path_id,
                _name(session, row.person, similar),
                words.identifiers(row.person),
                row.path.pathway_id,
                _standing(session, row.path),
                words.day(row.path.entered["main"]),
            )
            for row in rows
        ],
    )


def _standing(session: Session, path: PathRecord) -> str:
    """The state, or which path goes on for one that was merged."""
    if path.merged_into:
        return f"merged into {path.merged_into}"
    return words.state(session.allpath.shown_by(path), path.state)


def _name(session: Session, person: Person, similar: frozenset[str]) -> str:
    """The name; beside one that is easily mistaken for another, a warning and the date of birth."""
    name = words.name(person)
    if person.path_id not in similar:
        return name
    born = words.born_on(session.allpath.orchestrator.look(person.path_id, session.now()))
    return f"{name} (similar name; born {words.day(born)})"


@app.command()
def show(
    ctx: typer.Context,
    patient: Patient,
    *,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: Json = False,
) -> None:
    """Show one patient: state, decision, facts, checkpoints and the last history.

    With `--as-of` as it was on a day, by all that is known of it today; with `--known-at` as it was
    known on a day, before later results, corrections and undone steps.

    Example: `allpath patient show P-7KM2QX --known-at 2026-11-20`
    """
    session = open_session(ctx)
    moment = session.moment(as_of, known_at)
    found = session.look(patient, as_of, known_at)
    path = found.case.path
    store = session.allpath.store
    person = store.person(path.path_id)
    journal = store.journal(path.path_id)[: path.version]
    entries = journal[-_LAST:]
    waiting = open_reviews(store, path.path_id, moment).get(path.path_id, ())
    zone = session.zone_of(path)
    records = so_then(beside(session.allpath, path.path_id), moment, zone)
    record_look(session, "patient_shown", path.path_id)
    if as_json:
        now = found.now
        put_json(
            {
                **patient_answer(found, person),
                **moment_answer(moment),
                "merged_from": list(taken_in(journal)),
                "data_use": _data_use(session, found).answer or None,
                "notes": dict(found.sheet().notes),
                "facts": [record_answer(record) for record in found.case.facts],
                "checkpoints": [
                    checkpoint_answer(row, words.standing(row, now))
                    for row in found.case.checkpoints
                ],
                "reviews": [
                    review_answer(item)
                    for item in (store.reviews(path.path_id) if moment is None else waiting)
                ],
                "history": [entry_answer(entry) for entry in entries],
                "beside": [beside_answer(record) for record in records],
            }
        )
        return
    put_banner(found, person)
    if then := session.then(moment, session.zone_of(path)):
        put_found("then", then)
    put_state(found)
    settings = ", ".join(f"{name} {value}" for name, value in sorted(path.settings.items()))
    put_found("settings", settings)
    if person.contact:
        put_found("contact", person.contact)
    merged = taken_in(journal)
    if merged:
        put_found("goes on for", f"{', '.join(merged)}, merged into this path")
    _put_consents(session, found)
    if not path.merged_into:
        decision = found.decision()
        heading("Decision then" if moment else "Decision today")
        put_proposal(found.pathway, decision)
        put_sets(decision, path.settings.get("active_set"))
    put_facts(found)
    _put_checkpoints(session, found)
    if waiting:
        heading("Past decisions to look at again")
        for item in waiting:
            put_found(item.review_id, about(item, found.pathway))
        put(f"  See `allpath review show {waiting[0].review_id}`.")
    heading("Last in the history")
    zone, values = session.zone_of(path), values_of(found)
    for each in list(in_order(entries, records))[-_LAST:]:
        put_found(*line_of(each, zone, values, found.pathway))
    put_review(found.pathway)


def _data_use(session: Session, found: Found) -> DataUse:
    """What the patient has said about their data up to the day that is looked at."""
    journal = session.allpath.store.journal(found.case.path.path_id)
    return data_use((*found.case.facts, *said_in(journal)), found.today)


def _put_consents(session: Session, found: Found) -> None:
    """Whether the patient has withdrawn from care, or withdrawn the use of data: two things."""
    use = _data_use(session, found)
    if use.answer:
        effect = "; left out of figures about many, care goes on" if use.is_withdrawn else ""
        put_found("data use", f"{use.answer} since {words.day(use.since)}{effect}")
    if found.sheet().values.get("care_withdrawn") == "yes":
        put_found("care", "withdrawn by the patient")


def put_facts(found: Found) -> None:
    """Every standing record with its day, status and source, and why one does not count."""
    heading("Facts")
    if not found.case.facts:
        put("  No facts are recorded yet.")
    replaced = {record.supersedes for record in found.case.facts}
    standing = [record for record in found.case.facts if record.record_id not in replaced]
    for record in sorted(standing, key=lambda record: (record.fact, record.effective_at)):
        counts = counting(found, record, list(found.case.facts))
        parts = [words.day(record.effective_at), record.status, record.source]
        if counts != "yes":
            parts.append(counts.replace("no: ", "does not count: ", 1))
        title = words.fact_title(found.pathway, record.fact)
        value = recorded(found.pathway, record)
        put_found(record.fact, f"{title}: {value} - {', '.join(parts)}")


def _put_checkpoints(session: Session, found: Found) -> None:
    heading("Checkpoints")
    if found.case.path.merged_into:
        put(f"  None: {found.case.path.merged_into} goes on for this path.")
    elif not found.case.checkpoints:
        put("  No next step: nothing is expected by any date.")
    zone = session.zone_of(found.case.path)
    for row in sorted(found.case.checkpoints, key=lambda row: row.due_at):
        title = checkpoint_title(found.pathway, row)
        put_found(row.checkpoint, f"{words.due(row, found.now, zone)} - {title}")


@app.command("set")
def set_(
    ctx: typer.Context,
    patient: Patient,
    settings: Annotated[
        list[str],
        typer.Argument(metavar="NAME=VALUE", help="active_set, region, site, time_zone."),
    ],
    *,
    reason: Annotated[str, typer.Option(help="Why it is changed.")],
    actor: ActorName = None,
    key: Key = "",
    if_version: IfVersion = None,
    as_json: Json = False,
) -> None:
    """Change settings of a path; it is journaled, and decided again.

    Example: `allpath patient set P-7KM2QX active_set=INTREALL --reason "MDT of 20-Nov-2026"`
    """
    session = open_session(ctx)
    who = session.actor(actor)
    before = session.look(patient)
    path = before.case.path
    command = ChangeSettings(
        actor=who,
        key=key,
        expected_version=path.version if if_version is None and not key else if_version,
        path_id=path.path_id,
        settings=_pairs(settings),
        reason=reason,
    )
    outcome = session.allpath.orchestrator.change_settings(command, session.now())
    put_outcome(session, before, outcome, as_json=as_json)


@app.command("data-use")
def data_use_(
    ctx: typer.Context,
    patient: Patient,
    answer: Annotated[str, typer.Argument(metavar="ANSWER", help="yes, no or withdrawn.")],
    *,
    reason: Annotated[str, typer.Option(help="Who said it to whom, or which letter.")],
    on: On = None,
    actor: ActorName = None,
    key: Key = "",
    if_version: IfVersion = None,
    as_json: Json = False,
) -> None:
    """Record whether the data may be used beyond the patient's own care; care does not change.

    After `no` or `withdrawn` figures about many patients leave this one out and say so. A later
    answer takes the place of an earlier one.

    Example: `allpath patient data-use P-7KM2QX withdrawn --reason "letter of 20-Nov-2026"`
    """
    session = open_session(ctx)
    who = session.actor(actor)
    before = session.look(patient)
    path = before.case.path
    command = RecordDataUse(
        actor=who,
        key=key,
        expected_version=path.version if if_version is None and not key else if_version,
        path_id=path.path_id,
        answer=answer,
        reason=reason,
        effective_on=civil_day(on, "--on"),
    )
    outcome = session.allpath.orchestrator.record_data_use(command, session.now())
    put_outcome(session, before, outcome, as_json=as_json)


app.command("erase")(erase)


def _pairs(items: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in items:
        name, equals, value = item.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise UsageError(f"{item!r} is not a setting; write name=value, as region=UK.")
        found[name.strip()] = value.strip()
    return found
