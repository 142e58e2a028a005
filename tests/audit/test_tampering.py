"""Whatever is rewritten behind the program is found, wherever it is, and clean logs stay clean."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from allpath.verifier.reader import UnreadableError
from storage.engine import store_on
from storage.sqlite import SqliteFile
from tests import postgresql
from tests.audit.conftest import ward_in
from tests.audit.harms import HARMS, Hand
from tests.audit.ward import Ward
from tests.store.conftest import file_place, server_place

pytestmark = pytest.mark.campaign

POSITIONS = 40
"""Of each kind of harm on a file; each at another place."""


@pytest.fixture(scope="session")
def sound(empty: Path, tmp_path_factory: pytest.TempPathFactory) -> Ward:
    """A ward of some hundred entries, sealed many times; only copies of it are harmed."""
    ward = ward_in(tmp_path_factory.mktemp("sound"), empty, 7)
    ward.live(90)
    assert ward.check().findings == []
    return ward


def harmed(sound: Ward, kind: str, folder: Path, seed: int) -> tuple[Ward, str]:
    """A copy that was harmed, and what the first finding has to name."""
    database = sound.place.database
    assert isinstance(database, SqliteFile)
    file = folder / "harmed.db"
    shutil.copy(database.path, file)
    copy = replace(sound, place=file_place(replace(database, path=file)))
    with closing(copy.place.connect()) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        named = HARMS[kind](Hand(connection, is_file=True), Random(seed))
    return copy, named


@pytest.mark.parametrize("kind", HARMS)
def test_every_harm_is_found_and_its_place_is_named(sound: Ward, kind: str, memory: Path) -> None:
    """Wherever it was done, an auditor is told where to look first."""
    for seed in range(POSITIONS):
        copy, named = harmed(sound, kind, memory, seed)

        findings = copy.check().findings

        assert findings, f"{kind}, seed {seed}: not found"
        assert named in str(findings[0]), f"{kind}, seed {seed}: {findings[0]}"


@pytest.mark.parametrize("seed", range(20))
def test_an_old_file_put_back_is_found(empty: Path, memory: Path, seed: int) -> None:
    """It agrees with itself in everything; only a head kept outside knows more."""
    ward = ward_in(memory, empty, seed)
    database = ward.place.database
    assert isinstance(database, SqliteFile)
    ward.live(10)
    old = database.path.read_bytes()
    ward.live(ward.chance.randint(1, 20))

    database.path.with_name("ward.db-wal").unlink(missing_ok=True)
    database.path.write_bytes(old)

    assert ward.check(anchors={}).findings == []
    findings = ward.check().findings
    assert "it was cut after them" in str(findings[0])
    assert "the anchor outside" in str(findings[0])


@pytest.mark.timeout(300)
def test_clean_logs_raise_no_alarm(empty: Path, memory: Path) -> None:
    """200 wards with acts at random, wholly or half sealed; false alarms are soon ignored."""
    for seed in range(200):
        folder = memory / str(seed)
        folder.mkdir()
        ward = ward_in(folder, empty, seed)
        ward.live(ward.chance.randint(1, 12))
        ward.live(ward.chance.randint(0, 4), seal=False)

        report = ward.check()

        assert report.findings == [], f"seed {seed}"
        assert report.entries + report.events == report.leaves + report.waiting
        assert report.heads == report.anchored


@pytest.fixture(scope="module")
def on_a_server(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Ward]:
    """The name of a database with a ward in it that was sealed, and the ward."""
    running = postgresql.server()
    name = running.create(postgresql.template())
    ward = Ward(server_place(name), tmp_path_factory.mktemp("server"), Random(3))
    ward.live(60)
    assert ward.check().findings == []
    return name, ward


@pytest.mark.parametrize("kind", HARMS)
def test_every_harm_on_a_server_is_found_too(on_a_server: tuple[str, Ward], kind: str) -> None:
    """Whoever runs the server may do all that the owner of a file may."""
    name, ward = on_a_server
    running = postgresql.server()
    for seed in range(2):
        copy = running.create(name)
        harmed_ward = replace(ward, place=server_place(copy))
        with closing(harmed_ward.place.connect()) as connection:
            connection.execute("SET session_replication_role = replica")
            named = HARMS[kind](Hand(connection, is_file=False), Random(seed))

        findings = harmed_ward.check().findings
        running.drop(copy)

        assert findings, f"{kind}, seed {seed}: not found"
        assert named in str(findings[0]), f"{kind}, seed {seed}: {findings[0]}"


@pytest.mark.parametrize("kind", ["edit", "delete", "rehash", "edit a fact", "edit the log"])
def test_two_processes_find_what_one_finds(sound: Ward, kind: str, memory: Path) -> None:
    """A large database is checked in two halves, and neither half may hide anything."""
    copy, _ = harmed(sound, kind, memory, 5)
    alone = copy.check()

    together = copy.check_together()

    assert alone.findings
    assert sorted(map(str, together.findings)) == sorted(map(str, alone.findings))
    assert replace(together, found=[]) == replace(alone, found=[])


def test_two_processes_check_a_server_and_an_encrypted_file(
    on_a_server: tuple[str, Ward], empty: Path, tmp_path: Path
) -> None:
    """The second process opens what the first has opened, with what it was told."""
    server = on_a_server[1]
    key = "5a" * 32
    database = SqliteFile(tmp_path / "encrypted.db", key=key)
    store_on(database).close()
    sealed = replace(ward_in(tmp_path, empty, 2), place=file_place(database), paths={})
    sealed.live(20)

    reports = [ward.check_together() for ward in (server, sealed)]

    assert [report.findings for report in reports] == [[], []]
    assert all(report.entries + report.events == report.leaves for report in reports)


def test_a_second_half_that_cannot_be_read_is_no_silent_success(
    sound: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a check is none: the auditor is told so."""
    monkeypatch.setenv("PYTHONPATH", "")
    monkeypatch.setattr("sys.executable", "/bin/false")

    with pytest.raises(UnreadableError, match="second half"):
        sound.check_together()


def test_a_damaged_row_is_named_and_stops_nothing(sound: Ward, tmp_path: Path) -> None:
    """What cannot be read is a finding like others, not the end of the check."""
    copy, _ = harmed(sound, "edit", tmp_path, 1)
    with closing(copy.place.connect()) as connection:
        connection.execute("UPDATE journal SET at = 9223372036854775807 WHERE seq = 1")

    findings = copy.check().findings

    assert any("cannot be read" in str(finding) for finding in findings)
