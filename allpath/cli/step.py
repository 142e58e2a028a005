"""`allpath step`: what is recommended and why; a named person confirms, another countersigns."""

from __future__ import annotations

from typing import Annotated

import typer

from allpath import words
from allpath.answers import (
    decision_answer,
    explanation_answer,
    moment_answer,
    pathway_answer,
    step_answer,
)
from allpath.cli.banner import put_banner, put_outcome, put_state
from allpath.cli.looking import record_look
from allpath.cli.printing import WIDE, is_terminal, put_found, put_json, put_table, screen
from allpath.cli.session import (
    ActorName,
    AsOf,
    IfVersion,
    Json,
    Key,
    KnownAt,
    On,
    Patient,
    note_merged,
    open_session,
)
from allpath.cli.steppast import explain_entry
from allpath.cli.steprows import leading_answer, put_leading_to
from allpath.cli.undoing import put_consequences
from allpath.cli.why import put_decision, put_steps
from allpath.clock import civil_day
from allpath.problems import UsageError
from workflow.commands import ConfirmStep, Countersign, OverrideStep, UndoStep
from workflow.found import Found
from workflow.leading import leading_to
from workflow.signing import find_step
from workflow.steps import Step
from workflow.titles import titled

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", no_args_is_help=True)

StepName = Annotated[
    str, typer.Argument(metavar="STEP", help="A step, as hsct_workup or cns_directed:open.")
]


@app.callback()
def _group() -> None:
    """See what is recommended and why; confirm a step, or countersign it."""


@app.command("list")
def list_(
    ctx: typer.Context,
    patient: Patient,
    *,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: Json = False,
) -> None:
    """List every step out of the present state, and whether it may be confirmed.

    Example: `allpath step list P-7KM2QX`
    """
    session = open_session(ctx)
    found = session.look(patient, as_of, known_at)
    note_merged(found)
    decision, path = found.decision(), found.case.path
    record_look(session, "steps_listed", path.path_id)
    if as_json:
        steps = [step_answer(step) for step in decision.steps]
        put_json(
            {"path_id": path.path_id, "state": path.state, "version": path.version, "steps": steps}
        )
        return
    if is_terminal():
        put_banner(found, session.allpath.store.person(path.path_id))
        put_state(found)
    if is_terminal() and screen().width < WIDE:
        put_steps(found.pathway, decision.steps)
        return
    put_table(
        ("Step", "Status", "Because", "Option", "Signatures"),
        [
            (
                *(item.key, item.status, titled(found.pathway, item.because)),
                *(item.option or "", _signatures(item)),
            )
            for item in decision.steps
        ],
    )


def _signatures(step: Step) -> str:
    return "two" if step.two_person else "one"


@app.command()
def explain(
    ctx: typer.Context,
    patient: Patient,
    step: Annotated[
        str | None, typer.Argument(metavar="[STEP]", help="Only the rows that lead to this step.")
    ] = None,
    *,
    everything: Annotated[
        bool,
        typer.Option("--all", help="Every fact and derived fact looked at, not only those used."),
    ] = False,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    entry: Annotated[
        int | None,
        typer.Option(
            "--entry", metavar="N", help="The decision recorded by this entry of the history."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show why: row by row and clause by clause, what was needed, found and missing.

    With `--entry` a recorded decision is made again, under the version and on the records of its
    moment, and compared with what the journal keeps of it.

    Example: `allpath step explain P-7KM2QX --entry 41`
    """
    session = open_session(ctx)
    if entry is not None:
        if as_of or known_at or step:
            raise UsageError("An entry has its own moment; leave out --as-of, --known-at and STEP.")
        explain_entry(session, patient, entry, everything=everything, as_json=as_json)
        return
    moment = session.moment(as_of, known_at)
    found = session.look(patient, as_of, known_at)
    note_merged(found)
    decision, path = found.decision(explained=True), found.case.path
    active = path.settings.get("active_set")
    chosen = find_step(decision, step, path) if step else None
    record_look(session, "step_explained", path.path_id)
    if as_json:
        content = {
            "path_id": path.path_id,
            "state": path.state,
            "version": path.version,
            "as_of": found.today.isoformat(),
            **moment_answer(moment),
            "active_set": active,
            **decision_answer(decision),
            "suppliers": {
                n: list(w) for n, w in words.suppliers(found.pathway, decision.missing).items()
            },
            "alternatives": list(decision.alternatives),
            "steps": [step_answer(item) for item in decision.steps],
            "pathway": pathway_answer(found.pathway),
            "explanation": explanation_answer(decision.explanation),
        }
        if chosen:
            content["step"] = {**step_answer(chosen), **leading_answer(found, chosen)}
        put_json(content)
        return
    put_banner(found, session.allpath.store.person(path.path_id))
    if then := session.then(moment, session.zone_of(path)):
        put_found("then", then)
    put_state(found)
    if chosen:
        put_leading_to(found, decision, chosen, leading_to(found, chosen))
    else:
        put_decision(found.pathway, decision, active_set=active, everything=everything)


@app.command()
def confirm(
    ctx: typer.Context,
    patient: Patient,
    step: StepName,
    *,
    on: On = None,
    option: Annotated[
        str | None, typer.Option(help="Which of several recommended options.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why, where an MDT decision chooses the step.")] = "",
    remark: Annotated[str, typer.Option("--note", help="A note for the history.")] = "",
    actor: ActorName = None,
    key: Key = "",
    if_version: IfVersion = None,
    as_json: Json = False,
) -> None:
    """Confirm a step, as a clinician or lead, by name; some steps wait for a second signature.

    Example: `allpath step confirm P-7KM2QX reinduction --actor "Dr A. Sample:clinician"`
    """
    session = open_session(ctx)
    who = session.actor(actor)
    before = session.look(patient)
    path = before.case.path
    command = ConfirmStep(
        actor=who,
        key=key,
        expected_version=seen_version(before, key, if_version),
        path_id=path.path_id,
        step=step,
        effective_on=civil_day(on, "--on"),
        option=option,
        reason=reason,
        note=remark,
    )
    outcome = session.allpath.orchestrator.confirm(command, session.now())
    put_outcome(session, before, outcome, as_json=as_json)


@app.command()
def override(
    ctx: typer.Context,
    patient: Patient,
    step: StepName,
    *,
    code: Annotated[
        str,
        typer.Option("--code", help="Coded reason, as mdt_judgement; a wrong one lists them all."),
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why, in your own words.")],
    on: On = None,
    option: Annotated[str | None, typer.Option(help="With which therapy, by its code.")] = None,
    remark: Annotated[str, typer.Option("--note", help="A note for the history.")] = "",
    valid_until: Annotated[
        str | None,
        typer.Option(
            "--valid-until", metavar="DATE", help="Last day for a second signature, if needed."
        ),
    ] = None,
    actor: ActorName = None,
    key: Key = "",
    if_version: IfVersion = None,
    as_json: Json = False,
) -> None:
    """Take a step that is not open, and answer for it; what was not met or unknown is kept.

    A final state, a record that contradicts itself and a hard invariant cannot be overridden.

    Example: `allpath step override P-7KM2QX consolidation --code mdt_judgement --reason "..."`
    """
    session = open_session(ctx)
    who = session.actor(actor)
    before = session.look(patient)
    command = OverrideStep(
        actor=who,
        key=key,
        expected_version=seen_version(before, key, if_version),
        path_id=before.case.path.path_id,
        step=step,
        code=code,
        reason=reason,
        effective_on=civil_day(on, "--on"),
        option=option,
        note=remark,
        valid_until=civil_day(valid_until, "--valid-until"),
    )
    outcome = session.allpath.orchestrator.override(command, session.now())
    put_outcome(session, before, outcome, as_json=as_json)


@app.command()
def undo(
    ctx: typer.Context,
    patient: Patient,
    seq: Annotated[
        int | None,
        typer.Argument(
            metavar="[ENTRY]", help="The journal entry of the step; none: the last confirmed step."
        ),
    ] = None,
    *,
    reason: Annotated[str, typer.Option(help="Why the step was wrong.")],
    remark: Annotated[str, typer.Option("--note", help="A note for the history.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what it would bring with it.")
    ] = False,
    actor: ActorName = None,
    key: Key = "",
    if_version: IfVersion = None,
    as_json: Json = False,
) -> None:
    """Undo a confirmed step and all after it, as a clinician or lead; the history keeps both.

    What follows is listed first. Where a state asks for two people, another clinician countersigns.
    An undo is not undone: confirm the step once more.

    Example: `allpath step undo P-7KM2QX 41 --reason "confirmed for the wrong patient" --dry-run`
    """
    session = open_session(ctx)
    before = session.look(patient)
    who = None if dry_run else session.actor(actor)
    orchestrator = session.allpath.orchestrator
    if who is None or not key:  # a repeated key: what it brought with it was told the first time
        found = orchestrator.foresee_undo(before.case.path.path_id, seq, session.now())
        if who is None:
            record_look(session, "undo_foreseen", before.case.path.path_id)
            put_consequences(session, before, found, as_json=as_json)
            return
        if not as_json:
            put_consequences(session, before, found, as_json=False)
    command = UndoStep(
        actor=who,
        key=key,
        expected_version=seen_version(before, key, if_version),
        path_id=before.case.path.path_id,
        seq=seq,
        reason=reason,
        note=remark,
    )
    outcome = orchestrator.undo(command, session.now())
    put_outcome(session, before, outcome, as_json=as_json)


@app.command()
def countersign(
    ctx: typer.Context,
    patient: Patient,
    *,
    decline: Annotated[
        str, typer.Option(metavar="REASON", help="Decline the step, with a reason.")
    ] = "",
    actor: ActorName = None,
    key: Key = "",
    if_version: IfVersion = None,
    as_json: Json = False,
) -> None:
    """Confirm, as a second clinician, the step that waits; or decline it.

    Example: `allpath step countersign P-7KM2QX --actor "Dr B. Second:clinician"`
    """
    session = open_session(ctx)
    who = session.actor(actor)
    before = session.look(patient)
    command = Countersign(
        actor=who,
        key=key,
        expected_version=seen_version(before, key, if_version),
        path_id=before.case.path.path_id,
        decline=decline,
    )
    outcome = session.allpath.orchestrator.countersign(command, session.now())
    put_outcome(session, before, outcome, as_json=as_json)


def seen_version(before: Found, key: str, given: int | None) -> int | None:
    """The version a person decides on: the one just read, so that a change since is a conflict.

    A repeated key may come long after the path moved on; its answer is known already.
    """
    if given is not None:
        return given
    return None if key else before.case.path.version
