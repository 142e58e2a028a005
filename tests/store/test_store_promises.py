"""What every store promises, whatever database it stands on."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from storage.chain import verify_chain
from storage.sql_store import SqlStore
from tests.store.acts import (
    NOW,
    answered,
    checkpoint,
    enrolment,
    entry,
    fact,
    notice,
    person,
    step,
)
from tests.store.conftest import Place
from workflow.errors import ConflictError, IntegrityError, NotFoundError, RefusedError
from workflow.records import Case, Commit
from workflow.store import Store, Transaction

TABLES = (
    *("path", "person", "identifier", "fact_record", "journal"),
    *("checkpoint", "notice", "audit_event", "answered"),
)


def commit(store: SqlStore, *commits: Commit) -> None:
    """Each commit is written, in a transaction of its own."""
    for one in commits:
        with store.begin() as transaction:
            transaction.write(one)


def everything(place: Place) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables."""
    return {table: place.ask(f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES}  # noqa: S608 - names from our own list


def test_it_is_a_store(store: SqlStore) -> None:
    """The orchestrator knows the two protocols and nothing else."""
    a_store: Store = store

    with a_store.begin() as transaction:
        a_transaction: Transaction = transaction

        assert a_transaction.answered("nobody", "nothing") is None


def test_what_is_enrolled_comes_back_equal(store: SqlStore) -> None:
    """Every field of every record survives the database."""
    enrolling = enrolment()

    commit(store, enrolling)

    case = Case(enrolling.path, enrolling.facts, enrolling.checkpoints)
    assert store.case("P-1") == case
    assert store.person("P-1") == enrolling.person
    assert store.journal("P-1") == enrolling.entries
    assert store.checkpoints("P-1") == enrolling.checkpoints
    with store.begin() as transaction:
        assert transaction.load("P-1") == case
        assert transaction.answered("Cora Coordinator", "key-1") == enrolling.answered


def test_every_table_holds_what_was_committed(place: Place, store: SqlStore) -> None:
    """Notices and audit events have no reader of care, yet they are kept."""
    commit(store, enrolment())

    counts = {table: len(rows) for table, rows in everything(place).items()}
    assert counts == dict.fromkeys(TABLES, 1) | {"identifier": 2}


def test_open_tracks_keep_the_order_they_were_opened_in(enrolled: SqlStore) -> None:
    """The order is shown and used; the alphabet is not it."""
    path = enrolled.case("P-1").path

    assert path.open_tracks == ("testicular_directed", "cns_directed")


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (Decimal("0.00010"), "0.00010"),
        (Decimal("1E-7"), "1E-7"),
        (date(2024, 2, 29), "2024-02-29"),
        (datetime(2026, 3, 1, tzinfo=UTC), "2026-03-01T00:00:00.000000Z"),
        ({"value": Decimal("1.10"), "unit": "percent"}, {"value": "1.10", "unit": "percent"}),
        ([Decimal(3), True, None, "ä"], ["3", True, None, "ä"]),
        (7, 7),
        ("unknown", "unknown"),
    ],
)
def test_a_value_is_kept_exactly(enrolled: SqlStore, value: object, kept: object) -> None:
    """A measured decimal must not pass through a binary fraction."""
    path = enrolled.case("P-1").path

    commit(enrolled, step(path, facts=(fact(path, "anc", value=value),)))

    assert enrolled.case("P-1").facts[-1].value == kept


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}])
def test_a_value_that_is_not_plain_data_is_refused(enrolled: SqlStore, value: object) -> None:
    """What cannot be read back the same must not be written."""
    path = enrolled.case("P-1").path
    recording = step(path, facts=(fact(path, "anc", value=value),))

    with pytest.raises((TypeError, ValueError)), enrolled.begin() as transaction:
        transaction.write(recording)

    assert enrolled.case("P-1").path == path


def test_facts_come_in_the_order_they_were_recorded(enrolled: SqlStore) -> None:
    """Of two results recorded at one instant the later one stays the later one."""
    path = enrolled.case("P-1").path
    names = ("zeta", "alpha", "mike")

    commit(enrolled, step(path, facts=tuple(fact(path, name) for name in names)))

    assert [record.fact for record in enrolled.case("P-1").facts] == ["mrd", *names]


def test_facts_that_were_undone_are_not_remembered(enrolled: SqlStore) -> None:
    """A store remembers the facts it read; what was rolled back after it was read must go."""
    path = enrolled.case("P-1").path
    undone = step(path, "supportive", facts=(fact(path, "undone"),))

    def read_and_fail() -> None:
        with enrolled.begin() as transaction:
            transaction.write(undone)
            assert transaction.load("P-1").facts[-1].fact == "undone"
            raise LookupError

    with pytest.raises(LookupError):
        read_and_fail()
    assert [record.fact for record in enrolled.case("P-1").facts] == ["mrd"]
    commit(enrolled, step(path, facts=(fact(path, "kept"),)))

    assert [record.fact for record in enrolled.case("P-1").facts] == ["mrd", "kept"]


def test_facts_from_another_process_are_seen(place: Place, enrolled: SqlStore) -> None:
    """A store that remembers must still see what a colleague's program added."""
    other = place.open()
    for name in ("one", "two"):
        path = enrolled.case("P-1").path

        commit(other, step(path, facts=(fact(path, name),)))

        assert enrolled.case("P-1") == other.case("P-1")
        assert enrolled.case("P-1").facts[-1].fact == name
    other.close()


def test_a_checkpoint_with_the_same_key_is_replaced(enrolled: SqlStore) -> None:
    """A met checkpoint leaves the case and stays in the list of all there ever were."""
    path = enrolled.case("P-1").path
    met = checkpoint(status="met", next_at=None, closed_seq=2, met_on=date(2026, 11, 23))
    repeated = checkpoint(occurrence=2, opened_seq=1)

    commit(enrolled, step(path, checkpoints=(met, repeated)))

    assert enrolled.case("P-1").checkpoints == (repeated,)
    assert enrolled.checkpoints("P-1") == (met, repeated)


def test_a_second_enrolment_under_one_identifier_is_refused(
    place: Place, enrolled: SqlStore
) -> None:
    """The message leads to the path and gives away neither name nor number."""
    before = everything(place)
    twin = enrolment(2, person=replace(person(2), identifiers={"mrn": "Zzcanary-1"}))

    with pytest.raises(ConflictError) as refused:
        commit(enrolled, twin)

    assert str(refused.value).startswith("A patient with this mrn is already enrolled, on path P-1")
    assert "anary" not in str(refused.value)
    assert everything(place) == before


def test_one_value_in_two_systems_is_two_identifiers(enrolled: SqlStore) -> None:
    """Hospitals number their patients without asking each other."""
    other = replace(person(2), identifiers={"insurer": "Zzcanary-1"})

    commit(enrolled, enrolment(2, person=other))

    assert enrolled.find("Zzcanary-1") == ("P-1", "P-2")


def test_a_path_id_is_enrolled_once(enrolled: SqlStore) -> None:
    """A repeated enrolment must not start a history anew."""
    again = enrolment(1, person=replace(person(1), identifiers={"mrn": "other"}))

    with pytest.raises(ConflictError, match="already a path P-1"):
        commit(enrolled, again)


def test_a_stale_writer_is_told_what_changed(place: Place, enrolled: SqlStore) -> None:
    """A clinician who looked before a colleague acted decides again, knowing what was done."""
    seen = enrolled.case("P-1").path
    commit(enrolled, step(seen))
    before = everything(place)

    with pytest.raises(ConflictError, match="version 1, it is now 2") as refused:
        commit(enrolled, step(seen, "supportive", notices=(notice("P-1", 2),)))

    (change,) = refused.value.changes
    assert change == (
        "step confirmed, assessment to reinduction, by Dr Ada Sample (clinician) "
        "on 23-Nov-2026 at 07:00 UTC"
    )
    assert everything(place) == before


def test_after_a_failure_the_store_works_on(enrolled: SqlStore) -> None:
    """One bad command must not lock the next one out."""
    path = enrolled.case("P-1").path
    with pytest.raises(RefusedError):
        commit(enrolled, step(path, checkpoints=(checkpoint(level=-1),)))

    commit(enrolled, step(path))

    assert enrolled.case("P-1").path.version == 2


def test_entries_that_do_not_continue_the_chain_are_refused(enrolled: SqlStore) -> None:
    """A wrong hash in the history could never be told from a forged one."""
    path = enrolled.case("P-1").path
    taken = entry(path, "step_confirmed")
    good = step(path)
    foreign = entry(replace(path, head="a" * 64), "step_confirmed")
    broken = (
        replace(good, entries=(replace(taken, hash="b" * 64),)),
        replace(good, entries=(taken, taken)),
        replace(good, path=replace(good.path, version=5)),
        replace(good, path=replace(good.path, head="b" * 64)),
        replace(good, entries=(foreign,), path=replace(good.path, head=foreign.hash)),
        enrolment(2, entries=good.entries),
        Commit(path, path.version, (), facts=(fact(path),)),
    )

    for one in broken:
        with pytest.raises(IntegrityError):
            commit(enrolled, one)

    assert enrolled.case("P-1").path == path


def test_one_commit_may_hold_several_entries(enrolled: SqlStore) -> None:
    """A step together with the fact that led to it is one act."""
    path = enrolled.case("P-1").path
    first = entry(path, "fact_recorded")
    moved = replace(path, version=2, head=first.hash)
    second = step(moved)

    commit(enrolled, replace(second, expected_version=1, entries=(first, *second.entries)))

    assert [one.kind for one in enrolled.journal("P-1")] == [
        *("enrolled", "fact_recorded", "step_confirmed"),
    ]


def test_a_key_is_answered_once(enrolled: SqlStore) -> None:
    """A double click acts once; a second answer under the same key would hide the first."""
    path = enrolled.case("P-1").path
    again = step(path, answered=answered("key-1", NOW + timedelta(days=29)))

    with pytest.raises(ConflictError, match="answered before"):
        commit(enrolled, again)

    assert enrolled.case("P-1").path == path


def test_answers_are_forgotten_after_thirty_days(place: Place, enrolled: SqlStore) -> None:
    """The time is that of the next answer; nobody asks the clock."""
    path = enrolled.case("P-1").path
    later = NOW + timedelta(days=30, microseconds=1)

    commit(enrolled, step(path, answered=answered("key-1", later)))

    assert [at for (at,) in place.ask("SELECT at FROM answered")] == [
        (later - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    ]


def _waiting(store: SqlStore, days: dict[int, float | None]) -> None:
    """A path for each number, to be looked at so many days from now, or never."""
    for number, after in days.items():
        at = None if after is None else NOW + timedelta(days=after)
        enrolled = enrolment(number)
        commit(store, replace(enrolled, path=replace(enrolled.path, next_at=at)))


def _claimed(store: SqlStore, days: float, limit: int = 10) -> list[str]:
    now = NOW + timedelta(days=days)
    with store.begin() as transaction:
        return [c.path_id for c in transaction.claim(now, now + timedelta(minutes=1), limit)]


def test_who_waits_longest_is_looked_at_first(store: SqlStore) -> None:
    """And never more are claimed than asked for, nor any whose moment has not come."""
    _waiting(store, {1: 5, 2: 1, 3: 3, 4: 60, 5: None})

    first = _claimed(store, 5, limit=1)
    rest = _claimed(store, 5)

    assert first == ["P-2"]
    assert sorted(rest) == ["P-1", "P-3"]


def test_what_is_claimed_is_nobody_elses_until_the_lease_is_over(store: SqlStore) -> None:
    """Two sweepers never handle one path at once, and one that was killed loses nothing."""
    _waiting(store, {1: 0})
    minutes = [0.0, 0.5, 1.0]

    found = [_claimed(store, after / 24 / 60) for after in minutes]

    assert found == [["P-1"], [], ["P-1"]]


def test_a_claim_that_has_run_out_is_given_up(store: SqlStore) -> None:
    """Who was paused past the lease may not write what somebody else has handled since."""
    _waiting(store, {1: 0})
    later = NOW + timedelta(minutes=5)
    with store.begin() as transaction:
        (old,) = transaction.claim(NOW, NOW + timedelta(minutes=1), 10)
    with store.begin() as transaction:
        (new,) = transaction.claim(later, later + timedelta(minutes=1), 10)

    with store.begin() as transaction:
        finished = [transaction.finish(claim, later) for claim in (old, new)]

    assert finished == [False, True]


def test_a_path_waits_for_one_moment_whatever_is_written(store: SqlStore) -> None:
    """A path that is changed while somebody handles it is looked at once more, not for ever."""
    _waiting(store, {1: 0})
    before = store.case("P-1").path
    at = NOW + timedelta(days=1)
    with store.begin() as transaction:
        (claim,) = transaction.claim(NOW, NOW + timedelta(minutes=1), 10)
    changed = step(before)
    moved = replace(changed, path=replace(changed.path, next_at=at))
    commit(store, moved)
    with store.begin() as transaction:
        transaction.finish(claim, at)

    found = [_claimed(store, days) for days in (0.9, 1.0, 1.5)]

    assert found == [[], ["P-1"], ["P-1"]]


def test_every_live_checkpoint_of_every_path_comes_most_pressing_first(store: SqlStore) -> None:
    """Who looks whether due moments are still right must not pass over a single one."""
    later = NOW + timedelta(days=50)
    closed = checkpoint("P-1", name="C-MET", status="cancelled", closed_seq=1, next_at=None)
    rows = (
        checkpoint("P-1", due_at=later, overdue_at=later),
        checkpoint("P-1", name="C-2"),
        closed,
    )
    commit(store, enrolment(1, checkpoints=rows), enrolment(2))

    found = store.live_checkpoints()

    assert [row.key for row in found] == [rows[1].key, checkpoint("P-2").key, rows[0].key]


def test_the_worklist_adds_up_to_the_census(store: SqlStore) -> None:
    """Every path has one row, the most pressing first, and nobody is left out."""
    day = timedelta(days=1)
    soon = checkpoint("P-2", "C-B", opens_at=NOW, due_at=NOW, overdue_at=NOW + day, next_at=NOW)
    met = checkpoint("P-3", status="cancelled", next_at=None, closed_seq=1)
    commit(store, enrolment(1))
    commit(store, enrolment(2, checkpoints=(checkpoint("P-2"), soon)))
    commit(store, enrolment(3, checkpoints=(met,)))
    commit(store, enrolment(4, checkpoints=()))

    rows = store.worklist.every()

    seen = [(row.path.path_id, row.checkpoint, len(row.live)) for row in rows]
    assert seen == [
        ("P-2", soon, 2),
        ("P-1", checkpoint("P-1"), 1),
        ("P-3", None, 0),
        ("P-4", None, 0),
    ]
    assert [row.person for row in rows] == [person(n) for n in (2, 1, 3, 4)]
    assert [row.path for row in rows] == [store.case(f"P-{n}").path for n in (2, 1, 3, 4)]


def test_paths_come_one_by_one_in_order(store: SqlStore) -> None:
    """A report over everybody reads a page at a time and misses nobody."""
    commit(store, *(enrolment(number) for number in (3, 1, 2)))

    assert [path.path_id for path in store.paths()] == ["P-1", "P-2", "P-3"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("P-1", ("P-1",)),
        ("Zzcanary-2", ("P-2",)),
        ("zzCANary-2", ()),
        ("ÖZIL", ("P-1",)),
        ("anna öz", ("P-1",)),
        ("özil anna", ("P-1",)),
        ("annA", ("P-1", "P-2")),
        ("100%", ("P-2",)),
        ("_", ()),
        ("0%", ()),
        ("00%", ("P-2",)),
        ("A", ("P-1", "P-2")),
        ("öz", ("P-1",)),
        ("zi", ()),
        ("nobody", ()),
        ("  ", ()),
    ],
)
def test_a_patient_is_found_by_id_number_or_part_of_the_name(
    store: SqlStore, text: str, found: tuple[str, ...]
) -> None:
    """Names are compared in any case, of two letters their beginning; numbers have to be right."""
    commit(store, enrolment(1, person=person(1, "Özil")))
    commit(store, enrolment(2, person=person(2, "O'Neill 100%")))

    assert store.find(text) == found


def test_an_unknown_path_is_said_to_be_unknown(store: SqlStore) -> None:
    """The message names the id and says where to look."""
    with pytest.raises(NotFoundError, match="no path P-9"):
        store.case("P-9")
    with pytest.raises(NotFoundError, match="no path P-9"):
        store.person("P-9")
    with pytest.raises(NotFoundError, match="no path P-9"), store.begin() as transaction:
        transaction.load("P-9")

    assert store.journal("P-9") == ()
    assert store.checkpoints("P-9") == ()


def test_a_step_on_an_unknown_path_is_refused(enrolled: SqlStore) -> None:
    """Only an enrolment makes a path."""
    stranger = replace(enrolled.case("P-1").path, path_id="P-9")

    with pytest.raises(NotFoundError, match="no path P-9"):
        commit(enrolled, step(stranger))


def test_readers_see_nothing_that_is_not_committed(enrolled: SqlStore) -> None:
    """Another thread reads the path as it was; the writer sees what it writes."""
    path = enrolled.case("P-1").path
    seen: list[int] = []
    reader = threading.Thread(target=lambda: seen.append(enrolled.case("P-1").path.version))

    with enrolled.begin() as transaction:
        transaction.write(step(path))
        reader.start()
        reader.join()
        own = enrolled.case("P-1").path.version

    assert (seen, own) == ([1], 2)


def test_many_threads_write_and_read_without_losing_anything(store: SqlStore) -> None:
    """A web server has one store and many threads; a reader never stops a writer."""
    commit(store, *(enrolment(number) for number in range(4)))

    def work(number: int) -> None:
        for _ in range(10):
            with store.begin() as transaction:
                transaction.write(step(transaction.load(f"P-{number}").path))
            store.worklist.every()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))

    assert [path.version for path in store.paths()] == [11] * 4
    assert verify_chain(store) == []


def test_a_store_that_was_closed_opens_again(enrolled: SqlStore) -> None:
    """What was committed is there for the next process."""
    enrolled.close()

    assert enrolled.case("P-1").path.version == 1
