"""A database on a server that cannot be used says in one sentence why, and what to do."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from storage.engine import database_at, open_store, status_of, store_on, upgrade_tables
from storage.migrations import HEAD
from storage.postgresql import PostgresDatabase
from tests import postgresql
from tests.store.acts import enrolment, step
from tests.store.conftest import Place
from workflow.errors import ConflictError, RefusedError, StoreError

SECRET = "correct horse"
HANG_UP = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE application_name = 'allpath' AND datname = current_database()"
)


def at_server(place: Place) -> PostgresDatabase:
    """The database of a place on the server."""
    assert isinstance(place.database, PostgresDatabase)
    return place.database


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Nobody answers at this address; the sentence shows it without the password."""
    url = f"postgresql+psycopg://allpath:{SECRET}@/ward?host={tmp_path}"

    with pytest.raises(StoreError, match=r"server of ward .*cannot be reached") as refused:
        open_store(url)

    assert SECRET not in str(refused.value)


def test_without_its_driver_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever installed only what a single ward needs learns what is missing."""
    monkeypatch.setitem(sys.modules, "psycopg", None)

    with pytest.raises(StoreError, match=r"pip install 'allpath\[postgres\]'"):
        open_store("postgresql+psycopg://allpath@db/ward")


def test_an_empty_database_is_left_to_its_owner() -> None:
    """Whoever makes the tables owns them, so no ordinary command makes them by accident."""
    running = postgresql.server()
    name = running.create()
    database = PostgresDatabase(running.url(name, postgresql.OWNER))

    with pytest.raises(StoreError, match=r"no tables .*`allpath db upgrade`"):
        store_on(database)
    assert upgrade_tables(database) == (None, HEAD)
    assert upgrade_tables(database) == (HEAD, HEAD)
    running.drop(name)


def test_another_programs_database_is_refused() -> None:
    """Our tables do not belong among theirs."""
    running = postgresql.server()
    name = running.create()
    running.run("CREATE TABLE recipes (name text)", database=name)
    database = PostgresDatabase(running.url(name, postgresql.OWNER))

    for use in (store_on, upgrade_tables, status_of):
        with pytest.raises(StoreError, match="the database of another program"):
            use(database)
    running.drop(name)


def test_a_newer_database_is_refused(on_server: Place) -> None:
    """An older program would not know what the newer one promised."""
    on_server.ask("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StoreError, match=r"revision 9999.*Install the newer program"):
        on_server.open()


def test_a_password_comes_from_its_file_and_is_never_shown(tmp_path: Path) -> None:
    """A password in an address would end in the history of a shell."""
    file = tmp_path / "password"
    file.write_text(f"{SECRET}\n")

    database = database_at("postgresql+psycopg://allpath@db/ward", password_file=file)

    assert isinstance(database, PostgresDatabase)
    assert database.parameters()["password"] == SECRET
    assert SECRET not in repr(database)
    shown = replace(database, address=make_url(f"postgresql+psycopg://a:{SECRET}@db/ward"))
    assert SECRET not in shown.url
    assert SECRET not in repr(shown)


@pytest.mark.parametrize("content", [None, "", "\n"])
def test_a_password_file_without_a_password_is_refused(tmp_path: Path, content: str | None) -> None:
    """A forgotten file is noticed before the server answers with a riddle."""
    file = tmp_path / "password"
    if content is not None:
        file.write_text(content)

    with pytest.raises(StoreError, match="The password file"):
        database_at("postgresql+psycopg://allpath@db/ward", password_file=file)


def test_a_connection_that_broke_is_said_and_the_next_use_connects_again(on_server: Place) -> None:
    """A server that was restarted at night costs one command, not the whole programme."""
    store = on_server.open()
    with store.begin() as transaction:
        transaction.write(enrolment())
    path = store.case("P-1").path
    on_server.ask(HANG_UP)
    with pytest.raises(StoreError, match=r"broke the connection .* nothing was changed"):
        store.case("P-1")
    assert store.case("P-1").path == path
    on_server.ask(HANG_UP)
    with pytest.raises(StoreError, match="broke the connection"), store.begin() as transaction:
        transaction.write(step(path))
    with store.begin() as transaction:
        transaction.write(step(path))

    assert store.case("P-1").path.version == 2
    store.close()


def test_a_line_that_breaks_within_a_write_leaves_nothing_of_it(on_server: Place) -> None:
    """Not even where the same thread reads in between, on a new line of its own."""
    store = on_server.open()
    with store.begin() as transaction:
        transaction.write(enrolment())
    path = store.case("P-1").path

    def write_and_look() -> None:
        with store.begin() as transaction:
            transaction.write(step(path))
            on_server.ask(HANG_UP)
            with pytest.raises(on_server.database.driver.OperationalError):
                store.case("P-1")
            assert store.case("P-1").path == path

    with pytest.raises(StoreError, match="failed before the end; nothing was kept"):
        write_and_look()

    assert store.case("P-1").path == path
    store.close()


def test_a_row_that_somebody_holds_is_waited_for_and_then_given_up(on_server: Place) -> None:
    """A program that hangs on one patient does not hang the others for ever."""
    first = on_server.open()
    with first.begin() as transaction:
        transaction.write(enrolment())
    impatient = store_on(replace(at_server(on_server), patience_seconds=0.05))

    with first.begin() as holding:
        holding.load("P-1")
        with (
            pytest.raises(StoreError, match=r"held what was asked for .* for 0.05 seconds"),
            impatient.begin() as waiting,
        ):
            waiting.load("P-1")
        assert impatient.case("P-1").path.version == 1

    first.close()
    impatient.close()


def test_two_who_wait_for_each_other_are_parted_by_a_conflict(on_server: Place) -> None:
    """One goes on, the other looks again: a decision is never made twice by the store itself."""
    store = on_server.open()
    for number in (1, 2):
        with store.begin() as transaction:
            transaction.write(enrolment(number))
    both_hold = threading.Barrier(2)

    def hold(first: str, second: str) -> str:
        try:
            with store.begin() as transaction:
                transaction.load(first)
                both_hold.wait()
                transaction.load(second)
        except ConflictError as error:
            return str(error)
        return "went on"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(hold, ("P-1", "P-2"), ("P-2", "P-1")))

    assert answers[0].startswith("Somebody else changed the same rows at the same moment")
    assert answers[1] == "went on"
    store.close()


def test_a_value_the_server_cannot_keep_is_refused(on_server: Place) -> None:
    """A NUL in a note, pasted from somewhere, is no text for PostgreSQL."""
    store = on_server.open()
    with store.begin() as transaction:
        transaction.write(enrolment())
    path = store.case("P-1").path

    with pytest.raises(RefusedError, match="cannot keep"), store.begin() as transaction:
        transaction.write(step(path, state="a\0b"))

    assert store.case("P-1").path == path
    store.close()


def test_a_refused_row_is_told_without_its_values(on_server: Place) -> None:
    """The server's own details quote the identifier of a patient; they are left out."""
    store = on_server.open()
    with store.begin() as transaction:
        transaction.write(enrolment())
    with pytest.raises(ConflictError) as refused, store.begin() as transaction:
        transaction._cursor.execute("INSERT INTO identifier SELECT * FROM identifier")

    assert "already enrolled" in str(refused.value)
    assert "anary" not in str(refused.value)
    store.close()


def test_nothing_is_set_for_longer_than_a_transaction(on_server: Place) -> None:
    """A pool of connections hands a session on to the next; what was set must not go along."""
    store = on_server.open()
    assert store.find("nobody") == ()

    question = "SELECT current_setting('allpath.sites', true), current_setting('lock_timeout')"
    (sites, timeout) = store._connection().execute(question).fetchone()

    assert (sites or "", timeout) == ("", "0")
    store.close()


def test_another_level_of_isolation_of_the_server_changes_nothing(on_server: Place) -> None:
    """Under a stricter one every second of two writers would be undone instead of waiting."""
    on_server.ask("ALTER ROLE application SET default_transaction_isolation = serializable")
    store = on_server.open()

    with store.begin() as transaction:
        levels = transaction._cursor.execute("SHOW transaction_isolation").fetchone()
        assert levels == ("read committed",)
    assert store._rows("SHOW transaction_isolation", ()) == (("repeatable read",),)

    store.close()
    on_server.ask("ALTER ROLE application RESET default_transaction_isolation")


def test_the_status_names_the_server_and_warns_of_mighty_roles(on_server: Place) -> None:
    """The owner could take the tables' protection away, and a superuser sees through it."""
    database = at_server(on_server)
    roles = (postgresql.APPLICATION, postgresql.OWNER, "postgres")

    status, owner, mighty = (
        status_of(replace(database, address=database.address.set(username=role))) for role in roles
    )

    assert (status.is_current, status.condition.product) == (True, "PostgreSQL")
    assert status.counts["journal"] == 0
    assert status.condition.notes == ()
    assert owner.condition.notes[0].startswith("the role owner_of_tables owns the tables")
    assert mighty.condition.notes[0].startswith("the role postgres may bypass row-level security")
