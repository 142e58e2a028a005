"""What Allpath knows and decides, as plain content for programs: the words of `--json`.

Dates are ISO dates, instants ISO with offset, measured values text, names those of the glossary.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from workflow.conditions import Clause
from workflow.decide import Decision
from workflow.explanation import Explanation
from workflow.facts import FactRecord
from workflow.pathway import Pathway
from workflow.proof.finding import Proof
from workflow.records import CheckpointRecord, JournalEntry, PathRecord, Person
from workflow.steps import Step
from workflow.time_travel import Moment

if TYPE_CHECKING:
    from allpath.versions import Listed


def decision_answer(decision: Decision) -> dict[str, Any]:
    """Site, timing, risk, route, rule, warnings and missing facts: the result of one case."""
    route = decision.route
    return {
        "site": decision.site,
        "timing": dict(decision.timing),
        "risk": dict(decision.risk),
        "route": {
            "status": route.status,
            "next_state": route.next_state,
            "option": route.option,
            "parallel": list(route.parallel),
            "reason": route.reason,
        },
        "rule": decision.rule,
        "warnings": list(decision.warnings),
        "missing": list(decision.missing),
    }


def step_answer(step: Step) -> dict[str, Any]:
    """One step: where it leads, whether it may be confirmed, and why."""
    return {
        "step": step.key,
        "track": step.track,
        "target": step.target,
        "status": step.status,
        "because": step.because,
        "option": step.option,
        "two_person": step.two_person,
        "is_exit": step.is_exit,
    }


def clause_answer(clause: Clause) -> dict[str, Any]:
    """One clause and its parts: needed, found, result."""
    return {
        "result": clause.result,
        "needed": clause.needed,
        "found": clause.found,
        "fact": clause.fact,
        "clauses": [clause_answer(part) for part in clause.clauses],
    }


def explanation_answer(explanation: Explanation | None) -> dict[str, Any] | None:
    """The whole explanation: rows, derived facts, facts, review and safety text."""
    if explanation is None:
        return None
    return {
        "rows": [
            {
                "rule": row.rule,
                "row": row.row,
                "title": row.title,
                "leads_to": row.leads_to,
                "result": row.result,
                "condition": clause_answer(row.clause),
                "source": list(row.source),
            }
            for row in explanation.rows
        ],
        "derived": [
            {
                "name": derived.name,
                "title": derived.title,
                "value": derived.value,
                "clauses": [clause_answer(clause) for clause in derived.clauses],
                "source": list(derived.source),
            }
            for derived in explanation.derived
        ],
        "facts": [
            {
                "fact": fact.fact,
                "title": fact.title,
                "found": fact.found,
                "unit": fact.unit,
                "date": fact.date,
                "status": fact.status,
                "source": fact.source,
                "note": fact.note,
                "supplied_by": list(fact.supplied_by),
            }
            for fact in explanation.facts
        ],
        "reviewed": explanation.reviewed,
        "safety": list(explanation.safety),
    }


def pathway_answer(pathway: Pathway) -> dict[str, Any]:
    """Which version of which pathway answers, and until when its review holds."""
    return {
        "id": pathway.id,
        "title": pathway.title,
        "version": pathway.version,
        "status": pathway.status,
        "hash": pathway.content_hash,
        "reviewed_by": pathway.reviewed.by,
        "reviewed_on": pathway.reviewed.on.isoformat(),
        "expires": pathway.reviewed.expires.isoformat(),
    }


def listed_answer(item: Listed) -> dict[str, Any]:
    """A version with how it stands, how many paths are on it, and whether it is shipped."""
    more = {"status": item.status, "paths": item.paths, "is_shipped": item.is_shipped}
    return {**pathway_answer(item.pathway), **more}


def path_answer(path: PathRecord) -> dict[str, Any]:
    """Where a path stands, without a word about who it is."""
    return {
        "path_id": path.path_id,
        "pathway": path.pathway_id,
        "pathway_version": path.pathway_version,
        "pathway_hash": path.pathway_hash,
        "state": path.state,
        "entered": {name: day.isoformat() for name, day in path.entered.items()},
        "tracks": list(path.open_tracks),
        "episode": path.episode,
        "line": path.line,
        "version": path.version,
        "settings": dict(path.settings),
        "merged_into": path.merged_into or None,
        "pending": path.pending
        and {
            "step": path.pending.step,
            "option": path.pending.option,
            "effective_on": path.pending.effective_on.isoformat(),
            "by": path.pending.by,
            "at": instant(path.pending.at),
            "reason": path.pending.reason,
            "note": path.pending.note,
        },
    }


def person_answer(person: Person) -> dict[str, Any]:
    """Who a path belongs to."""
    return {
        "family_name": person.family_name,
        "given_name": person.given_name,
        "title": person.title,
        "identifiers": dict(person.identifiers),
        "contact": person.contact,
        "identity_erased_at": person.erased_at and instant(person.erased_at),
        "identity_is_locked": person.is_locked,
    }


def record_answer(record: FactRecord) -> dict[str, Any]:
    """One recorded value with both its times, its status and its source."""
    return {
        "record_id": record.record_id,
        "fact": record.fact,
        "value": record.value,
        "effective_at": record.effective_at.isoformat(),
        "recorded_at": instant(record.recorded_at),
        "status": record.status,
        "source": record.source,
        "actor": record.actor,
        "episode": record.episode,
        "supersedes": record.supersedes,
    }


def checkpoint_answer(row: CheckpointRecord, standing: str) -> dict[str, Any]:
    """One checkpoint as it stands: its window and the rule the window comes from."""
    return {
        "checkpoint": row.checkpoint,
        "occurrence": row.occurrence,
        "owner": row.owner,
        "status": standing,
        "opens_at": instant(row.opens_at),
        "due_at": instant(row.due_at),
        "overdue_at": instant(row.overdue_at),
        "due_rule": row.due_rule,
        "ideal_at": row.ideal_at and instant(row.ideal_at),
        "expires_at": row.expires_at and instant(row.expires_at),
        "quiet": row.quiet,
        "quiet_until": row.quiet_until and instant(row.quiet_until),
        "quiet_by": row.quiet_by or None,
        "met_on": row.met_on.isoformat() if row.met_on else None,
    }


def entry_answer(entry: JournalEntry) -> dict[str, Any]:
    """One journal entry with the hashes that chain it."""
    return {
        "seq": entry.seq,
        "at": instant(entry.at),
        "kind": entry.kind,
        "actor": entry.actor,
        "role": entry.role,
        "os_user": entry.os_user,
        "state_from": entry.state_from,
        "state_to": entry.state_to,
        "track": entry.track,
        "rule": entry.rule,
        "option": entry.option,
        "reason": entry.reason,
        "note": entry.note,
        "effective_on": entry.effective_on.isoformat() if entry.effective_on else None,
        "detail": dict(entry.detail),
        "pathway_hash": entry.pathway_hash,
        "hash": entry.hash,
        "previous": entry.previous,
    }


def instant(at: datetime) -> str:
    """An instant as ISO 8601 in UTC: `2026-11-23T07:00:00+00:00`."""
    return at.isoformat(timespec="seconds")


def moment_answer(moment: Moment | None) -> dict[str, str]:
    """Which past an answer shows; nothing for the present."""
    if moment is None:
        return {}
    return {"then": instant(moment.as_of), "known_at": instant(moment.known_at)}


def proof_answer(proof: Proof) -> dict[str, Any]:
    """What a proof showed, each property with its verdict, and a patient for each finding."""
    return {
        "pathway": proof.pathway_id,
        "version": proof.version,
        "hash": proof.content_hash,
        "verdict": proof.verdict,
        "properties": {item.name: item.verdict for item in proof.properties},
        "unknown_because": {
            item.name: item.why_unknown for item in proof.properties if item.why_unknown
        },
        "counterexamples": [
            {
                "property": finding.property,
                "where": finding.where,
                "message": finding.message,
                "case": finding.case,
            }
            for finding in proof.findings
            if finding.severity == "error"
        ],
        "notes": [
            {"property": f.property, "where": f.where, "message": f.message}
            for f in proof.findings
            if f.severity == "note"
        ],
        "on_record": dict(proof.on_record),
        "safety_nets": dict(proof.safety_nets),
        "assumptions": list(proof.assumptions),
        "seconds": round(proof.seconds, 3),
    }
