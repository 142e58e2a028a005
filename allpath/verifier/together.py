"""Checks a whole database in two processes at once, where it is large and there are two cores.

Each looks at its own half of the paths, and this one at the log, its heads and the audit events as
well. Nothing is compared between the two, so each may read at a moment of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, Final

from allpath.verifier.checks import verify
from allpath.verifier.findings import Report
from allpath.verifier.histories import check_histories
from allpath.verifier.lost import Span
from allpath.verifier.reader import Rows, UnreadableError, opened

LARGE: Final = 50_000
"""From so many entries of the log on, a second process saves more time than it takes to begin."""
SIZE: Final = "SELECT coalesce(max(position), 0) FROM log_leaf"
PATHS: Final = "SELECT count(*) FROM path"


def verify_database(
    url: str,
    access: Mapping[str, Any],  # Any: a key, or what a driver connects with
    keys: Mapping[str, bytes],
    anchors: Mapping[str, Sequence[str]],
    *,
    late: int = 0,
    large: int = LARGE,
) -> Report:
    """Everything that is not as it was written; `access` goes to `opened`, the rest to `verify`.

    Raises UnreadableError.
    """
    with opened(url, **access) as rows:
        middle = _middle(rows, large)
        if not middle:
            return verify(rows, keys, anchors, late=late)
        with _beside({"url": url, **access}, middle) as other:
            report = verify(rows, keys, anchors, late=late, span=Span(end=middle))
            report.take(_answer(other))
    return report


def _middle(rows: Rows, large: int) -> str:
    """The path where the second half begins; empty where one process does it all."""
    ((size,),) = rows(SIZE)
    ((count,),) = rows(PATHS)
    if size < large or count < 2 or len(os.sched_getaffinity(0)) < 2:  # noqa: PLR2004 - two halves
        return ""
    query = f"SELECT path_id FROM path ORDER BY path_id LIMIT 1 OFFSET {count // 2}"  # noqa: S608 - a number
    return str(next(iter(rows(query)))[0])


@contextmanager
def _beside(
    given: Mapping[str, Any], middle: str
) -> Iterator[subprocess.Popen[str]]:  # Any: see above
    """A second process that looks at the paths from there on.

    It is told through a pipe what opens the database: everybody on the machine sees arguments.
    """
    command = [sys.executable, "-m", "allpath.verifier.together"]
    reading, writing = os.pipe()
    with open(reading, "rb") as told, open(writing, "w", encoding="utf-8") as tell:  # noqa: PTH123 - two ends of a pipe
        tell.write(json.dumps({**given, "first": middle}))  # so little that the pipe holds it
        tell.close()
        with subprocess.Popen(  # noqa: S603 - this very module
            command, text=True, stdin=told, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as other:
            try:
                yield other
            finally:
                other.kill()


def _answer(other: subprocess.Popen[str]) -> Report:
    answer, complaint = other.communicate()
    try:
        return Report.read(json.loads(answer))
    except (ValueError, KeyError, TypeError):
        said = complaint.strip().splitlines()[-1:] or ["it said nothing"]
        msg = f"The second half of the paths could not be looked at: {said[0]}"
        raise UnreadableError(msg) from None


def main() -> int:
    """Look at the paths that standard input names, and answer what was found."""
    given = json.loads(sys.stdin.read())
    url, first = given.pop("url"), given.pop("first")
    report = Report()
    try:
        with opened(url, **given) as rows:
            check_histories(rows, report, Span(first))
    except UnreadableError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(json.dumps(asdict(report)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
