"""Notices by e-mail, through the mail server of the site.

The Message-ID is made from the id of the notice, so a mail program shows a message that was sent
twice once. What a header holds cannot break out of it: line breaks are refused by the library that
writes it, and our own texts are made into one line first.
"""

from __future__ import annotations

import hashlib
import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

from allpath.notify.secrets import read_secret
from allpath.notify.settings import ADDRESS, MailServer
from scheduler.channels import DeliveryError, Message

SECONDS: Final = 15.0
"""How long one answer of the mail server may take."""
REFUSED_FOR_EVER: Final = 500
SUBJECT_LENGTH: Final = 200


@dataclass(frozen=True)
class Mail:
    """E-mail through one server. `context` says which certificates are trusted."""

    server: MailServer
    seconds: float = SECONDS
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def send(self, message: Message, now: datetime) -> None:
        """The mail server has taken the message; raises DeliveryError when it has not."""
        letter = written(message, self.server.sender, now)
        with self._connected() as session, _answers():
            session.send_message(letter, self.server.sender, [message.address])

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        session = self._greeted()
        try:
            yield session
        finally:
            # What was taken is taken: a farewell that goes wrong changes nothing.
            try:
                session.quit()
            except (OSError, smtplib.SMTPException):
                session.close()

    def _greeted(self) -> smtplib.SMTP:
        server, name = self.server, self.server.sender.partition("@")[2]
        session: smtplib.SMTP
        with _reachable():
            if server.security == "tls":
                session = smtplib.SMTP_SSL(
                    server.host, server.port, name, timeout=self.seconds, context=self.context
                )
            else:
                session = smtplib.SMTP(server.host, server.port, name, timeout=self.seconds)
        try:
            with _reachable():
                if server.security == "starttls":
                    session.starttls(context=self.context)
                if server.password_file is not None:
                    password = read_secret(server.password_file, "the password")
                    session.login(server.user, password)
        except BaseException:
            session.close()
            raise
        return session


def written(message: Message, sender: str, now: datetime) -> EmailMessage:
    """The message as RFC 5322 has it; raises DeliveryError when the address is none."""
    if not ADDRESS.fullmatch(message.address):
        raise DeliveryError("the address is not an e-mail address", permanent=True)
    letter = EmailMessage(policy=policy.SMTP)
    letter["From"] = sender
    letter["To"] = message.address
    letter["Subject"] = _one_line(message.subject)
    letter["Date"] = format_datetime(now)
    letter["Message-ID"] = message_id(message, sender)
    # Nobody's absence note answers this, and no list server takes it for a person's letter.
    letter["Auto-Submitted"] = "auto-generated"
    letter["X-Auto-Response-Suppress"] = "All"
    letter.set_content(message.text)
    return letter


def message_id(message: Message, sender: str) -> str:
    """The Message-ID: the id of the notice where it is plain, else a digest of it."""
    local = message.message_id.replace("/", ".")
    if not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", local):
        local = hashlib.sha256(message.message_id.encode()).hexdigest()
    return f"<{local}@{sender.partition('@')[2]}>"


def _one_line(text: str) -> str:
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(shown.split())[:SUBJECT_LENGTH]


@contextmanager
def _reachable() -> Iterator[None]:
    """What goes wrong before a letter is handed over concerns every letter, and may pass."""
    try:
        yield
    except smtplib.SMTPAuthenticationError as error:
        msg = f"the mail server refused user or password ({error.smtp_code})"
        raise DeliveryError(msg, is_unreachable=True) from error
    except smtplib.SMTPNotSupportedError as error:
        msg = "the mail server does not offer what the settings ask of it (encryption, sign-in)"
        raise DeliveryError(msg, is_unreachable=True) from error
    except ssl.SSLError as error:
        msg = f"the mail server's certificate or encryption was refused ({error.reason})"
        raise DeliveryError(msg, is_unreachable=True) from error
    except (OSError, smtplib.SMTPException) as error:
        msg = f"the mail server cannot be reached ({type(error).__name__})"
        raise DeliveryError(msg, is_unreachable=True) from error


@contextmanager
def _answers() -> Iterator[None]:
    """What the mail server answers to a letter; the words it uses are left out."""
    try:
        yield
    except smtplib.SMTPRecipientsRefused as error:
        ((code, _),) = error.recipients.values()
        msg = f"the mail server refused the recipient ({code})"
        raise DeliveryError(msg, permanent=code >= REFUSED_FOR_EVER) from error
    except smtplib.SMTPSenderRefused as error:
        msg = f"the mail server refused the sender ({error.smtp_code}); see ALLPATH_SMTP_FROM"
        raise DeliveryError(msg, is_unreachable=True) from error
    except smtplib.SMTPResponseException as error:
        msg = f"the mail server refused the message ({error.smtp_code})"
        raise DeliveryError(msg, permanent=error.smtp_code >= REFUSED_FOR_EVER) from error
    except (OSError, smtplib.SMTPException) as error:
        msg = f"the mail server went away half-way ({type(error).__name__})"
        raise DeliveryError(msg, is_unreachable=True) from error
