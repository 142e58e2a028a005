"""A decision of the past: made again under the version and on the records of its moment."""

from __future__ import annotations

from allpath import words
from allpath.answers import decision_answer, entry_answer, explanation_answer, pathway_answer
from allpath.cli.banner import put_banner, state_line
from allpath.cli.history import line_of, values_of
from allpath.cli.looking import record_look
from allpath.cli.printing import put, put_found, put_json
from allpath.cli.session import Session
from allpath.cli.why import put_decision
from workflow.civil_time import first_instant
from workflow.errors import IntegrityError, NotFoundError
from workflow.found import Found
from workflow.records import Case
from workflow.redeciding import decided_on
from workflow.replaying import replay_of


def explain_entry(
    session: Session, patient: str, seq: int, *, everything: bool, as_json: bool
) -> None:
    """The decision of a journal entry, made again and compared with what was stored.

    Raises IntegrityError when it is not what was stored.
    """
    orchestrator = session.allpath.orchestrator
    now_found = session.look(patient)
    path_id = now_found.case.path.path_id
    replayed = replay_of(now_found.case, orchestrator.history(now_found), seq)
    if replayed.pathway is None or replayed.decision is None:
        version = replayed.entry.pathway_hash[:12]
        msg = f"The pathway version {version} of entry {seq} is not kept here; restore a backup."
        raise NotFoundError(msg)
    before, day = replayed.stage.before, decided_on(replayed.stage)
    at = first_instant(day, session.zone_of(before))
    found = Found(replayed.pathway, Case(before, replayed.facts, ()), at)
    decision, entry = replayed.decision, replayed.entry
    record_look(session, "step_explained", path_id, f"entry {seq}")
    if as_json:
        put_json(
            {
                "path_id": path_id,
                "entry": entry_answer(entry),
                "as_of": day.isoformat(),
                "as_stored": replayed.is_as_stored,
                **decision_answer(decision),
                "pathway": pathway_answer(replayed.pathway),
                "explanation": explanation_answer(decision.explanation),
            }
        )
    else:
        put_banner(found, session.allpath.store.person(path_id))
        zone, values = session.zone_of(before), values_of(now_found)
        put_found(*line_of(entry, zone, values, now_found.pathway))
        put_found("state then", state_line(found))
        put_found("decided for", words.day(day))
        active = before.settings.get("active_set")
        put_decision(replayed.pathway, decision, active_set=active, everything=everything)
        if replayed.is_as_stored:
            put(f"Made again just now; it is what entry {seq} recorded, to the letter.")
    if not replayed.is_as_stored:
        msg = (
            f"The decision of entry {seq} of {path_id} made again is not the one that was stored. "
            "Run `allpath audit verify`, and compare with a backup."
        )
        raise IntegrityError(msg)
