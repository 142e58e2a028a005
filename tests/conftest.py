"""The fixed, made-up cast of the tests, and the shipped pathway."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from workflow.loading import load_shipped
from workflow.pathway import Pathway
from workflow.records import Actor

COORDINATOR = Actor("Cora Coordinator", "coordinator")
CLINICIAN = Actor("Dr Ada Sample", "clinician")
SECOND_CLINICIAN = Actor("Dr Ben Second", "clinician")
AUDITOR = Actor("Aud Auditor", "auditor")
NOW = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)


@pytest.fixture(scope="session")
def pathway() -> Pathway:
    """The shipped pathway of relapsed ALL."""
    return load_shipped("relapsed_all")


@pytest.fixture(scope="session")
def rules_text() -> str:
    """The rules text, where it stands beside this repository; the tests that read it skip alone."""
    path = Path(__file__).parents[2] / "shared" / "clinical" / "rules.md"
    if not path.exists():
        # The product works without the text, so its absence is no failure.
        pytest.skip(f"compares with the rules text, which is not at {path}")
    return path.read_text()
