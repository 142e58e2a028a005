"""Commits as the orchestrator makes them, for one made-up patient after another."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from storage.sql_store import SqlStore
from workflow.accounts import Account
from workflow.drafts import FormDraft
from workflow.emergency import EmergencyEntry
from workflow.facts import FactRecord
from workflow.mdt import Attendance, Attendee, MdtEntry, Meeting
from workflow.place import Place
from workflow.placing import place_of
from workflow.records import (
    Actor,
    Answered,
    AuditEvent,
    CheckpointRecord,
    Commit,
    JournalEntry,
    Notice,
    PathRecord,
    PendingStep,
    Person,
)
from workflow.review import ReviewItem

NOW: Final = datetime(2026, 11, 23, 7, 0, 0, 123456, tzinfo=UTC)
TODAY: Final = date(2026, 11, 23)
PATHWAY_HASH: Final = "c" * 64
CANARY: Final = "Zzcanary"

NEXT_LOOK = (NOW + timedelta(days=42, seconds=1)).replace(microsecond=0)
"""The whole second after the checkpoint is due."""


def person(number: int = 1, family_name: str = CANARY) -> Person:
    """A made-up patient with a number of their own."""
    identifiers = {"mrn": f"{CANARY}-{number}", "nhs": f"{CANARY}-nhs-{number}"}
    return Person(f"P-{number}", family_name, "Anna", identifiers, f"{CANARY}@example.org")


def fact(path: PathRecord, name: str = "mrd", **changes: Any) -> FactRecord:  # noqa: ANN401 - a field each
    """A final result of the path, as it was entered."""
    record = FactRecord(
        record_id=f"{path.path_id}/{path.version + 1}/{name}",
        fact=name,
        value={"result": "quantified", "value": "0.00010", "raw_unit": "fraction"},
        effective_at=TODAY,
        recorded_at=NOW,
        status="final",
        source="laboratory",
        actor="Cora Coordinator:coordinator",
    )
    return record._replace(**changes)


def checkpoint(path_id: str = "P-1", name: str = "C-A-1", **changes: Any) -> CheckpointRecord:  # noqa: ANN401 - see fact
    """A checkpoint that is due in six weeks; a sweep looks at it when it becomes due."""
    due_at = NOW + timedelta(days=42)
    record = CheckpointRecord(
        path_id=path_id,
        checkpoint=name,
        opened_seq=1,
        occurrence=1,
        owner="state:assessment",
        status="open",
        anchor_on=TODAY,
        opens_at=NOW,
        due_at=due_at,
        overdue_at=due_at + timedelta(days=1),
        due_rule="42 d after entering assessment 2026-11-23, Europe/Berlin",
        next_at=due_at,
    )
    return replace(record, **changes)


def entry(path: PathRecord, kind: str, **changes: Any) -> JournalEntry:  # noqa: ANN401 - see fact
    """The next entry of the path's history, with its hash."""
    plain = JournalEntry(
        path_id=path.path_id,
        seq=path.version + 1,
        kind=kind,
        at=NOW,
        actor="Dr Ada Sample",
        role="clinician",
        os_user="asample",
        pathway_hash=path.pathway_hash,
        state_from=path.state,
        state_to=path.state,
        detail={"dose": "none", "list": [1, None, True], "ä": "µ"},
        previous=path.head,
    )
    changed = replace(plain, **changes)
    return replace(changed, hash=changed.computed_hash())


def enrolment(number: int = 1, **changes: Any) -> Commit:  # noqa: ANN401 - see fact
    """The enrolment of a made-up patient, with everything a commit can hold."""
    path = PathRecord(
        path_id=f"P-{number}",
        pathway_id="relapsed_all",
        pathway_version="1.0.0",
        pathway_hash=PATHWAY_HASH,
        state="assessment",
        entered={"main": TODAY, "testicular_directed": TODAY, "cns_directed": TODAY},
        settings={"timing_set": "COG", "time_zone": "Europe/Berlin"},
        pending=PendingStep("hsct", "HSCT", TODAY, "Dr Ben Second", NOW, "donor", "see letter"),
        asked=("state:assessment/C-A-1",),
        next_at=NEXT_LOOK,
    )
    first = entry(path, "enrolled", state_from="", effective_on=TODAY, option=None)
    commit = Commit(
        path=replace(path, version=1, head=first.hash),
        expected_version=0,
        entries=(first,),
        facts=(fact(path),),
        checkpoints=(checkpoint(path.path_id),),
        notices=(notice(path.path_id, 1),),
        audit=(AuditEvent(NOW, "Cora Coordinator", "coordinator", "cc", "enrol", path.path_id),),
        answered=answered(f"key-{number}"),
        person=person(number),
        place=place(path),
    )
    return replace(commit, **changes)


def notice(path_id: str, seq: int) -> Notice:
    """A word to the coordinators about the path."""
    return Notice(f"{path_id}-{seq}", path_id, seq, "enrolled", "coordinator", "See path.", NOW)


def review(path_id: str = "P-1", **changes: Any) -> ReviewItem:  # noqa: ANN401 - see fact
    """A past step that would be answered otherwise now."""
    item = ReviewItem(
        review_id=f"{path_id}/1",
        path_id=path_id,
        kind="step",
        about="1",
        opened_at=NOW,
        opened_by_seq=1,
        before={"rule": "A-16"},
        after={"rule": "A-05"},
    )
    return replace(item, **changes)


def answered(key: str, at: datetime = NOW) -> Answered:
    """The answer given to a request of the coordinator."""
    answer = {"path": "P-1", "steps": ["reinduction"], "version": 1}
    return Answered("Cora Coordinator", key, "d" * 64, answer, at)


def step(path: PathRecord, state: str = "reinduction", **changes: Any) -> Commit:  # noqa: ANN401 - see fact
    """A confirmed step of the path, with nothing else."""
    taken = entry(path, "step_confirmed", state_to=state, effective_on=TODAY)
    after = replace(path, state=state, version=taken.seq, head=taken.hash, pending=None)
    commit = Commit(after, path.version, (taken,), was_next_at=path.next_at, place=place(after))
    return replace(commit, **changes)


def place(path: PathRecord) -> Place:
    """Where the path stands on the worklist while its one checkpoint is expected."""
    return place_of(path, (checkpoint(path.path_id),), NOW, is_ended=False)


def on_an_agenda(store: SqlStore, *path_ids: str) -> None:
    """A meeting was held, and these patients were on its agenda."""
    lead = Actor("Lea Lead", "lead")
    meeting = Meeting("M-1", "", TODAY, "Leukaemia MDT", lead.name, lead.role, NOW)
    people = (Attendee("Lea Lead", "haematologist", is_chair=True),)
    with store.begin() as transaction:
        store.meetings.call(transaction, meeting, lead)
        attendance = Attendance("M-1", 1, people, lead.name, lead.role, NOW)
        store.meetings.attend(transaction, attendance, lead)
        for path_id in path_ids:
            told = {"question": "Which treatment next?"}
            put = MdtEntry(path_id, 1, "M-1", "put", None, told, lead.name, lead.role, "", NOW)
            store.meetings.add(transaction, put, lead)


def opened_in_an_emergency(store: SqlStore, *path_ids: str) -> None:
    """Somebody had emergency access to these patients, and began a form about each."""
    cora = Actor("Cora Coordinator", "coordinator")
    made = Account("cora", cora.name, cora.role, (), "", "", NOW, NOW)
    store.accounts.add(made, Actor("Ada Admin", "admin"))
    for path_id in path_ids:
        entry = EmergencyEntry(
            access_id=f"E-{path_id}",
            kind="begun",
            path_id=path_id,
            account="cora",
            by=cora.name,
            role=cora.role,
            code="on_call",
            note=f"{CANARY} has come to us",
            until=NEXT_LOOK,
            at=NOW,
        )
        with store.begin() as transaction:
            store.emergencies.add(transaction, entry, cora)
        store.drafts.keep(FormDraft("cora", f"/{path_id}", path_id, CANARY, NOW, NOW))
