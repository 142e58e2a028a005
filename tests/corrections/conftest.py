"""A ward, a desk, and a small cohort whose every commit was overheard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.conftest import desk
from tests.conftest import NOW
from tests.corrections.cohort import Cohort, cohort
from tests.imports.conftest import registry
from tests.orchestrator.conftest import place, ward

PATIENTS = 40


@pytest.fixture(scope="module")
def small_cohort(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cohort]:
    """Forty patients in every state there is."""
    made = cohort(tmp_path_factory.mktemp("cohort"), PATIENTS, 7, NOW)
    yield made
    made.store.close()


__all__ = ["desk", "place", "registry", "small_cohort", "ward"]
