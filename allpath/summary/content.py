"""What the summary of a patient says, as plain data: the sheet adds only who printed it, and when.

The same content has the same fingerprint, whoever prints it, so that two sheets can be compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from allpath import words
from allpath.cli.banner import checkpoint_title
from allpath.reviews import about, open_reviews
from allpath.summary.decisions import decisions
from allpath.web import whys
from allpath.web.key_facts import key_facts
from allpath.web.trends import Trend, trends
from workflow.canonical import digest
from workflow.decide import Decision
from workflow.drawing.svg import svg
from workflow.drawing.way import way
from workflow.found import Found
from workflow.measurement import powers
from workflow.records import JournalEntry
from workflow.store import Store
from workflow.titles import step_title, titled

Content = dict[str, Any]
_SHORT: Final = 16
"""So many characters of the fingerprint stand on each sheet; the whole of it at the end."""
_MET: Final = whys.RESULTS["met"]
_NEVER_TWICE: Final = "Contact"
"""A key fact that has a place of its own on the sheet."""


def summary_of(store: Store, found: Found, stripe: str) -> Content:
    """Everything the summary shows of a patient as they are seen in `found`."""
    path, pathway = found.case.path, found.pathway
    person = store.person(path.path_id)
    decision = found.decision(explained=True)
    entries = store.journal(path.path_id)
    facts = list(key_facts(store, found, decision))
    return {
        "path_id": path.path_id,
        "stripe": stripe,
        "identity": words.identity(found, person),
        "pathway": f"{pathway.title} {pathway.version}, hash {path.pathway_hash[:8]}",
        "as_of": words.day(found.today),
        "state": words.state(pathway, path.state),
        "since": _since(found),
        "standing": _standing(found),
        "answer": words.route(pathway, decision).rstrip(".") + ".",
        "rule": f"rule {decision.rule}" if decision.rule else "no rule",
        "warnings": [" ".join(pathway.warnings[code].split()) for code in decision.warnings],
        "steps": _steps(found, decision),
        "why": _why(found, decision),
        "way": _way(found, entries),
        "trends": [_trend(trend) for trend in trends(found)],
        "key_facts": [[term, text] for term, text in facts if term != _NEVER_TWICE],
        "checkpoints": _checkpoints(found),
        "reviews": [
            about(item, pathway) for item in open_reviews(store, path.path_id).get(path.path_id, ())
        ],
        "decisions": [list(line) for line in decisions(found, entries)],
        "contact": person.contact or "Not recorded",
    }


def printed(content: Content, by: str, at: datetime, zone: Any, product: str) -> Content:  # noqa: ANN401 - a ZoneInfo
    """The content with what each sheet says of itself: by whom, when, and its fingerprint."""
    mark = digest(content)
    return {
        **content,
        "printed": f"Printed {words.minute(at, zone)} ({zone.key}) by {by}",
        "product": product,
        "fingerprint": mark,
        "short_fingerprint": mark[:_SHORT],
        "made_at": at.astimezone(zone).isoformat(timespec="seconds"),
    }


def _since(found: Found) -> str:
    since = found.case.path.entered["main"]
    return f"Day {(found.today - since).days} of this state, since {words.day(since)}"


def _standing(found: Found) -> list[str]:
    """What stands beside the state: open tracks, a signature that waits, a merged path."""
    path, pathway = found.case.path, found.pathway
    told = [
        f"Beside it: {words.state(pathway, name)}, since {words.day(path.entered[name])}."
        for name in path.open_tracks
    ]
    if path.pending is not None:
        step = step_title(pathway, path.pending.step)
        told.append(f"Waiting for a second signature under {step} (first: {path.pending.by}).")
    if path.merged_into:
        told.append(f"Merged into {path.merged_into}; nothing is expected here.")
    return told


def _steps(found: Found, decision: Decision) -> list[list[str]]:
    """Each step that is not always open: where to, how it stands, and because of what."""
    return [
        [
            words.state(found.pathway, step.target if step.track == "main" else step.track),
            step.status.capitalize(),
            titled(found.pathway, step.because),
        ]
        for step in decision.steps
        if not step.is_exit
    ]


def _why(found: Found, decision: Decision) -> Content:
    """The why-table in short: what is not met or unknown in full, what is met as a count."""
    answer = whys.answering(found, decision)
    if answer is None:
        return {"title": "", "lines": [], "summary": "No clause was read.", "source": ""}
    shown = list(_against(answer.clauses))
    met = sum(line.depth == 0 and line.result == _MET for line in answer.clauses)
    count = words.counted(met, "clause")
    return {
        "title": answer.title,
        "source": ", ".join(answer.source),
        "summary": f"{count} met{' and not shown' if shown else '; nothing stands against it'}.",
        "lines": [
            [
                line.needed,
                powers(line.found) or "see the lines below",
                line.source or "Not recorded",
                line.result,
                ", ".join(line.supplied_by) or "nobody is named",
            ]
            for line in shown
        ],
    }


def _against(lines: Iterable[whys.Line]) -> Iterator[whys.Line]:
    """The lines that are not met; what lies under a line that is met speaks for that line."""
    met_above: int | None = None
    for line in lines:
        if met_above is not None and line.depth > met_above:
            continue
        met_above = line.depth if line.result == _MET else None
        if line.result != _MET:
            yield line


def _way(found: Found, entries: Sequence[JournalEntry]) -> Content:
    scene = way(found, entries)
    told = " ".join((f"{scene.title}.", *scene.description))
    return {"picture": svg(scene), "told": told, "width": scene.width}


def _trend(trend: Trend) -> Content:
    results = [
        [words.day(line.on), powers(line.shown), line.method, line.specimen]
        for line in trend.results
    ]
    told = "; ".join(" ".join((line[0], *line[1:])) for line in results)
    limit = f" The threshold is {powers(trend.threshold)}." if trend.threshold else ""
    return {
        "title": trend.title,
        "picture": str(trend.picture),
        "told": f"{trend.title} over time, the newest first: {told}.{limit}",
        "threshold": powers(trend.threshold),
        "results": results,
    }


def _checkpoints(found: Found) -> list[list[str]]:
    rows = sorted(
        (row for row in found.case.checkpoints if row.is_live), key=lambda row: row.due_at
    )
    told = []
    for row in rows:
        word, _, due = words.due(row, found.now, found.zone).partition(" - ")
        told.append([checkpoint_title(found.pathway, row), due, word])
    return told
