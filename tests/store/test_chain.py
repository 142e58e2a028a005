"""Whoever changes a stored history behind the program's back is found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storage.chain import Finding, verify_chain
from storage.sql_store import SqlStore
from tests.store.acts import enrolment, step
from tests.store.conftest import Place


@pytest.fixture
def histories(place: Place, store: SqlStore) -> SqlStore:
    """Three paths of four entries each, in a database that no longer defends itself."""
    for number in (1, 2, 3):
        with store.begin() as transaction:
            transaction.write(enrolment(number))
            for state in ("reinduction", "response_assessment", "consolidation"):
                transaction.write(step(transaction.load(f"P-{number}").path, state))
    place.disarm()
    return store


def test_an_untouched_store_raises_no_alarm(histories: SqlStore) -> None:
    """A false alarm would teach people to look away."""
    assert verify_chain(histories) == []
    assert verify_chain(histories, "P-2") == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE journal SET actor = 'Mallory'", Finding("P-2", 3, "was changed")),
        ("UPDATE journal SET at = at + 1", Finding("P-2", 3, "was changed")),
        ("UPDATE journal SET detail = '{}'", Finding("P-2", 3, "was changed")),
        ("UPDATE journal SET detail = '{'", Finding("P-2", 3, "cannot be read")),
        ("UPDATE journal SET at = 4611686018427387904", Finding("P-2", 3, "cannot be read")),
        ("DELETE FROM journal", Finding("P-2", 3, "is missing; the next one kept is 4")),
        ("UPDATE journal SET hash = previous", Finding("P-2", 3, "was changed")),
        ("UPDATE journal SET previous = hash", Finding("P-2", 3, "does not continue")),
    ],
)
def test_a_changed_entry_is_found_where_it_was_changed(
    place: Place, histories: SqlStore, change: str, found: Finding
) -> None:
    """The first finding names the path and the entry, so that somebody can look."""
    place.ask(f"{change} WHERE path_id = 'P-2' AND seq = 3")

    first = verify_chain(histories)[0]

    assert first.what.startswith(found.what)
    assert replace(first, what=found.what) == found
    assert verify_chain(histories, "P-1") == []


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE path SET state = 'follow_up'", "stands in follow_up, its history ends in"),
        ("UPDATE path SET version = 9", "is at version 9, its history at 4"),
        ("UPDATE path SET head = pathway_hash", "does not name the last entry"),
        ("UPDATE path SET entered = 'x'", "cannot be read"),
    ],
)
def test_a_path_that_disagrees_with_its_history_is_found(
    place: Place, histories: SqlStore, change: str, what: str
) -> None:
    """The state that screens show is the one the history led to."""
    place.ask(f"{change} WHERE path_id = 'P-2'")

    (finding,) = verify_chain(histories)

    assert (finding.path_id, finding.seq) == ("P-2", 0)
    assert what in str(finding)


def test_a_path_that_was_removed_is_found(place: Place, histories: SqlStore) -> None:
    """Its history stays behind and asks where it went."""
    place.ask_without_references("DELETE FROM path WHERE path_id = 'P-2'")

    (finding,) = verify_chain(histories)

    assert str(finding) == "P-2, the path itself: is gone"


def test_a_text_that_is_none_is_found(place: Place, histories: SqlStore) -> None:
    """A file can be made to hold any bytes; a server refuses those that are no text by itself."""
    if not place.is_file:
        with pytest.raises(place.database.driver.DataError):
            place.ask("UPDATE journal SET note = convert_from('\\xff', 'UTF8')")
        return
    place.ask("UPDATE journal SET note = CAST(x'ff' AS TEXT) WHERE path_id = 'P-2' AND seq = 3")

    (finding,) = verify_chain(histories)

    assert (finding.path_id, finding.seq) == ("P-2", 0)
    assert finding.what.startswith("cannot be read")


def test_a_history_cut_at_its_end_is_found(place: Place, histories: SqlStore) -> None:
    """The path remembers how many entries there were and which was the last."""
    place.ask("DELETE FROM journal WHERE path_id = 'P-3' AND seq = 4")

    whats = [finding.what for finding in verify_chain(histories)]

    assert whats == [
        "is at version 4, its history at 3",
        "does not name the last entry of its history as its head",
        "stands in consolidation, its history ends in response_assessment",
    ]
