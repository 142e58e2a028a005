"""`allpath db backup` and `allpath db restore`, as whoever looks after the database types them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import Desk


def test_what_was_lost_comes_back(desk: Desk, tmp_path: Path) -> None:
    """The disk is gone, the backup was elsewhere; the patient goes on where she was."""
    path_id = desk.assessed()
    file = tmp_path / "ward.backup"
    assert desk.run("db", "backup", str(file)).code == 0
    history = desk.ask("history", path_id)
    desk.database.unlink()

    answer = desk.run("db", "restore", str(file))

    assert answer.code == 0, answer.err
    assert "1 path with" in answer.out
    assert "every hash chain verifies" in answer.out
    assert desk.ask("history", path_id) == history


def test_a_database_in_use_is_replaced_only_when_told(desk: Desk, tmp_path: Path) -> None:
    """A wrong window is open sooner than one thinks."""
    path_id = desk.enrol()
    file = tmp_path / "ward.backup"
    saved = desk.ask("db", "backup", str(file))
    later = desk.enrol(mrn="9990000002")

    refused = desk.run("db", "restore", str(file))
    kept = desk.kept(later)
    restored = desk.ask("db", "restore", str(file), "--yes", "--keys", f"{file}.keys")

    assert (refused.code, kept) == (4, 1)
    assert "already holds patients" in refused.err
    keys = f"{file}.keys"
    assert saved == {"file": str(file), "bytes": file.stat().st_size, "keys": keys}
    counts = {"paths": 1, "entries": 1, "without_identity": 0}
    assert restored == {"file": str(file), **counts}
    assert desk.kept(path_id) == 1
    assert desk.run("history", later).code == 3


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (None, "backup\twarn - none made yet; make one with `allpath db backup FILE`"),
        (0, "backup\tok - the last one was made"),
        (7, "backup\tok - the last one was made"),
        (8, "8 days ago; make one with `allpath db backup FILE`"),
    ],
)
def test_the_doctor_tells_the_age_of_the_last_backup(
    desk: Desk, tmp_path: Path, days: int | None, said: str
) -> None:
    """A backup that nobody makes any more is noticed before it is needed."""
    desk.enrol()
    if days is not None:
        assert desk.run("db", "backup", str(tmp_path / "ward.backup")).code == 0
        desk.at += timedelta(days=days)

    assert said in desk.run("doctor").out


def test_a_backup_that_is_not_there_is_named(desk: Desk) -> None:
    """The exit code is that of a system that failed, and nothing is made."""
    answer = desk.run("db", "restore", "nothing.backup")

    assert answer.code == 7
    assert "There is no backup nothing.backup" in answer.err
    assert not desk.database.exists()


def test_a_backup_is_rehearsed_against_the_anchor_and_the_doctor_tells_when(
    desk: Desk, tmp_path: Path
) -> None:
    """The day of the fire is no day to try a backup for the first time."""
    desk.assessed()
    key, anchor = tmp_path / "log.key", tmp_path / "anchor.txt"
    assert desk.run("audit", "key", "new", str(key), "--name", "ward/log").code == 0
    desk.variables |= {"ALLPATH_SIGNING_KEY_FILE": str(key), "ALLPATH_ANCHOR_FILE": str(anchor)}
    assert desk.run("audit", "seal").code == 0
    file = tmp_path / "ward.backup"
    assert desk.run("db", "backup", str(file)).code == 0
    later = desk.enrol(mrn="9990000002")
    assert desk.run("audit", "seal").code == 0
    never = desk.run("doctor").out

    told = desk.run("db", "rehearse", str(file))
    found = desk.ask("db", "rehearse", str(file))

    assert "no backup was ever brought back" in never
    assert told.code == 0, told.err
    assert "1 head kept outside agrees" in told.out
    assert (found["paths"], found["anchored"], found["without_identity"]) == (1, 1, 0)
    assert "a backup was last brought back 23-Nov-2026" in desk.run("doctor").out
    assert desk.kept(later) == 1
    assert [path.name for path in tmp_path.glob("*.db")] == ["desk.db"]


def test_a_rehearsal_finds_a_backup_that_does_not_agree_with_the_anchor(
    desk: Desk, tmp_path: Path
) -> None:
    """A wholly rewritten history agrees with itself; the head outside does not agree with it."""
    desk.assessed()
    key, anchor = tmp_path / "log.key", tmp_path / "anchor.txt"
    desk.run("audit", "key", "new", str(key), "--name", "ward/log")
    desk.variables |= {"ALLPATH_SIGNING_KEY_FILE": str(key), "ALLPATH_ANCHOR_FILE": str(anchor)}
    desk.run("audit", "seal")
    other = Desk(tmp_path / "other", desk.at, dict(desk.variables))
    other.folder.mkdir()
    other.variables["ALLPATH_ANCHOR_FILE"] = str(tmp_path / "other.txt")
    other.assessed(mrn="9990000009")
    other.run("audit", "seal")
    file = tmp_path / "foreign.backup"
    assert other.run("db", "backup", str(file)).code == 0

    answer = desk.run("db", "rehearse", str(file))

    assert answer.code == 8
    assert "is not right" in answer.err
    assert "no backup was ever brought back" in desk.run("doctor").out


def test_a_rehearsal_without_keys_or_without_a_place_says_what_to_do(
    desk: Desk, tmp_path: Path
) -> None:
    """Nothing is tried that could only half succeed."""
    desk.enrol()
    file = tmp_path / "ward.backup"
    desk.run("db", "backup", str(file))
    (tmp_path / "ward.backup.keys").unlink()

    keyless = desk.run("db", "rehearse", str(file))
    desk.variables["ALLPATH_DATABASE"] = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    nowhere = desk.run("db", "rehearse", str(file), "--keys", str(file))

    assert (keyless.code, nowhere.code) == (2, 2)
    assert "is not there" in keyless.err
    assert "--into URL" in nowhere.err
