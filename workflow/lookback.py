"""One review read again: both decisions, explained, as they stood when the review was opened."""

from __future__ import annotations

from workflow.decide import Decision
from workflow.found import Found
from workflow.redeciding import History, both_decisions
from workflow.retracing import retraced
from workflow.review import ReviewItem


def explained_again(
    found: Found, history: History, item: ReviewItem
) -> tuple[Decision, Decision] | None:
    """What was decided, and what would be, explained; None where nothing was decided.

    Only what was known when the review was opened counts: later corrections have reviews of their
    own.
    """
    if item.kind in {"checkpoint", "care"}:
        return None
    facts = tuple(r for r in found.case.facts if r.seq <= item.opened_by_seq)
    for stage in retraced(history.entries, found.case.path, history.version_of):
        if str(stage.entry.seq) == item.about:
            pathway = history.version_of(stage.entry.pathway_hash)
            return both_decisions(pathway, stage, facts, explained=True) if pathway else None
    return None
