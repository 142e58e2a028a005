"""What the database itself refuses, whoever asks, and what it never holds."""

from __future__ import annotations

import pytest
from sqlmodel import SQLModel

from storage.sql_store import SqlStore
from tests.store.acts import CANARY, enrolment
from tests.store.conftest import Place


def adding(table: str, **values: str) -> str:
    """SQL that adds the one row of the table again, with other values where some are given."""
    columns = [values.get(c.name, c.name) for c in SQLModel.metadata.tables[table].columns]
    return f"INSERT INTO {table} SELECT {', '.join(columns)} FROM {table}"  # noqa: S608 - our own names


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("UPDATE path SET version = -1", "path_counts"),
        ("UPDATE path SET head = 'short'", "path_hash_length"),
        ("UPDATE path SET path_id = ''", "path_id_given|(?i:foreign key)"),
        ("UPDATE path SET version = 'three'", "cannot store TEXT|invalid input syntax"),
        ("UPDATE path SET state = NULL", "NOT NULL|not-null"),
        ("UPDATE identifier SET token = ''", "identifier_given"),
        ("UPDATE checkpoint SET status = 'late'", "checkpoint_status"),
        ("UPDATE checkpoint SET status = 'met'", "checkpoint_closed"),
        ("UPDATE checkpoint SET closed_seq = 2", "checkpoint_closed"),
        ("UPDATE checkpoint SET closed_seq = 2, status = 'met'", "checkpoint_rests"),
        ("UPDATE checkpoint SET due_at = overdue_at + 1", "checkpoint_window"),
        ("UPDATE checkpoint SET opens_at = due_at + 1", "checkpoint_window"),
        ("UPDATE checkpoint SET occurrence = 0", "checkpoint_counts"),
        ("UPDATE checkpoint SET anchor_on = 'yesterday'", "checkpoint_dates"),
        ("UPDATE checkpoint SET path_id = 'P-9'", "(?i:foreign key)"),
        ("UPDATE notice SET seq = 0", "notice_seq"),
        ("UPDATE notice SET to_role = 'anybody'", "notice_role"),
        ("UPDATE answered SET key = ''", "answered_key_given"),
        ("DELETE FROM path", "(?i:foreign key)"),
        (adding("journal", seq="0"), "journal_seq"),
        (adding("journal", seq="2", actor="''"), "journal_named"),
        (adding("journal", seq="2", kind="''"), "journal_named"),
        (adding("journal", seq="2", role="'king'"), "journal_role"),
        (adding("journal", seq="2", hash="'x'"), "journal_hash_length"),
        (adding("journal", seq="2", effective_on="'today'"), "journal_date"),
        (adding("journal"), "(?i:unique)"),
        (adding("fact_record", record_id="'R-2'", status="'guessed'"), "fact_record_status"),
        (adding("fact_record", record_id="'R-2'", effective_at="''"), "fact_record_date"),
        (adding("fact_record", record_id="'R-2'", episode="0"), "fact_record_counts"),
        (adding("audit_event", number="2", role="'king'"), "audit_event_role"),
        (adding("audit_event", number="2", action="''"), "audit_event_named"),
    ],
)
@pytest.mark.usefixtures("enrolled")
def test_a_row_that_breaks_a_rule_is_refused(place: Place, change: str, rule: str) -> None:
    """A fault in the program stops here, before it becomes a fault in a patient's record."""
    driver = place.database.driver

    with pytest.raises((driver.IntegrityError, driver.DataError), match=rule):
        place.ask(change)


def test_no_name_and_no_number_stands_in_any_table(place: Place, enrolled: SqlStore) -> None:
    """Whoever reads the tables for research or repair learns nobody's name."""
    enrolled.close()

    holding = {
        table
        for table in place.tables()
        if CANARY in str(place.ask(f"SELECT * FROM {table}"))  # noqa: S608 - names just read
    }

    assert holding == set()
    assert CANARY in str(enrolment().person)
