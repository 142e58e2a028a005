"""What is known about a version beside its content: who is where on it, its proof and its tests."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from allpath import words
from allpath.cli.pathway import tests_of
from allpath.proofs import LONGEST_SECONDS, Attempt, Proofs
from allpath.versions import Listed, every_version
from allpath.web.pages import Visit
from allpath.web.visiting import is_visible
from workflow.pathway import Pathway
from workflow.proof.finding import Finding

TAGS: Final = {"proved": "green", "refuted": "red", "unknown": "yellow"}


@dataclass(frozen=True, slots=True)
class There:
    """One state with how many patients are in it on this version, and where they are listed."""

    title: str
    patients: int
    listed: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One property of a proof, and how it came out."""

    title: str
    verdict: str
    tag: str
    why: str


@dataclass(frozen=True, slots=True)
class Told:
    """A proof as it is told: of which version, when and by whom it was asked for, what it shows."""

    by: str
    at: str
    verdict: str
    tag: str
    seconds: str
    properties: tuple[Shown, ...]
    findings: tuple[Finding, ...]
    assumptions: tuple[str, ...]
    problem: str
    is_running: bool


@dataclass(frozen=True, slots=True)
class Looked:
    """One statement of the source, with what implements it and the tests that look at it."""

    name: str
    text: str
    implemented_by: tuple[str, ...]
    tests: tuple[str, ...]


def about_version(visit: Visit, listed: Listed) -> dict[str, Any]:
    """Everything the page of a version shows beside its content."""
    pathway = listed.pathway
    there, elsewhere = _there(visit, pathway)
    others = [
        item
        for item in every_version(visit.allpath)
        if item.pathway.id == pathway.id and item.pathway.content_hash != pathway.content_hash
    ]
    return {
        "there": there,
        "elsewhere": elsewhere,
        "may_see_patients": visit.may("worklist"),
        "proof": _proof(visit, proofs_of(visit).of(pathway.content_hash)),
        "may_prove": visit.may("prove_pathway"),
        "seconds": int(LONGEST_SECONDS),
        "looked": _looked(pathway) if listed.is_shipped else (),
        "others": {
            item.pathway.content_hash: (
                f"{item.pathway.version}, hash {item.pathway.content_hash[:12]} ({item.status})"
            )
            for item in others
        },
    }


def proofs_of(visit: Visit) -> Proofs:
    """The proofs asked for since the product was started."""
    found: Proofs = visit.request.app.state.proofs
    return found


def _there(visit: Visit, pathway: Pathway) -> tuple[tuple[There, ...], int]:
    """How many patients are in each state on this version, in the order of care; and elsewhere."""
    if not visit.may("worklist"):
        return (), 0
    counts: Counter[str] = Counter()
    elsewhere = 0
    for path in visit.allpath.store.paths():
        if path.pathway_hash != pathway.content_hash or path.merged_into:
            continue
        if is_visible(visit, path):
            counts[path.state] += 1
        else:
            elsewhere += 1
    return tuple(
        There(
            state.title,
            counts[name],
            "" if state.final else f"/worklist?state={quote(f'{pathway.id}/{name}', safe='')}",
        )
        for name, state in pathway.states.items()
    ), elsewhere


def _proof(visit: Visit, attempt: Attempt | None) -> Told | None:
    if attempt is None:
        return None
    proof = attempt.proof
    return Told(
        by=attempt.by,
        at=words.minute(attempt.at, visit.zone),
        verdict=proof.verdict if proof else "unknown",
        tag=TAGS[proof.verdict if proof else "unknown"],
        seconds=f"{proof.seconds:.0f} s" if proof else "",
        properties=tuple(
            Shown(item.title, item.verdict, TAGS[item.verdict], item.why_unknown)
            for item in (proof.properties if proof else ())
        ),
        findings=proof.findings if proof else (),
        assumptions=proof.assumptions if proof else (),
        problem=attempt.problem,
        is_running=attempt.is_running,
    )


def _looked(pathway: Pathway) -> tuple[Looked, ...]:
    tests = tests_of(pathway.id)
    return tuple(
        Looked(
            name,
            " ".join(statement.text.split()),
            tuple(statement.implemented_by),
            tuple(_sentence(test) for test in tests.get(name, ())),
        )
        for name, statement in pathway.statements.items()
    )


def _sentence(test: str) -> str:
    """The name of a test, which is a sentence, with the case it was tried on."""
    name, bracket, case = test.rpartition("::")[2].partition("[")
    text = name.removeprefix("test_").replace("_", " ").capitalize()
    return f"{text} ({case.rstrip(']')})" if bracket else text
