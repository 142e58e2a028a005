"""A person at a real browser, and what has to hold of every page they see."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.sync_api import Browser, Page, sync_playwright

from tests.web.serving import AXE, OPTIONS, PASSWORD, Served

TAGS: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDE: Final = (1366, 900)
NARROW: Final = (320, 640)

_SMALL: Final = """() =>
  [...document.querySelectorAll('a, button, input, select, textarea, summary')]
  .filter(e => e.type !== 'hidden' && e.getClientRects().length)
  .filter(e => !e.classList.contains('nhsuk-skip-link'))
  .filter(e => !(getComputedStyle(e).display === 'inline' && e.parentElement.closest('p, li')
                 && e.parentElement.textContent.trim() !== e.textContent.trim()))
  .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
  .filter(([_, box]) => box.width < 24 || box.height < 24)
  .map(([text, box]) => `${text}: ${box.width} x ${box.height}`)"""
"""Targets smaller than 24 px; a link within a sentence may be (WCAG 2.2, 2.5.8, Inline)."""

_FOCUS: Final = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const all = e.getBoundingClientRect(), style = getComputedStyle(e);
  const x0 = Math.max(all.left, 0), x1 = Math.min(all.right, innerWidth);
  const y0 = Math.max(all.top, 0), y1 = Math.min(all.bottom, innerHeight);
  const box = {x: x0, y: y0, width: x1 - x0, height: y1 - y0};
  const seen = [[.5, .5], [.05, .1], [.95, .9]].some(([x, y]) => {
    const at = document.elementFromPoint(box.x + box.width * x, box.y + box.height * y);
    return at && (e.contains(at) || at.contains(e));
  });
  return {
    what: e.outerHTML.slice(0, 80),
    seen,
    shown: (style.outlineStyle !== 'none' && style.outlineWidth !== '0px')
      || style.boxShadow !== 'none',
  };
}"""


@dataclass
class Seat:
    """Somebody at a browser; `problems` gathers what the browser complained of."""

    page: Page
    url: str
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Whatever the browser says, fetches or misses is heard."""
        self.page.on("console", lambda said: self._heard(said.type, said.text))
        self.page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        self.page.on("request", lambda asked: self._asked(asked.url))
        self.page.on("requestfailed", lambda asked: self._missed(asked.url, asked.failure))

    def _heard(self, kind: str, text: str) -> None:
        # A page that answers 403, 404 or 422 on purpose is told by the browser as an error too.
        if kind in {"error", "warning"} and "Failed to load resource" not in text:
            self.problems.append(f"console: {text}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.url, "data:")):
            self.problems.append(f"elsewhere: {url}")

    def _missed(self, url: str, why: str | None) -> None:
        # What was still on its way when the person went on to the next page is no fault.
        if why != "net::ERR_ABORTED":
            self.problems.append(f"failed: {url} {why}")

    def open(self, path: str) -> int:
        """A page is opened by its address; answers the status."""
        answer = self.page.goto(f"{self.url}{path}")
        assert answer is not None
        return answer.status

    def sign_in(self, name: str, password: str = PASSWORD, code: str = "") -> None:
        """The form of the sign-in page is filled in and sent."""
        self.page.get_by_label("Name", exact=True).fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_label("Code").fill(code)
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Sign in").click()

    @property
    def path(self) -> str:
        """Where the browser is."""
        return self.page.url.removeprefix(self.url)

    def faults(self) -> list[str]:
        """What axe finds on the page as it is now, what is too small, and what was heard."""
        heard = list(self.problems)
        self.page.evaluate(AXE.read_text("utf-8"))
        found: dict[str, Any] = self.page.evaluate(
            "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS
        )
        broken = [
            f"{rule['id']}: {node['html'][:90]} {node['failureSummary'][:160]}"
            for rule in found["violations"]
            for node in rule["nodes"]
        ]
        small = [f"small: {text}" for text in self.page.evaluate(_SMALL)]
        return heard + broken + small

    def is_too_wide(self) -> str:
        """Where the page has to be scrolled sideways: by how much, else nothing."""
        widths = "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        full, shown = self.page.evaluate(widths)
        return f"{full} px on {shown} px" if full > shown else ""

    def focus(self) -> dict[str, Any] | None:
        """What has the focus, and whether it can be seen."""
        found: dict[str, Any] | None = self.page.evaluate(_FOCUS)
        return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without a screen."""
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"), headless=True, args=list(OPTIONS)
        )
        yield browser
        browser.close()


@contextmanager
def seated(
    browser: Browser, site: Served, size: tuple[int, int] = WIDE, *, script: bool = True
) -> Iterator[Seat]:
    """A fresh window at the site, with nobody's cookies."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        java_script_enabled=script,
        locale="en-GB",
    )
    yield Seat(context.new_page(), site.url)
    context.close()
