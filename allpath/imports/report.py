"""What an import did, for people and programs, and the rows that were not taken."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from allpath.imports.importer import Written
from allpath.imports.table import Row
from allpath.imports.transcript import Transcript
from workflow.data_use import left_out
from workflow.errors import RefusedError


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not taken, and the sentence that says why."""

    row: Row
    sentence: str


@dataclass
class Report:
    """The figures of one run; `patients` counts those of earlier runs too, the rest only this one.

    `totals` names an event for each figure that is counted over all patients but those `left_out`,
    who withdrew the use of their data.
    """

    totals: dict[str, str]
    patients: int = 0
    enrolled: int = 0
    steps: int = 0
    facts: int = 0
    left_out: int = 0
    seconds: float = 0.0
    happened: Counter[str] = field(default_factory=Counter)
    rejects: list[Reject] = field(default_factory=list)

    def add(self, transcript: Transcript, written: Written) -> None:
        """One more row was taken."""
        self.enrolled += written.paths
        self.steps += written.steps
        self.facts += written.facts
        if written.is_left_out:
            self.left_out += 1
            return
        self.patients += 1
        self.happened.update(transcript.happened)

    def figures(self) -> dict[str, int | float]:
        """The figures by name, as `--json` shows them."""
        return {
            "patients": self.patients,
            **{name: self.happened[event] for name, event in self.totals.items()},
            "left_out": self.left_out,
            "steps": self.steps,
            "facts": self.facts,
            "rejected": len(self.rejects),
            "seconds": round(self.seconds, 2),
        }

    def sentences(self) -> Iterator[str]:
        """The figures as people read them."""
        counted = [f"{name} {self.happened[event]:,}" for name, event in self.totals.items()]
        yield f"Patients {self.patients:,}{': ' if counted else ''}{', '.join(counted)}."
        if self.left_out:
            yield f"{left_out(self.left_out)}."
        yield (
            f"Newly enrolled {self.enrolled:,}; steps written {self.steps:,}, facts "
            f"{self.facts:,}; rows rejected {len(self.rejects):,}; in {self.seconds:.1f} s."
        )


def write_rejects(
    path: Path, header: Sequence[str], rejects: Iterable[Reject], delimiter: str
) -> None:
    """The rejected rows as they were, each after its line number and the reason.

    Put right, the file can be imported with the same mapping. Raises RefusedError when it cannot
    be written.
    """
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=delimiter)
            writer.writerow(("line", "reason", *header))
            for reject in rejects:
                writer.writerow((reject.row.line, reject.sentence, *reject.row.cells))
    except OSError as error:
        msg = (
            f"The rejects file {path} cannot be written: {error.strerror}. The accepted rows are "
            "kept. Run the import again and name another file with --rejects."
        )
        raise RefusedError(msg) from None


def refuse_if_taken(path: Path) -> None:
    """Nothing happens if the rejects can go there; rows put right by hand are not overwritten."""
    if path.exists():
        raise RefusedError(f"{path} exists already. Name another file with --rejects.")
    if not path.parent.is_dir():
        raise RefusedError(f"There is no folder {path.parent}. Name another file with --rejects.")


def free_name(folder: Path, source: Path) -> Path:
    """A name for the rejects of `source` that no file in the folder has yet."""
    stem = f"{source.stem}.rejects"
    number = 1
    while (path := folder / (f"{stem}.csv" if number == 1 else f"{stem}-{number}.csv")).exists():
        number += 1
    return path
