"""A house whose people sign in at the organisation, by the real clock as every provider is."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

from allpath import clock
from allpath.bootstrap import open_allpath
from allpath.settings import read_settings
from allpath.web.site import create_site
from storage.engine import open_store
from tests.web.client import Authenticator
from tests.web.conftest import House
from tests.web.provider.running import PUBLIC_URL, SECRET

ROLES: Final = "wards = clinician @ North; cn=desk,ou=north = coordinator; wards-2=clinician@South"


def opened(folder: Path, issuer: str) -> House:
    """A house with the organisation's sign-in, by the real clock as the provider is."""
    secret = folder / "secret"
    secret.write_text(f"{SECRET}\n")
    url = f"sqlite:///{folder / 'house.db'}"
    open_store(url).close()
    house = House.__new__(House)
    house.url, house.at, house.authenticator = url, clock.now(), Authenticator()
    settings = read_settings(
        {
            "ALLPATH_DATABASE": url,
            "ALLPATH_PUBLIC_URL": PUBLIC_URL,
            "ALLPATH_OIDC_ISSUER": issuer,
            "ALLPATH_OIDC_NAME": "Sample Hospital",
            "ALLPATH_OIDC_CLIENT_ID": "allpath",
            "ALLPATH_OIDC_CLIENT_SECRET_FILE": str(secret),
            "ALLPATH_OIDC_ROLES": ROLES,
        }
    )
    house.allpath = open_allpath(settings, use_clock=lambda: house.at)
    house.site = create_site(house.allpath)
    return house


def query(address: str) -> dict[str, str]:
    """What an address carries after its question mark."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
