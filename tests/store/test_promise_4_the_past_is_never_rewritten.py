"""Promise 4: the past is never rewritten. To correct is to add, and tampering is found.

That tampering is found is told in `test_chain.py`; that a correction keeps the old value, and that
the past can be asked as it was known, in `tests/orchestrator/test_one_patient.py`.
"""

from __future__ import annotations

import pytest

from storage.sql_store import SqlStore
from storage.tables import APPEND_ONLY
from tests.store.acts import NOW, on_an_agenda, opened_in_an_emergency
from tests.store.conftest import Place
from workflow.assigning import Assignment
from workflow.heads import Head, SignedHead
from workflow.records import Actor
from workflow.site_plan import KeptPlan
from workflow.versions import Signature, Version


def test_journal_facts_and_audit_are_what_is_written_for_ever() -> None:
    """The tables that only ever grow; what people signed is among them."""
    signed = {"pathway_version", "signature", "migration_plan", "site_plan", "log_leaf", "log_head"}
    met = {"mdt_meeting", "mdt_attendance", "mdt_entry", "emergency_entry"}
    grown = {"journal", "fact_record", "audit_event", "assignment"}
    assert set(APPEND_ONLY) == grown | signed | met


@pytest.mark.parametrize("table", APPEND_ONLY)
def test_what_was_written_for_ever_is_not_changed(
    place: Place, enrolled: SqlStore, table: str
) -> None:
    """Neither an update, nor a deletion, nor a replacement goes round the rule."""
    with enrolled.begin() as transaction:
        transaction.keep_version(Version("c" * 64, "made_up", "1", "{}", NOW))
        transaction.keep_plan("d" * 64, "made up", NOW)
        transaction.sign(Signature("c" * 64, "approved", "Ada", "lead", "", NOW))
        transaction.keep_site_plan(KeptPlan("North", "site: North", "e" * 64, "Ada", NOW))
    on_an_agenda(enrolled, "P-1")
    cora = Actor("Cora", "coordinator")
    enrolled.assignments.assign(Assignment("P-1", "Ward 3", "round", cora, NOW))
    opened_in_an_emergency(enrolled, "P-1")
    enrolled.log.seal()
    enrolled.log.keep_head(SignedHead(Head("log", 1, bytes(32), NOW), "log+1", "made up"))
    others = {"migration_plan": "content", "log_leaf": "leaf_hash", "log_head": "signature"}
    column = {"pathway_version": "content", **others}.get(table, "actor")
    before = place.ask(f"SELECT * FROM {table}")  # noqa: S608 - a name from our own list
    assert enrolled.case("P-1").path.version == 1

    for change in _changes(table, column, is_file=place.is_file):
        with pytest.raises(place.database.driver.Error, match=f"{table} is append-only"):
            place.ask(change)

    assert place.ask(f"SELECT * FROM {table}") == before  # noqa: S608 - see above


def _changes(table: str, column: str, *, is_file: bool) -> tuple[str, ...]:
    """Every way to rewrite a row that the database knows."""
    plain = (
        f"UPDATE {table} SET {column} = 'Mallory'",  # noqa: S608 - a name from our own list
        f"DELETE FROM {table}",  # noqa: S608 - see above
    )
    if is_file:
        return (
            *plain,
            f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",  # noqa: S608 - see above
            f"UPDATE OR REPLACE {table} SET {column} = 'Mallory'",  # noqa: S608 - see above
        )
    return (
        *plain,
        f"TRUNCATE {table} CASCADE",
        f"MERGE INTO {table} t USING {table} s ON t = s WHEN MATCHED THEN DELETE",
    )
