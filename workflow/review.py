"""A past decision that would come out otherwise by what is known now, and what a person says of it.

Nothing of the past changes: a review stands beside the entry it is about until a clinician upholds
it, says that care was adapted, or that it had no effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal, get_args

from workflow.canonical import digest

ReviewKind = Literal["step", "checkpoint", "notice", "care"]
ReviewStatus = Literal["open", "upheld", "compensated", "no_effect"]
OPENED: Final = "review_opened"
"""How the entry is named that opens a review, and the notice that tells of it."""
CLOSED_BY: Final = "clinician"
"""The role that is told of a new review: it is closed by name, and a clinician may."""
VERDICTS: Final[tuple[ReviewStatus, ...]] = get_args(ReviewStatus)[1:]
_COMPARED: Final = ("rule", "route", "warnings", "step", "met_on", "care")


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One past decision to look at again.

    `review_id` is the path and the journal entry that opened it, `opened_by_seq` the entry of the
    record that changed the answer. `about` names the journal entry (`41`) or, for a met checkpoint,
    its row (`C-RA-1/12/1`), or for care off the pathway the fact and the day that show it.
    `before` and `after` are the two answers: rule, route, warnings,
    missing, the step, and the clauses that came out otherwise. `closed_by` is empty where nobody
    signed: the difference was gone by itself.
    """

    review_id: str
    path_id: str
    kind: ReviewKind
    about: str
    opened_at: datetime
    opened_by_seq: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    status: ReviewStatus = "open"
    closed_at: datetime | None = None
    closed_by: str = ""
    reason: str = ""

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to look at it."""
        return self.status == "open"

    @property
    def difference(self) -> str:
        """A hash over both answers: two reviews of one entry with the same are the same."""
        return difference(self.before, self.after)

    def closed(self, status: ReviewStatus, at: datetime, by: str, reason: str) -> ReviewItem:
        """The review once somebody has looked, or once there is nothing left to look at."""
        return replace(self, status=status, closed_at=at, closed_by=by, reason=reason)


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """A hash over what two answers say of rule, route, option, warnings, step or the day met."""
    return digest([compared(before), compared(after)])


def compared(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The part of an answer by which a review is opened."""
    return {name: answer[name] for name in _COMPARED if name in answer}
