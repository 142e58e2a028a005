"""What-if and replay: supposed facts and other versions, with nothing written."""

from __future__ import annotations

import csv
import random
import shutil
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from storage.sqlite import SqliteFile
from tests.cli.conftest import MORNING, Desk

SUPPOSED = (
    ("lineage=T",),
    ("lineage=MPAL",),
    ("ph_status=positive",),
    ("cd19=negative",),
    ("goals=palliative",),
    ("trial_available=yes", "trial_consent=yes"),
    ("active_infection=uncontrolled",),
    ("pregnancy=positive@2026-11-22",),
    ("marrow_blast_pct=12",),
    ("cns_status=CNS3",),
    ("birth_date=2026-03-01",),
    ("relapse_number=2", "prior_cart=none"),
    ("performance=karnofsky 40",),
    ("dx_date=2027-01-01@2026-11-22",),
    ("mrd=0.005 %@2026-11-20",),
    ("lineage=unknown",),
)


def _content(desk: Desk) -> dict[str, list[tuple[Any, ...]]]:
    """What lies in the database, table by table, but for the record of who looked."""
    with closing(SqliteFile(desk.database).connect()) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall(), key=repr)  # noqa: S608 - names of our own tables
            for (name,) in names
            if name not in {"audit_event", "sqlite_sequence"}
        }


def _copy(desk: Desk, folder: Path) -> Desk:
    folder.mkdir()
    for file in desk.folder.glob("desk.db*"):
        shutil.copy(file, folder)
    return Desk(folder)


@pytest.mark.parametrize("facts", SUPPOSED, ids=" ".join)
def test_what_if_answers_as_recording_the_fact_would(
    desk: Desk, tmp_path: Path, facts: tuple[str, ...]
) -> None:
    """A supposed world that differs from the real one would advise against the truth."""
    path_id = desk.assessed()
    desk.at += timedelta(days=1)
    options = [word for fact in facts for word in ("--fact", fact)]

    supposed = desk.ask("what-if", path_id, *options)
    other = _copy(desk, tmp_path / "other")
    other.at = desk.at
    more = ("--specimen", "marrow") if facts[0].startswith("mrd") else ()
    assert other.record(path_id, *facts, *more).code == 0
    real = other.ask("step", "explain", path_id)

    assert supposed["after"] == {key: real[key] for key in supposed["after"]}
    assert (supposed["change"] is None) == (supposed["before"] == supposed["after"])


def test_what_if_writes_nothing(desk: Desk) -> None:
    """Trying things out leaves no trace in a patient's record, but on that of who looked."""
    path_id = desk.assessed()
    entries, before = desk.kept(path_id), _content(desk)

    answer = desk.run("what-if", path_id, "--fact", "lineage=T", "--without", "cd19")

    assert answer.code == 0, answer.err
    assert "Nothing was recorded." in answer.err
    assert _content(desk) == before
    assert desk.kept(path_id) == entries


def test_what_if_shows_both_answers_and_the_clauses_between_them(desk: Desk) -> None:
    """The reader sees what would change and which clause makes it so."""
    path_id = desk.assessed()
    desk.at += timedelta(days=1)

    out = desk.run("what-if", path_id, "--fact", "active_infection=uncontrolled").out

    assert "Chemotherapy reinduction" in out
    assert "W_ACTIVE_INFECTION" in out
    assert "reinduction\trecommended -> available" in out
    assert "active infection is uncontrolled: not met -> met" in out


def test_what_if_shows_a_result_in_the_unit_it_was_typed_in(desk: Desk) -> None:
    """0.005 % read back as 0.5 % would be a hundredfold slip."""
    path_id = desk.assessed()

    out = desk.run("what-if", path_id, "--fact", "mrd=0.005 %@2026-11-20").out

    assert "0.005 % (5e-5)" in out
    assert "0.5 %" not in out


def test_what_if_says_why_a_supposed_fact_does_not_count(desk: Desk) -> None:
    """A result that is older than the one on record changes nothing, and that is said."""
    path_id = desk.assessed()

    out = desk.run("what-if", path_id, "--fact", "cd19=negative@2026-11-01").out

    assert "does not count: a later record, of 23-Nov-2026, counts" in out
    assert "Nothing would change" in out


def test_what_if_can_forget_a_fact(desk: Desk) -> None:
    """What hangs on one fact is seen by taking it away."""
    path_id = desk.assessed()

    answer = desk.ask("what-if", path_id, "--without", "cd19")

    assert answer["after"]["missing"] == ["cd19"]
    assert answer["change"]["missing"] == {"gained": ["cd19"], "lost": []}


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ((), 2, "Nothing is supposed"),
        (("--fact", "cd91=positive"), 4, "no such fact"),
        (("--fact", "cd19=perhaps"), 4, "not one of positive, dim, negative"),
        (("--fact", "mrd=0.01"), 4, "unit"),
        (("--fact", "cd19=positive@2027-01-01"), 4, "lies in the future"),
        (("--without", "genetics"), 3, "genetics is not on record"),
        (("--set", "active_set"), 2, "write --set active_set=COG"),
        (("--set", "active_set=XYZ"), 4, "not one of COG"),
        (("--set", "actve_set=COG"), 4, "is not a setting"),
    ],
)
def test_what_if_refuses_what_recording_would_refuse(
    desk: Desk, options: tuple[str, ...], code: int, words: str
) -> None:
    """The same words at the same mistake, whether it is tried or meant."""
    path_id = desk.assessed()

    answer = desk.run("what-if", path_id, *options)

    assert answer.code == code, answer.err
    assert words in answer.err


# -- replay --------------------------------------------------------------------------------------


def _ward(desk: Desk) -> list[str]:
    """Six patients, differently ill, and one who died."""
    chance = random.Random(3)
    everybody = [desk.assessed(mrn=f"999000010{number}") for number in range(6)]
    desk.at += timedelta(days=1)
    for path_id in everybody:
        assert desk.record(path_id, f"marrow_blast_pct={chance.randint(30, 60)}").code == 0
    everybody.append(desk.enrol(mrn="9990000199"))
    assert desk.record(everybody[-1], "death_date=2026-11-22").code == 0
    assert desk.confirm(everybody[-1], "dead").code == 0
    return everybody


def test_replay_under_the_same_version_changes_nobody(desk: Desk) -> None:
    """The first thing to know of a comparison is that it does not invent differences."""
    everybody = _ward(desk)

    answer = desk.ask("replay")

    assert answer["changed"] == []
    assert answer["counts"] == {"unchanged": 6, "in a final state": 1}
    assert answer["in_all"] == len(everybody)


def test_replay_finds_exactly_those_whom_another_number_answers_otherwise(desk: Desk) -> None:
    """With isolated marrow relapse only from 45 % blasts, those below are not confirmed."""
    everybody = _ward(desk)
    before = _content(desk)

    answer = desk.ask("replay", "--parameter", "marrow_isolated=45 %")

    after = _content(desk)
    blasts = {
        path_id: float(desk.ask("fact", "list", path_id, "--fact", "marrow_blast_pct")[-1]["value"])
        for path_id in everybody[:6]
    }
    below = {path_id for path_id, value in blasts.items() if value < 45}
    assert below
    assert {item["path_id"] for item in answer["changed"]} == below
    for item in answer["changed"]:
        assert item["after"]["route"]["reason"] == "M2_marrow_needs_confirmation"
    assert answer["counts"]["changed"] == len(below)
    assert sum(answer["counts"].values()) == answer["in_all"] == 7
    assert answer["evidence_changed"] == ["marrow_isolated"]
    assert after == before


def test_replay_tells_who_changes_and_why_in_lines_and_in_a_file(
    desk: Desk, tmp_path: Path
) -> None:
    """A meeting looks at the table; the table can be taken along."""
    _ward(desk)
    file = tmp_path / "who.csv"

    answer = desk.run("replay", "--parameter", "marrow_isolated=45 %", "--csv", str(file))

    lines = [line for line in answer.out.splitlines() if line.startswith("P-")]
    rows = list(csv.reader(file.read_text().splitlines()))
    assert "marrow_isolated is evidence" in answer.out
    assert len(lines) == len(rows) - 1 > 0
    assert "A-16 -> A-06" in lines[0]
    assert rows[0] == ["Path", "State", "As it is", "Then", "Change", "Because"]
    assert "7  in all" in answer.out


def test_replay_counts_whom_the_other_version_cannot_decide(desk: Desk, tmp_path: Path) -> None:
    """A version without the state a patient is in is no silent "unchanged"."""
    _ward(desk)
    text = (Path(__file__).parents[2] / "workflow/pathways/relapsed_all.yaml").read_text()
    other = tmp_path / "other.yaml"
    other.write_text(text.replace("assessment", "evaluation"))

    answer = desk.ask("replay", "--pathway", str(other))

    assert answer["counts"]["cannot be decided then"] == 6
    assert "has no state assessment" in answer["cannot_be_decided"][0]["message"]


def test_replay_of_an_empty_database_says_so(desk: Desk) -> None:
    """Nobody is nobody, not an error."""
    answer = desk.run("replay")

    assert answer.code == 0
    assert "0  in all" in answer.out


def test_replay_of_the_past_leaves_out_who_was_not_there_yet(desk: Desk) -> None:
    """Before the present state began, today's state would show a false picture."""
    _ward(desk)
    day = MORNING.date().replace(day=MORNING.day - 3).isoformat()

    answer = desk.ask("replay", "--as-of", day, "--state", "assessment")

    assert answer["counts"]["not yet in the present state"] == 6


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--pathway", "nowhere"), 3, "There is no pathway nowhere"),
        (("--pathway", "nowhere.yaml"), 3, "cannot be read"),
        (("--parameter", "mrd_valid"), 2, "is not a parameter"),
        (("--parameter", "mrd_valid=many"), 4, "is not a number"),
        (("--parameter", "mrd_valid=3 mo"), 4, "mrd_valid is in d"),
        (("--parameter", "nothing=3"), 3, "has no parameter nothing"),
        (("--state", "nowhere"), 2, "has no state nowhere"),
        (("--csv", "/nonexistent/folder/who.csv"), 4, "cannot be written"),
    ],
)
def test_replay_refuses_what_it_cannot_mean(
    desk: Desk, options: tuple[str, ...], code: int, words: str
) -> None:
    """A clear sentence and the right exit code at each mistake."""
    desk.enrol()

    answer = desk.run("replay", *options)

    assert answer.code == code, answer.err
    assert words in answer.err
