"""A way to tell somebody: a message goes in; an error says whether to try again.

The channels themselves live where the network is known; here is only what a delivery asks of one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from workflow.errors import AllpathError


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent: the same `message_id` however often, and no name or number of a patient.

    `created_at` is when the newest notice in it was written.
    """

    message_id: str
    address: str
    subject: str
    text: str
    created_at: datetime
    topic: str


class DeliveryError(AllpathError):
    """A message was not taken; says in our own words why, never in those of the other side.

    `permanent`: it will not be taken later either. `is_unreachable`: nothing else will be taken at
    this address for a while.
    """

    def __init__(
        self, message: str, *, permanent: bool = False, is_unreachable: bool = False
    ) -> None:
        self.permanent = permanent
        self.is_unreachable = is_unreachable
        super().__init__(message)


class Channel(Protocol):
    """One way to tell somebody."""

    def send(self, message: Message, now: datetime) -> None:
        """The other side has taken the message; raises DeliveryError when it has not."""
        ...
