"""Looking back: which past decisions would come out otherwise by a corrected or late record.

Every confirmed or proposed step, met checkpoint and notice that a change can concern is decided
again (`workflow.redeciding`). Where the answer differs a review is opened in the same commit; one
that no longer differs is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from workflow.act import Act
from workflow.canonical import canonical
from workflow.commands import CloseReview
from workflow.errors import ConflictError, NotFoundError, RefusedError
from workflow.facts import FactRecord
from workflow.off_pathway import CARE, care_shown
from workflow.overriding import require_reason
from workflow.records import JournalEntry, Notice
from workflow.redeciding import History, Verdict, looked_at_again, redecided
from workflow.retracing import is_step
from workflow.review import CLOSED_BY, OPENED, ReviewItem, compared, difference


def concerns_the_past(act: Act, journal: Callable[[], Sequence[JournalEntry]]) -> bool:
    """Whether anything the act recorded can change what was decided before.

    `journal` is asked only where a record is dated before today: most are of today.
    """
    if any(fact.supersedes for fact in act.facts):
        return True
    late = [fact for fact in act.facts if fact.effective_at < act.today]
    if not late:
        return False
    steps = [
        (entry.seq, entry.effective_on)
        for entry in (*journal(), *act.entries)
        if entry.effective_on and is_step(entry)
    ]
    return any(seq < fact.seq and fact.effective_at < day for fact in late for seq, day in steps)


def look_back(act: Act, history: History, told: Sequence[FactRecord] = ()) -> None:
    """Reviews are opened for what would differ now, and closed where nothing differs any more.

    `told` are records of another path of the same human: they count here, and are not kept here.
    """
    new = (*act.facts, *told)
    known = {item.review_id: item for item in history.reviews} | act.reviews
    by_seq = new[-1].seq
    _answer(act, known, looked_at_again(act, history, new), by_seq)


def look_again(act: Act, history: History) -> None:
    """Whatever has a review is decided once more with what this path knows by itself now."""
    known = {item.review_id: item for item in history.reviews} | act.reviews
    about = {item.about for item in known.values() if item.kind not in {"checkpoint", CARE}}
    _answer(act, known, redecided(act, history, about), act.path.version)


def look_at_care(act: Act, history: History) -> None:
    """Reviews are opened for care that no step says, and closed where one says it now."""
    known = {item.review_id: item for item in history.reviews} | act.reviews
    _answer(act, known, list(care_shown(act, history, tuple(known.values()))), 0)


def _answer(
    act: Act, known: Mapping[str, ReviewItem], verdicts: Iterable[Verdict], by_seq: int
) -> None:
    """What the verdicts ask for; `by_seq` is the record they come from, or each names its own."""
    for verdict in verdicts:
        mine = [i for i in known.values() if (i.kind, i.about) == (verdict.kind, verdict.about)]
        standing = next((item for item in mine if item.is_open), None)
        same = difference(verdict.before, verdict.after)
        if standing is not None and verdict.differs and standing.difference == same:
            continue
        if standing is not None:
            what = "it differs otherwise now" if verdict.differs else "it no longer differs"
            _close(act, standing.closed("no_effect", act.found.now, "", what))
        is_signed = any(item.closed_by and item.difference == same for item in mine)
        if verdict.differs and not is_signed:
            _open(act, verdict, by_seq or verdict.seq)


def close_review(act: Act, history: History, command: CloseReview) -> None:
    """A person has looked: the review is closed with a verdict and a reason.

    Care off the pathway needs a coded reason beside it, as an override does. Raises NotFoundError
    for an unknown review, ConflictError for one that is closed already, RefusedError.
    """
    path_id, review_id, reason = act.path.path_id, command.review_id, command.reason
    item = next((item for item in history.reviews if item.review_id == review_id), None)
    if item is None:
        msg = f"There is no review {review_id} of {path_id}; see `allpath review list --all`."
        raise NotFoundError(msg)
    if not reason.strip():
        raise RefusedError("A review is closed with a reason; say what was found (--reason).")
    if not item.is_open:
        who = f"by {item.closed_by}" if item.closed_by else "by itself"
        msg = f"The review {review_id} was closed already, {who}, as {item.status}."
        raise ConflictError(msg, (f"{item.status}: {item.reason}",))
    more = {}
    if item.kind == CARE:
        require_reason(act, command.code)
        more = {"variance": command.code, "care": dict(item.after["care"])}
    _close(act, item.closed(command.verdict, act.found.now, str(act.actor), reason.strip()), more)


def close_reviews_of(act: Act, items: Iterable[ReviewItem], reason: str) -> None:
    """The reviews of steps that are undone are closed: undoing is how care was adapted."""
    for item in items:
        _close(act, item.closed("compensated", act.found.now, str(act.actor), reason))


def _open(act: Act, verdict: Verdict, by_seq: int) -> None:
    entry = act.write(
        OPENED,
        state_from=act.path.state,
        detail={
            "review": f"{act.path.path_id}/{act.path.version + 1}",
            "of": verdict.kind,
            "about": verdict.about,
            "opened_by": by_seq,
            "before": compared(verdict.before),
            "after": compared(verdict.after),
        },
    )
    item = ReviewItem(
        review_id=f"{act.path.path_id}/{entry.seq}",
        path_id=act.path.path_id,
        kind=verdict.kind,
        about=verdict.about,
        opened_at=entry.at,
        opened_by_seq=by_seq,
        before=verdict.before,
        after=verdict.after,
    )
    act.reviews[item.review_id] = item
    act.notices.append(_notice(item, entry))


def _notice(item: ReviewItem, entry: JournalEntry) -> Notice:
    """Whoever may close the review is told of it, once, by its id alone."""
    content = {
        "path_id": item.path_id,
        "review": item.review_id,
        "of": item.kind,
        # Of care off the pathway the day is clinical, and stays on the path.
        "about": item.about if item.kind != CARE else "",
    }
    return Notice(
        notice_id=item.review_id,
        path_id=item.path_id,
        seq=entry.seq,
        topic=OPENED,
        to_role=CLOSED_BY,
        body=canonical(content),
        created_at=entry.at,
    )


def _close(act: Act, closed: ReviewItem, more: Mapping[str, Any] | None = None) -> None:
    act.reviews[closed.review_id] = closed
    act.write(
        "care_explained" if closed.kind == CARE and closed.closed_by else "review_closed",
        state_from=act.path.state,
        reason=closed.reason,
        detail={
            "review": closed.review_id,
            "of": closed.kind,
            "about": closed.about,
            "verdict": closed.status,
            "by_itself": not closed.closed_by,
            **(more or {}),
        },
    )
