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
