"""What was written enters the log, its head is signed, and the head leaves the house."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from allpath.audit.anchors import Anchor, open_anchors
from allpath.audit.keys import Signer, read_signer
from storage.log import Batch, SqlLog
from workflow.errors import AllpathError, IntegrityError, RefusedError
from workflow.heads import Head, SignedHead
from workflow.merkle import Frontier
from workflow.records import Actor, AuditEvent

if TYPE_CHECKING:  # bootstrap opens the database
    from allpath.bootstrap import Allpath


LOOK_OVER_ALL: Final = timedelta(hours=1)
"""So often every path is looked at, for what no event tells of; between, only what is new is."""
SEALER: Final = Actor("sealer", "service")
KEY_CHANGED: Final = "signing_key_changed"


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one round of sealing did: entries added, how long the log is, and what was signed.

    `problems` are sentences about the key and the anchors; the log itself has grown all the same.
    """

    added: int
    size: int
    head: SignedHead | None
    published: int
    problems: tuple[str, ...]


class Sealer:
    """Goes on with the log from where it is; any number of them may be at work."""

    def __init__(
        self, log: SqlLog, signer: Callable[[], Signer] | None, anchors: tuple[Anchor, ...] = ()
    ) -> None:
        self._log = log
        self._signer = signer
        self._anchors = anchors
        self._frontier = Frontier()
        self._looked_over: datetime | None = None
        self.is_cut = False
        """Whether a place outside knows a longer log than this one."""

    def seal(self, now: datetime) -> Sealed:
        """Whatever was written is in the log, and its newest head is signed and published.

        Raises IntegrityError when the log is not the one that was signed last: nothing is added.
        """
        self._catch_up()
        added = self._add(now)
        problems = []
        head = None
        try:
            if self._has_another_key(now):
                added += self._add(now)
            head = self._sign(now)
        except AllpathError as error:
            problems.append(str(error))
        published, failed = self._publish(now)
        return Sealed(added, self._frontier.size, head, published, (*problems, *failed))

    def _add(self, now: datetime) -> int:
        """How many entries came into the log: what is new, and now and then all that is left."""
        before = self._frontier.size
        since = self._looked_over
        if since is None or not since <= now < since + LOOK_OVER_ALL:
            last = ""
            while self._take(batch := self._log.seal_paths(last)):
                last = batch.last_path
            self._looked_over = now
        while self._take(self._log.seal()):
            pass
        return self._frontier.size - before

    def _has_another_key(self, now: datetime) -> bool:
        """Whether another key signs from now on; that it does is an entry of the log it signs."""
        last = self._log.last_head()
        if self._signer is None or last is None:
            return False
        mine = self._signer().public.key_id
        if mine == last.key_id:
            return False
        what = f"{last.key_id} signed the first {last.head.size} entries, {mine} signs from now on"
        event = AuditEvent(now, SEALER.name, SEALER.role, SEALER.os_user, KEY_CHANGED, "", what)
        self._log.tell(event)
        return True

    def _take(self, batch: Batch) -> bool:
        """What came into the log is known here too; whether anything did."""
        if batch.first != self._frontier.size:
            self._catch_up()  # somebody else was at it too
        else:
            for leaf in batch.leaves:
                self._frontier.append(leaf)
        return bool(batch.leaves)

    def _catch_up(self) -> None:
        """What is known of the log is what is in it, and what was signed of it still holds."""
        frontier, last = self._frontier, self._log.last_head()
        signed = last.head if last else None
        for leaf in self._log.leaves(frontier.size):
            frontier.append(leaf)
            if signed and frontier.size == signed.size and frontier.root() != signed.root:
                msg = (
                    f"The log is not the one that was signed with {signed.size:,} entries; nothing "
                    "was added to it. Run `allpath audit verify`."
                )
                raise IntegrityError(msg)
        if signed and signed.size > frontier.size:
            msg = (
                f"A log of {signed.size:,} entries was signed, but it has {frontier.size:,} now; "
                "nothing was added to it. Run `allpath audit verify`."
            )
            raise IntegrityError(msg)

    def _sign(self, now: datetime) -> SignedHead | None:
        """The newest head, when there is something new to sign and a key to sign it with."""
        last, frontier = self._log.last_head(), self._frontier
        if self._signer is None or not frontier.size or (last and last.head.size >= frontier.size):
            return None
        signer = self._signer()
        signed = signer.sign(Head(signer.name, frontier.size, frontier.root(), now))
        self._log.keep_head(signed)
        return signed

    def _publish(self, now: datetime) -> tuple[int, tuple[str, ...]]:
        """Each anchor is tried; one that cannot be reached keeps nothing from the others."""
        newest = self._log.last_head() if self._anchors else None
        if newest is None:
            return 0, ()
        count, problems = 0, []
        for anchor in self._anchors:
            try:
                known = anchor.known(newest)
                if known > newest.head.size:
                    self.is_cut = True
                    problems.append(_cut(anchor, known, newest.head.size))
                elif known < newest.head.size:
                    heads = self._log.heads(known)
                    anchor.publish(heads, now)
                    count += len(heads)
            except AllpathError as error:
                problems.append(f"Heads did not reach {anchor.name}: {error}")
        return count, tuple(problems)


def _cut(anchor: Anchor, known: int, here: int) -> str:
    return (
        f"{anchor.name} knows a log of {known:,} entries, but the last one signed here has "
        f"{here:,}: it was cut or an old one put back. Nothing was added there. Run `allpath audit "
        "verify`."
    )


def sealer_of(allpath: Allpath) -> Sealer:
    """The sealer of this installation.

    Raises RefusedError where only some sites are seen: a log of some of the entries proves nothing.
    """
    if allpath.settings.sites:
        msg = (
            "The log is of every site; seal where ALLPATH_SITES is not set, as the worker of the "
            "whole house does."
        )
        raise RefusedError(msg)
    key_file = allpath.settings.audit.key_file
    signer = None if key_file is None else (lambda: read_signer(key_file))
    return Sealer(allpath.store.log, signer, open_anchors(allpath.settings))


def sealing(allpath: Allpath) -> Callable[[], str]:
    """A call that seals what was written; answers a sentence when something is new to be told."""
    if allpath.settings.sites:
        return lambda: ""
    sealer, told = sealer_of(allpath), [""]

    def seal() -> str:
        try:
            problems = " ".join(sealer.seal(allpath.now()).problems)
        except AllpathError as error:
            problems = str(error)
        is_new = problems != told[0]
        told[0] = problems
        return problems if is_new else ""

    return seal
