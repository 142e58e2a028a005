"""Which channels a site has, and a round of delivery put together from them."""

from __future__ import annotations

import random
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING

from allpath.notify.email import Mail
from allpath.notify.others import Others
from allpath.notify.settings import NoticeSettings
from allpath.notify.webhook import Webhook
from scheduler.channels import Channel
from scheduler.delivery import Delivering

if TYPE_CHECKING:  # bootstrap opens the database; this module is read by commands that open none
    from allpath.bootstrap import Allpath


def open_channels(settings: NoticeSettings) -> Mapping[str, Channel]:
    """Every channel the settings open, by its name."""
    channels: dict[str, Channel] = {"apprise": Others()}
    if settings.mail is not None:
        channels["email"] = Mail(settings.mail)
    if settings.webhook_secret_file is not None:
        channels["webhook"] = Webhook(settings.webhook_secret_file, settings.webhook_allow)
    return channels


def delivering(allpath: Allpath) -> Delivering:
    """What a round of delivery works with, on this installation."""
    settings = allpath.settings.notices
    return Delivering(
        store=allpath.store,
        library=allpath.orchestrator.library,
        outbox=allpath.store.outbox,
        channels=open_channels(settings),
        chance=random.random,
        token=lambda: secrets.token_hex(16),
        attempts=settings.attempts,
    )
