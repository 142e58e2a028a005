"""The checkpoints of a pathway against the table that was typed in from the rules text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any, Final

from tests.public.cases import DATA
from workflow.facts import sheet_from_case
from workflow.pathway import Checkpoint, Pathway
from workflow.reading import Position, evaluation
from workflow.rules import rules_of
from workflow.strict_yaml import read_yaml

AS_OF: Final = date(2022, 3, 20)
"""The day of the patients in the table."""
_BASIS: Final = {"E": "evidence", "O": "operational"}


def disagreements(pathway: Pathway) -> Iterator[str]:
    """Each way in which the checkpoints differ from the table, and each that is in one of them."""
    asked = {
        (owner, checkpoint.id): checkpoint
        for owner, checkpoints in _checkpoints(pathway)
        for checkpoint in checkpoints
    }
    rows = {(owner, row["id"]): row for row in table() for owner in _owners(row["in"])}
    for key in sorted({*asked, *rows}):
        if key not in asked or key not in rows:
            where = "the pathway" if key in asked else "the table"
            yield f"{key[0]} {key[1]}: stands in {where} only"
            continue
        wanted, found = _as_written(rows[key]), _as_declared(asked[key])
        if wanted != found:
            yield f"{key[0]} {key[1]}: expected {wanted}, found {found}"
        yield from _asked_otherwise(pathway, *key, rows[key])


@cache
def table() -> tuple[dict[str, Any], ...]:
    """The rows of the table."""
    path = DATA / "checkpoints.yaml"
    return tuple(read_yaml(path.read_bytes(), path.name).content["checkpoints"])


def _checkpoints(pathway: Pathway) -> Iterator[tuple[str, tuple[Checkpoint, ...]]]:
    yield from ((f"state:{name}", state.checkpoints) for name, state in pathway.states.items())
    yield from ((f"track:{name}", track.checkpoints) for name, track in pathway.tracks.items())


def _owners(where: str | list[str]) -> list[str]:
    names = [where] if isinstance(where, str) else where
    return [
        f"track:{name.removeprefix('track ')}" if name.startswith("track ") else f"state:{name}"
        for name in names
    ]


def _as_written(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the table in one form."""
    words = row.get("escalate", "").split()
    due = row["due"]
    return {
        "expects": sorted(row["expects"]),
        "opens": row.get("opens", "0 d"),
        "due": due if isinstance(due, list) else [due],
        "every": row.get("every"),
        "times": row.get("times"),
        "then": row.get("then"),
        "anchor": row.get("anchor"),
        "escalate": [" ".join(words[start : start + 3]) for start in range(0, len(words), 3)],
        "basis": _BASIS[row["basis"]],
    }


def _as_declared(checkpoint: Checkpoint) -> dict[str, Any]:
    """A checkpoint of the pathway in the same form."""
    due = checkpoint.due
    return {
        "expects": sorted(checkpoint.expects),
        "opens": checkpoint.opens,
        "due": [due] if isinstance(due, str) else list(due),
        "every": checkpoint.every,
        "times": checkpoint.times,
        "then": checkpoint.then,
        "anchor": checkpoint.anchor,
        "escalate": [f"{step.after} {step.to}" for step in checkpoint.escalate],
        "basis": checkpoint.basis,
    }


def _asked_otherwise(
    pathway: Pathway, owner: str, checkpoint: str, row: dict[str, Any]
) -> Iterator[str]:
    """Patients of whom it is asked, or not, other than the table says."""
    node = rules_of(pathway).checkpoint_whens.get((owner, checkpoint))
    if (node is not None) != ("asked" in row):
        yield f"{owner} {checkpoint}: has a condition in one of the two only"
        return
    if node is None:
        return
    kind, _, name = owner.partition(":")
    position = Position(name if kind == "state" else pathway.start)
    for key, truth in (("asked", True), ("not_asked", False), ("unknown", None)):
        for facts in row.get(key, ()):
            settings = {name: facts[name] for name in pathway.settings if name in facts}
            plain = {name: value for name, value in facts.items() if name not in settings}
            sheet = sheet_from_case(pathway, plain, settings, AS_OF)
            if node.test(evaluation(sheet, position)) is not truth:
                yield f"{owner} {checkpoint}: {key} does not hold of {facts}"
