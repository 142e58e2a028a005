"""Measure Allpath beside what bounds it: `python -m benchmarks [--quick] [--only NAME] [--assert]`.

Read the ratios: both sides of one were measured in turns on the same disk within one run, while
absolute times belong to the machine. With `--assert` a goal that was missed ends with exit code 1;
without, the table only says so.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import sys
import tempfile
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from time import perf_counter
from typing import Final

from sqlcipher3 import dbapi2

from benchmarks import audit, casefiles, decisions, pages, replay, searches, steps, sweeps, ward
from benchmarks.figures import Figure, Run, table
from workflow.loading import load_shipped

MEASUREMENTS: Final[dict[str, Callable[[Run], list[Figure]]]] = {
    "decide": decisions.measure,
    "step": steps.measure,
    "cases": casefiles.measure,
    "ward": ward.measure,
    "replay": replay.measure,
    "search": searches.measure,
    "sweep": sweeps.measure,
    "audit": audit.measure,
    "pages": pages.measure,
    "pages-on-server": pages.measure_on_server,
}
FOLDER: Final = Path(".cache")
"""On a disk, as a database would be; a system's folder for passing files may lie in memory."""


def main() -> int:
    """Measure and print; answers 1 when a goal was missed and that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything, some 30 seconds")
    parser.add_argument("--only", choices=MEASUREMENTS, action="append", help="measure this alone")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    parser.add_argument("--folder", type=Path, default=FOLDER, help="on which disk (%(default)s)")
    parser.add_argument("--assert", action="store_true", dest="asserts", help="missed goal: exit 1")
    given = parser.parse_args()
    began = perf_counter()
    print(_heading(given.seed))
    figures: list[Figure] = []
    given.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=given.folder, prefix="bench-") as folder:
        run = Run(Path(folder), given.seed, given.quick)
        for name in given.only or MEASUREMENTS:
            figures += MEASUREMENTS[name](run)
    print(table(figures))
    missed = [figure.what for figure in figures if figure.is_missed]
    print(f"{len(missed)} of {sum(f.goal is not None for f in figures)} goals missed; ", end="")
    print(f"{perf_counter() - began:.0f} s in all.")
    return 1 if missed and given.asserts else 0


def _heading(seed: int) -> str:
    packages = ("allpath", "sqlcipher3", "sqlalchemy", "sqlmodel", "pydantic", "transitions")
    pathway = load_shipped("relapsed_all")
    return "\n".join(
        (
            f"seed {seed}; {os.cpu_count()} cores, {platform.system()} {platform.machine()}",
            f"Python {platform.python_version()}, SQLite {dbapi2.sqlite_version}",
            ", ".join(f"{name} {version(name)}" for name in packages),
            f"pathway {pathway.id} {pathway.version} ({pathway.content_hash[:12]})",
            "",
        )
    )


if __name__ == "__main__":
    sys.exit(main())
