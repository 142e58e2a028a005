"""A proof that cannot be finished says so: what was shown, what was not, and why."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from allpath.cli.app import app
from tests.proof.corpus import SOUND
from workflow.loading import read_pathway, shipped
from workflow.proof.asking import MEMORY_MB
from workflow.proof.finding import Proof
from workflow.proof.prover import PROPERTIES, prove

pytestmark = pytest.mark.campaign

TODAY = date(2026, 11, 23)
ALLPATH = Path(sys.executable).parent / "allpath"
OVER = "the time or memory that was given is over"


class _Watch:
    """A stopwatch that a test moves: it jumps when the proof comes to a property."""

    def __init__(self, jumps_at: str = "") -> None:
        self._jumps_at = jumps_at
        self._seconds = 0.0

    def __call__(self) -> float:
        return self._seconds

    def at(self, property_: str) -> None:
        """The proof comes to this property."""
        if property_ == self._jumps_at:
            self._seconds = 1000


def _proved(text: str, watch: _Watch, memory_mb: int = MEMORY_MB) -> Proof:
    return prove(
        read_pathway(text.encode(), "sound.yaml"),
        str,
        today=TODAY,
        clock=watch,
        seconds=100,
        memory_mb=memory_mb,
        on_property=watch.at,
    )


def test_a_limit_met_in_the_middle_keeps_what_was_shown() -> None:
    """Half a proof is worth something, as long as nobody takes it for a whole one."""
    names = [name for name, _ in PROPERTIES]
    middle = "invariants"

    proof = _proved(SOUND, _Watch(middle))

    verdicts = {item.name: item.verdict for item in proof.properties}
    before = names[: names.index(middle)]
    assert proof.verdict == "unknown"
    assert {verdicts[name] for name in before} == {"proved"}
    assert verdicts[middle] == "unknown"
    assert all(i.why_unknown == OVER for i in proof.properties if i.verdict == "unknown")


def test_used_up_memory_is_answered_like_used_up_time() -> None:
    """A small machine gets an answer, not a crash."""
    proof = _proved(SOUND, _Watch(), memory_mb=1)

    assert proof.verdict == "unknown"
    assert {item.why_unknown for item in proof.properties} == {"", OVER}


def test_what_the_proof_cannot_read_is_unknown_with_the_reason(tmp_path: Path) -> None:
    """A condition outside the proof is named; nothing is claimed about the pathway."""
    limit = '  mrd_negative: {value: 0.0001, unit: "1", source: GUIDE}\n'
    another = '  first_mrd: {type: number, unit: "1", title: first MRD, supplied_by: laboratory}\n'
    assert limit in SOUND
    text = SOUND.replace(limit, "").replace("facts:\n", f"facts:\n{another}", 1)
    text = text.replace("{below: [mrd, mrd_negative]}", "{below: [mrd, first_mrd]}")
    file = tmp_path / "beyond.yaml"
    file.write_text(text)

    result = CliRunner().invoke(app, ["pathway", "prove", str(file), "--json"])

    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["verdict"]) == (1, "unknown")
    assert answer["unknown_because"]["total"] == "the proof compares MRD with parameters only"


@pytest.mark.parametrize("form", [["--json"], []])
def test_too_little_time_is_unknown_and_leaves_with_one(tmp_path: Path, form: list[str]) -> None:
    """A script that reads only the exit code never takes an unfinished proof for a proof."""
    file = tmp_path / "sound.yaml"
    file.write_text(SOUND)

    result = CliRunner().invoke(app, ["pathway", "prove", str(file), "--seconds", "0.01", *form])

    assert result.exit_code == 1
    if form:
        answer = json.loads(result.stdout)
        assert answer["verdict"] == "unknown"
        assert set(answer["unknown_because"].values()) == {OVER}
    else:
        assert f"unknown: {OVER}" in result.stdout
        assert "sound is unknown" in result.stdout


_INTERRUPTED = """
import os, signal
from allpath.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGVTALRM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
# Pressed again after a while: what is raised in a finaliser is lost.
signal.setitimer(signal.ITIMER_VIRTUAL, 2.5, 3)
main(["pathway", "prove", "relapsed_all"])
"""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="counts the child's own seconds")
def test_ctrl_c_ends_a_proof_with_a_sentence() -> None:
    """The solver would keep the key press to itself, and the person would wait for the end."""
    done = subprocess.run(
        [sys.executable, "-c", _INTERRUPTED], capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("allpath: The proof of relapsed_all was stopped before its end")
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="asks the system what the child used")
@pytest.mark.parametrize("name", shipped())
def test_a_shipped_pathway_is_proved_in_a_minute_and_a_gigabyte(name: str, tmp_path: Path) -> None:
    """What patients meet is proved in every run of the tests, on a machine of modest size."""
    answer = tmp_path / "answer.json"
    with answer.open("w") as out:
        child = subprocess.Popen([ALLPATH, "pathway", "prove", name, "--json"], stdout=out)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)

    proof = json.loads(answer.read_text())
    assert (child.returncode, proof["verdict"], proof["counterexamples"]) == (0, "proved", [])
    assert used.ru_utime + used.ru_stime <= 60
    assert used.ru_maxrss <= 1024 * 1024  # kilobytes
