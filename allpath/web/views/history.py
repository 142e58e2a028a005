"""The history of a path: every entry, how it was at a past moment, and each decision explained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from allpath import words
from allpath.beside import MDT, BesideRecord, beside, in_order, keeper_of, so_then
from allpath.cli.history import values_of, what, who, why
from allpath.reviews import about, open_reviews
from allpath.web import known, moments, whys
from allpath.web.pages import Visit, page
from allpath.web.views.patient import banner, expected_of
from allpath.web.visiting import AVisit, look, record_look
from storage.chain import verify_chain
from workflow.civil_time import first_instant
from workflow.errors import NotFoundError
from workflow.found import Found
from workflow.pathway import Pathway
from workflow.records import Case, JournalEntry
from workflow.redeciding import decided_on
from workflow.replaying import replay_of
from workflow.retracing import step_key
from workflow.signatures import Signed, signatures
from workflow.time_travel import NotYetError
from workflow.titles import step_title

Typed = Annotated[str, Query(max_length=40)]


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of the journal in words, or one record beside it; `mark` is its number or kind."""

    mark: str
    entry: JournalEntry | BesideRecord
    what: str
    who: str
    why: str

    @property
    def number(self) -> int | None:
        """The number of an entry; None for a record beside the journal."""
        return self.entry.seq if isinstance(self.entry, JournalEntry) else None

    @property
    def is_explained(self) -> bool:
        """Whether a decision was recorded with it, which can be made again."""
        return isinstance(self.entry, JournalEntry) and bool(self.entry.decision_digest)


@dataclass(frozen=True, slots=True)
class SignedRow:
    """One signature, and what it was given for."""

    signed: Signed
    subject: str


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/patients/{path_id}/history", history, methods=["GET"])
    router.add_api_route("/patients/{path_id}/history/{number}", recorded_decision, methods=["GET"])


def history(visit: AVisit, path_id: str, as_of: Typed = "", known_at: Typed = "") -> Response:
    """Everything that happened, newest first, and how it was at the moment that is asked about."""
    present = look(visit, path_id, "history_shown")
    try:
        asked = moments.shown(visit, as_of, known_at)
        found = moments.then(visit, path_id, asked)
    except (moments.MomentError, NotYetError) as error:
        typed = moments.refused(as_of, known_at, error)
        shown = _shown(visit, present, present, typed, moments.Shown(visit.now, None, ""))
        return page(visit, "history.html", "Error: History", status=422, **shown)
    typed = moments.Asked(as_of.strip(), known_at.strip())
    shown = _shown(visit, present, found, typed, asked)
    return page(visit, "history.html", f"History of {shown['banner'].name}", **shown)


def _shown(
    visit: Visit, present: Found, found: Found, typed: moments.Asked, asked: moments.Shown
) -> dict[str, Any]:
    store, path = visit.allpath.store, found.case.path
    journal = store.journal(path.path_id)
    entries = journal[: path.version] if asked.moment else journal
    values = values_of(present)
    records = beside(visit.allpath, path.path_id)
    if asked.moment is not None:
        written = [each for each in records if each.at <= asked.moment.known_at]
    else:
        written = list(records)
    then: dict[str, Any] = {"then": asked.sentence}
    if asked.sentence:
        waiting = open_reviews(store, path.path_id, asked.moment).get(path.path_id, ())
        so = so_then(records, asked.moment, found.zone)
        then |= {
            "keeper": keeper_of(so),
            "board": [each for each in so if each.of == MDT],
            "state": words.state(found.pathway, path.state),
            "days": (found.today - path.entered["main"]).days,
            "answer": words.route(found.pathway, found.decision()),
            "expected": expected_of(found),
            "facts": known.grouped(found),
            "reviews": [about(item, found.pathway) for item in waiting],
        }
    return {
        "banner": banner(visit, present),
        "part": "history",
        "typed": typed,
        "found": found,
        "rows": [
            _row(each, values, present.pathway)
            for each in reversed(list(in_order(entries, written)))
        ],
        "counted": len(entries),
        "beside": len(written),
        "signed": [SignedRow(each, _subject(present, each)) for each in signatures(entries)],
        "loose": [each.entry.seq for each in signatures(journal) if not each.is_bound],
        "findings": [str(finding) for finding in verify_chain(store, path.path_id)],
        "site_zone": present.zone,
        **then,
    }


def recorded_decision(visit: AVisit, path_id: str, number: int) -> Response:
    """The decision an entry recorded, made again under the version and on the records of then."""
    present = look(visit, path_id, "history_shown")
    if not 1 <= number <= present.case.path.version:
        raise NotFoundError(f"This path has no entry {number}; see its history.")
    orchestrator = visit.allpath.orchestrator
    replayed = replay_of(present.case, orchestrator.history(present), number)
    if replayed.pathway is None or replayed.decision is None:
        version = replayed.entry.pathway_hash[:12]
        msg = f"The pathway version {version} of entry {number} is not kept here."
        raise NotFoundError(msg)
    before, day = replayed.stage.before, decided_on(replayed.stage)
    at = first_instant(day, present.zone)
    found = Found(replayed.pathway, Case(before, replayed.facts, ()), at)
    record_look(visit, "step_explained", path_id)
    entry, decision = replayed.entry, replayed.decision
    return page(
        visit,
        "recorded_decision.html",
        f"Entry {number} explained",
        banner=banner(visit, present),
        part="history",
        entry=entry,
        row=_row(entry, values_of(present), present.pathway),
        state=words.state(found.pathway, before.state),
        day=day,
        answer=words.route(found.pathway, decision),
        decision=decision,
        pathway=replayed.pathway,
        why=whys.answering(found, decision),
        is_as_stored=replayed.is_as_stored,
        site_zone=present.zone,
    )


def _row(each: JournalEntry | BesideRecord, values: dict[str, str], pathway: Pathway) -> Row:
    if isinstance(each, BesideRecord):
        return Row(each.of, each, each.what, each.who, each.why)
    return Row(str(each.seq), each, what(each, values, pathway), who(each), why(each))


def _subject(found: Found, signed: Signed) -> str:
    """What it was signed for: the step, or the review."""
    detail = signed.entry.detail
    if steps := detail.get("steps"):
        return ", ".join(step_title(found.pathway, key) for key in steps)
    step = step_key(signed.entry)
    named = step_title(found.pathway, step) if step else "this entry"
    return str(detail.get("review") or named)
