"""Where heads of the log go, outside the database: whoever cuts the log cannot cut those.

An anchor on the same machine, run by the same person, proves little: put it where whoever runs the
database cannot write but add. Another kind of anchor is a class with these three members, added
to `open_anchors`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from allpath.notify.webhook import Webhook
from scheduler.channels import Message
from workflow.errors import StoreError
from workflow.heads import SignedHead, read_note, split_notes

if TYPE_CHECKING:  # the settings read this package's own
    from allpath.settings import Settings


TAIL_BYTES: Final = 4096
"""The last head of a file lies within so many bytes of its end."""


class Anchor(Protocol):
    """One place outside the database."""

    @property
    def name(self) -> str:
        """What the place is called in a sentence."""
        ...

    def known(self, newest: SignedHead) -> int:
        """How long the log is there, as far as this side can tell; longer heads are new there.

        Raises AllpathError when it cannot be told.
        """
        ...

    def publish(self, heads: Sequence[SignedHead], now: datetime) -> None:
        """These heads, the oldest first, are there too; raises AllpathError when they are not."""
        ...


@dataclass(frozen=True)
class FileAnchor:
    """A file that heads are only ever added to."""

    file: Path

    @property
    def name(self) -> str:
        """The file."""
        return str(self.file)

    def heads(self) -> tuple[SignedHead, ...]:
        """Every head in the file, the oldest first; none where there is no file yet.

        Raises StoreError when it cannot be read or holds something else.
        """
        try:
            text = self.file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ()
        except (OSError, UnicodeDecodeError):
            raise StoreError(f"The anchor {self.file} cannot be read; check your rights.") from None
        try:
            return tuple(map(read_note, split_notes(text)))
        except ValueError:
            msg = f"The anchor {self.file} holds something that is no signed head; look at it."
            raise StoreError(msg) from None

    def known(self, newest: SignedHead) -> int:  # noqa: ARG002 - as Anchor says
        """The size of the last head in the file, which is read from its end."""
        try:
            with self.file.open("rb") as opened:
                opened.seek(max(0, self.file.stat().st_size - TAIL_BYTES))
                notes = split_notes(opened.read().decode("utf-8", "replace"))
            return read_note(notes[-1]).head.size if notes else 0
        except FileNotFoundError:
            return 0
        except OSError as error:
            msg = f"the anchor cannot be read ({error.strerror}); look after it."
            raise StoreError(msg) from None
        except ValueError:
            raise StoreError("the file ends with something that is no signed head.") from None

    def publish(self, heads: Sequence[SignedHead], now: datetime) -> None:  # noqa: ARG002 - as Anchor says
        """The heads are added to the file, and are on its disk."""
        is_first = not self.file.exists() or not self.file.stat().st_size
        self._add("\n".join(signed.note() for signed in heads), is_first=is_first)

    def _add(self, text: str, *, is_first: bool) -> None:
        content = text if is_first else f"\n{text}"
        try:
            handle = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            with os.fdopen(handle, "w", encoding="utf-8") as opened:
                opened.write(content)
                opened.flush()
                os.fsync(opened.fileno())
        except OSError as error:
            msg = f"the anchor cannot be written ({error.strerror}); look after it."
            raise StoreError(msg) from None


class WebhookAnchor:
    """A receiver that is sent each head; after a start the newest one is sent once more."""

    def __init__(self, url: str, webhook: Webhook) -> None:
        self._url = url
        self._webhook = webhook
        self._sent = -1

    @property
    def name(self) -> str:
        """The kind of place; the address may hold a secret of the receiver."""
        return "the anchor of ALLPATH_ANCHOR_URL"

    def known(self, newest: SignedHead) -> int:
        """What this program sent last; all but the newest where it sent nothing yet."""
        return self._sent if self._sent >= 0 else newest.head.size - 1

    def publish(self, heads: Sequence[SignedHead], now: datetime) -> None:
        """Each head is sent; DeliveryError when one is not taken."""
        for signed in heads:
            head = signed.head
            message_id = f"{head.origin}/{head.size}/{head.root.hex()[:16]}"
            text, subject = signed.note(), f"The log {head.origin} has {head.size} entries"
            message = Message(message_id, self._url, subject, text, head.signed_at, "log_head")
            self._webhook.send(message, now)
            self._sent = head.size


def open_anchors(settings: Settings) -> tuple[Anchor, ...]:
    """Every anchor the settings name."""
    anchors: list[Anchor] = []
    if settings.audit.anchor_file is not None:
        anchors.append(FileAnchor(settings.audit.anchor_file))
    secret = settings.notices.webhook_secret_file
    if settings.audit.anchor_url and secret is not None:
        webhook = Webhook(secret, settings.notices.webhook_allow)
        anchors.append(WebhookAnchor(settings.audit.anchor_url, webhook))
    return tuple(anchors)
