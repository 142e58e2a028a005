"""Bad input about what was recorded, signed and sealed: clear words, the right code, nothing lost.

What is refused leaves every row as it was. Merging two paths that do not stand alike is in
`test_merging`, a review closed twice in `tests/corrections`, a changed bundle in `tests/audit`.
"""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from tests.audit.test_audit_commands import checked, sealed_path
from tests.cli.conftest import CLINICIAN, COORDINATOR, SECOND_CLINICIAN, Answer, Desk

TABLES = ("path", "journal", "fact_record", "checkpoint", "review_item", "notice")
WHY = ("--reason", "read from the wrong report")


def rows(desk: Desk) -> list[tuple[object, ...]]:
    """Everything that is kept about paths, as it lies in the file."""
    with closing(dbapi2.connect(str(desk.database))) as connection:
        return [
            (table, *row)
            for table in TABLES
            for row in connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3")  # noqa: S608 - our own names
        ]


def correct(desk: Desk, path_id: str, record: str, *more: str) -> Answer:
    """The coordinator corrects a record."""
    return desk.run("fact", "correct", path_id, record, *more, *WHY, "--actor", COORDINATOR)


def standing(desk: Desk, path_id: str, fact: str) -> str:
    """The record of a fact that was not corrected."""
    records = desk.ask("fact", "list", path_id, "--fact", fact)
    replaced = {record["supersedes"] for record in records}
    return str(next(r["record_id"] for r in records if r["record_id"] not in replaced))


@pytest.fixture
def treated(desk: Desk) -> str:
    """A patient whose reinduction was confirmed on what was known."""
    path_id = desk.assessed()
    assert desk.confirm(path_id, "reinduction").code == 0
    return path_id


def test_a_correction_is_corrected_and_its_review_goes_with_it(desk: Desk, treated: str) -> None:
    """The one that was corrected already is refused; the review follows the last value."""
    first = standing(desk, treated, "lineage")
    assert correct(desk, treated, first, "T").code == 0
    (opened,) = desk.ask("review", "list")
    before = rows(desk)

    stale = correct(desk, treated, first, "B")

    assert stale.code == 4
    assert "was corrected already; correct the record that replaced it" in stale.err
    assert rows(desk) == before
    assert correct(desk, treated, standing(desk, treated, "lineage"), "B").code == 0
    assert desk.ask("review", "list") == []
    (closed,) = desk.ask("review", "list", "--all")
    assert (closed["review"], closed["closed_by"]) == (opened["review"], None)


def test_a_withdrawn_fact_is_not_amended_but_brought_back_as_it_was(
    desk: Desk, treated: str
) -> None:
    """An amended report of a result that was withdrawn would count unseen."""
    void = ("--status", "entered_in_error")
    assert correct(desk, treated, standing(desk, treated, "lineage"), *void).code == 0
    withdrawn = standing(desk, treated, "lineage")
    before = rows(desk)

    amended = correct(desk, treated, withdrawn, "T", "--status", "amended")
    again = correct(desk, treated, withdrawn, *void)

    assert (amended.code, again.code) == (4, 4)
    assert "is entered in error already, so there is nothing to amend" in amended.err
    assert "`allpath fact record`" in amended.err
    assert "there is nothing to withdraw" in again.err
    assert rows(desk) == before
    assert correct(desk, treated, withdrawn, "B").code == 0
    assert desk.ask("review", "list") == []


def test_an_undo_is_not_undone_and_the_words_say_what_to_do(desk: Desk, treated: str) -> None:
    """The step is confirmed once more, on what is known then."""
    undo = ("step", "undo", treated)
    assert desk.run(*undo, *WHY, "--actor", CLINICIAN).code == 0
    entries = desk.ask("history", treated)["entries"]
    seq = next(str(e["seq"]) for e in entries if e["kind"] == "step_undone")
    before = rows(desk)

    answer = desk.run(*undo, seq, *WHY, "--actor", CLINICIAN)

    assert answer.code == 4
    assert f"Entry {seq} of {treated} is itself an undo, and an undo is not undone" in answer.err
    assert "confirm it once more with `allpath step confirm`" in answer.err
    assert rows(desk) == before
    assert desk.confirm(treated, "reinduction").code == 0


def test_nobody_countersigns_their_own_step_under_another_spelling(desk: Desk) -> None:
    """Two signatures are two people, however the first one writes the name the second time."""
    path_id = desk.palliative()
    assert desk.confirm(path_id, "supportive").code == 0
    before = rows(desk)
    fullwidth = "Dr \N{FULLWIDTH LATIN SMALL LETTER A}da Sample"

    for spelt in ("dr ada sample", "  Dr   ADA  Sample ", "Ada Sample", fullwidth):
        answer = desk.run("step", "countersign", path_id, "--actor", f"{spelt}:clinician")

        assert answer.code == 6, spelt
        assert "the second signature must be another person's" in answer.err
    assert rows(desk) == before


def test_an_override_past_its_end_is_neither_countersigned_nor_taken(desk: Desk) -> None:
    """It was good until a day; afterwards somebody has to answer for it anew."""
    path_id = desk.in_assessment()
    override = ("step", "override", path_id, "supportive", "--code", "mdt_judgement", *WHY)
    until = ("--valid-until", "2026-11-25", "--actor", CLINICIAN)
    assert desk.run(*override, *until).code == 0
    desk.at = desk.at.replace(day=26)
    before = rows(desk)

    signed = desk.run("step", "countersign", path_id, "--actor", SECOND_CLINICIAN)
    taken = desk.confirm(path_id, "supportive", actor=SECOND_CLINICIAN)
    renewed = desk.run(*override, *until)

    assert (signed.code, taken.code, renewed.code) == (4, 4, 4)
    assert "was good until 25-Nov-2026. Decline it, and override again" in signed.err
    assert "Countersign it, or decline it" in taken.err
    assert "countersign or decline it first" in renewed.err
    assert rows(desk) == before


def test_a_review_is_not_closed_twice_and_the_first_verdict_stays(desk: Desk, treated: str) -> None:
    """Two clinicians at two desks: the second is told what the first has signed."""
    assert correct(desk, treated, standing(desk, treated, "lineage"), "T").code == 0
    (item,) = desk.ask("review", "list")
    close = ("review", "close", item["review"], *WHY, "--as")
    assert desk.run(*close, "upheld", "--actor", CLINICIAN).code == 0
    before = rows(desk)

    answer = desk.run(*close, "no_effect", "--actor", SECOND_CLINICIAN, "--json")

    assert answer.code == 5
    assert answer.error["changes"] == ["upheld: read from the wrong report"]
    assert rows(desk) == before


# -- bundles -------------------------------------------------------------------------------------


PARTS = ("entries.ndjson", "facts.ndjson", "head.txt", "public-key.txt", "about.json")


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of one sealed path; each test damages a copy of its own."""
    desk = Desk(tmp_path_factory.mktemp("bundle"))
    path_id = sealed_path(desk)
    folder = desk.folder / "bundle"
    assert desk.run("audit", "export", path_id, "--bundle", str(folder)).code == 0
    return folder


@pytest.mark.parametrize("part", PARTS)
def test_no_part_of_a_bundle_is_missing_cut_or_flipped_unseen(
    bundle: Path, tmp_path: Path, part: str
) -> None:
    """Whatever happened on the way, the receiver is told: cannot be read, or does not hold."""
    whole = (bundle / part).read_bytes()
    third = len(whole) // 3
    harms = {
        "missing": None,
        "empty": b"",
        "cut": whole[: len(whole) // 2],
        "flipped": bytes([*whole[:third], whole[third] ^ 1, *whole[third + 1 :]]),
    }
    for name, content in harms.items():
        copy = tmp_path / name
        shutil.copytree(bundle, copy)
        if content is None:
            (copy / part).unlink()
        else:
            (copy / part).write_bytes(content)

        done = checked(copy)

        assert done.returncode in {7, 8}, (part, name, done.stdout)
        assert "Traceback" not in done.stderr, (part, name, done.stderr)
        assert done.stdout + done.stderr, (part, name)
    assert checked(bundle).returncode == 0


def test_a_head_of_another_database_does_not_vouch_for_a_bundle(
    bundle: Path, tmp_path: Path
) -> None:
    """Both are sound by themselves; together they prove nothing."""
    desk = Desk(tmp_path)
    path_id = sealed_path(desk)
    other, mixed = tmp_path / "other", tmp_path / "mixed"
    assert desk.run("audit", "export", path_id, "--bundle", str(other)).code == 0
    shutil.copytree(bundle, mixed)
    for part in ("head.txt", "public-key.txt"):
        shutil.copy(other / part, mixed / part)

    done = checked(mixed)

    assert done.returncode == 8
    assert "is not in the log" in done.stdout


# -- a lost key ----------------------------------------------------------------------------------


def test_a_lost_key_stops_no_worker_and_is_told_by_doctor_and_health(desk: Desk) -> None:
    """Patients are looked at, what is written is sealed, and only the signature is missing."""
    sealed_path(desk)
    public = desk.folder / "log.key.pub"
    (desk.folder / "log.key").unlink()
    desk.at = desk.at.replace(hour=9)

    worker = desk.run("worker", "--once")
    health = desk.ask("health")

    assert worker.code == 0, worker.err
    assert "no head can be signed" in worker.err
    assert (health["status"], len(health["warnings"])) == ("ok", 1)
    assert "There is no signing key" in desk.run("health").out
    assert "no head is signed" in desk.run("doctor").out
    assert desk.run("audit", "verify", "--public-key", str(public)).code == 0


def test_a_new_key_goes_on_with_the_log_and_the_change_is_an_entry_of_it(desk: Desk) -> None:
    """Nobody exchanges the key unseen: the first head of the new one covers the change itself."""
    path_id = sealed_path(desk)
    old, new = desk.folder / "log.key", desk.folder / "new.key"
    made = ("audit", "key", "new", str(new), "--name", "ward.example/log")
    old.unlink()
    assert desk.run(*made).code == 0
    desk.variables["ALLPATH_SIGNING_KEY_FILE"] = str(new)
    desk.record(path_id, "sex=male")

    seals = [desk.run("audit", "seal").code for _ in range(2)]
    one = desk.run("audit", "verify")
    both = desk.run(
        *("audit", "verify", "--public-key", f"{old}.pub", "--public-key", f"{new}.pub")
    )

    assert seals == [0, 0]
    assert one.code == 8
    assert "Give the public half of ward.example/log+" in one.err
    assert both.code == 0, both.err
    assert "The signing key changed after" in both.err
    events = [e for e in desk.ask("audit", "list") if e["action"] == "signing_key_changed"]
    assert [event["actor"] for event in events] == ["sealer"]
    assert "signs from now on" in events[0]["detail"]
