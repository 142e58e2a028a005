"""A real OpenID Connect provider, started with node, and somebody at its sign-in pages."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from urllib.parse import quote, urljoin

import requests

from tests.web.client import HOST

HERE = Path(__file__).parent
PUBLIC_URL = f"https://{HOST}"
WAY_BACK = f"{PUBLIC_URL}/sign-in/organisation/back"
SECRET = "shown-to-the-provider-alone"
_ACTION = re.compile(r'<form[^>]*action="([^"]+)"')
_PROMPT = re.compile(r'name="prompt" value="(\w+)"')


def missing() -> str:
    """What the provider needs and is not here; empty when all is here."""
    if shutil.which("node") is None:
        return "there is no node on the PATH"
    if not (HERE.parents[2] / "node_modules" / "oidc-provider").is_dir():
        return "oidc-provider is not here (make install, with npm)"
    return ""


@contextmanager
def provider() -> Iterator[str]:
    """The issuer of a provider that runs meanwhile."""
    node = shutil.which("node") or "node"
    script = str(HERE / "provider.mjs")
    with subprocess.Popen(
        [node, script, WAY_BACK, SECRET],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as running:
        assert running.stdout is not None
        yield running.stdout.readline().strip()
        running.terminate()


class Person:
    """Somebody with a browser of their own at the provider, where they stay signed in."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self.was_asked = 0
        """How often the provider asked who they are."""

    def sign_in(self, address: str, login: str) -> str:
        """Through the provider's pages; answers the address at Allpath that they lead back to.

        `login` is a name and their groups as of today, with + between.
        """
        login, _, groups = login.partition("+")
        placed = f"/directory/{quote(login)}/{quote(groups, safe='')}"
        self._session.get(urljoin(address, placed), timeout=10).raise_for_status()
        answer = self._session.get(address, allow_redirects=False, timeout=10)
        for _ in range(20):
            if answer.is_redirect:
                target = urljoin(answer.url, answer.headers["location"])
                if target.startswith(WAY_BACK):
                    return target.removeprefix(PUBLIC_URL)
                answer = self._session.get(target, allow_redirects=False, timeout=10)
                continue
            assert answer.status_code == 200, answer.text
            answer = self._filled_in(answer, login)
        raise AssertionError("the provider leads nowhere")

    def close(self) -> None:
        """The browser is closed."""
        self._session.close()

    def _filled_in(self, page: requests.Response, login: str) -> requests.Response:
        (action,) = _ACTION.findall(page.text)
        (prompt,) = _PROMPT.findall(page.text)
        fields = {"prompt": prompt}
        if prompt == "login":
            self.was_asked += 1
            fields |= {"login": login, "password": "of the organisation"}
        target = urljoin(page.url, unescape(action))
        return self._session.post(target, fields, allow_redirects=False, timeout=10)
