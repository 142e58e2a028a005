"""Signing in at the organisation: the way there, the way back, and what its groups give here.

Whoever comes back has to have left from the same browser, a few minutes ago at most, and once. An
account is made at the first sign-in and placed anew at each: role and sites are the groups'.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from allpath.accounts.keeping import sign_in_name
from allpath.accounts.organisation_settings import LEEWAY, OrganisationSettings, Place
from allpath.accounts.refusals import ProviderError
from allpath.accounts.signing_in import Reception, SignedIn, digest_of
from storage.accounts import SqlAccounts
from storage.errands import SqlErrands
from workflow.accounts import Account, Errand
from workflow.characters import invisible
from workflow.errors import NotPermittedError
from workflow.records import Actor

if TYPE_CHECKING:  # brought by an extra, and given where it is there
    from allpath.accounts.provider import Provider

_SIGN_IN: Final = Actor("the organisation's sign-in", "service")
_LONGEST_NAME: Final = 100
_STRAY: Final = (
    "This way back is not open any more, or was begun in another browser. Nobody was signed in; "
    "begin again."
)


@dataclass(frozen=True, slots=True)
class Back:
    """Somebody is back: `token` opens the new session, and is empty where they showed again."""

    token: str
    back: str


class Organisation:
    """The organisation's sign-in, and the accounts that come from it."""

    def __init__(
        self,
        settings: OrganisationSettings,
        accounts: SqlAccounts,
        errands: SqlErrands,
        reception: Reception,
        provider: Provider,
    ) -> None:
        self._settings = settings
        self._accounts = accounts
        self._errands = errands
        self._reception = reception
        self._provider = provider

    @property
    def name(self) -> str:
        """What people call it."""
        return self._settings.name

    def leave(self, back: str, who: SignedIn | None, now: datetime) -> tuple[str, str]:
        """The address there, and what the browser keeps meanwhile; `who` shows once more.

        Raises ProviderError where the provider does not answer.
        """
        state, browser, nonce, verifier = (secrets.token_urlsafe(48) for _ in range(4))
        account = who.account.name if who else ""
        address = self._provider.way_there(state, nonce, verifier, is_again=who is not None)
        errand = Errand(digest_of(state), digest_of(browser), account, nonce, verifier, back, now)
        self._errands.begin(errand)
        return address, browser

    def return_from(
        self, given: Mapping[str, str], browser: str, who: SignedIn | None, now: datetime
    ) -> Back:
        """Whoever is back has a session, or has shown who they are; raises NotPermittedError."""
        errand = self._errands.take(digest_of(given.get("state", "")), now)
        if errand is None or not secrets.compare_digest(errand.browser, digest_of(browser)):
            raise ProviderError(_STRAY, "unknown state or browser")
        if given.get("iss", self._settings.issuer) != self._settings.issuer:
            raise ProviderError(_STRAY, "another issuer")
        if not given.get("code"):
            msg = "The organisation's sign-in let nobody in; begin again."
            raise ProviderError(msg, "no code")
        claims = self._provider.claims(given["code"], errand.verifier, errand.nonce, now)
        if errand.account:
            self._show_again(errand, claims, who, now)
            return Back("", errand.back)
        token, _ = self._reception.enter(self._account(claims, now), now)
        return Back(token, errand.back)

    def _show_again(
        self, errand: Errand, claims: Mapping[str, Any], who: SignedIn | None, now: datetime
    ) -> None:
        """The same person, who signed in there after they had left from here."""
        found = self._accounts.of_provider(self._settings.issuer, claims["sub"])
        if who is None or found is None or {found.name, who.account.name} != {errand.account}:
            msg = (
                "Somebody else signed in there, or your session here has ended. Sign out there, go "
                "back to the form, and show from it who you are."
            )
            raise ProviderError(msg, "another account")
        at = claims.get("auth_time")
        earliest = errand.begun_at - timedelta(seconds=LEEWAY)
        if not isinstance(at, (int, float)) or datetime.fromtimestamp(at, UTC) < earliest:
            msg = "The organisation's sign-in did not ask again who you are. Nothing was kept."
            raise ProviderError(msg, "auth_time")
        self._reception.shown(who, now)

    def _account(self, claims: Mapping[str, Any], now: datetime) -> Account:
        """The account of that person, placed by their groups as they are today."""
        issuer, subject = self._settings.issuer, claims["sub"]
        found = self._accounts.of_provider(issuer, subject)
        place = self._settings.place_of(_listed(claims.get(self._settings.groups_claim)))
        if place is None:
            if found is not None:  # what is open was opened by groups they are in no more
                self._accounts.change(found, "account_without_group", _SIGN_IN, now)
            msg = (
                "Your organisation knows you, but none of your groups may use Allpath. Nobody was "
                "signed in; ask whoever looks after accounts."
            )
            raise ProviderError(msg, "no group")
        if found is None:
            return self._made(claims, place, now)
        if not found.is_enabled:
            msg = "Your account here is disabled. Nobody was signed in; ask an admin."
            raise ProviderError(msg, "disabled")
        # The name under signatures stays that of the first day: it tells the second signer from
        # the first, and a new one would make two people of one.
        placed = replace(found, role=place.role, sites=place.sites)
        if placed != found:
            self._accounts.change(placed, "account_placed", _SIGN_IN, now)
        return placed

    def _made(self, claims: Mapping[str, Any], place: Place, now: datetime) -> Account:
        subject = claims["sub"]
        called = _text(claims.get("preferred_username")) or _text(subject) or "somebody"
        display = _text(claims.get("name")) or called
        made = Account(
            *(self._free(called), display, place.role, place.sites, "", "", now, now),
            provider=self._settings.issuer,
            subject=subject,
        )
        self._accounts.add(made, _SIGN_IN)
        return made

    def _free(self, called: str) -> str:
        """A name that nobody had before: names are used once, whoever brings them."""
        name = sign_in_name(called)
        for number in count(2):
            if self._accounts.find(name) is None:
                return name
            name = f"{sign_in_name(called)}-{number}"
        raise NotPermittedError(_STRAY)  # pragma: no cover - counting ends never


def _listed(value: object) -> list[str]:
    """The groups of a claim: a list of texts, or one text."""
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _text(value: object) -> str:
    """A name as it may stand on a page and under a signature; empty for what is none."""
    found = " ".join(value.split()) if isinstance(value, str) else ""
    return "" if invisible(found) or len(found) > _LONGEST_NAME else found
