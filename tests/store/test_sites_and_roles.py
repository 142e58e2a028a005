"""On a server each site sees its own patients, and the application's role only what it needs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlmodel import SQLModel

from storage.chain import Finding, verify_chain
from storage.engine import store_on
from storage.postgresql import PostgresDatabase
from storage.rights import RIGHTS, grant
from storage.sql_store import SqlStore
from storage.tables import APPEND_ONLY
from tests import postgresql
from tests.store.acts import (
    NOW,
    enrolment,
    entry,
    on_an_agenda,
    opened_in_an_emergency,
    review,
    step,
)
from tests.store.conftest import Place
from workflow.assigning import Assignment
from workflow.errors import ConflictError, NotFoundError, RefusedError, StoreError
from workflow.outbox import FeedEvent, NewDelivery, Recipient
from workflow.records import Actor, Commit
from workflow.watch import Incident

OF_ONE_PATH = sorted(
    table.name for table in SQLModel.metadata.sorted_tables if "path_id" in table.columns
)


def at(place: Place, *, role: str = postgresql.APPLICATION, sites: str = "*") -> PostgresDatabase:
    """The database of a place, seen by a role and for some sites."""
    database = place.database
    assert isinstance(database, PostgresDatabase)
    return replace(database, address=database.address.set(username=role), sites=sites)


def of_site(number: int, site: str) -> Commit:
    """The enrolment of a made-up patient at a site."""
    plain = enrolment(number)
    settings = {**plain.path.settings, "site": site} if site else plain.path.settings
    return replace(plain, path=replace(plain.path, settings=settings))


def write(store: SqlStore, commit: Commit) -> None:
    """The commit is written, in a transaction of its own."""
    with store.begin() as transaction:
        transaction.write(commit)


@pytest.fixture
def two_sites(on_server: Place) -> Place:
    """P-1 at North, P-2 at South, and P-3, who was enrolled before there were sites."""
    store = on_server.open()
    for number, site in ((1, "North"), (2, "South"), (3, "")):
        write(store, replace(of_site(number, site), reviews=(review(f"P-{number}"),)))
        cora = Actor("Cora Coordinator", "coordinator")
        store.assignments.assign(Assignment(f"P-{number}", "Ward 3", "round", cora, NOW))
        with store.begin() as transaction:
            transaction.keep_incident(Incident.after(None, f"P-{number}", "unreadable", NOW))
    on_an_agenda(store, "P-1", "P-2", "P-3")
    opened_in_an_emergency(store, "P-1", "P-2", "P-3")
    someone = Recipient("", "Cora Coordinator", "coordinator", "email", "cora@ward.example")
    kept = store.recipients.add(someone, Actor("Lea Lead", "lead"), NOW)
    for found in store.outbox.unaddressed():
        store.outbox.address(found, [NewDelivery(kept.recipient_id, "email", NOW)], NOW)
    store.feeds.update_events(
        lambda _: [
            FeedEvent(f"{n}", f"P-{n}", "C-A-1", NOW, "CONFIRMED", 0, NOW) for n in (1, 2, 3)
        ]
    )
    store.close()
    return on_server


@pytest.mark.parametrize(
    ("sites", "seen"),
    [
        ("*", ["P-1", "P-2", "P-3"]),
        ("North", ["P-1"]),
        ("North,South", ["P-1", "P-2"]),
        ("East", []),
        ("", []),
        ("Nor", []),
        ("North' OR '1'='1", []),
    ],
)
def test_a_site_sees_its_own_patients_alone(two_sites: Place, sites: str, seen: list[str]) -> None:
    """What the program forgot to ask for, the database leaves out by itself."""
    store = store_on(at(two_sites, sites=sites))

    assert [path.path_id for path in store.paths()] == seen
    assert sorted(row.path.path_id for row in store.worklist.every()) == seen
    assert list(store.ids()) == seen
    assert {row.path_id for row in store.live_checkpoints()} == set(seen)
    assert list(store.find("anna")) == seen
    store.close()


@pytest.mark.parametrize("table", OF_ONE_PATH)
def test_no_table_shows_the_row_of_another_site(two_sites: Place, table: str) -> None:
    """Not the journal, not the audit, not the identifiers: every table with a path in it."""
    store = store_on(at(two_sites, sites="North"))

    rows = store._rows(f"SELECT DISTINCT path_id FROM {table}", ())  # noqa: S608 - a name from our tables

    assert rows == (("P-1",),)
    store.close()


def test_whoever_says_no_site_sees_nothing(two_sites: Place) -> None:
    """A program that is not ours, or forgot to say its site, sees nobody; nor does the owner."""
    for role in (postgresql.APPLICATION, postgresql.OWNER):
        connection = at(two_sites, role=role).connect()

        for table in OF_ONE_PATH:
            asked = f"SELECT count(*) FROM {table}"  # noqa: S608 - a name from our tables
            assert connection.execute(asked).fetchone() == (0,)
        connection.close()


def test_a_step_at_another_site_is_refused(two_sites: Place) -> None:
    """A path that is not seen is not there, even for a caller who knows its every detail."""
    everywhere = store_on(at(two_sites))
    path = everywhere.case("P-2").path
    store = store_on(at(two_sites, sites="North"))

    with pytest.raises(NotFoundError, match="no path P-2"):
        store.case("P-2")
    with pytest.raises(NotFoundError, match="no path P-2"):
        write(store, step(path))
    with pytest.raises(RefusedError, match="not among those of ALLPATH_SITES"):
        write(store, of_site(4, "South"))
    with pytest.raises(RefusedError, match="not among those of ALLPATH_SITES"):
        write(store, of_site(4, ""))

    assert everywhere.case("P-2").path == path
    assert everywhere.find("P-4") == ()
    everywhere.close()
    store.close()


@pytest.mark.parametrize("table", [name for name in OF_ONE_PATH if name != "path"])
def test_a_row_for_a_path_of_another_site_is_refused(two_sites: Place, table: str) -> None:
    """Nothing can be slipped into the history of a patient whom one may not see."""
    store = store_on(at(two_sites, sites="North"))
    columns = [column.name for column in SQLModel.metadata.tables[table].columns]
    given = ", ".join({"path_id": "'P-2'"}.get(name, name) for name in columns)
    given = given.replace("number", "number + 100").replace("notice_id", "'x'")
    given = given.replace("system", "'other'").replace("form", "'other'").replace("uid", "'other'")
    given = given.replace("notice_number + 100", "notice_number + 0")

    with (
        pytest.raises(RefusedError, match="not among those of ALLPATH_SITES"),
        store.begin() as transaction,
    ):
        transaction._cursor.execute(f"INSERT INTO {table} SELECT {given} FROM {table}")  # noqa: S608 - our own names

    store.close()


def test_a_patient_known_at_another_site_is_not_enrolled_twice(two_sites: Place) -> None:
    """The identifier is taken; where, and by whom, is not told."""
    store = store_on(at(two_sites, sites="North"))
    twin = of_site(4, "North")
    assert twin.person is not None
    person = replace(twin.person, identifiers={"mrn": "Zzcanary-2"})

    with pytest.raises(ConflictError) as refused:
        write(store, replace(twin, person=person))

    assert "already enrolled" in str(refused.value)
    assert "P-2" not in str(refused.value)
    assert "anary" not in str(refused.value)
    store.close()


def test_a_site_moves_with_the_settings_it_stands_in(two_sites: Place) -> None:
    """The column the server looks at is never another one than the settings say."""
    store = store_on(at(two_sites))
    path = store.case("P-1").path
    moved = step(path)
    settings = {**path.settings, "site": "South"}

    write(store, replace(moved, path=replace(moved.path, settings=settings)))

    south = store_on(at(two_sites, sites="South"))
    assert [path.path_id for path in south.paths()] == ["P-1", "P-2"]
    before = verify_chain(store)
    assert not any("site" in finding.what for finding in before)
    two_sites.ask("UPDATE path SET site = 'East' WHERE path_id = 'P-1'")
    (new,) = set(verify_chain(store, "P-1")) - set(before)
    assert new == Finding("P-1", 0, "is kept at site 'East', its settings say 'South'")
    south.close()
    store.close()


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("change", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_application_has_no_right_to_rewrite_the_past(
    two_sites: Place, table: str, change: str
) -> None:
    """Even a program gone wrong, or taken over, cannot try; triggers stop the owner."""
    column = SQLModel.metadata.tables[table].columns.keys()[1]
    statement = change.format(table, column, column)
    driver = two_sites.database.driver

    for role, sentence in (
        (postgresql.APPLICATION, "permission denied"),
        (postgresql.OWNER, f"{table} is append-only"),
    ):
        connection = at(two_sites, role=role).connect()
        with pytest.raises(driver.Error, match=sentence):
            connection.execute(statement)
        connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE journal DISABLE TRIGGER USER",
        "ALTER TABLE journal NO FORCE ROW LEVEL SECURITY",
        "DROP TABLE notice",
        "CREATE TABLE journal_of_mine (x text)",
        "UPDATE meta SET value = 'x'",
        "UPDATE alembic_version SET version_num = 'x'",
        "UPDATE person_key SET key = 'x'",
        "UPDATE search_key SET key = 'x'",
        "DELETE FROM person",
        "DELETE FROM path",
        "DELETE FROM checkpoint",
        "SET session_replication_role = replica",
        "SELECT setval('audit_event_number_seq', 1)",
    ],
)
def test_the_application_has_no_right_beyond_its_work(two_sites: Place, statement: str) -> None:
    """What the daily work does not need, nobody can misuse."""
    connection = at(two_sites).connect()

    with pytest.raises(two_sites.database.driver.errors.InsufficientPrivilege):
        connection.execute(statement)

    connection.close()


def test_a_scratch_table_does_not_speak_for_the_journal(two_sites: Place) -> None:
    """Whoever may make temporary tables cannot make a path's version move by one of them."""
    store = store_on(at(two_sites))
    path = store.case("P-1").path
    told = entry(path, "migrated", pathway_hash="e" * 64)
    connection = store._connection()
    connection.execute("CREATE TEMPORARY TABLE journal (LIKE public.journal)")
    connection.execute(
        "INSERT INTO journal (path_id, seq, pathway_hash, kind, at, actor, role, os_user, "
        "state_from, state_to, track, rule, reason, note, facts_digest, decision_digest, detail, "
        "previous, hash) VALUES ('P-1', 1, %s, 'migrated', 0" + ", ''" * 14 + ")",
        (told.pathway_hash,),
    )

    with (
        pytest.raises(RefusedError, match="with a journal entry that says so"),
        store.begin() as transaction,
    ):
        transaction._cursor.execute(
            "UPDATE path SET pathway_hash = %s WHERE path_id = 'P-1'", (told.pathway_hash,)
        )

    store.close()


def test_every_table_has_its_rights_and_its_policy(on_server: Place) -> None:
    """A table that is added later is not forgotten here."""
    assert set(RIGHTS) == {*SQLModel.metadata.tables, "alembic_version"}
    forced = on_server.ask(
        "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity ORDER BY 1"
    )
    assert [name for (name,) in forced] == OF_ONE_PATH


def test_rights_are_given_to_ordinary_roles_alone(on_server: Place) -> None:
    """A role that could take rights back would make the whole fence a painted one."""
    owner = at(on_server, role=postgresql.OWNER)

    with pytest.raises(StoreError, match=r"no role nobody .*CREATE ROLE"):
        grant(owner, "nobody")
    with pytest.raises(RefusedError, match="role postgres may bypass"):
        grant(owner, "postgres")
    with pytest.raises(RefusedError, match="role owner_of_tables owns the tables"):
        grant(owner, postgresql.OWNER)
    with pytest.raises(StoreError, match=r"does not own .* connect as owner_of_tables"):
        grant(at(on_server), postgresql.APPLICATION)


def test_rights_that_were_given_otherwise_are_taken(on_server: Place) -> None:
    """Somebody's quick GRANT ALL on a bad night does not stay for ever."""
    on_server.ask("GRANT ALL ON journal TO application", "GRANT ALL ON path TO public")

    grant(at(on_server, role=postgresql.OWNER), postgresql.APPLICATION)

    rights = on_server.ask(
        "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE "
        "grantee IN ('application', 'PUBLIC') AND table_name IN ('journal', 'path') ORDER BY 1, 2"
    )
    assert rights == [
        *(("journal", "INSERT"), ("journal", "SELECT")),
        *(("path", "INSERT"), ("path", "SELECT"), ("path", "UPDATE")),
    ]


def test_a_file_has_no_roles(place: Place) -> None:
    """A promise that nobody keeps is not made."""
    if place.is_file:
        with pytest.raises(RefusedError, match="is a file and has no roles"):
            grant(place.database, "somebody")
