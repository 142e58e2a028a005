"""Reviews as rows and back, in the order of the table's columns."""

from __future__ import annotations

import json

from storage.rows import Row, instant, instant_or_none, json_text, micros, micros_or_none
from workflow.review import ReviewItem


def review_row(item: ReviewItem) -> Row:
    """The row of a review; its number is the journal entry that opened it."""
    return (
        item.path_id,
        int(item.review_id.rpartition("/")[2]),
        item.kind,
        item.about,
        micros(item.opened_at),
        item.opened_by_seq,
        json_text(item.before),
        json_text(item.after),
        item.status,
        micros_or_none(item.closed_at),
        item.closed_by,
        item.reason,
    )


def read_review(row: Row) -> ReviewItem:
    """The review of a row."""
    path_id, seq, kind, about, opened_at, by_seq, before, after, *rest = row
    status, closed_at, closed_by, reason = rest
    return ReviewItem(
        review_id=f"{path_id}/{seq}",
        path_id=path_id,
        kind=kind,
        about=about,
        opened_at=instant(opened_at),
        opened_by_seq=by_seq,
        before=json.loads(before),
        after=json.loads(after),
        status=status,
        closed_at=instant_or_none(closed_at),
        closed_by=closed_by,
        reason=reason,
    )
