"""Notices as signed webhooks: one POST of JSON that the receiver can check came from here.

`Allpath-Signature` is `v1=` and the HMAC-SHA256, in hexadecimal, over `Allpath-Timestamp`, a dot
and the body, with the secret both sides hold. `Allpath-Id` is the same however often a notice is
sent: a receiver that keeps the ids it has seen takes each notice once. Redirects are not followed.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from allpath.notify.addresses import Resolve, Target, find_target, resolve_host
from allpath.notify.secrets import read_secret
from scheduler.channels import DeliveryError, Message
from workflow.records import iso

Connect = Callable[[tuple[str, int], float], socket.socket]
SECONDS: Final = 15.0
"""How long the whole exchange may take, however busily the other side answers."""
ANSWER_BYTES: Final = 65536
"""More than that of an answer is not read."""
REDIRECTS: Final = range(300, 400)
REFUSALS: Final = range(400, 500)
TRY_AGAIN: Final = frozenset({408, 409, 425, 429})
"""Refusals that are not meant for ever."""


@dataclass(frozen=True)
class Webhook:
    """Signed webhooks to public hosts and to those of `allowed`."""

    secret_file: Path
    allowed: frozenset[str] = frozenset()
    seconds: float = SECONDS
    resolve: Resolve = resolve_host
    connect: Connect = socket.create_connection
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def send(self, message: Message, now: datetime) -> None:
        """The receiver has taken the message; raises DeliveryError when it has not."""
        secret = read_secret(self.secret_file, "the secret of webhooks")
        target = find_target(message.address, self.allowed, self.resolve)
        body = written(message)
        headers = signed(message, body, secret, now)
        status = _Exchange(self, target).post(body, headers)
        if status in REDIRECTS:
            msg = f"the receiver answers with a redirect ({status}), which is not followed"
            raise DeliveryError(msg, permanent=True)
        if not http.client.OK <= status < http.client.MULTIPLE_CHOICES:
            permanent = status in REFUSALS and status not in TRY_AGAIN
            raise DeliveryError(f"the receiver answers {status}", permanent=permanent)


def written(message: Message) -> bytes:
    """The body: the message as JSON, in one spelling."""
    content = {
        "id": message.message_id,
        "topic": message.topic,
        "created_at": iso(message.created_at),
        "subject": message.subject,
        "text": message.text,
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def signed(message: Message, body: bytes, secret: str, now: datetime) -> dict[str, str]:
    """The headers of a message: what it is, when it was sent, and the signature over both."""
    timestamp = str(int(now.timestamp()))
    mac = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return {
        "Content-Type": "application/json",
        "User-Agent": "allpath",
        "Allpath-Id": message.message_id,
        "Allpath-Timestamp": timestamp,
        "Allpath-Signature": f"v1={mac.hexdigest()}",
    }


class _Exchange(http.client.HTTPConnection):
    """One request to an address that was looked at, cut off when it takes too long."""

    def __init__(self, webhook: Webhook, target: Target) -> None:
        super().__init__(target.host, target.port, timeout=webhook.seconds)
        self.default_port = 443 if target.is_encrypted else 80
        self._webhook = webhook
        self._target = target
        self._is_over = threading.Event()

    def connect(self) -> None:
        """The connection stands, to the address and no other, under the host's certificate."""
        target, webhook = self._target, self._webhook
        self.sock = webhook.connect((target.address, target.port), webhook.seconds)
        if target.is_encrypted:
            encrypted = webhook.context.wrap_socket(
                self.sock, server_hostname=target.host, do_handshake_on_connect=False
            )
            self.sock = encrypted
            encrypted.do_handshake()

    def post(self, body: bytes, headers: dict[str, str]) -> int:
        """The status of the answer; raises DeliveryError when there is none in time."""
        over = threading.Timer(self._webhook.seconds, self._cut_off)
        over.daemon = True
        over.start()
        try:
            self.request("POST", self._target.path, body, headers)
            with self.getresponse() as answer:
                if self._is_over.is_set():  # half a head looks like a whole one once it was cut off
                    raise TimeoutError
                with suppress(OSError, http.client.HTTPException):
                    answer.read(ANSWER_BYTES)  # so that the receiver is not cut off while it writes
                return answer.status
        except ssl.SSLError as error:
            msg = f"the receiver's certificate or encryption was refused ({error.reason})"
            raise DeliveryError(msg, is_unreachable=True) from error
        except (OSError, http.client.HTTPException) as error:
            msg = f"the receiver cannot be reached or does not answer ({type(error).__name__})"
            raise DeliveryError(msg, is_unreachable=True) from error
        finally:
            over.cancel()
            self.close()

    def _cut_off(self) -> None:
        """Whoever waits on the connection waits no longer; a trickle of answers counts as none."""
        self._is_over.set()
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)
