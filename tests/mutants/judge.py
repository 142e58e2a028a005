"""What becomes of a mutant, the cheapest check first: who kills it, or why nobody can.

A mutant that no check tells from the shipped pathway has survived, unless the solver shows that it
is the same pathway in other words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import monotonic
from typing import Final, Literal

from pydantic import ValidationError

from tests.mutants.equivalence import told_apart
from tests.mutants.mutant import Mutant, line_of
from tests.mutants.sample import mutants
from tests.public import cases, checkpoints, declared
from tests.public.cases import TODAY
from workflow.checks import check
from workflow.pathway import Pathway
from workflow.proof import boundaries, live, prover, safe, total
from workflow.proof import declared as declared_proof
from workflow.proof.asking import MEMORY_MB, OutOfTimeError
from workflow.proof.subject import Subject
from workflow.vocabulary import CompileError

Claim = tuple[str, Callable[[Subject], None]]
Fate = Literal["loader", "cases", "proof", "equivalent", "undecided", "survived"]
SECONDS: Final = 120
"""Time for the proof of one mutant, and as much again to compare it with the shipped pathway."""


@dataclass(frozen=True)
class Verdict:
    """What became of one mutant and what told it; `seconds` is how long that took."""

    mutant_id: str
    operator: str
    line: int
    fate: Fate
    why: str
    seconds: float


def judged_by_number(number: int) -> Verdict:
    """The fate of one of the mutants, which every process makes again by itself."""
    return judged(mutants()[number])


def judged(mutant: Mutant) -> Verdict:
    """The fate of a mutant."""
    started = monotonic()
    fate, why = _fate(mutant)
    line = line_of(mutant.where)
    return Verdict(mutant.id, mutant.operator, line, fate, why, monotonic() - started)


def _fate(mutant: Mutant) -> tuple[Fate, str]:
    try:
        pathway = Pathway.model_validate(mutant.content)
        problems = [message for _, message in check(pathway)]
    except (ValidationError, CompileError) as error:
        return "loader", str(error).splitlines()[0]
    if problems:
        return "loader", problems[0]
    for public in (declared, checkpoints, cases):
        if why := next(public.disagreements(pathway), ""):
            return "cases", why
    until = monotonic() + SECONDS
    subject = Subject(pathway, str, TODAY, monotonic, until, memory_mb=MEMORY_MB)
    if why := _refuted(subject, _QUICK):
        return "proof", why
    try:
        difference = told_apart(pathway, SECONDS)
    except OutOfTimeError:
        difference = ""
    else:
        if not difference:
            return "equivalent", "shown by the solver: nobody is answered otherwise"
    if why := _refuted(subject, _SLOW):
        return "proof", why
    return ("survived", difference) if difference else ("undecided", "the time is over")


def _refuted(subject: Subject, claims: Iterable[Claim]) -> str:
    """The first thing the proof finds, or nothing."""
    for name, claim in claims:
        try:
            claim(subject)
        except OutOfTimeError:
            return ""
        errors = [finding for finding in subject.findings if finding.severity == "error"]
        if errors:
            return f"{name}: {errors[0].message}"
    return ""


_TAKES_SECONDS: Final = (live.CHECKPOINTS, total.ROWS_USED, boundaries.BOUNDARIES)
"""What a pathway that is the same for everybody need not be asked again; quickest first."""
_AT_ONCE: Final = (safe.LISTED, declared_proof.USED, declared_proof.TRACED)
"""What is read off the file, without the solver."""
_QUICK: Final = sorted(
    (claim for claim in prover.PROPERTIES if claim[0] not in _TAKES_SECONDS),
    key=lambda claim: claim[0] not in _AT_ONCE,
)
_SLOW: Final = [claim for name in _TAKES_SECONDS for claim in prover.PROPERTIES if claim[0] == name]
