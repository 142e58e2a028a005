"""Notices through whatever else a site uses: chat, pagers, phones, by the extra `channels`.

The address of such a recipient is a file with one URL, as apprise reads it; such a URL holds keys,
so it stands in no table and in no command.
"""

from __future__ import annotations

import logging
from datetime import datetime
from pathlib import Path

from allpath.notify.secrets import read_secret
from scheduler.channels import DeliveryError, Message


class Others:
    """Every channel that apprise knows."""

    def send(self, message: Message, now: datetime) -> None:  # noqa: ARG002 - the shape of a channel
        """The other side has taken the message; raises DeliveryError when it has not."""
        url = read_secret(Path(message.address), "the address of the channel")
        try:
            import apprise  # noqa: PLC0415 - an extra, and slow to read
        except ImportError as error:
            msg = "the extra `channels` is not installed; run `pip install allpath[channels]`"
            raise DeliveryError(msg, is_unreachable=True) from error
        # It writes what it sends, and where to, into its log.
        logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
        ways = apprise.Apprise()
        if not ways.add(url):
            msg = "the file does not hold the address of a channel that is known"
            raise DeliveryError(msg, permanent=True)
        if not ways.notify(title=message.subject, body=message.text):
            raise DeliveryError("the channel did not take the message", is_unreachable=True)
