"""A provider that answers whatever it is told to, and the lies a token can hold."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from allpath import clock
from tests.web.provider.running import SECRET

Answering = Callable[[dict[str, Any], RSAKey], str]
"""How the claims that would be right become a token."""


def signed(claims: dict[str, Any], key: RSAKey | OctKey, alg: str = "RS256") -> str:
    """A token as a provider signs it."""
    return jwt.encode({"alg": alg, "kid": "of-it"}, claims, key, algorithms=[alg])


def unsigned(claims: dict[str, Any]) -> str:
    """A token that says of itself that nobody signed it."""
    parts = ({"alg": "none", "kid": "of-it"}, claims)
    texts = (urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return ".".join((*texts, ""))


def without(claims: dict[str, Any], name: str) -> dict[str, Any]:
    """The claims but for one."""
    return {key: value for key, value in claims.items() if key != name}


def earlier(claims: dict[str, Any], name: str) -> dict[str, Any]:
    """The claims, one of them a minute earlier."""
    return {**claims, name: claims[name] - 60}


@dataclass
class Liar:
    """A provider that answers whatever it is told to; its own key is in its set of keys."""

    issuer: str = ""
    answer: Answering = signed
    nonce: str = ""
    way_back: str = ""
    """Where a browser is sent back to that comes to sign in."""
    sent_back: dict[str, str] = field(default_factory=dict)
    is_silent: bool = False
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "of-it"}))

    def said(self, path: str) -> dict[str, Any]:
        """What is answered to a request."""
        now = int(clock.now().timestamp())
        claims = {
            "iss": self.issuer,
            "aud": "allpath",
            "sub": "liar",
            "nonce": self.nonce,
            "iat": now,
            "exp": now + 60,
            "auth_time": now,
            "groups": ["wards"],
            "name": "Dr Liar Sample",
        }
        answers: dict[str, dict[str, Any]] = {
            "/.well-known/openid-configuration": {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/there",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
            },
            "/keys": {"keys": [self.key.as_dict(private=False)]},
            "/token": {
                "access_token": "x",
                "token_type": "Bearer",
                "id_token": self.answer(claims, self.key),
            },
        }
        return answers[path]


@contextmanager
def lying() -> Iterator[Liar]:
    """A provider on this machine that lies as it is told."""
    made = Liar()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if made.is_silent:
                self.close_connection = True
                return
            if self.path.startswith("/there"):
                self._send_back()
                return
            body = json.dumps(made.said(self.path)).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _send_back(self) -> None:
            """A browser is sent back at once, as it was told."""
            asked = dict(parse_qsl(urlsplit(self.path).query))
            made.nonce = asked["nonce"]
            back = urlencode({**made.sent_back, "state": asked["state"]})
            self.send_response(303)
            self.send_header("location", f"{made.way_back}?{back}")
            self.end_headers()

        do_POST = do_GET  # noqa: N815 - the name that http.server asks for

        def log_message(self, *_: object) -> None:
            """Nothing is written to the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        made.issuer = f"http://127.0.0.1:{server.server_address[1]}"
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield made
        server.shutdown()
        thread.join()


LIES: Final[dict[str, Answering]] = {
    "nobody signed it": lambda claims, _: unsigned(claims),
    "signed with our own secret": lambda claims, _: signed(
        claims, OctKey.import_key(SECRET.encode()), "HS256"
    ),
    "signed by another key": lambda claims, _: signed(
        claims, RSAKey.generate_key(2048, {"kid": "of-it"})
    ),
    "for another program": lambda claims, key: signed({**claims, "aud": "other"}, key),
    "for another program beside us": lambda claims, key: signed(
        {**claims, "aud": ["allpath", "other"], "azp": "other"}, key
    ),
    "of another provider": lambda claims, key: signed({**claims, "iss": "https://other"}, key),
    "of an hour ago": lambda claims, key: signed({**claims, "exp": claims["exp"] - 3600}, key),
    "of another sign-in": lambda claims, key: signed({**claims, "nonce": "another"}, key),
    "of no sign-in": lambda claims, key: signed(without(claims, "nonce"), key),
    "without an end": lambda claims, key: signed(without(claims, "exp"), key),
    "of nobody": lambda claims, key: signed({**claims, "sub": ""}, key),
    "no token at all": lambda _, __: "not a token",
}
