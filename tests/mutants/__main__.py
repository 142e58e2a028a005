"""`make mutants`: are wrong pathways told from the right one? Prints a table; writes nothing."""

from __future__ import annotations

import multiprocessing
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from time import monotonic
from typing import Final

from allpath.cli.printing import heading, progress, put, put_table
from tests.mutants.judge import Verdict, judged_by_number
from tests.mutants.operators import OPERATORS
from tests.mutants.sample import mutants

WANTED: Final = 95
"""Percent of the mutants that are not equivalent; fewer killed is a failure."""
_KILLED: Final = ("loader", "cases", "proof")
_COLUMNS: Final = (
    "Operator", "Made", "Refused by loader", "Killed by cases", "Killed by proof", "Equivalent",
    "Undecided", "Survived", "Killed",
)  # fmt: skip


def main() -> int:
    """0 when enough mutants are killed, else 1."""
    started = monotonic()
    verdicts = sorted(_verdicts(), key=lambda verdict: verdict.mutant_id)
    for fate in ("equivalent", "undecided", "survived"):
        found = [verdict for verdict in verdicts if verdict.fate == fate]
        if found:
            heading(f"{fate.capitalize()} ({len(found)})")
            put(*(f"line {v.line}: {v.mutant_id}: {v.why}" for v in found))
    names = [operator.__name__ for operator in OPERATORS]
    rows = [_row(name, [v for v in verdicts if v.operator == name]) for name in names]
    put_table(_COLUMNS, [*rows, _row("all", verdicts)])
    put(f"{len(verdicts)} mutants in {monotonic() - started:.0f} s.")
    return 0 if _percent(verdicts) >= WANTED else 1


def _verdicts() -> Iterator[Verdict]:
    """Each mutant judged, in two processes; a mutant is known to both by its number."""
    count = len(mutants())
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, context) as pool, progress("Judging mutants", count) as tell:
        waiting = [pool.submit(judged_by_number, number) for number in range(count)]
        for number, done in enumerate(as_completed(waiting), start=1):
            tell(number)
            yield done.result()


def _row(name: str, verdicts: list[Verdict]) -> tuple[str, ...]:
    fates = Counter(verdict.fate for verdict in verdicts)
    counts = [
        len(verdicts),
        *(fates[fate] for fate in (*_KILLED, "equivalent", "undecided", "survived")),
    ]
    return (name.replace("_", " "), *map(str, counts), f"{_percent(verdicts):.1f} %")


def _percent(verdicts: list[Verdict]) -> float:
    """How many of those that are not equivalent were killed."""
    fates = Counter(verdict.fate for verdict in verdicts)
    different = len(verdicts) - fates["equivalent"]
    return 100 * sum(fates[fate] for fate in _KILLED) / different if different else 100.0


if __name__ == "__main__":
    sys.exit(main())
