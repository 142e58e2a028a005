"""The register of variances: steps against the recommendation, and care off the pathway."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from allpath import words
from allpath.cli.variance import is_care
from allpath.web.pages import Visit, page
from allpath.web.visiting import AVisit, is_visible, record_look
from workflow.overriding import REASONS
from workflow.records import JournalEntry, PathRecord


@dataclass(frozen=True, slots=True)
class Variance:
    """One of them: when, whose, what was done, why, and who signed."""

    at: datetime
    path_id: str
    seq: int
    step: str
    kind: str
    reason: str
    signers: tuple[str, ...]
    told: str
    unmet: tuple[tuple[str, str, str], ...]


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/variances", variances, methods=["GET"])


def variances(visit: AVisit, code: Annotated[str, Query(max_length=60)] = "") -> Response:
    """Every variance, the newest first, counted by reason."""
    store = visit.allpath.store
    paths = {path.path_id: path for path in store.paths()}
    every = [entry for entry in store.variances() if is_visible(visit, paths[entry.path_id])]
    record_look(visit, "variances_listed")
    counts = Counter(str(entry.detail["variance"]) for entry in every)
    shown = [entry for entry in reversed(every) if code in {"", entry.detail["variance"]}]
    return page(
        visit,
        "variances.html",
        "Variances",
        rows=[_variance(visit, entry, paths[entry.path_id]) for entry in shown],
        reasons=[(name, REASONS.get(name, name), n) for name, n in counts.most_common()],
        code=code,
        in_all=len(every),
        care=sum(map(is_care, every)),
    )


def _variance(visit: Visit, entry: JournalEntry, path: PathRecord) -> Variance:
    first = entry.detail.get("first")
    code = str(entry.detail["variance"])
    pathway = visit.allpath.orchestrator.library.by_hash(
        entry.pathway_hash
    ) or visit.allpath.shown_by(path)
    step = f"{words.state(pathway, entry.state_from)} to {words.state(pathway, entry.state_to)}"
    if is_care(entry):
        step = f"Care off the pathway: {entry.detail['about']}"
    return Variance(
        entry.at,
        entry.path_id,
        entry.seq,
        step,
        "other care" if is_care(entry) else "override",
        REASONS.get(code, code),
        tuple(name for name in (first, entry.actor) if name),
        entry.reason,
        tuple(_unmet(entry.detail.get("frozen", ()))),
    )


def _unmet(frozen: Any) -> list[tuple[str, str, str]]:  # noqa: ANN401 - plain JSON of an entry
    """What was not met or unknown when it was signed: needed, found, result."""
    return [
        (str(item["needed"]), str(item["found"] or "not known"), str(item["result"]).capitalize())
        for part in frozen
        for item in ([part] if "needed" in part else part.get("clauses", ()))
    ]
