"""Signatures: printed name, moment and meaning, asked for anew, bound to what was signed."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from storage.sqlite import SqliteFile
from tests.cli.conftest import CLINICIAN, COORDINATOR, SECOND_CLINICIAN, Desk


def _program(folder: Path, text: str) -> str:
    """A site's own program that asks a signer who they are."""
    file = folder / "ask-signer"
    file.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    file.chmod(0o700)
    return str(file)


def test_each_signature_says_who_when_and_what_it_means(desk: Desk) -> None:
    """An auditor reads three sentences, not three tables."""
    path_id = desk.palliative()
    desk.confirm(path_id, "supportive")
    desk.run("step", "countersign", path_id, "--actor", SECOND_CLINICIAN)

    found = desk.ask("audit", "signatures", path_id)
    told = desk.run("audit", "signatures", path_id).out

    assert [(each["name"], each["meaning"], each["of"]) for each in found] == [
        ("Dr Ada Sample", "confirms the step and answers for it", "assessment"),
        ("Dr Ada Sample", "first of two signatures: confirms the step", "supportive"),
        ("Dr Ben Second", "second of two signatures: confirms the step", "supportive"),
    ]
    assert found[2]["first"] == "Dr Ada Sample"
    assert {each["shown_by"] for each in found} == {"named, not checked"}
    assert all(each["bound"] for each in found)
    assert "Dr Ben Second" in told


def test_overrides_undone_steps_and_reviews_are_signed_too(desk: Desk) -> None:
    """Whatever a clinician answers for stands under a signature."""
    path_id = desk.in_assessment()
    desk.run(
        *("step", "override", path_id, "reinduction", "--code", "mdt_judgement"),
        *("--reason", "agreed by the MDT", "--actor", CLINICIAN),
    )
    desk.run("step", "undo", path_id, "--reason", "for the wrong patient", "--actor", CLINICIAN)

    meanings = [each["meaning"] for each in desk.ask("audit", "signatures", path_id)]

    assert meanings == [
        "confirms the step and answers for it",
        "answers for an override",
        "undoes the step",
    ]


def test_a_signer_is_asked_again_and_how_that_was_shown_is_kept(desk: Desk) -> None:
    """The site's program knows who signs, in which role and what for."""
    path_id = desk.in_assessment()
    desk.record(path_id, "goals=palliative")
    said = desk.folder / "said"
    desk.variables["ALLPATH_REAUTHENTICATION"] = _program(
        desk.folder,
        f'echo "$ALLPATH_SIGNER|$ALLPATH_SIGNER_ROLE|$ALLPATH_SIGNS" > {said}; echo "smart card 7"',
    )

    answer = desk.confirm(path_id, "supportive")

    assert answer.code == 0, answer.err
    assert said.read_text("utf-8") == "Dr Ada Sample|clinician|confirm a step\n"
    assert desk.ask("audit", "signatures", path_id)[-1]["shown_by"] == "smart card 7"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("exit 1", "ask-signer did not vouch for it"),
        ("echo a smart card; exit 3", "ask-signer did not vouch for it"),
        ("", "cannot be run"),
    ],
)
def test_nothing_is_signed_by_somebody_who_could_not_show_who_they_are(
    desk: Desk, text: str, why: str
) -> None:
    """A screen left open is not a signature."""
    path_id = desk.palliative()
    before = desk.kept(path_id)
    program = _program(desk.folder, text)
    if not text:
        Path(program).write_bytes(b"\x00 no program")
    desk.variables["ALLPATH_REAUTHENTICATION"] = program

    signed = desk.confirm(path_id, "supportive")
    recorded = desk.run("fact", "record", path_id, "cd19=positive", "--actor", COORDINATOR)

    assert signed.code == 6
    assert "Nothing was signed: Dr Ada Sample has to show who they are" in signed.err
    assert why in signed.err
    assert recorded.code == 0
    assert desk.kept(path_id) == before + 1


def test_a_signature_cannot_be_moved_to_another_entry(desk: Desk) -> None:
    """It is covered by the hash of the entry it is under: changing either is seen."""
    path_id = desk.in_assessment()
    with closing(SqliteFile(desk.database).connect()) as connection:
        connection.execute("DROP TRIGGER journal_refuses_update")
        connection.execute(
            "UPDATE journal SET detail = replace(detail, 'Dr Ada Sample', 'Dr Ben Second')"
            " WHERE kind = 'step_confirmed'"
        )
        connection.commit()

    found = desk.run("audit", "signatures", path_id)
    verified = desk.run("audit", "verify")

    assert found.code == 8
    assert "was changed afterwards" in found.err
    assert verified.code == 8


def test_a_missing_program_stops_the_start(desk: Desk) -> None:
    """A mistyped name must not let everybody sign unasked."""
    desk.variables["ALLPATH_REAUTHENTICATION"] = "/nowhere/ask"

    answer = desk.run("worklist")

    assert answer.code == 2
    assert "ALLPATH_REAUTHENTICATION names /nowhere/ask" in answer.err


def test_a_path_without_signatures_says_so(desk: Desk) -> None:
    """An empty answer is an answer."""
    path_id = desk.enrol()

    assert "Nothing was signed on this path." in desk.run("audit", "signatures", path_id).out
