"""A folder with made-up registry files and a database of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.imports.registry import Registry


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """An empty folder to work in, and no database yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLPATH_DATABASE", f"sqlite:///{tmp_path / 'allpath.db'}")
    monkeypatch.setenv("COLUMNS", "200")
    return Registry(tmp_path)
