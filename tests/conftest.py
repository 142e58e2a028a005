"""The fixed, made-up cast of the tests, and the shipped pathway."""

from __future__ import annotations

from datetime import UTC, date, datetime

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
