"""A process of its own that writes to a store; started by the tests of many writers.

`python -m tests.store.writer enrol URL NUMBER COUNT` enrols a patient and takes steps, and says how
many entries were acknowledged. `... race URL PATH` looks, says so, waits for a line, then acts.
"""

from __future__ import annotations

import sys

from storage.engine import open_store
from tests.store.acts import enrolment, step
from workflow.errors import ConflictError


def enrol(url: str, number: str, count: str) -> None:
    """One patient is enrolled and taken through `count` commits."""
    store = open_store(url)
    with store.begin() as transaction:
        transaction.write(enrolment(int(number)))
    for turn in range(1, int(count)):
        with store.begin() as transaction:
            path = transaction.load(f"P-{number}").path
            transaction.write(step(path, f"state_{turn % 5}"))
    sys.stdout.write(f"{count}\n")


def race(url: str, path_id: str) -> None:
    """A step is written that was decided before the line came in; says `won` or what changed."""
    store = open_store(url)
    seen = store.case(path_id).path
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    try:
        with store.begin() as transaction:
            transaction.write(step(seen))
        sys.stdout.write("won\n")
    except ConflictError as error:
        sys.stdout.write(f"lost: {error.changes[0]}\n")


if __name__ == "__main__":
    what, *words = sys.argv[1:]
    if what == "enrol":
        enrol(*words)
    else:
        race(*words)
