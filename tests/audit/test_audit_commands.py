"""What an auditor types: who did and saw what, proofs for others, and clear words when it fails."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from tests.cli.conftest import AUDITOR, Desk, desk
from workflow.heads import split_notes

__all__ = ["desk"]


@pytest.fixture
def sealed(desk: Desk) -> tuple[Desk, str]:
    """A desk with a key and an anchor, and a patient whose path is sealed."""
    return desk, sealed_path(desk)


def sealed_path(desk: Desk) -> str:
    """A key and an anchor are set, and one patient's path is sealed; answers the path."""
    key = desk.folder / "log.key"
    assert desk.run("audit", "key", "new", str(key), "--name", "ward.example/log").code == 0
    desk.variables |= {
        "ALLPATH_SIGNING_KEY_FILE": str(key),
        "ALLPATH_ANCHOR_FILE": str(desk.folder / "anchor.txt"),
        "ALLPATH_ACTOR": AUDITOR,
    }
    path_id = desk.in_assessment()
    assert desk.run("audit", "seal").code == 0
    return path_id


def tamper(desk: Desk, *statements: str) -> None:
    """Somebody with rights on the file changes it."""
    with closing(dbapi2.connect(str(desk.database))) as connection:
        for table in ("journal", "audit_event", "log_leaf", "log_head"):
            connection.execute(f"DROP TRIGGER IF EXISTS {table}_refuses_update")
            connection.execute(f"DROP TRIGGER IF EXISTS {table}_refuses_delete")
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def checked(bundle: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """The bundle's own program, in a Python that knows nothing of Allpath."""
    program = bundle / "verify.py"
    return subprocess.run(
        [sys.executable, "-I", "-S", program, *more],
        capture_output=True,
        text=True,
        check=False,
    )


def test_who_looked_at_a_patient_is_on_record(sealed: tuple[Desk, str]) -> None:
    """One event for each look, with who it was, and no word of what was searched for."""
    desk, path_id = sealed
    for command in (
        ("patient", "show", "Sample"),
        ("history", path_id),
        ("step", "list", path_id),
        ("step", "explain", path_id),
        ("checkpoint", "list", path_id),
        ("fact", "list", path_id),
        ("audit", "export", path_id),
        ("worklist",),
    ):
        assert desk.run(*command).code == 0

    events = [event for event in desk.ask("audit", "list") if event["role"] == "auditor"]

    assert [(event["action"], event["path_id"]) for event in events] == [
        ("patient_shown", path_id),
        ("history_shown", path_id),
        ("steps_listed", path_id),
        ("step_explained", path_id),
        ("checkpoints_listed", path_id),
        ("facts_listed", path_id),
        ("audit_exported", path_id),
        ("worklist_shown", ""),
    ]
    assert {event["actor"] for event in events} == {"Aud Auditor"}
    assert "Sample" not in json.dumps(events)


def test_a_look_without_an_actor_names_the_user_of_the_machine(desk: Desk) -> None:
    """To look, nobody is asked who they are, and yet nobody is anonymous."""
    path_id = desk.enrol()
    desk.run("history", path_id)

    (event,) = desk.ask("audit", "list", "--action", "history_shown")

    assert event["actor"] == event["os_user"] != ""
    assert event["role"] == "service"


def test_a_look_that_cannot_be_recorded_is_given_all_the_same(desk: Desk) -> None:
    """At night with a full disk a clinician still sees the patient, and is told."""
    path_id = desk.enrol()
    tamper(
        desk,
        "CREATE TRIGGER full BEFORE INSERT ON audit_event BEGIN SELECT RAISE(ABORT, 'no'); END",
    )

    answer = desk.run("history", path_id)

    assert answer.code == 0
    assert path_id not in answer.err
    assert "could not be put on record" in answer.err


def test_a_sound_database_is_verified(sealed: tuple[Desk, str]) -> None:
    """An auditor reads how much was looked at and that nothing was changed."""
    desk, _ = sealed

    answer = desk.run("audit", "verify")

    assert answer.code == 0, answer.err
    assert "Nothing was changed." in answer.out
    assert desk.ask("audit", "verify")["anchored"] == 1


def test_an_edit_ends_with_8_and_is_named(sealed: tuple[Desk, str]) -> None:
    """The first bad entry stands in the answer, for people and for programs."""
    desk, path_id = sealed
    tamper(desk, "UPDATE journal SET actor = 'Mallory' WHERE seq = 2")

    answer = desk.run("audit", "verify", "--json")

    assert answer.code == 8
    assert answer.json["findings"][0]["where"] == f"{path_id}, entry 2"
    assert f"{path_id}, entry 2" in answer.error["message"]


def test_nothing_is_sealed_on_top_of_a_rewritten_log(sealed: tuple[Desk, str]) -> None:
    """A signature under what was changed would vouch for it."""
    desk, path_id = sealed
    tamper(desk, "UPDATE log_leaf SET leaf_hash = replace(leaf_hash, '0', '1')")
    desk.record(path_id, "sex=male")

    answer = desk.run("audit", "seal")

    assert answer.code == 8
    assert "is not the one that was signed" in answer.err


def test_a_log_shorter_than_its_anchor_is_not_gone_on_with(sealed: tuple[Desk, str]) -> None:
    """An old file that was put back shows when the next head is to leave the house."""
    desk, path_id = sealed
    old = desk.database.read_bytes()
    desk.record(path_id, "sex=male")
    assert desk.run("audit", "seal").code == 0
    Path(f"{desk.database}-wal").unlink(missing_ok=True)
    desk.database.write_bytes(old)

    answer = desk.run("audit", "seal")

    assert answer.code == 8
    assert "an old one put back" in answer.err


def test_a_lost_key_is_told_and_stops_no_care(sealed: tuple[Desk, str]) -> None:
    """Patients are seen to; who seals is told what to do, and doctor shows it."""
    desk, path_id = sealed
    (desk.folder / "log.key").unlink()

    assert desk.record(path_id, "sex=male").code == 0
    answer = desk.run("audit", "seal")

    assert answer.code == 7
    assert "Bring the file back from safe-keeping" in answer.err
    assert "no head is signed" in desk.run("doctor").out
    assert desk.run("audit", "verify").code == 0


def test_a_key_that_others_may_read_is_refused(sealed: tuple[Desk, str]) -> None:
    """Whoever can read it can sign what they like."""
    desk, path_id = sealed
    (desk.folder / "log.key").chmod(0o644)
    desk.record(path_id, "sex=male")

    answer = desk.run("audit", "seal")

    assert answer.code == 7
    assert "chmod 600" in answer.err


def test_a_wrong_public_key_is_told(sealed: tuple[Desk, str]) -> None:
    """A head signed with another key than the one in hand is no proof to its holder."""
    desk, _ = sealed
    other = desk.folder / "other.key"
    assert desk.run("audit", "key", "new", str(other)).code == 0

    answer = desk.run("audit", "verify", "--public-key", f"{other}.pub")

    assert answer.code == 8
    assert "which is none of those given" in answer.err


def test_a_missing_or_damaged_public_key_is_told(sealed: tuple[Desk, str]) -> None:
    """Not found and no key are two different mistakes with two different cures."""
    desk, _ = sealed
    broken = desk.folder / "broken.pub"
    broken.write_text("ward+00000000+AAAA\n")

    missing = desk.run("audit", "verify", "--public-key", "nowhere.pub")
    damaged = desk.run("audit", "verify", "--public-key", str(broken))

    assert (missing.code, damaged.code) == (7, 7)
    assert "cannot be read" in missing.err
    assert "does not hold a public key" in damaged.err


def test_a_key_is_never_overwritten_and_nobody_else_may_read_it(sealed: tuple[Desk, str]) -> None:
    """With the old key gone, nothing it signed could be gone on with."""
    desk, _ = sealed
    key = desk.folder / "log.key"
    before = key.read_text()

    answer = desk.run("audit", "key", "new", str(key))

    assert answer.code == 4
    assert key.read_text() == before
    assert key.stat().st_mode & 0o077 == 0


def test_a_bundle_is_verified_without_allpath(sealed: tuple[Desk, str]) -> None:
    """A third party needs Python and the key they were given, and nothing else."""
    desk, path_id = sealed
    bundle, packed = desk.folder / "bundle", desk.folder / "bundle.zip"
    assert desk.run("audit", "export", path_id, "--bundle", str(bundle)).code == 0
    assert desk.run("audit", "export", path_id, "--bundle", str(packed)).code == 0

    own = checked(bundle, str(packed))
    mine = checked(bundle, "--public-key", str(desk.folder / "log.key.pub"))
    assert (own.returncode, mine.returncode) == (0, 0), own.stderr + mine.stderr
    assert "are unchanged and in the log" in mine.stdout
    assert "compare it with the one you were given" in own.stdout
    assert "9990000001" not in "".join(file.read_text() for file in bundle.iterdir())


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        ("entries.ndjson", '"role":"coordinator"', '"role":"clinician"', "is not in the log"),
        ("entries.ndjson", '"position":0', '"position":1', "is not in the log"),
        ("facts.ndjson", "yes", "no", "is not what journal entry"),
        ("head.txt", "2026-11-23", "2026-11-24", "has a forged signature"),
        ("about.json", "P-", "Q-", "is of another path"),
    ],
)
def test_a_changed_bundle_is_found(
    sealed: tuple[Desk, str], file: str, old: str, new: str, named: str
) -> None:
    """Whoever passes it on may have changed any of its files."""
    desk, path_id = sealed
    bundle = desk.folder / "bundle"
    assert desk.run("audit", "export", path_id, "--bundle", str(bundle)).code == 0
    text = (bundle / file).read_text()
    assert old in text

    (bundle / file).write_text(text.replace(old, new, 1))
    done = checked(bundle)

    assert done.returncode == 8, done.stderr
    assert named in done.stdout


def test_a_damaged_or_foreign_bundle_is_told(sealed: tuple[Desk, str]) -> None:
    """A part that is missing, something else altogether, and a bundle of another house's key."""
    desk, path_id = sealed
    bundle, other = desk.folder / "bundle", desk.folder / "other.key"
    assert desk.run("audit", "export", path_id, "--bundle", str(bundle)).code == 0
    assert desk.run("audit", "key", "new", str(other)).code == 0
    half = desk.folder / "half"
    shutil.copytree(bundle, half)
    (half / "head.txt").unlink()
    garbled = desk.folder / "garbled"
    shutil.copytree(bundle, garbled)
    (garbled / "entries.ndjson").write_text("[]\n")

    foreign = checked(bundle, "--public-key", f"{other}.pub")

    assert (checked(half).returncode, checked(garbled).returncode) == (7, 7)
    assert "is not a whole bundle" in checked(half).stderr
    assert foreign.returncode == 8
    assert "which is none of those given" in foreign.stdout


def test_an_export_starts_no_formula_in_a_spreadsheet(sealed: tuple[Desk, str]) -> None:
    """A reason that begins with = must not run on the machine of whoever reads it."""
    desk, path_id = sealed
    desk.confirm(path_id, "supportive", "--note", "=1+1")
    desk.variables["ALLPATH_ACTOR"] = "@Mallory:auditor"
    desk.run("history", path_id)

    table = desk.run("audit", "export", path_id, "--format", "csv").out
    lines = desk.run("audit", "export", path_id).out.splitlines()

    cells = [cell for row in csv.reader(io.StringIO(table)) for cell in row]
    assert "'@Mallory" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert [json.loads(line)["source"] for line in lines].count("journal") == desk.kept(path_id)


def test_a_witness_accepts_only_what_goes_on(sealed: tuple[Desk, str]) -> None:
    """It takes a longer log, and neither a rewritten one nor one that was cut."""
    desk, path_id = sealed
    seen = desk.folder / "seen.txt"
    assert desk.ask("audit", "witness", str(seen))["before"] is None
    old = desk.database.read_bytes()
    desk.record(path_id, "sex=male")
    desk.run("audit", "seal")
    longer = desk.ask("audit", "witness", str(seen))
    known = seen.read_text()

    Path(f"{desk.database}-wal").unlink(missing_ok=True)
    desk.database.write_bytes(old)
    answer = desk.run("audit", "witness", str(seen))

    assert longer["before"] < longer["size"]
    assert answer.code == 8
    assert "it was cut or an old one put back" in answer.err
    assert seen.read_text() == known


def test_a_witness_elsewhere_needs_a_proof_and_no_database(sealed: tuple[Desk, str]) -> None:
    """Somebody who may not see patients can still watch over the log."""
    desk, path_id = sealed
    seen, proof, public = (desk.folder / name for name in ("seen.txt", "proof.json", "log.key.pub"))
    first = desk.ask("audit", "witness", str(seen))["size"]
    desk.record(path_id, "sex=male")
    desk.run("audit", "seal")
    assert desk.run("audit", "prove", "--since", str(first), "--out", str(proof)).code == 0
    elsewhere = Desk(desk.folder, variables={"ALLPATH_DATABASE": "sqlite:////nowhere/at/all.db"})
    given = ("audit", "witness", str(seen), "--proof", str(proof), "--public-key", str(public))
    content = json.loads(proof.read_text())

    accepted = elsewhere.run(*given)
    seen.write_text(split_notes((desk.folder / "anchor.txt").read_text())[0])
    proof.write_text(json.dumps({**content, "proof": [*content["proof"][::-1], "00" * 32]}))
    refused = elsewhere.run(*given)

    assert accepted.code == 0, accepted.err
    assert "nothing before changed" in accepted.out
    assert refused.code == 8
    assert "Nothing was accepted" in refused.err


def test_an_entry_is_proved_by_few_hashes(sealed: tuple[Desk, str]) -> None:
    """One entry can be shown to be in the log without showing any other."""
    desk, path_id = sealed

    proof = desk.ask("audit", "prove", path_id, "--entry", "2")

    assert proof["seq"] == 2
    assert len(proof["proof"]) <= proof["size"].bit_length()
    assert desk.run("audit", "prove", path_id, "--entry", "999").code == 3
    assert desk.run("audit", "prove").code == 2


def test_what_was_never_signed_cannot_be_proved(desk: Desk) -> None:
    """The words say which three commands lead there; verifying says what it could not see."""
    path_id = desk.enrol()

    proved = desk.run("audit", "prove", path_id)
    verified = desk.run("audit", "verify")

    assert proved.code == 4
    assert "allpath audit key new" in proved.err
    assert verified.code == 0
    assert "No head was ever signed" in verified.err
    assert "not in the log yet" in verified.out


def test_a_missing_anchor_is_not_taken_for_a_sound_log(sealed: tuple[Desk, str]) -> None:
    """A mount that is away must not turn the check into a weaker one without a word."""
    desk, _ = sealed
    (desk.folder / "anchor.txt").unlink()

    answer = desk.run("audit", "verify")

    assert answer.code == 7
    assert "not mounted" in answer.err


def test_a_worker_seals_by_itself(sealed: tuple[Desk, str]) -> None:
    """Nobody has to think of it."""
    desk, path_id = sealed
    desk.record(path_id, "sex=male")

    assert desk.run("worker", "--once").code == 0

    found = desk.ask("audit", "verify")
    assert (found["waiting"], found["heads"], found["anchored"]) == (0, 2, 2)


def test_an_encrypted_database_is_verified_with_its_key(desk: Desk) -> None:
    """The reader of its own opens what the program opens."""
    key = desk.folder / "db.key"
    key.write_text("ab" * 32)
    desk.variables["ALLPATH_DATABASE_KEY_FILE"] = str(key)
    desk.enrol()

    assert desk.ask("audit", "verify")["entries"] == 1


def test_a_bundle_holds_no_more_than_one_path(sealed: tuple[Desk, str]) -> None:
    """Of the others there are hashes alone."""
    desk, path_id = sealed
    other = desk.enrol(mrn="9990000002", family="Another")
    desk.run("audit", "seal")
    packed = desk.folder / "bundle.zip"
    assert desk.run("audit", "export", path_id, "--bundle", str(packed)).code == 0

    with zipfile.ZipFile(packed) as opened:
        texts = [opened.read(name).decode() for name in opened.namelist()]

    assert len(texts) == 7
    assert not any(other in text or "Another" in text for text in texts)
