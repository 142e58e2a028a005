"""What a site may set for itself, and what evidence forbids it to set."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from workflow.errors import PathwayError, RefusedError
from workflow.loading import load_shipped, shipped
from workflow.pathway import Checkpoint
from workflow.records import CheckpointRecord
from workflow.site_plan import SitePlan, read_site_plan
from workflow.site_plan_checks import check_site_plan
from workflow.windows import window, window_again
from workflow.working_days import Calendar

BERLIN = ZoneInfo("Europe/Berlin")
FIVE_DAYS = Calendar(frozenset({5, 6}), frozenset({date(2026, 12, 25)}))


def _check(text: str) -> SitePlan:
    plan, document = read_site_plan(text.encode(), "north.yaml")
    pathways = {name: load_shipped(name) for name in shipped()}
    check_site_plan(plan, document, "north.yaml", pathways)
    return plan


def _plan(*lines: str) -> str:
    return "\n".join(("site: North", "reason: agreed at the MDT", *lines))


def _visit(basis: str = "operational", **more: object) -> Checkpoint:
    fields = {"id": "C-1", "title": "visit", "expects": ["seen"], "due": "2 d", "basis": basis}
    return Checkpoint.model_validate({**fields, **more})


def test_a_plan_of_working_days_and_operational_times_is_taken() -> None:
    """The laboratory of this site needs a day more for flow cytometry."""
    plan = _check(
        _plan(
            "working_days: {weekend: [saturday, sunday], holidays: [2026-12-25]}",
            "remind_every: 2 d",
            "checkpoints:",
            "  C-RA-2: {due: 4 d, escalate: [{after: 1 d, to: coordinator}]}",
        )
    )

    assert plan.calendar == FIVE_DAYS
    assert plan.checkpoints["C-RA-2"].due == "4 d"


@pytest.mark.parametrize(
    ("lines", "line", "said"),
    [
        (["checkpoints:", "  C-RA-1: {due: 50 d}"], 4, "rests on evidence (42 d)"),
        (["checkpoints:", "  C-RI-2: {escalate: [{after: 96 h, to: lead}]}"], 4, "not later"),
        (
            ["checkpoints:", "  C-RA-1: {escalate: [{after: 3 d, to: coordinator}]}"],
            4,
            "tell the same people",
        ),
        (["checkpoints:", "  C-NONE: {due: 4 d}"], 4, "no pathway has a checkpoint C-NONE"),
        (["checkpoints:", "  C-RA-2: {due: soon}"], 4, "is not a duration"),
        (["checkpoints:", "  C-RA-2: {due: [4 d, 5 d]}"], 4, "the pathway has 1 here"),
        (["checkpoints:", "  C-RA-2: {escalate: []}"], 4, "at least one"),
        (["remind_every: 0 d"], 3, "reminds without end"),
        (["remind_every: often"], 3, "is not a duration"),
        (["working_days: {holidays: [2026-02-30]}"], 3, "is not a date"),
        (["working_days: {weekend: [sunnyday]}"], 3, "weekend"),
        (["colour: blue"], 3, "colour"),
    ],
)
def test_a_plan_that_cannot_be_kept_is_refused_with_line_and_cure(
    lines: list[str], line: int, said: str
) -> None:
    """Whoever wrote it finds the place."""
    with pytest.raises(PathwayError) as caught:
        _check(_plan(*lines))

    assert said in str(caught.value)
    assert caught.value.problems[0].line == line


def test_a_calendar_without_a_working_day_is_refused() -> None:
    """Nothing operational would ever be due."""
    days = "monday, tuesday, wednesday, thursday, friday, saturday, sunday"

    with pytest.raises(PathwayError, match="no day of the week is a working day"):
        _check(_plan(f"working_days: {{weekend: [{days}]}}"))


def test_a_list_of_holidays_without_an_end_is_refused() -> None:
    """Five weeks in a row are a slip of the pen."""
    days = ", ".join(
        date.fromordinal(date(2026, 7, 1).toordinal() + n).isoformat() for n in range(40)
    )

    with pytest.raises(PathwayError, match="nobody works for more than 31 days"):
        _check(_plan(f"working_days: {{holidays: [{days}]}}"))


def test_an_evidence_based_checkpoint_may_be_brought_forward() -> None:
    """Stricter than the evidence is a site's own choice."""
    plan = _check(_plan("checkpoints:", "  C-RA-1: {due: 40 d}"))

    assert plan.checkpoints["C-RA-1"].due == "40 d"


@pytest.mark.parametrize(
    ("anchor", "due"),
    [
        (date(2026, 12, 2), date(2026, 12, 4)),  # a Friday
        (date(2026, 12, 3), date(2026, 12, 7)),  # from Saturday to Monday
        (date(2026, 12, 23), date(2026, 12, 28)),  # from Christmas over the weekend to Monday
    ],
)
def test_what_is_operational_is_due_on_a_working_day(anchor: date, due: date) -> None:
    """And its rule says to which day it was moved."""
    found = window(_visit(), "state:x", 1, anchor, BERLIN, since=None, working=FIVE_DAYS)

    assert found.due_at.astimezone(BERLIN).date() == due
    moved = f", moved to {due}" if (due - anchor).days != 2 else ""
    assert found.due_rule == f"2 days after entering x {anchor}{moved}, Europe/Berlin"


def test_what_rests_on_evidence_is_due_on_its_day_whoever_works() -> None:
    """A marrow of day 29 is not one of day 31."""
    anchor = date(2026, 12, 3)

    found = window(_visit("evidence"), "state:x", 1, anchor, BERLIN, since=None, working=FIVE_DAYS)

    assert found.due_at.astimezone(BERLIN).date() == date(2026, 12, 5)


def test_a_moved_day_stays_where_it_is_in_another_time_zone() -> None:
    """The rule kept beside the instant is enough; the calendar of then is not asked again."""
    anchor = date(2026, 12, 3)
    found = window(
        _visit(ideal="1 d", expires="3 d"),
        *("state:x", 1, anchor, BERLIN),
        since=None,
        working=FIVE_DAYS,
    )
    row = _row(anchor, found)

    again = window_again(row, ZoneInfo("America/New_York"))

    assert again is not None
    new_york = ZoneInfo("America/New_York")
    assert again.due_at == datetime(2026, 12, 7, tzinfo=new_york).astimezone(UTC)
    assert again.ideal_at == datetime(2026, 12, 4, tzinfo=new_york).astimezone(UTC)
    assert again.expires_at == datetime(2026, 12, 11, tzinfo=new_york).astimezone(UTC)
    assert window_again(row, BERLIN) == found


def test_a_checkpoint_beyond_the_calendar_is_refused_in_words() -> None:
    """A date in the year 9999 is a slip of the finger, not a traceback."""
    with pytest.raises(RefusedError, match="beyond the calendar: it counts from 9999-12-31"):
        window(_visit(), "state:x", 1, date(9999, 12, 31), BERLIN, since=None)


def _row(anchor: date, found: object) -> CheckpointRecord:
    values = {name: getattr(found, name) for name in ("opens_at", "due_at", "overdue_at")}
    more = {name: getattr(found, name) for name in ("due_rule", "ideal_at", "expires_at")}
    return CheckpointRecord(
        path_id="P-1",
        checkpoint="C-1",
        opened_seq=1,
        occurrence=1,
        owner="state:x",
        status="open",
        anchor_on=anchor,
        next_at=None,
        **values,
        **more,
    )
