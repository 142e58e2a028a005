"""A ward with one human who was enrolled twice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from storage.sqlite import SqliteFile
from tests.conftest import NOW
from tests.orchestrator.conftest import AT_RELAPSE, Ward
from tests.store.conftest import file_place
from workflow.carrying_out import Outcome
from workflow.commands import MergePaths, UnmergePaths
from workflow.records import Actor

LEAD = Actor("Dr Lea Lead", "lead")
WHY = "same date of birth, same address; the mother confirms it"


@dataclass
class Twice:
    """The two paths of one human: the one that is merged, and the one that stays."""

    leaving: Ward
    staying: Ward

    @property
    def both(self) -> tuple[Ward, Ward]:
        """The two wards, the leaving one first."""
        return self.leaving, self.staying

    def merge(self, now: datetime = NOW, **more: Any) -> tuple[Outcome, Outcome]:  # noqa: ANN401 - fields of the command
        """The lead merges the one into the other."""
        return self.leaving.orchestrator.merge(self.command(**more), now)

    def command(self, **more: Any) -> MergePaths:  # noqa: ANN401 - see merge
        """What the lead asks for."""
        given: dict[str, Any] = {
            "actor": LEAD,
            "path_id": self.leaving.path_id,
            "into": self.staying.path_id,
            "reason": WHY,
            **more,
        }
        return MergePaths(**given)

    def unmerge(self, now: datetime = NOW, **more: Any) -> tuple[Outcome, Outcome]:  # noqa: ANN401 - see merge
        """The lead parts them again."""
        given: dict[str, Any] = {
            "actor": LEAD,
            "path_id": self.leaving.path_id,
            "reason": "they are cousins",
            **more,
        }
        return self.leaving.orchestrator.unmerge(UnmergePaths(**given), now)


def another(ward: Ward, number: int) -> Ward:
    """One more path in the same store."""
    found = Ward(ward.store)
    found.path_id, found.mrn = f"P-{number:06d}", f"999{number:07d}"
    return found


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    """A ward in a file of its own; `test_a_server_merges_as_a_file_does` goes to a server."""
    store = file_place(SqliteFile(tmp_path / "ward.db")).open()
    yield Ward(store)
    store.close()


@pytest.fixture
def twice(ward: Ward) -> Twice:
    """One human under two numbers, both referred and nothing known of either."""
    return enrolled_twice(ward)


def enrolled_twice(ward: Ward) -> Twice:
    """The ward's patient, and the same one once more."""
    ward.enrol()
    second = another(ward, 2)
    second.enrol()
    return Twice(second, ward)


def assessed_twice(twice: Twice) -> None:
    """Both paths are under assessment, with everything known on each."""
    for ward in twice.both:
        ward.record({"identity_checked": "yes"})
        ward.confirm("assessment")
        ward.record(AT_RELAPSE)
