"""What somebody sees on the way to the organisation's sign-in and back, where something is wrong.

A real browser goes there and is sent back by a provider on this machine that answers as it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from allpath.accounts.organisation import Organisation
from allpath.accounts.organisation_settings import OrganisationSettings, Place
from allpath.accounts.provider import Provider
from allpath.accounts.signing_in import Reception
from allpath.web.guard import WAY_BACK
from tests.web.browsing import Seat
from tests.web.provider.lying import Answering, Liar, lying, signed
from tests.web.serving import Served
from workflow.accounts import Account
from workflow.records import Actor

Doing = Callable[[Served, Seat], None]
NAME: Final = "Sample Hospital"
_KEEPER: Final = Actor("Ada Admin", "admin")


@contextmanager
def _with_a_provider(site: Served) -> Iterator[Liar]:
    """The site with an organisation's sign-in, until whoever looks has seen the page."""
    with lying() as liar:
        settings = OrganisationSettings(
            issuer=liar.issuer,
            name=NAME,
            client_id="allpath",
            secret_file=None,
            scope="openid",
            groups_claim="groups",
            places=(Place("wards", "clinician", ()),),
            public_url="https://allpath.example",
        )
        accounts = site.allpath.store.accounts
        site.app.state.organisation = Organisation(
            settings,
            accounts,
            site.allpath.store.errands,
            Reception(accounts),
            Provider(settings, f"{settings.public_url}{WAY_BACK}"),
        )
        liar.way_back = f"{site.url}{WAY_BACK}"
        try:
            yield liar
        finally:
            site.app.state.organisation = None


def _now(site: Served, **more: Any) -> Answering:  # noqa: ANN401 - claims are plain JSON
    """The truth by the clock of the site, but for what is given."""
    at = int(site.at.timestamp())
    times = {"iat": at, "exp": at + 60, "auth_time": at}
    return lambda claims, key: signed({**claims, **times, **more}, key)


def _goes(seat: Seat, liar: Liar, **back: str) -> None:
    """They open the sign-in page, go to the organisation, and are sent back."""
    liar.sent_back = back
    seat.open("/sign-in")
    with seat.page.expect_navigation():
        seat.page.get_by_role("link", name=f"Sign in at {NAME}").click()
    seat.problems.clear()  # they have been elsewhere, as they were asked to


def offered(site: Served, seat: Seat) -> None:
    """The sign-in page where an organisation has one of its own."""
    with _with_a_provider(site):
        seat.page.reload()


def refused_there(site: Served, seat: Seat) -> None:
    """The organisation lets nobody in, and says so in its own word."""
    with _with_a_provider(site) as liar:
        _goes(seat, liar, error="access_denied")


def without_a_group(site: Served, seat: Seat) -> None:
    """The organisation knows them, and none of their groups may come in."""
    with _with_a_provider(site) as liar:
        liar.answer = _now(site, groups=["kitchen"])
        _goes(seat, liar, code="any")


def disabled(site: Served, seat: Seat) -> None:
    """Their account here was disabled."""
    with _with_a_provider(site) as liar:
        accounts = site.allpath.store.accounts
        came = Account("no-more", "Dr No More", "clinician", (), "", "", site.at, site.at)
        came = replace(came, provider=liar.issuer, subject="liar")
        name = f"no-more-{liar.issuer.rpartition(':')[2]}"
        accounts.add(replace(came, name=name), _KEEPER)
        gone = replace(came, name=name, disabled_at=site.at)
        accounts.change(gone, "account_disabled", _KEEPER, site.at)
        liar.answer = _now(site)
        _goes(seat, liar, code="any")


def of_another_provider(site: Served, seat: Seat) -> None:
    """Somebody is sent back by an organisation that they were not sent to."""
    with _with_a_provider(site) as liar:
        _goes(seat, liar, code="any", iss="https://login.example")


def expired(site: Served, seat: Seat) -> None:
    """They come back on a way that was used, or lay open for too long."""
    with _with_a_provider(site):
        seat.open(f"{WAY_BACK}?code=any&state=of-yesterday")


def not_believed(site: Served, seat: Seat) -> None:
    """What the organisation says of them does not count: it is of another program."""
    with _with_a_provider(site) as liar:
        liar.answer = _now(site, aud="other")
        _goes(seat, liar, code="any")


def silent(site: Served, seat: Seat) -> None:
    """The organisation's sign-in does not answer."""
    with _with_a_provider(site) as liar:
        liar.is_silent = True
        _goes(seat, liar)


def another_person(site: Served, seat: Seat) -> None:
    """Before a signature somebody else shows there who they are."""
    with _with_a_provider(site) as liar:
        liar.answer, liar.sent_back = _now(site), {"code": "any"}
        seat.open("/show-who-you-are")
        seat.problems.clear()


SEEN: Final[dict[str, Doing]] = {
    "organisation": offered,
    "organisation-refused": refused_there,
    "organisation-no-group": without_a_group,
    "organisation-disabled": disabled,
    "organisation-another": of_another_provider,
    "organisation-expired": expired,
    "organisation-not-believed": not_believed,
    "organisation-silent": silent,
}
"""Each by its name; whoever has not signed in sees it."""
