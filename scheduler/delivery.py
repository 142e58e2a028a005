"""Delivering notices: after the commit, at least once, in order, and never to nobody unseen.

A notice is a row that was written with the change it is about. A round

1. chooses for each new notice everybody who has its role at the patient's site,
2. takes what is due recipient by recipient, leased to this round under a token,
3. looks at the path again: nobody is told of a patient who has left, or of what was done meanwhile,
4. sends outside every transaction, and writes down what became of it.

A sender that dies between 3 and 4 leaves a lease that ends, and the message is sent again under the
same id. For one recipient and one patient an earlier notice goes before a later one. What failed is
tried again after a pause drawn by chance, up to a number of attempts; then it is dead, which the
worklist shows. Any number of rounds may run at once, in any number of processes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from scheduler.channels import Channel, DeliveryError
from scheduler.telling import Subject, message_of, reason_to_drop
from workflow.errors import AllpathError
from workflow.library import Library
from workflow.outbox import (
    Claim,
    Claimed,
    DeliveryStatus,
    Mark,
    NewDelivery,
    Outbox,
    Recipient,
    Unaddressed,
)
from workflow.records import Notice, PathRecord
from workflow.review import OPENED, ReviewItem
from workflow.store import Store
from workflow.telling import is_urgent, pause, quiet_until, told_at

ATTEMPTS: Final = 12
"""After so many failures a delivery is given up, unless the settings say otherwise."""
LEASE: Final = timedelta(minutes=10)
MESSAGES: Final = 20
"""A round sends no more than this, so that it ends long before its leases do."""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What one round did, in deliveries; `refused` counts results that came too late to count.

    `unaddressed` notices found no recipient. `is_done` says that nothing more is due now.
    """

    sent: int = 0
    failed: int = 0
    dead: int = 0
    dropped: int = 0
    refused: int = 0
    unaddressed: int = 0
    is_done: bool = True


@dataclass(frozen=True)
class Delivering:
    """What a round works with: the paths, the outbox, the channels, and chance.

    `chance` answers a number from 0 up to 1, `token` one that nobody else has. Recipients found
    `unreachable` are left alone by later rounds with the same object.
    """

    store: Store
    library: Library
    outbox: Outbox
    channels: Mapping[str, Channel]
    chance: Callable[[], float]
    token: Callable[[], str]
    attempts: int = ATTEMPTS
    unreachable: set[str] = field(default_factory=set)


def deliver(round_: Delivering, now: datetime, *, limit: int = MESSAGES) -> DeliveryReport:
    """New notices are addressed, and what is due is sent, `limit` messages at most."""
    unaddressed = address(round_, now)
    counts: Counter[str] = Counter()
    for recipient_id in round_.outbox.due_recipients(now):
        while recipient_id not in round_.unreachable and counts["messages"] < limit:
            claim = round_.outbox.claim(recipient_id, round_.token(), now + LEASE, now)
            if claim is None:
                break
            counts["messages"] += 1
            marks, is_reachable = _send(round_, claim, now)
            if round_.outbox.mark(claim, marks, now):
                counts.update(_counted(marks))
            else:
                counts["refused"] += len(marks)
            if not is_reachable:
                round_.unreachable.add(recipient_id)  # its others wait, the rest go on
    return DeliveryReport(
        sent=counts["sent"],
        failed=counts["waiting"],
        dead=counts["dead"],
        dropped=counts["dropped"],
        refused=counts["refused"],
        unaddressed=unaddressed,
        is_done=counts["messages"] < limit,
    )


def address(round_: Delivering, now: datetime) -> int:
    """Every new notice has its deliveries; answers how many found nobody with their role."""
    everybody = [item for item in round_.outbox.recipients() if item.active]
    count = 0
    for found in round_.outbox.unaddressed():
        chosen = [item for item in everybody if is_for(item, found.notice, found.path)]
        reason = "" if chosen else _reason(round_, found)
        if reason:
            round_.outbox.drop_unaddressed(found, reason, now)
        elif chosen:
            new = [_new(item, found.notice, now) for item in chosen]
            round_.outbox.address(found, new, now)
        else:
            count += 1
    return count


def is_for(recipient: Recipient, notice: Notice, path: PathRecord) -> bool:
    """Whether the recipient has the role that is told, at the patient's site or at every site."""
    is_here = recipient.site in {"", path.settings.get("site", "")}
    return recipient.role == notice.to_role and is_here


def _new(recipient: Recipient, notice: Notice, now: datetime) -> NewDelivery:
    together = recipient.digest and not is_urgent(recipient, notice)
    try:
        at = told_at(recipient, notice, now)
    except AllpathError:  # no such time zone on this machine: told at once rather than never
        at = now
    return NewDelivery(recipient.recipient_id, recipient.channel, at, together)


def _reason(round_: Delivering, found: Unaddressed) -> str:
    return reason_to_drop(_subject(round_, found.notice))


def _subject(round_: Delivering, notice: Notice) -> Subject:
    """The path a notice is about as it stands now; one that cannot be read is told of by its id."""
    try:
        case = round_.store.case(notice.path_id)
        review = _review(round_, notice)
        return Subject(notice, case, round_.library.pinned(case.path), review)
    except AllpathError:
        return Subject(notice, None, None)


def _review(round_: Delivering, notice: Notice) -> ReviewItem | None:
    """The past decision to look at again that the notice tells of; it has the notice's id."""
    if notice.topic != OPENED:
        return None
    items = round_.store.reviews(notice.path_id)
    return next((item for item in items if item.review_id == notice.notice_id), None)


def _send(round_: Delivering, claim: Claim, now: datetime) -> tuple[list[Mark], bool]:
    """What became of the message, and whether its address can be reached at all."""
    if not claim.recipient.active:
        return _all(claim, "dead", "the recipient is told nothing any more"), True
    if max(item.attempts for item in claim.deliveries) > round_.attempts:
        return _all(claim, "dead", "its senders never came back"), True
    subjects = [_subject(round_, item.notice) for item in claim.deliveries]
    reasons = [reason_to_drop(subject) for subject in subjects]
    marks = [
        Mark(item.number, "dropped", item.attempts - 1, error=reason)
        for item, reason in zip(claim.deliveries, reasons, strict=True)
        if reason
    ]
    living = [subject for subject, reason in zip(subjects, reasons, strict=True) if not reason]
    items = [i for i, reason in zip(claim.deliveries, reasons, strict=True) if not reason]
    if not items:
        return marks, True
    until = _quiet_until(claim.recipient, living, now)
    if until is not None:
        return [*marks, *(Mark(i.number, "waiting", i.attempts - 1, until) for i in items)], True
    try:
        _channel(round_, claim).send(message_of(claim, living, now), now)
    except DeliveryError as error:
        return [*marks, *_failed(round_, items, error, now)], not error.is_unreachable
    except Exception as error:  # noqa: BLE001 - one poisoned message must not stop the others
        # The text of an unexpected error may quote the message; only its kind is kept.
        kind = DeliveryError(f"nobody foresaw {type(error).__name__}")
        return [*marks, *_failed(round_, items, kind, now)], True
    return [*marks, *(Mark(i.number, "sent", i.attempts, sent_at=now) for i in items)], True


def _channel(round_: Delivering, claim: Claim) -> Channel:
    name = claim.recipient.channel
    found = round_.channels.get(name)
    if found is None:
        msg = f"the channel {name} is not set up"
        raise DeliveryError(msg, is_unreachable=True)
    return found


def _quiet_until(
    recipient: Recipient, subjects: Sequence[Subject], now: datetime
) -> datetime | None:
    """When it may be told, where a later attempt fell into quiet hours."""
    if all(is_urgent(recipient, subject.notice) for subject in subjects):
        return None
    try:
        return quiet_until(recipient, now)
    except AllpathError:  # see `_new`
        return None


def _failed(
    round_: Delivering, items: Sequence[Claimed], error: DeliveryError, now: datetime
) -> list[Mark]:
    attempts = max(item.attempts for item in items)
    if error.permanent or attempts >= round_.attempts:
        return [Mark(item.number, "dead", item.attempts, error=str(error)) for item in items]
    again = now + pause(attempts, round_.chance)
    return [Mark(i.number, "waiting", i.attempts, again, error=str(error)) for i in items]


def _all(claim: Claim, status: DeliveryStatus, error: str) -> list[Mark]:
    return [Mark(item.number, status, item.attempts, error=error) for item in claim.deliveries]


def _counted(marks: Sequence[Mark]) -> Counter[str]:
    """How many deliveries came out which way; one held for quiet hours did not fail."""
    return Counter(mark.status for mark in marks if mark.status != "waiting" or mark.error)
