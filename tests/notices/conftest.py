"""A ward that is late, a real mail server and a real HTTP receiver on this machine."""

from __future__ import annotations

import itertools
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import Message as Letter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from allpath.notify.email import Mail
from allpath.notify.settings import MailServer
from scheduler.channels import Channel, DeliveryError, Message
from scheduler.delivery import Delivering, DeliveryReport, deliver
from scheduler.sweep import sweep
from tests.conftest import NOW
from tests.orchestrator.conftest import Ward, place
from tests.store.conftest import Place
from workflow.outbox import Recipient
from workflow.records import Actor

LEAD = Actor("Dr Lea Lead", "lead")
SENDER = "allpath@ward.example"


def free_port() -> int:
    """A port on this machine that nobody listens on at the moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class MailHouse:
    """What a real mail server took in, and what it answers: a code with a text, or `""` for yes."""

    letters: list[Letter] = field(default_factory=list)
    answer: Callable[[Letter], str] = field(default=lambda _letter: "")
    to: list[str] = field(default_factory=list)
    port: int = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: ANN401, N802 - as aiosmtpd asks for it
        """A letter arrives."""
        letter = message_from_bytes(envelope.original_content)
        refusal = self.answer(letter)
        if refusal:
            return refusal
        self.letters.append(letter)
        self.to += envelope.rcpt_tos
        return "250 OK"

    @property
    def ids(self) -> list[str]:
        """The Message-IDs in the order they came."""
        return [str(letter["Message-ID"]) for letter in self.letters]

    @property
    def subjects(self) -> list[str]:
        """The subjects in the order they came."""
        return [str(letter["Subject"]) for letter in self.letters]

    @property
    def texts(self) -> list[str]:
        """What the letters say, decoded."""
        return [letter.get_payload(decode=True).decode() for letter in self.letters]  # type: ignore[union-attr] # each has one plain part

    def channel(self) -> Mail:
        """E-mail through this server."""
        return Mail(MailServer("127.0.0.1", self.port, "none", SENDER))


@pytest.fixture
def post() -> Iterator[MailHouse]:
    """A real mail server on this machine."""
    house = MailHouse(port=free_port())
    controller = Controller(house, hostname="127.0.0.1", port=house.port)
    controller.start()
    yield house
    controller.stop()


@dataclass
class Request:
    """One request that a real HTTP receiver took in."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """A real HTTP receiver, and how it behaves; each behaviour may differ with the request."""

    requests: list[Request] = field(default_factory=list)
    status: Callable[[Request], int] = field(default=lambda _request: 200)
    location: str = ""
    closes_early: bool = False
    drips: bool = False
    body: bytes = b"ok"
    port: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        """The message ids in the order they came."""
        return [request.headers["allpath-id"] for request in self.requests]


def serve(receiver: Receiver, context: ssl.SSLContext | None = None) -> ThreadingHTTPServer:
    """The receiver listens, on a thread of its own."""

    class Handler(BaseHTTPRequestHandler):
        """Answers as the receiver says."""

        def do_POST(self) -> None:
            """A notice arrives."""
            length = int(self.headers["Content-Length"])
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.path, headers, self.rfile.read(length))
            receiver.requests.append(request)
            if receiver.closes_early:
                self.close_connection = True
                return
            if receiver.drips:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                for number in itertools.count():
                    if receiver.stopping.wait(0.05):
                        return
                    try:
                        self.wfile.write(f"X-{number}: x\r\n".encode())
                    except OSError:
                        return
            self.send_response(receiver.status(request))
            if receiver.location:
                self.send_header("Location", receiver.location)
            self.send_header("Content-Length", str(len(receiver.body)))
            self.end_headers()
            self.wfile.write(receiver.body)

        def log_message(self, *_arguments: object) -> None:
            """Nothing is printed."""

    class Server(ThreadingHTTPServer):
        """One that does not print what a client that went away left behind."""

        def handle_error(self, *_arguments: object) -> None:
            """A client that went away is expected here."""

    server = Server(("127.0.0.1", receiver.port), Handler)
    receiver.port = server.server_address[1]
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A real HTTP receiver on this machine."""
    found = Receiver()
    server = serve(found)
    yield found
    found.stopping.set()
    server.shutdown()
    server.server_close()


@dataclass
class Bench:
    """A ward whose notices are delivered: patients come late, the clock moves, rounds are made."""

    ward: Ward
    channels: dict[str, Channel] = field(default_factory=dict)
    attempts: int = 12
    chances: Iterator[float] = field(default_factory=lambda: itertools.repeat(0.5))
    tokens: Iterator[int] = field(default_factory=itertools.count)

    @property
    def delivering(self) -> Delivering:
        """What a round works with."""
        store = self.ward.store
        return Delivering(
            store=store,
            library=self.ward.orchestrator.library,
            outbox=store.outbox,
            channels=self.channels,
            chance=lambda: next(self.chances),
            token=lambda: f"token-{next(self.tokens)}",
            attempts=self.attempts,
        )

    def enrol(self, path_id: str) -> Ward:
        """Another patient is referred this morning."""
        other = Ward(self.ward.store)
        other.path_id, other.mrn = path_id, f"99{path_id[-6:]}"
        other.enrol()
        return other

    def sweep(self, days: float) -> datetime:
        """What is due so many days after the morning is escalated; answers that moment."""
        now = NOW + timedelta(days=days)
        sweep(self.ward.store, self.ward.orchestrator, now)
        return now

    def tell(self, role: str = "coordinator", **more: Any) -> Recipient:  # noqa: ANN401 - any field
        """Somebody is told from now on."""
        given = {"channel": "email", "address": f"{role}@ward.example", **more}
        recipient = Recipient("", f"The {role}", role, **given)  # type: ignore[arg-type] # by name
        return self.ward.store.recipients.add(recipient, LEAD, NOW)

    def round(self, now: datetime) -> DeliveryReport:
        """One round, at this moment."""
        return deliver(self.delivering, now)

    def statuses(self) -> list[str]:
        """How each delivery stands, in the order of the notices."""
        return [item.status for item in self.ward.store.outbox.told()]


@pytest.fixture
def bench(place: Place) -> Iterator[Bench]:
    """A ward on a fresh database, with one patient referred this morning."""
    store = place.open()
    ward = Ward(store)
    ward.enrol()
    yield Bench(ward)
    store.close()


@dataclass
class Tray:
    """A channel that lays messages in a tray, or refuses those for which it has an error."""

    messages: list[Message] = field(default_factory=list)
    refuse: Callable[[Message], Exception | None] = field(default=lambda _message: None)

    def send(self, message: Message, now: datetime) -> None:  # noqa: ARG002 - the shape of a channel
        """The message is taken."""
        error = self.refuse(message)
        if error is not None:
            raise error
        self.messages.append(message)

    @property
    def paths(self) -> list[str]:
        """The paths the messages are about, in the order they came."""
        return [message.subject.split()[1] for message in self.messages]


@pytest.fixture
def tray(bench: Bench) -> Tray:
    """A tray in the place of the mail server."""
    found = Tray()
    bench.channels["email"] = found
    return found


def refusal(*, permanent: bool = False) -> DeliveryError:
    """What a channel raises that cannot take a message."""
    return DeliveryError("the other side said no", permanent=permanent)


__all__ = ["Bench", "Letter", "place"]
