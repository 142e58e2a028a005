"""A test message to one recipient: whether what Allpath tells would arrive."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from allpath.notify.wiring import open_channels
from scheduler.channels import DeliveryError, Message
from scheduler.telling import FOOTER
from workflow.errors import RefusedError, StoreError
from workflow.outbox import Recipient

if TYPE_CHECKING:  # bootstrap opens the database; this module is read by commands that open none
    from allpath.bootstrap import Allpath


def send_test(allpath: Allpath, to: str, now: datetime) -> tuple[Recipient, Message]:
    """The recipient is sent a test now, quiet hours or not; nothing is written down.

    Raises NotFoundError for nobody, RefusedError for a channel that is not set up, StoreError when
    it was not delivered.
    """
    found = allpath.store.recipients.one(to)
    channel = open_channels(allpath.settings.notices).get(found.channel)
    if channel is None:
        names = "ALLPATH_SMTP_HOST" if found.channel == "email" else "ALLPATH_WEBHOOK_SECRET_FILE"
        msg = f"The channel {found.channel} is not set up; set {names}."
        raise RefusedError(msg)
    text = f"This is a test. Whoever reads it is told as {found.role}.\n\n{FOOTER}\n"
    number = int(now.timestamp())
    message = Message(f"test.{to}.{number}", found.address, "Allpath: test", text, now, "test")
    try:
        channel.send(message, now)
    except DeliveryError as error:
        msg = f"The test message to {to} was not delivered: {error}."
        raise StoreError(msg) from error
    return found, message
