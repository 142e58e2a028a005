"""How long the real program takes for 10,000 cases given as JSON, one on each line."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter_ns
from typing import Final

from benchmarks.decisions import cases
from benchmarks.figures import SECOND, Figure, Goal, Run

COUNT: Final = 10_000
SECONDS: Final = Goal(30, "at most")
PROGRAM: Final = "import sys; from allpath.cli import main; main(sys.argv[1:])"


def measure(run: Run) -> list[Figure]:
    """The whole process, from its start to its last line; every case is answered in its place."""
    file = run.folder / "cases.ndjson"
    _write(file)
    run.tell(f"cases: {COUNT:,} through `allpath decide --json`")
    began = perf_counter_ns()
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM, "decide", file, "--json"],
        stdout=subprocess.PIPE,
        check=True,
    )
    took = perf_counter_ns() - began
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["id"] for answer in answers] == [str(number) for number in range(COUNT)]
    assert all("route" in answer for answer in answers)
    return [
        Figure(
            f"{COUNT:,} cases, allpath decide --json",
            took / SECOND,
            "s",
            SECONDS,
            f"{COUNT / (took / SECOND):,.0f} cases/s, the program's start included",
        )
    ]


def _write(file: Path) -> None:
    with file.open("w") as lines:
        for number, case in enumerate(islice(cycle(list(cases())), COUNT)):
            asked = {name: part for name, part in case.items() if name != "expected"}
            lines.write(json.dumps({**asked, "id": str(number)}, default=_number) + "\n")


def _number(value: object) -> float:
    assert isinstance(value, Decimal)
    return float(value)
