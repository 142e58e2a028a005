"""A house: the site over a fresh file, with accounts for every role and patients at two sites."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from allpath.bootstrap import Allpath, open_allpath
from allpath.settings import read_settings
from allpath.web.site import create_site
from storage.engine import open_store
from tests.conftest import COORDINATOR, NOW
from tests.web.client import SECRET, Authenticator, Browser
from workflow.accounts import ACCOUNT_ROLES, Account
from workflow.commands import Enrol
from workflow.records import Actor, Person, Role

PASSWORD = "correct horse battery staple"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
"""A hash that is found out quickly, for the tests in which nothing is guessed."""
ADMIN = Actor("Ada Admin", "admin")
HERE, ELSEWHERE = "North", "South"
OURS, THEIRS = "P-NORTH-1", "P-SOUTH-1"


@dataclass
class House:
    """The site, and the clock that it goes by."""

    url: str
    allpath: Allpath
    site: FastAPI
    at: datetime = NOW
    authenticator: Authenticator = field(default_factory=Authenticator)

    def wait(self, *, minutes: float = 0, seconds: float = 0) -> None:
        """Time passes."""
        self.at += timedelta(minutes=minutes, seconds=seconds)

    def account(
        self, name: str, role: Role, *sites: str, secret: str = "", kept: str = QUICK
    ) -> Account:
        """Somebody may sign in; an admin has a second factor, or is led to it before all else."""
        secret = secret or (SECRET if role == "admin" else "")
        made = Account(name, f"{name.title()} Sample", role, sites, kept, secret, self.at, self.at)
        self.allpath.store.accounts.add(made, ADMIN)
        return made

    def browser(self, name: str = "", address: str = "192.0.2.1") -> Browser:
        """A browser, in which somebody has signed in already where a name is given."""
        made = Browser(self.site, address)
        if name:
            secret = self.allpath.store.accounts.one(name).totp_secret
            code = self.authenticator.code(name, self.at, secret) if secret else ""
            assert made.sign_in(name, PASSWORD, code).status == 303
            made.get("/")
            made.get("/worklist")
        return made

    def restart(self) -> None:
        """The process ends, and another one opens the same file."""
        self.allpath.store.close()
        self.allpath, self.site = _opened(self)

    def enrol(self, path_id: str, family: str, site: str, mrn: str) -> None:
        """A made-up patient at a site."""
        command = Enrol(
            actor=COORDINATOR,
            person=Person(path_id, family, "Sam", {"mrn": mrn}),
            pathway_id="relapsed_all",
            settings={"active_set": "COG", "region": "US", "time_zone": "UTC", "site": site},
            entered_on=self.at.date(),
        )
        self.allpath.orchestrator.enrol(command, self.at)


def _opened(house: House) -> tuple[Allpath, FastAPI]:
    settings = read_settings({"ALLPATH_DATABASE": house.url})
    allpath = open_allpath(settings, use_clock=lambda: house.at)
    return allpath, create_site(allpath)


def open_house(folder: Path) -> House:
    """A house with both patients and nobody who may sign in."""
    url = f"sqlite:///{folder / 'house.db'}"
    open_store(url).close()
    house = House.__new__(House)
    house.url, house.at, house.authenticator = url, NOW, Authenticator()
    house.allpath, house.site = _opened(house)
    house.enrol(OURS, "Northern", HERE, "9990000001")
    house.enrol(THEIRS, "Southern", ELSEWHERE, "9990000002")
    return house


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house of one test's own, in which Cora Coordinator of the northern site may sign in."""
    made = open_house(tmp_path)
    made.account("cora", "coordinator", HERE)
    yield made
    made.allpath.store.close()


@pytest.fixture(scope="session")
def full_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house with one account for each role, all of the northern site; tests only look at it."""
    made = open_house(tmp_path_factory.mktemp("house"))
    for role in ACCOUNT_ROLES:
        made.account(f"{role}-of-north", role, HERE)
    yield made
    made.allpath.store.close()


__all__ = ["HERE", "OURS", "PASSWORD", "THEIRS", "House"]
