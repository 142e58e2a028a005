"""Who is told, and what is still to be delivered: records, and what a delivery asks of a store.

A notice is written with the change it is about. Delivering it is another matter: one delivery for
each recipient, tried again until it was sent, given up or no longer needed. Times of day are those
of the recipient's own time zone; instants are UTC and aware.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final, Literal, Protocol

from workflow.records import Notice, PathRecord, Role

RecipientRole = Role | Literal["laboratory"]
ChannelName = Literal["email", "webhook", "apprise"]
DeliveryStatus = Literal["waiting", "sending", "sent", "dead", "dropped"]
EventStatus = Literal["CONFIRMED", "CANCELLED"]
URGENT_ROLES: Final = ("lead", "director")
"""Whose escalations may be told in quiet hours, where the recipient asks for it."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who is told: in which role, for which site (`""`: every site), and how.

    `quiet_from` and `quiet_until` are both set or both None; nothing is told in between. A
    recipient with `digest` gets one message each morning. `urgent_any_time` says that escalations
    to a lead or director may come at once, quiet hours or not. `address` is an e-mail address, the
    URL of a webhook, or the file that holds the URL of another channel.
    """

    recipient_id: str
    name: str
    role: RecipientRole
    channel: ChannelName
    address: str
    site: str = ""
    quiet_from: time | None = None
    quiet_until: time | None = None
    digest: bool = False
    urgent_any_time: bool = False
    time_zone: str = "UTC"
    active: bool = True


@dataclass(frozen=True, slots=True)
class Unaddressed:
    """A notice for which nobody has been chosen yet, with the path it is about."""

    number: int
    notice: Notice
    path: PathRecord


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """A notice is to be told to a recipient, not before `next_at`; `together`: in a digest."""

    recipient_id: str
    channel: ChannelName
    next_at: datetime
    together: bool = False


@dataclass(frozen=True, slots=True)
class Claimed:
    """One delivery that this sender alone may send now; `attempts` counts this one as well."""

    number: int
    notice: Notice
    attempts: int


@dataclass(frozen=True, slots=True)
class Claim:
    """What one sender holds until its lease ends: one message to one recipient.

    `message_id` is the same however often it is sent. `is_digest` says that the message collects
    several notices, oldest first.
    """

    token: str
    message_id: str
    recipient: Recipient
    deliveries: tuple[Claimed, ...]
    is_digest: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """What became of a claimed delivery; `next_at` is None unless it is tried again.

    `error` says in our own words why it failed or was dropped, without patient data.
    """

    number: int
    status: DeliveryStatus
    attempts: int
    next_at: datetime | None = None
    sent_at: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """One delivery as it is shown: which notice, to whom, by which channel, and how it stands.

    `number`, `recipient_id` and `channel` are None for a notice that nobody was chosen for.
    """

    number: int | None
    notice: Notice
    recipient_id: str | None
    recipient: str
    channel: str | None
    address: str
    status: DeliveryStatus | Literal["unaddressed"]
    attempts: int
    next_at: datetime | None
    sent_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A notice that reached nobody and will reach nobody unless somebody acts, and why."""

    notice: Notice
    why: str


@dataclass(frozen=True, slots=True)
class Feed:
    """A calendar feed: its name, its site (`""`: every site), and whether it was revoked."""

    name: str
    site: str
    created_at: datetime
    created_by: str
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FeedEvent:
    """What the calendars were last told of one checkpoint; `sequence` rises with each change."""

    uid: str
    path_id: str
    checkpoint: str
    due_at: datetime
    status: EventStatus
    sequence: int
    changed_at: datetime


class Outbox(Protocol):
    """What delivering asks of a store. Each call is one transaction of its own."""

    def unaddressed(self) -> Sequence[Unaddressed]:
        """The notices nobody has been chosen for yet, oldest first."""
        ...

    def recipients(self) -> Sequence[Recipient]:
        """Everybody who was ever to be told, active or not, by id."""
        ...

    def address(self, found: Unaddressed, new: Sequence[NewDelivery], now: datetime) -> None:
        """The notice is to be told to these recipients; those who have it already keep theirs."""
        ...

    def drop_unaddressed(self, found: Unaddressed, reason: str, now: datetime) -> None:
        """The notice needs nobody any more, and says why."""
        ...

    def due_recipients(self, now: datetime) -> Sequence[str]:
        """The ids of the recipients for whom something is due."""
        ...

    def claim(self, recipient_id: str, token: str, until: datetime, now: datetime) -> Claim | None:
        """The next message to this recipient is the caller's until the lease ends; None: none is.

        Never one whose earlier notice of the same path still waits or is being sent.
        """
        ...

    def mark(self, claim: Claim, marks: Sequence[Mark], now: datetime) -> bool:
        """What became of the claim is kept, or nothing is and False is answered: it was too late.

        A sender whose lease ended and was taken by another has no say any more.
        """
        ...
