"""The site as it is served: a real server on a free port, over made-up patients in every state."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Final

import uvicorn
from argon2 import PasswordHasher
from fastapi import FastAPI

from allpath.accounts.second_factor import code_at
from allpath.bootstrap import Allpath, open_allpath
from allpath.demo.cohort import FEWEST, build
from allpath.demo.meetings import hold
from allpath.settings import read_settings
from allpath.web.pages import STATIC
from allpath.web.site import create_site
from storage.engine import open_store
from tests.conftest import NOW
from tests.web.client import SECRET
from workflow.accounts import ACCOUNT_ROLES, Account
from workflow.records import Actor
from workflow.watch import Heartbeat

AXE: Final = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
PASSWORD: Final = "correct horse battery staple"
BOUND_TO: Final = "Hospital without patients"
"""The one site of the account `bound`, who finds every patient elsewhere."""
OPTIONS: Final = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)


@dataclass
class Served:
    """A running site: its address, the product behind it, and the clock that it goes by."""

    url: str
    allpath: Allpath
    app: FastAPI
    at: datetime
    codes: int = 0

    def wait(self, *, minutes: float) -> None:
        """Time passes, and the worker has looked."""
        self.at += timedelta(minutes=minutes)
        self.look()

    @contextmanager
    def next_code(self) -> Iterator[str]:
        """The admin's next code, at a time at which it is shown; each is good once."""
        self.codes += 1
        later = timedelta(seconds=30 * self.codes)
        self.at += later
        yield code_at(SECRET, self.at)
        self.at -= later

    def look(self) -> None:
        """A worker has just looked for what is due."""
        with self.allpath.store.begin() as transaction:
            transaction.beat(Heartbeat("test", NOW, self.at))

    def patients(self) -> dict[str, str]:
        """One patient in each state there is, by state."""
        found = sorted(self.allpath.store.paths(), key=lambda path: path.path_id, reverse=True)
        return {path.state: path.path_id for path in found}


def missing() -> str:
    """What a browser test needs and is not here; empty when all is here."""
    if shutil.which("chromium") is None:
        return "there is no chromium on the PATH (apt-get install chromium)"
    if not (STATIC / "vendor" / "nhsuk-frontend.css").is_file() or not AXE.is_file():
        return "the pages are not built, or axe-core is not here (make install, with npm)"
    return ""


def is_needed() -> bool:
    """Whether a missing browser is a failure: in CI always."""
    return bool(os.environ.get("NEEDS_BROWSER"))


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """The site while it runs; one account for each role, named after it, for all sites."""
    url = f"sqlite:///{folder / 'served.db'}"
    open_store(url).close()
    running = Served.__new__(Served)
    running.at, running.codes = NOW, 0
    running.allpath = open_allpath(
        read_settings({"ALLPATH_DATABASE": url}), use_clock=lambda: running.at
    )
    build(running.allpath.store, running.allpath.orchestrator, FEWEST, 1, NOW)
    hold(running.allpath, NOW)
    kept = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    for role in ACCOUNT_ROLES:
        secret = SECRET if role == "admin" else ""
        made = Account(role, f"{role.title()} Sample", role, (), kept, secret, NOW, NOW)
        running.allpath.store.accounts.add(made, Actor("Ada Admin", "admin"))
    bound = Account("bound", "Bo Bound", "clinician", (BOUND_TO,), kept, "", NOW, NOW)
    running.allpath.store.accounts.add(bound, Actor("Ada Admin", "admin"))
    running.look()
    with socket.create_server(("127.0.0.1", 0), backlog=128) as door:
        running.url = f"http://127.0.0.1:{door.getsockname()[1]}"
        running.app = create_site(running.allpath)
        server = uvicorn.Server(uvicorn.Config(running.app, log_level="warning", lifespan="off"))
        thread = Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        yield running
        server.should_exit = True
        thread.join()
    running.allpath.store.close()
