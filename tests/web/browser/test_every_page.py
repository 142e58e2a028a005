"""What holds of every page in every state, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.web.browsing import NARROW, WIDE, Seat, seated
from tests.web.raw_ids import raw_ids, raw_numbers
from tests.web.serving import Served
from tests.web.sights import SIGHTS, Sight


@pytest.mark.parametrize("sight", SIGHTS, ids=lambda sight: sight.name)
def test_a_page_is_without_fault(site: Served, seat: Seat, sight: Sight) -> None:
    """No finding of axe, nothing fetched from elsewhere, nothing refused, no target too small.

    Nor is anything called by its id in the pathway's file, and no number is written as 1e-4.
    All of it on a wide screen and on one of 320 px, which is never scrolled sideways.
    """
    assert sight.seen(site, seat) == sight.status
    assert raw_ids(seat.path, seat.page.content()) == set()
    assert raw_numbers(seat.page.content()) == set()

    for width, height in (WIDE, NARROW):
        seat.page.set_viewport_size({"width": width, "height": height})
        assert seat.faults() == []
        assert seat.is_too_wide() == ""


@pytest.mark.parametrize("sight", SIGHTS, ids=lambda sight: sight.name)
def test_everything_can_be_reached_and_seen_with_the_keyboard(
    site: Served, browser: Browser, sight: Sight
) -> None:
    """Each stop of the tab key is marked, and under nothing else, on a low screen too."""
    with seated(browser, site, (1000, 500)) as seat:
        sight.seen(site, seat)
        stops = _stops(seat)

        assert stops[0]["what"].startswith('<a class="nhsuk-skip-link"')
        assert [stop["what"] for stop in stops if not stop["seen"]] == []
        assert [stop["what"] for stop in stops if not stop["shown"]] == []


def _stops(seat: Seat) -> list[dict[str, str]]:
    """Where the tab key stops, from the top of the page to the end of it."""
    seat.page.evaluate("document.activeElement.blur()")
    found: list[dict[str, str]] = []
    for _ in range(150):
        seat.page.keyboard.press("Tab")
        focus = seat.focus()
        if focus is None or (found and focus["what"] == found[0]["what"]):
            break
        found.append(focus)
    return found
