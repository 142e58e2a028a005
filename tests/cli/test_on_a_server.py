"""The command line on a PostgreSQL server: the same words, and what a server adds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import postgresql
from tests.cli.conftest import Desk


@dataclass
class ServerDesk(Desk):
    """A desk whose database is on the server of the tests."""

    name: str = ""

    def use(self, role: str = postgresql.APPLICATION, sites: str = "*") -> None:
        """From now on the desk connects as this role, for these sites."""
        url = postgresql.server().url(self.name, role)
        self.variables["ALLPATH_DATABASE"] = url.render_as_string(hide_password=False)
        self.variables["ALLPATH_SITES"] = sites


@pytest.fixture
def team(tmp_path: Path) -> Iterator[ServerDesk]:
    """A desk on an empty database of a server, with the role of the application."""
    with postgresql.fresh() as name:
        desk = ServerDesk(tmp_path, name=name)
        desk.use()
        yield desk


def test_a_patient_is_enrolled_recorded_and_confirmed_on_a_server(team: ServerDesk) -> None:
    """Whoever moves from a file to a server learns no new command."""
    path_id = team.assessed()

    confirmed = team.confirm(path_id, "reinduction")

    assert confirmed.code == 0, confirmed.err
    (row,) = team.ask("worklist")["rows"]
    assert (row["path_id"], row["state"]) == (path_id, "reinduction")
    kinds = [entry["kind"] for entry in team.ask("history", path_id)["entries"]]
    assert kinds[0] == "enrolled"
    assert kinds.count("step_confirmed") == 2
    health = team.run("doctor")
    assert "every hash chain verifies" in health.out
    assert "PostgreSQL 18" in health.out
    assert "role\t" not in health.out


def test_a_site_lists_its_own_patients(team: ServerDesk) -> None:
    """The desk at North neither lists nor finds the patient of South."""
    north = team.enrol("--site", "North")
    south = team.enrol("--site", "South", mrn="9990000002", family="Other")

    team.use(sites="North")

    assert [row["path_id"] for row in team.ask("worklist")["rows"]] == [north]
    assert team.run("history", south).code == 3
    refused = team.run(
        *("enrol", "--family", "X", "--given", "Y", "--identifier", "mrn=9990000003"),
        *("--active-set", "COG", "--site", "South", "--actor", "Cora Coordinator:coordinator"),
    )
    assert refused.code == 4
    assert "not among those of ALLPATH_SITES" in refused.err


def test_sites_without_a_server_are_refused(desk: Desk) -> None:
    """A fence that is only painted on a file would be trusted."""
    desk.variables["ALLPATH_SITES"] = "North"

    answer = desk.run("worklist")

    assert answer.code == 2
    assert "only a PostgreSQL server keeps sites apart" in answer.err


def test_all_sites_may_be_named_on_a_file_too(desk: Desk) -> None:
    """One set of variables may serve both."""
    desk.variables["ALLPATH_SITES"] = "*"

    assert desk.run("worklist").code == 0


def test_a_password_file_that_is_not_there_is_named(desk: Desk) -> None:
    """The start stops and names the variable."""
    desk.variables["ALLPATH_DATABASE_PASSWORD_FILE"] = str(desk.folder / "nothing")

    answer = desk.run("worklist")

    assert answer.code == 2
    assert "ALLPATH_DATABASE_PASSWORD_FILE names" in answer.err


def test_the_owner_upgrades_and_grants(team: ServerDesk) -> None:
    """Both can be repeated without fear, and the doctor warns whoever stays the owner."""
    team.use(postgresql.OWNER)

    assert "is at the newest revision" in team.run("db", "upgrade").out
    granted = team.run("db", "grant", postgresql.APPLICATION)

    assert granted.code == 0, granted.err
    assert "The role application may now do the daily work" in granted.out
    assert team.ask("db", "status")["notes"][0].startswith("the role owner_of_tables owns")
    assert "role\twarn - the role owner_of_tables owns the tables" in team.run("doctor").out


def test_rights_in_a_file_are_refused(desk: Desk) -> None:
    """There are no roles in a file."""
    answer = desk.run("db", "grant", "somebody")

    assert answer.code == 4
    assert "has no roles" in answer.err
