"""The organisation's sign-in as a program talks to it: OpenID Connect, code flow with PKCE.

What comes back counts only when its signature, issuer, audience, time and nonce are right.
Nothing of a token is ever logged or shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from allpath.accounts.organisation_settings import LEEWAY, OrganisationSettings
from allpath.accounts.refusals import ProviderError

_PATIENCE: Final = 5
"""In seconds: so long the provider may take for an answer; people wait meanwhile."""
_SIGNED_BY: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
"""Signatures by a key of the provider's own: never `none`, never one made with our secret."""


class Provider:
    """One provider, as its own description tells; the description is asked for when needed."""

    def __init__(self, settings: OrganisationSettings, way_back: str) -> None:
        self._settings = settings
        self._way_back = way_back
        self._described: dict[str, Any] = {}

    def way_there(self, state: str, nonce: str, verifier: str, *, is_again: bool) -> str:
        """The address at which somebody signs in there; `is_again`: even if they did just now."""
        with self._session() as session:
            described = self._description(session)
            asked = {"prompt": "login", "max_age": "0"} if is_again else {}
            address, _ = session.create_authorization_url(
                described["authorization_endpoint"],
                state=state,
                code_verifier=verifier,
                nonce=nonce,
                **asked,
            )
        return str(address)

    def claims(self, code: str, verifier: str, nonce: str, now: datetime) -> Mapping[str, Any]:
        """What the provider says of whoever brought the code; raises ProviderError."""
        with self._session() as session:
            described = self._description(session)
            try:
                session.token_endpoint_auth_method = self._shown_by(described)
                token = session.fetch_token(
                    described["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                )
                listed: Any = self._read(session, described["jwks_uri"])
                keys = KeySet.import_key_set(listed)
                claims = self._checked(token, keys, nonce, now)
                wanted = {self._settings.groups_claim, "name"}
                if not wanted <= claims.keys() and "userinfo_endpoint" in described:
                    more = self._read(session, described["userinfo_endpoint"], is_signed_in=True)
                    if more.get("sub") == claims["sub"]:
                        claims = {**more, **claims}
            except (JoseError, AuthlibBaseError, KeyError, TypeError, ValueError) as error:
                raise _refused(_kind_of(error)) from None
            except requests.RequestException as error:
                raise _silent(error) from None
        return claims

    def _checked(
        self, token: Mapping[str, Any], keys: KeySet, nonce: str, now: datetime
    ) -> Mapping[str, Any]:
        found = jwt.decode(token["id_token"], keys, algorithms=list(_SIGNED_BY))
        client = self._settings.client_id
        given = CodeIDToken(
            found.claims,
            found.header,
            options={
                "iss": {"essential": True, "value": self._settings.issuer},
                "aud": {"essential": True, "value": client},
            },
            params={
                "nonce": nonce,
                "client_id": client,
                "access_token": token.get("access_token"),
            },
        )
        given.validate(now=int(now.timestamp()), leeway=LEEWAY)
        if not isinstance(given["sub"], str) or not given["sub"]:
            raise ValueError("sub")
        return dict(given)

    def _session(self) -> Any:  # noqa: ANN401 - the library brings no types
        settings = self._settings
        secret = settings.secret_file.read_text("utf-8").strip() if settings.secret_file else None
        session = OAuth2Session(
            settings.client_id,
            secret,
            scope=settings.scope,
            redirect_uri=self._way_back,
            code_challenge_method="S256",
            default_timeout=_PATIENCE,
        )
        session.max_redirects = 0  # it would carry the code or the secret to somebody else
        return session

    def _description(self, session: Any) -> Mapping[str, Any]:  # noqa: ANN401 - see above
        if self._described:
            return self._described
        issuer = self._settings.issuer
        address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            found = self._read(session, address)
        except requests.RequestException as error:
            raise _silent(error) from None
        except (TypeError, ValueError) as error:
            raise _refused(_kind_of(error)) from None
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        scheme = f"{issuer.partition(':')[0]}://"  # by https, but for one on this machine
        are_safe = all(str(found.get(name)).startswith(scheme) for name in needed)
        if found.get("issuer") != issuer or not are_safe:
            raise _refused("its description is not that of ALLPATH_OIDC_ISSUER")
        self._described = found
        return found

    def _read(
        self,
        session: Any,  # noqa: ANN401 - see above
        address: str,
        *,
        is_signed_in: bool = False,
    ) -> dict[str, Any]:
        answer = session.get(address, withhold_token=not is_signed_in)
        answer.raise_for_status()
        found = answer.json()
        if not isinstance(found, dict):
            raise TypeError(address)
        return found

    def _shown_by(self, described: Mapping[str, Any]) -> str:
        """How Allpath shows at the provider that it is Allpath."""
        if self._settings.secret_file is None:
            return "none"
        known = described.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return "client_secret_basic" if "client_secret_basic" in known else "client_secret_post"


def _refused(why: str) -> ProviderError:
    msg = (
        "What the organisation's sign-in answered does not count. Nobody was signed in; try again."
    )
    return ProviderError(msg, why)


def _silent(error: Exception) -> ProviderError:
    msg = (
        "The organisation's sign-in cannot be reached now. Nobody was signed in; try again, or use "
        "an account of Allpath if you have one."
    )
    return ProviderError(msg, type(error).__name__)


def _kind_of(error: Exception) -> str:
    """The kind of error, and the name of the claim or the provider's own short word for it."""
    word = getattr(error, "claim", "") or getattr(error, "error", "")
    return f"{type(error).__name__} {word if isinstance(word, str) else ''}".strip()
