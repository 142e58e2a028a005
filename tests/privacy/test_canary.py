"""A patient goes through every command there is, and is found nowhere but where they belong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest
from aiosmtpd.controller import Controller
from sqlcipher3 import dbapi2

from allpath.verifier.together import verify_database
from tests.cli.conftest import Desk
from tests.notices.conftest import MailHouse, Receiver, free_port, serve
from tests.privacy import flows
from tests.privacy.canary import (
    BORN,
    FREE_TEXT,
    IDENTITY,
    SECRETS,
    Witness,
    arguments_of_processes,
    files_below,
    hits,
)
from tests.privacy.commands import commands

SHOWS_THE_PATIENT: Final = {
    "fact list": "the values of facts, the birth date too",
    "fact record": "the values that were recorded",
    "history": "the reasons and notes of the patient's own record",
    "mdt show": "who is on the agenda, and what the meeting was asked",
    "patient list": "names and numbers, to be found by them",
    "patient show": "the patient",
    "pathway approve": "the reasons of its signatures",
    "pathway retire": "the reasons of its signatures",
    "step explain": "whose step it is, under the banner",
    "variance list": "the reasons of overrides",
    "what-if": "whose facts are supposed, under the banner",
    "worklist": "the names of those who need something",
}
HOLDS_THE_PATIENT: Final = {
    "case.yaml": "written by the flow, for `decide`",
    "list.csv": "written by the flow, to be imported",
    "ebmt.csv": "written by the flow, to be imported",
    "rejects.csv": "rows of an import as they came, for whoever puts them right",
    "summary.pdf": "the patient on paper: a title that names them is what PDF/UA asks for",
    "bundle/entries.ndjson": "the record that an auditor checks: reasons stand in it, no name",
    "bundle/facts.ndjson": "the record that an auditor checks: facts stand in it, no name",
}


@dataclass
class Journey:
    """What the canary left behind: all that was said, sent and written."""

    witness: Witness
    letters: list[str]
    requests: list[str]
    folder: Path


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journey]:
    """The whole life of the canary, once; the tests look at what it left."""
    folder = tmp_path_factory.mktemp("canary")
    house, receiver = MailHouse(port=free_port()), Receiver()
    controller = Controller(house, hostname="127.0.0.1", port=house.port)
    controller.start()
    server = serve(receiver)
    witness = Witness(Desk(folder))
    with arguments_of_processes() as witness.spawned:
        flows.settle(witness, house, receiver)
        path = flows.live(witness)
        flows.wait(witness, path)
        flows.look(witness, path)
        flows.migrate(witness)
        flows.bring_in(witness)
        flows.identify(witness)
        flows.account(witness, path)
        _verify_in_two_processes(witness)
        flows.fail(witness, path)
        flows.break_(witness, path)
    yield Journey(
        witness,
        [
            letter.as_string() + text
            for letter, text in zip(house.letters, house.texts, strict=True)
        ],
        [f"{request.path} {request.headers} {request.body!r}" for request in receiver.requests],
        folder,
    )
    server.shutdown()
    server.server_close()
    controller.stop()


def _verify_in_two_processes(witness: Witness) -> None:
    """The second process is told the key through a pipe."""
    database = f"sqlite:///{witness.desk.database}"
    report = verify_database(database, {"key": SECRETS["key of the database"]}, {}, {}, large=0)
    assert not report.findings


def test_every_command_has_its_flow(journey: Journey) -> None:
    """A new command without a flow of the canary fails here, before anybody has forgotten it."""
    assert sorted(commands().keys() - {said.command for said in journey.witness.said}) == []


def test_a_patient_who_goes_through_every_command_leaves_no_trace_where_none_belongs(
    journey: Journey,
) -> None:
    """No log, error, letter, webhook, address, file name or machine's answer tells who it is."""
    said = journey.witness.said
    found = [
        *(f"{s.command}, standard error: {word}" for s in said for word in hits(s.answer.err)),
        *(f"{s.command}, log: {word}" for s in said for word in hits(s.log)),
        *(f"letter: {word}" for letter in journey.letters for word in hits(letter)),
        *(f"webhook: {word}" for request in journey.requests for word in hits(request)),
        *(f"file {name}" for name, _ in files_below(journey.folder) if hits(name)),
        *(f"process: {word}" for given in journey.witness.spawned for word in hits(given)),
    ]

    assert found == []
    assert len(journey.letters) > 2
    assert len(journey.requests) > 2
    assert any("DEBUG" not in s.log and s.log for s in said)
    assert "BEGIN:VEVENT" in journey.witness.answers("notice calendar show")[0].out


def test_only_commands_that_are_meant_to_show_the_patient_do(journey: Journey) -> None:
    """Everything else, the health for machines and the lists of the audit too, names nobody."""
    shown = {s.command for s in journey.witness.said if hits(s.answer.out)}

    assert shown == set(SHOWS_THE_PATIENT)


def test_only_files_that_are_meant_to_hold_the_patient_do(journey: Journey) -> None:
    """The database and its backup are encrypted; proofs, plans, pictures and heads name nobody."""
    found = {name: set(hits(text)) for name, text in files_below(journey.folder) if hits(text)}

    assert found.keys() == set(HOLDS_THE_PATIENT)
    assert found["bundle/entries.ndjson"] == {FREE_TEXT}
    assert found["bundle/facts.ndjson"] == {BORN}
    assert {"desk.db", "backup.db", "plan.yaml", "path.svg", "anchor.txt", "events.csv"} <= {
        name for name, _ in files_below(journey.folder)
    }


def test_names_and_numbers_stand_nowhere_in_the_database_in_clear(journey: Journey) -> None:
    """Whoever reads the tables, even with the key of the file, learns no name there."""
    found: dict[str, set[str]] = {}
    with closing(dbapi2.connect(str(journey.folder / "backup.db"))) as connection:
        key = SECRETS["key of the database"]
        connection.execute(f"PRAGMA key = \"x'{key}'\"")
        listed = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        for (table,) in connection.execute(listed).fetchall():
            rows = connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608 - our own names
            found[table] = set(hits(str(rows)))

    names = {table for table, words in found.items() if words & set(IDENTITY)}
    texts = {table for table, words in found.items() if FREE_TEXT in words}
    assert names == set()
    assert texts == {
        *("assignment", "fact_record", "journal", "mdt_entry", "review_item", "signature"),
    }


def test_no_secret_is_shown_by_any_command(journey: Journey) -> None:
    """Passwords and keys are in their files and nowhere else, whatever goes wrong."""
    key = (journey.folder / "log.key").read_text().strip()
    secrets = tuple(part.lower() for part in (*SECRETS.values(), *key.splitlines()[-1:]))
    texts = [
        *(text for s in journey.witness.said for text in (s.answer.out, s.answer.err, s.log)),
        *journey.letters,
        *journey.requests,
        *journey.witness.spawned,
        *(
            text
            for name, text in files_below(journey.folder)
            if not name.startswith(("secret-", "log.key"))
        ),
    ]

    assert [secret[:8] for text in texts for secret in hits(text, secrets)] == []
    assert any("allpath.verifier" in given for given in journey.witness.spawned)
