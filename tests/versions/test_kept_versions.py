"""A path stays decidable by the version it is pinned to, and nothing moves it there and back."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool
from sqlcipher3 import dbapi2

from storage.engine import open_store, upgrade
from storage.migrations import HEAD
from storage.sqlite import SqliteFile
from tests.cli.conftest import Desk
from tests.conftest import CLINICIAN, COORDINATOR, NOW
from tests.store.acts import entry
from tests.versions.conftest import RENAMED, newer
from workflow.commands import ConfirmStep, Enrol, NewFact, RecordFacts
from workflow.errors import RefusedError
from workflow.loading import load_file, load_shipped
from workflow.orchestrator import Orchestrator
from workflow.pathway import Pathway
from workflow.records import Commit, Person
from workflow.versions import read_version, version_of

ENROL = Enrol(
    actor=COORDINATOR,
    person=Person("P-1", "Sample", "Sam", {"mrn": "1"}),
    pathway_id="relapsed_all",
    settings={"active_set": "COG"},
    entered_on=NOW.date(),
    facts=(NewFact(fact="identity_checked", value="yes", effective_at=NOW.date()),),
)


def behind_its_back(database: Path, sql: str) -> None:
    """Somebody edits the file without the program."""
    connection = dbapi2.connect(str(database))
    connection.execute(sql)
    connection.commit()
    connection.close()


def test_a_path_is_decided_by_its_own_version_after_the_program_ships_a_newer(
    tmp_path: Path,
) -> None:
    """A new release must not leave the patients of the old one undecidable."""
    store = open_store(f"sqlite:///{tmp_path / 'ward.db'}")
    Orchestrator(store, load_shipped).enrol(ENROL, NOW)
    ships_newer = load_file(newer(tmp_path, RENAMED))

    later = Orchestrator(store, lambda _: ships_newer)
    step = ConfirmStep(actor=CLINICIAN, path_id="P-1", step="assessment")
    outcome = later.confirm(step, NOW)

    assert outcome.pathway.content_hash == load_shipped("relapsed_all").content_hash
    assert outcome.entries[0].pathway_hash == outcome.pathway.content_hash
    assert later.library.for_new_paths("relapsed_all") == ships_newer
    store.close()


def test_a_kept_version_reads_back_as_the_file_in_the_order_of_the_file(pathway: Pathway) -> None:
    """The first scale of a score and the order of tracks mean something, so order is kept."""
    read = read_version(version_of(pathway, NOW))

    assert read.content_hash == pathway.content_hash
    assert list(read.states) == list(pathway.states)
    assert [list(fact.scales) for fact in read.facts.values()] == [
        list(fact.scales) for fact in pathway.facts.values()
    ]


def test_a_version_is_kept_once_however_many_are_enrolled(desk: Desk) -> None:
    """Content is found by its hash; a second copy would be a second truth."""
    desk.enrol()
    desk.enrol(mrn="2")

    assert desk.ask("db", "status")["counts"]["pathway_version"] == 1


def test_a_field_the_program_learns_later_leaves_a_published_hash_as_it_is(
    pathway: Pathway,
) -> None:
    """A hash signed by two people survives every schema that only adds fields with defaults."""

    class LaterPathway(Pathway):
        learnt_later: str = ""

    later = LaterPathway.model_validate(json.loads(version_of(pathway, NOW).content))

    assert later.content_hash == pathway.content_hash


def test_a_changed_version_is_found_wherever_it_is_used(desk: Desk) -> None:
    """Rules edited behind the program's back decide nobody; exit code 8."""
    path_id = desk.enrol()
    desk.run("worklist")
    behind_its_back(desk.database, "DROP TRIGGER pathway_version_refuses_update")
    behind_its_back(
        desk.database,
        "UPDATE pathway_version SET content = replace(content, 'Haematology', 'Nobody')",
    )

    explained = desk.run("step", "explain", path_id)
    health = desk.run("doctor")
    listed = desk.ask("worklist")

    assert explained.code == health.code == 8
    assert "is not the one its hash" in explained.err
    assert "versions\tbroken" in health.out
    assert path_id in json.dumps(listed), "nobody drops out of the worklist"


def test_the_database_refuses_to_move_a_pinned_path(desk: Desk) -> None:
    """Only a journal entry that tells of the move opens that row."""
    desk.enrol()

    with pytest.raises(dbapi2.Error, match="moves to another pathway version with a journal entry"):
        behind_its_back(desk.database, "UPDATE path SET pathway_hash = head")


def test_a_commit_that_moves_a_path_without_saying_so_is_refused(tmp_path: Path) -> None:
    """The ordinary update knows nothing of a version; a changed pin matches no row."""
    store = open_store(f"sqlite:///{tmp_path / 'ward.db'}")
    path = Orchestrator(store, load_shipped).enrol(ENROL, NOW).path
    moved = replace(path, pathway_hash="f" * 64)
    told = entry(moved, "fact_recorded")
    commit = Commit(replace(moved, version=told.seq, head=told.hash), path.version, (told,))

    with pytest.raises(Exception, match="nothing was changed"), store.begin() as transaction:
        transaction.write(commit)

    assert store.case("P-1").path == path
    store.close()


def test_an_older_database_is_upgraded_with_everything_in_it_and_its_version_kept(
    desk: Desk,
) -> None:
    """The day a site upgrades, the version its patients are on enters the database."""
    path_id = desk.enrol()
    before = desk.ask("history", path_id)
    database = SqliteFile(desk.database)
    downgrade(database)

    refused = desk.run("worklist")
    upgraded = desk.run("db", "upgrade")

    assert refused.code == 7
    assert "at revision 0001" in refused.err
    assert upgraded.out == f"The database was at 0001 and is now at {HEAD}.\n"
    assert desk.ask("history", path_id) == before
    assert desk.ask("db", "status")["counts"]["pathway_version"] == 1


def test_a_path_whose_version_is_nowhere_says_what_to_do(tmp_path: Path) -> None:
    """An older database under a newer program: named, refused, and nothing guessed."""
    url = f"sqlite:///{tmp_path / 'ward.db'}"
    store = open_store(url)
    Orchestrator(store, load_shipped).enrol(ENROL, NOW)
    store.close()
    downgrade(SqliteFile(tmp_path / "ward.db"))
    upgrade(url)
    store = open_store(url)
    ships_newer = load_file(newer(tmp_path))
    fact = NewFact(fact="lineage", value="B", effective_at=NOW.date())

    with pytest.raises(RefusedError, match="neither the database keeps nor this program ships"):
        Orchestrator(store, lambda _: ships_newer).record(
            RecordFacts(actor=COORDINATOR, path_id="P-1", facts=(fact,)), NOW
        )

    store.close()


def downgrade(database: SqliteFile) -> None:
    """The tables as the revision before had them."""
    engine = create_engine(
        "sqlite://", creator=database.connect, module=database.driver, poolclass=NullPool
    )
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")
