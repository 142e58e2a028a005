"""One running site for all browser tests, and one browser for each file of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser

from tests.web import browsing, serving
from tests.web.browsing import Seat
from tests.web.serving import Served

HERE: Final = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a browser, and is run apart from the rest."""
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The site while the tests run."""
    if lacking := serving.missing():
        if serving.is_needed():
            pytest.fail(f"the pages cannot be tried in a browser: {lacking}")
        pytest.skip(f"needs a browser, and {lacking}")  # the rules need none; CI fails above
    with serving.served(tmp_path_factory.mktemp("served")) as running:
        yield running


@pytest.fixture(scope="module")
def browser(site: Served) -> Iterator[Browser]:
    """A browser; ended with the file, for no other loop of events runs beside it."""
    assert site.url
    with browsing.chromium() as started:
        yield started


@pytest.fixture
def seat(site: Served, browser: Browser) -> Iterator[Seat]:
    """Somebody at a wide screen."""
    with browsing.seated(browser, site) as taken:
        yield taken
