"""A webhook is signed, goes where it may and nowhere else, and believes nothing but a status."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import ssl
import subprocess
import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from allpath.notify.addresses import is_public
from allpath.notify.webhook import Webhook
from scheduler.channels import DeliveryError, Message
from scheduler.delivery import LEASE
from tests.conftest import NOW
from tests.notices.conftest import Bench, Receiver, Request, serve

SECRET = "a secret that both sides hold"
MESSAGE = Message("P-1/7.R-1", "", "Allpath: P-1 is late", "Open the worklist", NOW, "test")

INNER = [
    "https://127.0.0.1/hook",
    "https://127.1.2.3:8443/",
    "https://localhost/",
    "https://LOCALHOST./",
    "https://0.0.0.0/",
    "https://10.0.0.7/",
    "https://172.16.0.1/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://240.0.0.1/",
    "https://192.0.2.1/",
    "https://198.18.0.1/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::127.0.0.1]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fc00::1]/",
    "https://[fd12:3456::1]/",
    "https://[ff02::1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:7f00:1::1]/",
    "https://[2001:db8::1]/",
]
ODD = [
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://127.0.0.0x1/",
    "https://\uff11\uff12\uff17.0.0.1/",
    "https://127\u30020\u30020\u30021/",
    "https://%31%32%37.0.0.1/",
    "https://public.example@127.0.0.1/",
    "https://user:word@public.example/",
    "https://public.example\\@127.0.0.1/",
    "https://public.example:0/",
    "https://public.example:99999/",
    "https://public.example/\r\nHost: inner",
    "https://pub lic.example/",
    "https:///path",
    "https://-public.example/",
    "https://public..example/",
    "//public.example/",
    "ftp://public.example/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:25/",
    "http://public.example/",
]


@pytest.fixture
def webhook(tmp_path: Path) -> Webhook:
    """Webhooks with a secret, which may reach this machine."""
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    return Webhook(file, frozenset({"127.0.0.1", "localhost"}), seconds=1.0)


class Counting:
    """Counts the connections that were made, and makes none."""

    def __init__(self) -> None:
        self.to: list[tuple[str, int]] = []

    def __call__(self, address: tuple[str, int], timeout: float) -> socket.socket:
        """Somebody wants to connect."""
        del timeout
        self.to.append(address)
        raise ConnectionRefusedError


def _refusal(webhook: Webhook, url: str) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        webhook.send(replace(MESSAGE, address=url), NOW)
    return caught.value


@pytest.mark.parametrize("url", [*INNER, *ODD])
def test_no_connection_is_made_into_the_house(webhook: Webhook, url: str) -> None:
    """Whoever names a webhook must not reach through us what they cannot reach themselves."""
    connect = Counting()
    outward = replace(webhook, allowed=frozenset(), connect=connect)

    error = _refusal(outward, url)

    assert connect.to == []
    assert error.permanent


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.0.0.7"],
        ["169.254.169.254"],
        ["::1"],
        ["::ffff:10.0.0.7"],
        ["93.184.215.14", "127.0.0.1"],
        ["fe80::1%eth0"],
        ["0.0.0.0"],  # noqa: S104 - an address that must be refused
    ],
)
def test_a_public_name_with_an_inner_address_is_refused(
    webhook: Webhook, addresses: Sequence[str]
) -> None:
    """A name service answers what its owner likes; one inner address among public ones counts."""
    connect = Counting()
    outward = replace(webhook, connect=connect, resolve=lambda _host, _port: addresses)

    error = _refusal(outward, "https://public.example/hook")

    assert (connect.to, error.permanent) == ([], True)


def test_a_name_is_resolved_once_and_the_address_that_was_looked_at_is_reached(
    webhook: Webhook,
) -> None:
    """The second answer of a name service that changes its mind is never asked for."""
    connect = Counting()
    answers = iter([["93.184.215.14"], ["127.0.0.1"]])
    outward = replace(webhook, connect=connect, resolve=lambda _host, _port: next(answers))

    _refusal(outward, "https://public.example/hook")

    assert connect.to == [("93.184.215.14", 443)]
    assert next(answers) == ["127.0.0.1"]


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07::1"])
def test_a_public_address_is_public(address: str) -> None:
    """The guard does not refuse everything."""
    assert is_public(address)


def test_a_receiver_can_check_who_sent_it_and_when(webhook: Webhook, receiver: Receiver) -> None:
    """The signature covers the moment and every byte of the body."""
    webhook.send(replace(MESSAGE, address=receiver.url), NOW)

    (request,) = receiver.requests
    timestamp = request.headers["allpath-timestamp"]
    mac = hmac.new(SECRET.encode(), timestamp.encode() + b"." + request.body, hashlib.sha256)
    assert request.headers["allpath-signature"] == f"v1={mac.hexdigest()}"
    assert int(timestamp) == int(NOW.timestamp())
    assert json.loads(request.body) == {
        "created_at": "2026-11-23T07:00:00.000000Z",
        "id": "P-1/7.R-1",
        "subject": "Allpath: P-1 is late",
        "text": "Open the worklist",
        "topic": "test",
    }


@pytest.mark.parametrize(
    ("status", "permanent"),
    [(500, False), (503, False), (429, False), (408, False), (404, True), (410, True)],
)
def test_a_refusal_is_taken_for_what_it_means(
    webhook: Webhook, receiver: Receiver, status: int, *, permanent: bool
) -> None:
    """An overloaded receiver is tried again, one that knows nothing of us is not."""
    receiver.status = lambda _request: status

    error = _refusal(webhook, receiver.url)

    assert (str(error), error.permanent) == (f"the receiver answers {status}", permanent)


def test_a_redirect_is_not_followed(webhook: Webhook, receiver: Receiver) -> None:
    """It would lead where nobody looked."""
    receiver.status = lambda _request: 302
    receiver.location = f"http://127.0.0.1:{receiver.port}/elsewhere"

    error = _refusal(webhook, receiver.url)

    assert [request.path for request in receiver.requests] == ["/hook"]
    assert error.permanent


def test_a_receiver_that_closes_early_has_not_taken_it(
    webhook: Webhook, receiver: Receiver
) -> None:
    """Nothing was said, so nothing is believed."""
    receiver.closes_early = True

    error = _refusal(webhook, receiver.url)

    assert (error.permanent, error.is_unreachable) == (False, True)


def test_a_receiver_that_answers_for_ever_is_cut_off(webhook: Webhook, receiver: Receiver) -> None:
    """Each line comes in time and the answer never ends; the whole exchange has its limit."""
    receiver.drips = True

    error = _refusal(replace(webhook, seconds=0.5), receiver.url)

    assert error.is_unreachable


def test_a_huge_answer_is_not_read_to_its_end(webhook: Webhook, receiver: Receiver) -> None:
    """The status is all we need of it."""
    receiver.body = b"x" * 50_000_000

    webhook.send(replace(MESSAGE, address=receiver.url), NOW)

    assert len(receiver.requests) == 1


def test_a_receiver_that_is_away_is_tried_later(webhook: Webhook) -> None:
    """Nobody listens there at the moment."""
    assert _refusal(webhook, "http://127.0.0.1:1/hook").is_unreachable


def test_without_its_secret_no_webhook_leaves(webhook: Webhook, receiver: Receiver) -> None:
    """An unsigned message could come from anybody."""
    webhook.secret_file.write_text("\n")

    error = _refusal(webhook, receiver.url)

    assert "is empty" in str(error)
    assert receiver.requests == []


def test_an_encrypted_receiver_has_to_be_who_it_says(
    webhook: Webhook, receiver: Receiver, tmp_path: Path
) -> None:
    """A certificate that nobody vouches for is refused; one we trust is taken."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    served = Receiver()
    served.port = 0
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = serve(served, context)
    url = f"https://localhost:{served.port}/hook"
    trusting = replace(webhook, context=ssl.create_default_context(cafile=str(certificate)))

    refused = _refusal(webhook, url)
    trusting.send(replace(MESSAGE, address=url), NOW)

    assert "certificate" in str(refused)
    assert len(served.requests) == 1
    assert receiver.requests == []
    server.shutdown()
    server.server_close()


def test_a_receiver_that_was_down_for_hours_gets_everything_in_order(
    bench: Bench, webhook: Webhook, receiver: Receiver
) -> None:
    """The clock moves through a night in which every attempt failed."""
    bench.channels["webhook"] = webhook
    bench.tell("coordinator", channel="webhook", address=receiver.url)
    bench.enrol("P-000002")
    now = bench.sweep(30)
    receiver.status = lambda _request: 503
    for hours in range(8):
        bench.round(now + timedelta(hours=hours))
    refused = len(receiver.requests)
    receiver.status = lambda _request: 200

    for hours in range(8, 12):
        bench.round(now + timedelta(hours=hours))

    taken = receiver.ids[refused:]
    assert refused == 16
    assert sorted(taken) == sorted(set(receiver.ids))
    assert set(bench.statuses()) <= {"sent", "unaddressed"}


def test_a_receiver_that_fails_half_the_time_counts_each_notice_once(
    bench: Bench, webhook: Webhook, receiver: Receiver
) -> None:
    """It says 500 after having taken it: the same id comes again, and the ids tell how many."""
    bench.channels["webhook"] = webhook
    bench.tell("coordinator", channel="webhook", address=receiver.url)
    for number in range(2, 6):
        bench.enrol(f"P-00000{number}")
    now = bench.sweep(30)
    seen: set[str] = set()

    def lies(request: Request) -> int:
        first = request.headers["allpath-id"] not in seen
        seen.add(request.headers["allpath-id"])
        return 500 if first else 200

    receiver.status = lies

    for hours in range(4):
        bench.round(now + timedelta(hours=hours))

    written = {f"{t.notice.notice_id}.R-1" for t in bench.ward.store.outbox.told() if t.number}
    assert set(receiver.ids) == written
    assert len(receiver.ids) == 2 * len(written)
    assert len({request.body for request in receiver.requests}) == len(written)


def test_a_slow_receiver_is_not_told_twice_by_a_second_sender(
    bench: Bench, webhook: Webhook, receiver: Receiver
) -> None:
    """While one sender waits for the answer, another finds nothing to send."""
    bench.channels["webhook"] = replace(webhook, seconds=10.0)
    bench.tell("coordinator", channel="webhook", address=receiver.url)
    now = bench.sweep(30)
    asked, may_answer = threading.Event(), threading.Event()

    def slowly(_request: Request) -> int:
        asked.set()
        may_answer.wait(5)
        return 200

    receiver.status = slowly
    first = threading.Thread(target=bench.round, args=(now,))
    first.start()
    asked.wait(5)

    second = bench.round(now + LEASE / 2)
    may_answer.set()
    first.join()

    assert (second.sent, len(receiver.requests)) == (0, 1)
    assert bench.statuses()[0] == "sent"
