"""What a site sets so that notices leave the house; a bad value stops the start.

Secrets are read from files when a message is sent, never taken from a variable or an argument.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from allpath.problems import UsageError

Security = Literal["starttls", "tls", "none"]
PORTS: Final[dict[Security, int]] = {"starttls": 587, "tls": 465, "none": 25}
MOST_ATTEMPTS: Final = 100
ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,253}")
"""An e-mail address as it may stand in a header: no quotes, no comments, no line breaks."""
_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[?[0-9A-Fa-f:.]+\]?")

VARIABLES: Final = {
    "ALLPATH_SMTP_HOST": "mail server that takes notices",
    "ALLPATH_SMTP_PORT": "port of the mail server",
    "ALLPATH_SMTP_SECURITY": "starttls, tls, or none on this machine alone",
    "ALLPATH_SMTP_USER": "user at the mail server",
    "ALLPATH_SMTP_PASSWORD_FILE": "file with the password at the mail server",
    "ALLPATH_SMTP_FROM": "address that notices come from",
    "ALLPATH_WEBHOOK_SECRET_FILE": "file with the secret that signs webhooks",
    "ALLPATH_WEBHOOK_ALLOW": "inner hosts that webhooks may reach",
    "ALLPATH_NOTICE_ATTEMPTS": "after how many failures a notice is given up",
}


@dataclass(frozen=True)
class MailServer:
    """The mail server that takes notices, and as whom."""

    host: str
    port: int
    security: Security
    sender: str
    user: str = ""
    password_file: Path | None = None


@dataclass(frozen=True)
class NoticeSettings:
    """How notices leave the house; without `mail` or `webhook_secret_file` that way is closed."""

    mail: MailServer | None = None
    webhook_secret_file: Path | None = None
    webhook_allow: frozenset[str] = frozenset()
    attempts: int = 12


def read_notice_settings(env: Mapping[str, str]) -> NoticeSettings:
    """The settings of the environment; raises UsageError naming the variable that is wrong."""
    return NoticeSettings(
        mail=_mail(env),
        webhook_secret_file=_file(env, "ALLPATH_WEBHOOK_SECRET_FILE"),
        webhook_allow=_allowed(_word(env, "ALLPATH_WEBHOOK_ALLOW")),
        attempts=_number(env, "ALLPATH_NOTICE_ATTEMPTS", 12, MOST_ATTEMPTS),
    )


def is_loopback(host: str) -> bool:
    """Whether the host is this machine, so that nothing crosses a network."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _mail(env: Mapping[str, str]) -> MailServer | None:
    host = _word(env, "ALLPATH_SMTP_HOST")
    if not host:
        return None
    if not _HOST.fullmatch(host):
        msg = "ALLPATH_SMTP_HOST is not the name of a host; write one like mail.example.org."
        raise UsageError(msg)
    security = _security(_word(env, "ALLPATH_SMTP_SECURITY").lower() or "starttls", host)
    sender = _word(env, "ALLPATH_SMTP_FROM")
    if not ADDRESS.fullmatch(sender):
        msg = (
            "ALLPATH_SMTP_FROM is not an e-mail address; write the one that notices come from, "
            "like allpath@example.org."
        )
        raise UsageError(msg)
    user, password_file = _word(env, "ALLPATH_SMTP_USER"), _file(env, "ALLPATH_SMTP_PASSWORD_FILE")
    if bool(user) != bool(password_file):
        msg = "ALLPATH_SMTP_USER and ALLPATH_SMTP_PASSWORD_FILE go together; set both or neither."
        raise UsageError(msg)
    port = _number(env, "ALLPATH_SMTP_PORT", PORTS[security], 65535)
    return MailServer(host, port, security, sender, user, password_file)


def _security(text: str, host: str) -> Security:
    for known in get_args(Security):
        if text == known and (known != "none" or is_loopback(host)):
            found: Security = known
            return found
    if text == "none":
        msg = (
            "ALLPATH_SMTP_SECURITY is none, but the mail server is another machine; write starttls "
            "or tls."
        )
        raise UsageError(msg)
    raise UsageError(f"ALLPATH_SMTP_SECURITY is {text}; write starttls, tls or none.")


def _allowed(text: str) -> frozenset[str]:
    hosts = [host.lower() for host in re.split(r"[,\s]+", text) if host]
    for host in hosts:
        if not _HOST.fullmatch(host):
            msg = (
                f"ALLPATH_WEBHOOK_ALLOW names {host}, which is not a host; write names or "
                "addresses, with commas between, as hooks.ward.example,10.0.0.7."
            )
            raise UsageError(msg)
    return frozenset(host.strip("[]") for host in hosts)


def _word(env: Mapping[str, str], name: str) -> str:
    return env.get(name, "").strip()


def _number(env: Mapping[str, str], name: str, usual: int, most: int) -> int:
    text = _word(env, name)
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= most):
        raise UsageError(f"{name} is {text}; write a number from 1 to {most}.")
    return int(text)


def _file(env: Mapping[str, str], name: str) -> Path | None:
    text = _word(env, name)
    if not text:
        return None
    path = Path(text)
    if not path.is_file():
        raise UsageError(f"{name} names {text}, which is not a file; name the file to read.")
    return path
