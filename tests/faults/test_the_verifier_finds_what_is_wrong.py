"""A verifier that never finds anything proves nothing, so every kind of harm is done to a copy."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlcipher3 import dbapi2

HERE = Path(__file__).parent
COMMITS = {"P-00000": 21, "P-00001": 12, "P-00002": 7, "P-00003": 12, "P-00004": 24, "P-00005": 5}
"""One patient who died, four under way, one of them with tracks, and one in supportive care."""

UNLOCK = """
DROP TRIGGER journal_refuses_update; DROP TRIGGER journal_refuses_delete;
DROP TRIGGER fact_record_refuses_update; DROP TRIGGER fact_record_refuses_delete;
DROP TRIGGER audit_event_refuses_update; DROP TRIGGER audit_event_refuses_delete;
"""
DELETE_LAST_ENTRY = """
DELETE FROM journal WHERE path_id = 'P-00001'
    AND seq = (SELECT max(seq) FROM journal WHERE path_id = 'P-00001');
"""
PATH_FOLLOWS_ITS_JOURNAL = """
UPDATE path SET (version, head) = (
    SELECT seq, hash FROM journal WHERE path_id = 'P-00001' ORDER BY seq DESC LIMIT 1
) WHERE path_id = 'P-00001';
"""


@dataclass(frozen=True)
class Harm:
    """What is done to a copy of a sound database, and what kind of finding it must give."""

    name: str
    sql: str
    kind: str


HARMS = [
    Harm(
        "a journal entry says something else",
        "UPDATE journal SET reason = 'changed' WHERE path_id = 'P-00001' AND seq = 4",
        "tampered",
    ),
    Harm(
        "a journal entry was backdated",
        "UPDATE journal SET at = at - 1 WHERE path_id = 'P-00001' AND seq = 4",
        "tampered",
    ),
    Harm(
        "the detail of a journal entry is another",
        """UPDATE journal SET detail = json_set(detail, '$.fact', 'sex')
           WHERE path_id = 'P-00001' AND seq = 2""",
        "tampered",
    ),
    Harm("the last journal entry is gone", DELETE_LAST_ENTRY, "half"),
    Harm(
        "a journal entry in the middle is gone",
        "DELETE FROM journal WHERE path_id = 'P-00001' AND seq = 5",
        "lost",
    ),
    Harm(
        "a journal entry was put in",
        """INSERT INTO journal SELECT path_id, seq + 1, kind, at, actor, role, os_user,
           pathway_hash, state_to, state_to, track, rule, option, reason, note, effective_on,
           facts_digest, decision_digest, detail, hash, previous
           FROM journal WHERE path_id = 'P-00001' ORDER BY seq DESC LIMIT 1""",
        "tampered",
    ),
    Harm(
        "two journal entries changed places",
        """UPDATE journal SET seq = 1000 WHERE path_id = 'P-00001' AND seq = 6;
           UPDATE journal SET seq = 6 WHERE path_id = 'P-00001' AND seq = 7;
           UPDATE journal SET seq = 7 WHERE path_id = 'P-00001' AND seq = 1000""",
        "tampered",
    ),
    Harm(
        "the path is in another state than its journal says",
        "UPDATE path SET state = 'maintenance' WHERE path_id = 'P-00001'",
        "half",
    ),
    Harm(
        "the path has another head",
        "UPDATE path SET head = replace(head, '0', '1') WHERE path_id = 'P-00001'",
        "half",
    ),
    Harm(
        "the path is gone",
        "DELETE FROM identifier; DELETE FROM name_token; DELETE FROM person_key; "
        "DELETE FROM person; "
        "DELETE FROM path WHERE path_id = 'P-00001'",
        "lost",
    ),
    Harm(
        "a fact record is gone",
        "DELETE FROM fact_record WHERE path_id = 'P-00001' AND fact = 'cns_status'",
        "half",
    ),
    Harm(
        "a fact record has another value",
        """UPDATE fact_record SET value = '"CNS2"'
           WHERE path_id = 'P-00001' AND fact = 'cns_status'""",
        "tampered",
    ),
    Harm(
        "a fact record has another status",
        """UPDATE fact_record SET status = 'preliminary'
           WHERE path_id = 'P-00001' AND fact = 'cns_status'""",
        "tampered",
    ),
    Harm(
        "a fact record has another source",
        """UPDATE fact_record SET source = 'somebody else'
           WHERE path_id = 'P-00001' AND fact = 'cns_status'""",
        "tampered",
    ),
    Harm(
        "a fact record came without a journal entry",
        """INSERT INTO fact_record SELECT path_id, record_id || 'x', fact, value, effective_at,
           recorded_at, status, source, actor, episode, NULL, seq, place + 100
           FROM fact_record WHERE path_id = 'P-00001' AND fact = 'cns_status'""",
        "half",
    ),
    Harm(
        "an open checkpoint is gone",
        "DELETE FROM checkpoint WHERE path_id = 'P-00002' AND closed_seq IS NULL",
        "lost",
    ),
    Harm(
        "an occurrence of a checkpoint is gone",
        """DELETE FROM checkpoint WHERE path_id = 'P-00000' AND checkpoint = 'C-CH-1'
           AND occurrence = 7""",
        "lost",
    ),
    Harm(
        "a checkpoint is expected twice",
        """INSERT INTO checkpoint SELECT path_id, checkpoint, opened_seq + 1, occurrence, owner,
           status, anchor_on, opens_at, due_at, overdue_at, due_rule, next_at, level, NULL, NULL,
           ideal_at, expires_at, reminded_at, quiet_until, quiet, quiet_by
           FROM checkpoint WHERE path_id = 'P-00002' AND closed_seq IS NULL LIMIT 1""",
        "doubled",
    ),
    Harm(
        "a checkpoint of a state that was left is live",
        """UPDATE checkpoint SET status = 'due', closed_seq = NULL, met_on = NULL
           WHERE path_id = 'P-00001' AND owner = 'state:assessment'""",
        "half",
    ),
    Harm(
        "a checkpoint is live though the patient died",
        """UPDATE checkpoint SET owner = 'state:dead', status = 'due', closed_seq = NULL,
           met_on = NULL WHERE path_id = 'P-00000' AND checkpoint = 'C-CH-1' AND occurrence = 3""",
        "half",
    ),
    Harm(
        "a notice of an escalation is gone",
        "DELETE FROM notice WHERE number = (SELECT max(number) FROM notice)",
        "half",
    ),
    Harm(
        "an audit event is gone",
        "DELETE FROM audit_event WHERE number = 3",
        "half",
    ),
    Harm(
        "an audit event is there twice",
        """INSERT INTO audit_event SELECT number + 10000, at, actor, role, os_user, action, path_id,
           detail FROM audit_event WHERE number = 3""",
        "half",
    ),
    Harm(
        "an answer belongs to no commit",
        """UPDATE answered SET answer = json_set(answer, '$.version', 1)
           WHERE key = 'P-00001/3'""",
        "half",
    ),
]
HARMS_SEEN_FROM_OUTSIDE = [
    Harm(
        "the last journal entry is gone and the path was set back",
        DELETE_LAST_ENTRY + PATH_FOLLOWS_ITS_JOURNAL,
        "lost",
    ),
    Harm(
        "a checkpoint has another status than the same acts give",
        """UPDATE checkpoint SET status = 'open', next_at = due_at WHERE path_id = 'P-00002'
           AND closed_seq IS NULL AND status <> 'open'""",
        "doubled",
    ),
    Harm(
        "an answer is gone",
        "DELETE FROM answered WHERE key = 'P-00001/3'",
        "lost",
    ),
]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a sound database and what was acknowledged while it was written."""
    folder = tmp_path_factory.mktemp("sound")
    subprocess.run(
        [sys.executable, HERE / "child.py", "reference", folder / "sound.db"],
        input=json.dumps(COMMITS).encode(),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    connection = dbapi2.connect(str(folder / "sound.db"))
    entries = connection.execute("SELECT path_id, seq, hash FROM journal").fetchall()
    connection.close()
    lines = "".join(json.dumps(entry) + "\n" for entry in entries)
    (folder / "acknowledged.ndjson").write_text(lines)
    return folder


def _harmed(sound: Path, folder: Path, harm: Harm) -> Path:
    copy = folder / "harmed.db"
    shutil.copy(sound / "sound.db", copy)
    connection = dbapi2.connect(str(copy))
    connection.executescript(UNLOCK)
    before = connection.total_changes
    connection.executescript(harm.sql)
    assert connection.total_changes > before, "the harm was not done"
    connection.close()
    return copy


def _findings(database: Path, *more: object) -> list[dict[str, Any]]:  # Any: plain data
    done = subprocess.run(
        [sys.executable, HERE / "verifier.py", database, *map(str, more), "--final", "dead"],
        stdout=subprocess.PIPE,
        check=False,
    )
    findings: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    assert done.returncode == (1 if findings else 0)
    return findings


def test_the_verifier_finds_nothing_in_a_sound_database(sound: Path) -> None:
    """Otherwise finding something would mean nothing."""
    findings = _findings(
        sound / "sound.db",
        *("--acknowledged", sound / "acknowledged.ndjson", "--reference", sound / "sound.db"),
    )

    assert findings == []


def test_the_verifier_imports_nothing_of_the_product() -> None:
    """A mistake that both shared would be found by neither."""
    code = (
        "import runpy, sys; runpy.run_path(sys.argv[1], run_name='verifier'); "
        "sys.exit(any(n.split('.')[0] in {'workflow', 'storage', 'scheduler', 'allpath'} "
        "for n in sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", code, HERE / "verifier.py"], check=False)

    assert done.returncode == 0


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.name)
def test_the_verifier_finds_from_the_database_alone_that(
    harm: Harm, sound: Path, tmp_path: Path
) -> None:
    """Each of these shows in the file itself, whoever reads it."""
    harmed = _harmed(sound, tmp_path, harm)

    findings = _findings(harmed)

    assert harm.kind in {finding["kind"] for finding in findings}


@pytest.mark.parametrize("harm", HARMS_SEEN_FROM_OUTSIDE, ids=lambda harm: harm.name)
def test_the_verifier_finds_from_what_is_known_outside_that(
    harm: Harm, sound: Path, tmp_path: Path
) -> None:
    """The file alone looks sound; the acknowledgements or an undisturbed path tell."""
    harmed = _harmed(sound, tmp_path, harm)

    findings = _findings(
        harmed,
        *("--acknowledged", sound / "acknowledged.ndjson", "--reference", sound / "sound.db"),
    )

    assert harm.kind in {finding["kind"] for finding in findings}
