"""What a site sets so that people sign in with what their organisation gave them.

Without ALLPATH_OIDC_ISSUER there is no such way in. The groups that may use Allpath are named one
by one, each with its role: `ward-7 = clinician @ North, South; desk = coordinator`. The rows are
read from the top, the first group that somebody is in gives the role; a row without sites means
all of them. Nobody comes in by a group that is not named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from allpath.notify.settings import is_loopback
from allpath.problems import UsageError
from workflow.accounts import ACCOUNT_ROLES
from workflow.records import Role

VARIABLES: Final = {
    "ALLPATH_PUBLIC_URL": "address at which people open the pages",
    "ALLPATH_OIDC_ISSUER": "the organisation's sign-in (OpenID Connect)",
    "ALLPATH_OIDC_NAME": "what people call the organisation's sign-in",
    "ALLPATH_OIDC_CLIENT_ID": "how Allpath is called there",
    "ALLPATH_OIDC_CLIENT_SECRET_FILE": "file with the secret that Allpath shows there",
    "ALLPATH_OIDC_SCOPE": "what is asked for there",
    "ALLPATH_OIDC_GROUPS_CLAIM": "the claim that lists somebody's groups",
    "ALLPATH_OIDC_ROLES": "which group has which role, at which sites",
}
LEEWAY: Final = 30
"""In seconds: so much the organisation's clock and ours may differ."""
_ADDRESS: Final = re.compile(r"(https?)://(\[[0-9A-Fa-f:.]+\]|[^\s/:?#@]+)(:\d{1,5})?(/[^\s?#]*)?")


@dataclass(frozen=True, slots=True)
class Place:
    """What a group gives: a role, and sites; no sites mean all of them."""

    group: str
    role: Role
    sites: tuple[str, ...]


@dataclass(frozen=True)
class OrganisationSettings:
    """The organisation's sign-in, and what its groups may do here."""

    issuer: str
    name: str
    client_id: str
    secret_file: Path | None
    scope: str
    groups_claim: str
    places: tuple[Place, ...]
    public_url: str

    def place_of(self, groups: Iterable[str]) -> Place | None:
        """The role of the first row with one of the groups, at the sites of all rows like it."""
        theirs = set(groups)
        mine = [place for place in self.places if place.group in theirs]
        if not mine:
            return None
        alike = [place.sites for place in mine if place.role == mine[0].role]
        everywhere = not all(alike)
        sites = () if everywhere else tuple(sorted({site for sites in alike for site in sites}))
        return Place(mine[0].group, mine[0].role, sites)


def read_organisation_settings(env: Mapping[str, str]) -> OrganisationSettings | None:
    """The settings of the environment, None where there is no organisation's sign-in."""
    issuer = _word(env, "ALLPATH_OIDC_ISSUER")
    if not issuer:
        return None
    needed = ("ALLPATH_OIDC_CLIENT_ID", "ALLPATH_OIDC_ROLES", "ALLPATH_PUBLIC_URL")
    for name in needed:
        if not _word(env, name):
            raise UsageError(f"ALLPATH_OIDC_ISSUER is set, so {name} has to be set too.")
    return OrganisationSettings(
        issuer=_address("ALLPATH_OIDC_ISSUER", issuer),
        name=_word(env, "ALLPATH_OIDC_NAME") or "your organisation",
        client_id=_word(env, "ALLPATH_OIDC_CLIENT_ID"),
        secret_file=_file(_word(env, "ALLPATH_OIDC_CLIENT_SECRET_FILE")),
        scope=_scope(_word(env, "ALLPATH_OIDC_SCOPE") or "openid profile"),
        groups_claim=_word(env, "ALLPATH_OIDC_GROUPS_CLAIM") or "groups",
        places=tuple(map(_place, _rows(_word(env, "ALLPATH_OIDC_ROLES")))),
        public_url=_address("ALLPATH_PUBLIC_URL", _word(env, "ALLPATH_PUBLIC_URL")).rstrip("/"),
    )


def _word(env: Mapping[str, str], name: str) -> str:
    return env.get(name, "").strip()


def _file(name: str) -> Path | None:
    if name and not Path(name).is_file():
        msg = f"ALLPATH_OIDC_CLIENT_SECRET_FILE names {name}, which is not a file."
        raise UsageError(msg)
    return Path(name) if name else None


def _address(variable: str, text: str) -> str:
    found = _ADDRESS.fullmatch(text)
    if found is None or (found[1] == "http" and not is_loopback(found[2])):
        msg = f"{variable} is no address to be trusted; write https://host, no query after it."
        raise UsageError(msg)
    return text


def _scope(text: str) -> str:
    if "openid" not in text.split():
        raise UsageError(f"ALLPATH_OIDC_SCOPE is {text}; openid has to be among it.")
    return " ".join(text.split())


def _rows(text: str) -> list[str]:
    return [row for row in text.split(";") if row.strip()]


def _place(row: str) -> Place:
    """One row; a group may hold commas and signs of equality, as names in a directory do."""
    group, _, rest = (part.strip() for part in row.rpartition("="))
    role, _, listed = (part.strip() for part in rest.partition("@"))
    if not group or role not in ACCOUNT_ROLES:
        msg = (
            f"ALLPATH_OIDC_ROLES has the row {row.strip()!r}; write GROUP = ROLE or "
            f"GROUP = ROLE @ SITE, SITE with ; between rows, and a role of: "
            f"{', '.join(ACCOUNT_ROLES)}."
        )
        raise UsageError(msg)
    sites = tuple(" ".join(site.split()) for site in listed.split(",") if site.strip())
    if "@" in rest and not sites:
        raise UsageError(f"ALLPATH_OIDC_ROLES names no site after @ in {row.strip()!r}.")
    return Place(group, cast("Role", role), sites)
