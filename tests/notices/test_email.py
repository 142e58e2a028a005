"""A letter is what mail programs expect, and nothing in it can become something else."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from allpath.notify.email import Mail, written
from allpath.notify.settings import MailServer
from scheduler.channels import DeliveryError, Message
from tests.conftest import NOW
from tests.notices.conftest import SENDER, MailHouse, free_port

MESSAGE = Message("P-1/7.R-1", "lea@ward.example", "Late", "Open the worklist\n", NOW, "test")


def test_a_letter_has_what_a_mail_program_looks_at() -> None:
    """The same id each time, and no absence note in return."""
    letter = written(MESSAGE, SENDER, NOW)

    assert letter["Message-ID"] == "<P-1.7.R-1@ward.example>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(letter["Date"]).astimezone(UTC) == NOW


@pytest.mark.parametrize(
    "subject",
    [
        "Late\r\nBcc: everybody@ward.example",
        "Late\nBcc: everybody@ward.example",
        "Late\x0bBcc: everybody@ward.example",
        "Late\u2028Bcc: everybody@ward.example",
        "Late\x00\x1b[2J",
        "L" * 5000,
    ],
)
def test_a_subject_cannot_become_another_header(subject: str) -> None:
    """Whatever a pathway's title holds, a letter goes to whom it was meant for."""
    letter = written(replace(MESSAGE, subject=subject), SENDER, NOW)

    text = letter.as_bytes().decode("ascii")
    assert letter["Bcc"] is None
    assert "\nBcc:" not in text
    assert len(str(letter["Subject"])) <= 200


@pytest.mark.parametrize(
    "address",
    [
        "lea@ward.example\r\nBcc: x@y.example",
        "lea@ward.example, x@y.example",
        "Lea <lea@ward.example>",
        '"a b"@ward.example',
        "lea",
        "",
        "lea@ward.example>",
    ],
)
def test_an_address_that_is_none_is_refused_for_ever(address: str) -> None:
    """One recipient is one recipient."""
    with pytest.raises(DeliveryError) as caught:
        written(replace(MESSAGE, address=address), SENDER, NOW)

    assert caught.value.permanent


@pytest.mark.parametrize("message_id", ["a b@c", "<x>", "a..b", "\u00e9", "x\r\ny"])
def test_an_id_that_mail_does_not_allow_is_replaced_by_its_digest(message_id: str) -> None:
    """It stays the same id each time, and breaks no header."""
    once = written(replace(MESSAGE, message_id=message_id), SENDER, NOW)["Message-ID"]
    again = written(replace(MESSAGE, message_id=message_id), SENDER, NOW)["Message-ID"]

    assert once == again
    assert len(str(once)) == len(f"<{'0' * 64}@ward.example>")


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate of this machine that nobody else vouches for, and its key."""
    key, found = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", str(key), "-out", str(found)),
        ],
        check=True,
        capture_output=True,
    )
    return found, key


@pytest.fixture
def guarded(certificate: tuple[Path, Path]) -> Iterator[MailHouse]:
    """A real mail server that wants encryption first, and then a password."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    def known(*given: object) -> AuthResult:
        asked = given[-1]
        assert isinstance(asked, LoginPassword)
        return AuthResult(success=asked.password == b"the right one", handled=False)

    house = MailHouse(port=free_port())
    controller = Controller(
        house,
        hostname="localhost",
        port=house.port,
        tls_context=context,
        require_starttls=True,
        authenticator=known,
        auth_required=True,
    )
    controller.start()
    yield house
    controller.stop()


def _mail(house: MailHouse, tmp_path: Path, password: str, trusted: Path | None) -> Mail:
    file = tmp_path / "password"
    file.write_text(f"{password}\n")
    server = MailServer("localhost", house.port, "starttls", SENDER, "allpath", file)
    context = ssl.create_default_context(cafile=str(trusted) if trusted else None)
    return Mail(server, context=context)


def test_a_guarded_mail_server_takes_a_letter_over_an_encrypted_line(
    guarded: MailHouse, tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    """With STARTTLS and the password from its file."""
    mail = _mail(guarded, tmp_path, "the right one", certificate[0])

    mail.send(MESSAGE, NOW)

    assert guarded.to == ["lea@ward.example"]


@pytest.mark.parametrize(
    ("password", "is_trusted", "said"),
    [("the wrong one", True, "user or password"), ("the right one", False, "certificate")],
)
def test_neither_a_wrong_password_nor_a_strangers_certificate_is_gone_along_with(
    guarded: MailHouse,
    tmp_path: Path,
    certificate: tuple[Path, Path],
    password: str,
    said: str,
    *,
    is_trusted: bool,
) -> None:
    """Both are mended by people, so the letter waits; the password is told to nobody."""
    mail = _mail(guarded, tmp_path, password, certificate[0] if is_trusted else None)

    with pytest.raises(DeliveryError) as caught:
        mail.send(MESSAGE, NOW)

    assert said in str(caught.value)
    assert password not in str(caught.value)
    assert (guarded.letters, caught.value.permanent) == ([], False)
