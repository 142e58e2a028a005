"""Where a webhook may go: a public host, or an inner one that the settings name.

A host is resolved once, every address it has is looked at, and the connection goes to the address
that was looked at: a name cannot answer differently the second time. Addresses that point into the
house are refused in every spelling, because whoever names a webhook must not be able to reach
through this machine what they cannot reach themselves.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from scheduler.channels import DeliveryError

Resolve = Callable[[str, int], Sequence[str]]
"""Answers every address of a host, as text; raises OSError when there is none."""

GLOBAL_IPV6: Final = ipaddress.IPv6Network("2000::/3")
"""Outside it nothing is public: no mapped, translated, link-local or multicast address."""
TUNNELS: Final = tuple(map(ipaddress.IPv6Network, ("2001::/32", "2002::/16")))
"""Addresses that carry an IPv4 address inside, which may be an inner one."""
_NAME: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
_NUMBER: Final = re.compile(r"(0x[0-9a-f]*|[0-9]+)")
LONGEST_URL: Final = 2000


@dataclass(frozen=True, slots=True)
class Target:
    """One address that a webhook may be sent to, and what to ask for there."""

    host: str
    port: int
    address: str
    path: str
    is_encrypted: bool


def find_target(url: str, allowed: frozenset[str], resolve: Resolve) -> Target:
    """The address behind a URL; raises DeliveryError when it may not be reached, or is not there.

    An allowed host may be an inner one and need not speak https; its spelling is checked as well.
    """
    parts, port = _parts(url)
    host = (parts.hostname or "").rstrip(".")
    _refuse_odd(host)
    is_allowed = host in allowed
    if parts.scheme != "https" and not is_allowed:
        raise _refused("is not https; only a host of ALLPATH_WEBHOOK_ALLOW may do without")
    try:
        addresses = resolve(host, port)
    except OSError as error:
        msg = "the host of the webhook is not known to the name service"
        raise DeliveryError(msg, is_unreachable=True) from error
    if not addresses:
        raise DeliveryError("the host of the webhook has no address", is_unreachable=True)
    if not is_allowed and not all(map(is_public, addresses)):
        raise _refused("leads into the house; name its host in ALLPATH_WEBHOOK_ALLOW if it may")
    path = parts.path or "/"
    query = f"?{parts.query}" if parts.query else ""
    return Target(host, port, addresses[0], path + query, parts.scheme == "https")


def check_url(url: str) -> None:
    """The URL is written as one of a webhook must be; raises DeliveryError; resolves nothing."""
    parts, _ = _parts(url)
    _refuse_odd((parts.hostname or "").rstrip("."))


def resolve_host(host: str, port: int) -> Sequence[str]:
    """Every address the name service of this machine knows for a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_public(address: str) -> bool:
    """Whether the address belongs to nobody's inner network, this machine included."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:  # with a zone, say: link-local, or nothing that can be judged
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found not in GLOBAL_IPV6 or any(found in tunnel for tunnel in TUNNELS):
            return False
    elif found.is_reserved:
        return False
    return found.is_global and not found.is_multicast and not found.is_private


def _parts(url: str) -> tuple[SplitResult, int]:
    # A backslash or a white space is read one way by us and another way by somebody else.
    if len(url) > LONGEST_URL or not url.isascii() or re.search(r"[\x00-\x20\x7f\\]", url):
        raise _refused("has characters that do not belong there, or too many of them")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused("cannot be read") from None
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise _refused("does not begin with https:// and a host")
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise _refused("names a user; a webhook is signed and needs none")
    if port == 0:
        raise _refused("names no port that exists")
    return parts, port or (443 if parts.scheme == "https" else 80)


def _refuse_odd(host: str) -> None:
    """A host is a name, or an address in its usual form; 127.1, 0x7f000001 and %2e are neither."""
    if "%" in host:  # a zone of this machine, which means nothing anywhere else
        raise _refused("does not name a host in its usual form")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        labels = host.split(".")
        if not _NAME.fullmatch(host) or _NUMBER.fullmatch(labels[-1]):
            raise _refused("does not name a host in its usual form") from None


def _refused(why: str) -> DeliveryError:
    return DeliveryError(f"the address of the webhook {why}", permanent=True)
