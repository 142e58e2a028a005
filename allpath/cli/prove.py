"""`allpath pathway prove`: is a pathway sound for every patient, and if not, for whom not?"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from allpath import clock, words
from allpath.answers import proof_answer
from allpath.cli.printing import heading, note, put, put_json, put_table, working
from allpath.cli.session import Json, open_session
from allpath.problems import UsageError
from workflow.errors import AllpathError
from workflow.loading import file_text, read_with_lines, shipped, shipped_text
from workflow.proof.finding import Finding, Proof, Property
from workflow.strict_yaml import Document, Where

_EXIT: Final = {"proved": 0, "refuted": 4, "unknown": 1}


def prove(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="ID|FILE", help="A shipped pathway, or a file.")],
    *,
    seconds: Annotated[
        float, typer.Option("--seconds", help="Time to prove in; then the rest is unknown.")
    ] = 300,
    as_json: Json = False,
) -> None:
    """Prove a pathway for every combination of facts, or show patients for whom it fails.

    Leaves with 0 when it is proved, with 4 when it is refuted, with 1 when the time was too short.

    Example: `allpath pathway prove relapsed_all`
    """
    session = open_session(ctx)
    if seconds <= 0:
        raise UsageError("--seconds is a number above 0.")
    today = session.now().astimezone(session.settings.zone).date()
    data, source = shipped_text(name) if _is_shipped(name) else file_text(Path(name))
    pathway, document = read_with_lines(data, source)
    prover = _prover()
    with working(f"Proving {pathway.id}") as tell:
        proof: Proof = prover.prove(
            pathway,
            _locate(source, document),
            today=today,
            clock=clock.stopwatch,
            seconds=seconds,
            on_property=lambda name: tell(name.replace("_", " ")),
        )
    if as_json:
        put_json(proof_answer(proof))
    else:
        _put(proof)
    raise typer.Exit(_EXIT[proof.verdict])


def _is_shipped(name: str) -> bool:
    return name in shipped() or not (Path(name).suffix or Path(name).exists())


def _prover() -> Any:  # noqa: ANN401 - the module that needs the extra
    """The prover; raises AllpathError with the cure where the solver is not installed."""
    with needs_solver():
        from workflow.proof import prover  # noqa: PLC0415 - the solver takes its time to load
    return prover


@contextmanager
def needs_solver() -> Iterator[None]:
    """What is loaded in this block may need the solver; without it AllpathError says the cure."""
    try:
        yield
    except ImportError as error:
        if error.name != "z3":
            raise
        msg = "Proving needs the solver z3; install Allpath with its extra, allpath[proof]."
        raise AllpathError(msg) from None


def _locate(source: str, document: Document) -> Callable[[Where], str]:
    """The file, line and field of a place: `relapsed_all.yaml:1107: states.referred`."""

    def locate(where: Where) -> str:
        return f"{source}{document.problem(where, '')}".rstrip(": ")

    return locate


def _put(proof: Proof) -> None:
    put(f"{proof.pathway_id} {proof.version}, hash {proof.content_hash}")
    put_table(
        ("Shown", "Property", "What it says"),
        [(_word(item), item.name.replace("_", " "), item.title) for item in proof.properties],
    )
    errors = [finding for finding in proof.findings if finding.severity == "error"]
    notes = [finding for finding in proof.findings if finding.severity == "note"]
    for number, finding in enumerate(errors, start=1):
        _put_finding(number, finding)
    if notes:
        heading("Notes")
        put(*(f"{finding.where}: {finding.message}" for finding in notes))
    if proof.on_record:
        uses = words.counted(len(proof.on_record), "condition")
        put(f"{uses} may ask what is on record, each with its reason (on_record in the file).")
    heading("What the proof rests on")
    put(*(textwrap.fill(f"- {text}", 100, subsequent_indent="  ") for text in proof.assumptions))
    put(f"{proof.pathway_id} is {proof.verdict} ({proof.seconds:.1f} s).")
    if errors:
        note(
            "Save a patient above in a file and give it to `allpath decide FILE --explain "
            "--pathway ...` to see what happens."
        )


def _word(item: Property) -> str:
    if item.verdict == "unknown":
        return f"unknown: {item.why_unknown}"
    return item.verdict


def _put_finding(number: int, finding: Finding) -> None:
    heading(f"{number}. {finding.property.replace('_', ' ')}")
    put(finding.where, finding.message)
    if finding.case is not None:
        put("For instance this patient:", *(f"  {line}" for line in case_lines(finding.case)))


def case_lines(case: Any) -> list[str]:  # noqa: ANN401 - plain content
    """A case as YAML that a person can copy into a file."""
    import yaml  # noqa: PLC0415 - only needed when something is wrong

    text: str = yaml.safe_dump(dict(case), sort_keys=False, allow_unicode=True, width=90)
    return text.rstrip().splitlines()
