"""Checkpoints as rows: what should have happened by when, opened, met, due, overdue, cancelled.

A checkpoint is a window of instants computed from a rule on civil dates at the patient's site
(`workflow.windows`); the rule is kept beside the instants. Nothing here asks for the time and
nothing here moves a patient.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from workflow.durations import Duration
from workflow.facts import FactSheet
from workflow.operands import Evaluation, Truth
from workflow.pathway import Checkpoint
from workflow.records import CheckpointRecord, ClosedStatus, PathRecord
from workflow.rules import Rules
from workflow.site_plan import SitePlan
from workflow.standing import FINAL_STATUSES, Standing
from workflow.windows import (
    MET,
    Window,
    counts_from_named,
    dues,
    entering,
    follows_what_was_met,
    is_asked_again,
    window,
    window_once_more,
)
from workflow.working_days import EVERY_DAY

_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Context:
    """What planning looks at: rules, the path after the change, records and sheet, when.

    `site` is what the patient's site sets for itself, if anything.
    """

    rules: Rules
    path: PathRecord
    standing: Mapping[str, Standing]
    sheet: FactSheet
    ev: Evaluation
    seq: int
    now: datetime
    zone: ZoneInfo
    site: SitePlan | None = None


def owners(path: PathRecord) -> tuple[str, ...]:
    """Whose checkpoints run for this path: its state, and each open track."""
    return (f"state:{path.state}", *(f"track:{name}" for name in path.open_tracks))


def definitions(rules: Rules, owner: str, site: SitePlan | None = None) -> tuple[Checkpoint, ...]:
    """The checkpoints of a state or track as the site has them, in the order of the file."""
    kind, _, name = owner.partition(":")
    models = rules.pathway.states if kind == "state" else rules.pathway.tracks
    declared = models[name].checkpoints
    return declared if site is None else tuple(map(site.adjusted, declared))


def definition_of(rules: Rules, row: CheckpointRecord, site: SitePlan | None = None) -> Checkpoint:
    """The declaration a row was opened from, as the site has it."""
    return next(d for d in definitions(rules, row.owner, site) if d.id == row.checkpoint)


def plan(
    context: Context, live: Iterable[CheckpointRecord], left: frozenset[str]
) -> tuple[tuple[CheckpointRecord, ...], tuple[str, ...]]:
    """The rows to write after a change, and what has now been asked during the present stay.

    `live` are the rows still expected before the change, `left` the owners that were left by it:
    their rows are cancelled (or met, when they only wait for the state to be left). A row whose
    condition is disproved is cancelled too, and opens again when it holds again.
    """
    changed: list[CheckpointRecord] = []
    current = owners(context.path)
    asked = [name for name in context.path.asked if _still_asked(context, name, current)]
    for row in live:
        if row.owner in left or row.owner not in current:
            changed.append(_closed(context, row))
        elif _applies(context, row.owner, row.checkpoint) is False:
            changed.append(row.closed("cancelled", context.seq, None))
        else:
            changed.extend(_looked_after(context, row))
    if context.path.state in context.rules.final_states:
        return tuple(changed), ()
    already = {name.partition("/")[0] for name in asked}
    for owner in current:
        for definition in definitions(context.rules, owner, context.site):
            name = f"{owner}/{definition.id}"
            if name in asked or _applies(context, owner, definition.id) is not True:
                continue
            asked.append(name)
            changed.extend(_opened(context, owner, definition, is_new=owner not in already))
    return tuple(changed), tuple(asked)


def recomputed(context: Context, row: CheckpointRecord) -> CheckpointRecord | None:
    """The row by the rule its owner declares now; None when that has no such occurrence.

    One that was waived to a day stays due on that day.
    """
    if is_asked_again(row):
        return row
    definition = definition_of(context.rules, row, context.site)
    if row.occurrence > len(dues(definition)):
        before = replace(row, occurrence=row.occurrence - 1)
        return next(iter(_repeated(context, before, definition, row.anchor_on, MET)), None)
    anchor = _anchor(context, row.owner, definition) if definition.anchor else row.anchor_on
    return _row(context, row.owner, definition, row.occurrence, seq=row.opened_seq, anchor=anchor)


def after_closing(
    context: Context, row: CheckpointRecord, closed_on: date, how: str
) -> list[CheckpointRecord]:
    """What follows an occurrence that was not met, but closed: the next, where it repeats."""
    definition = definition_of(context.rules, row, context.site)
    return _repeated(context, row, definition, closed_on, how)


def counted_from(
    context: Context, row: CheckpointRecord, definition: Checkpoint, day: date
) -> CheckpointRecord:
    """The row of a repeat as if the one before had ended on this day."""
    counted = _row(context, row.owner, definition, row.occurrence, seq=row.opened_seq, anchor=day)
    return replace(counted, quiet_until=row.quiet_until, quiet=row.quiet, quiet_by=row.quiet_by)


def asked_again(context: Context, row: CheckpointRecord, on: date) -> CheckpointRecord:
    """What follows an occurrence that was waived until a day: one that is due on that day.

    It is opened by the entry that tells of the waiver, so that it takes no other's place.
    """
    return _row_with(
        context,
        owner=row.owner,
        checkpoint=row.checkpoint,
        occurrence=1,
        seq=context.seq,
        anchor=on - _ONE_DAY,
        expected=window_once_more(on, context.zone),
    )


def day_met(context: Context, row: CheckpointRecord, definition: Checkpoint) -> date | None:
    """The day all expected facts were there, or None.

    The first occurrence of a window that opens at once also takes what is validly known already;
    every other needs a record for a day inside the window.
    """
    if not definition.expects:
        return None
    opens_on = row.opens_at.astimezone(context.zone).date()
    until = row.expires_at.astimezone(context.zone).date() if row.expires_at else date.max
    opens_at_once = Duration.read(definition.opens).amount == 0
    takes_known = row.occurrence == 1 and opens_at_once and not is_asked_again(row)
    days = []
    for name in definition.expects:
        first = opens_on + _ONE_DAY if follows_what_was_met(row) else opens_on
        day = _recorded_on(context, name, first, until)
        if day is None and takes_known:
            day = _known_since(context, name, row.anchor_on if definition.anchor else None)
        if day is None:
            return None
        days.append(day)
    return max(days)


def _still_asked(context: Context, name: str, current: tuple[str, ...]) -> bool:
    """Whether a checkpoint stays asked: one whose condition is disproved may open anew."""
    owner, _, checkpoint = name.partition("/")
    return owner in current and _applies(context, owner, checkpoint) is not False


def _applies(context: Context, owner: str, checkpoint: str) -> Truth:
    node = context.rules.checkpoint_whens.get((owner, checkpoint))
    return True if node is None else node.test(context.ev)


def _closed(context: Context, row: CheckpointRecord) -> CheckpointRecord:
    waits_for_leaving = not definition_of(context.rules, row).expects
    status: ClosedStatus = "met" if waits_for_leaving else "cancelled"
    met_on = context.sheet.as_of if waits_for_leaving else None
    return row.closed(status, context.seq, met_on)


def _looked_after(context: Context, row: CheckpointRecord) -> list[CheckpointRecord]:
    """The row after the change: met, moved with its anchor, or nothing to write."""
    definition = definition_of(context.rules, row, context.site)
    met_on = day_met(context, row, definition)
    if met_on is not None:
        return [_met(context, row, met_on), *_repeated(context, row, definition, met_on, MET)]
    moved = with_its_anchor(context, row, definition)
    return [moved] if moved is not row else []


def with_its_anchor(
    context: Context, row: CheckpointRecord, definition: Checkpoint
) -> CheckpointRecord:
    """The row by the day it is counted from as known here; the same row if that is its day.

    One that was asked while the named day was unknown counts from its asking until that is known.
    A moved row is told of anew by its new moments; quiet stays quiet.
    """
    is_first_pace = row.occurrence <= len(dues(definition)) and not is_asked_again(row)
    if not definition.anchor or not is_first_pace:
        return row
    named = _named_day(context, definition)
    if named is None and not counts_from_named(row, definition):
        return row
    anchor = named or _entered(context, row.owner)
    if anchor == row.anchor_on:
        return row
    moved = _row(context, row.owner, definition, row.occurrence, seq=row.opened_seq, anchor=anchor)
    return replace(
        moved,
        quiet_until=row.quiet_until,
        quiet=row.quiet,
        quiet_by=row.quiet_by,
    )


def _met(context: Context, row: CheckpointRecord, met_on: date) -> CheckpointRecord:
    return row.closed("met", context.seq, met_on)


def _repeated(
    context: Context, row: CheckpointRecord, definition: Checkpoint, ended_on: date, how: str
) -> list[CheckpointRecord]:
    """The next occurrence, counted from when this one was really met, or otherwise ended."""
    following = row.occurrence + 1
    if definition.every is None or row.occurrence < len(dues(definition)):
        return []
    slow = definition.times is not None and following > definition.times
    if slow and definition.then is None:
        return []
    return [
        _row(
            context,
            row.owner,
            definition,
            following,
            seq=row.opened_seq,
            anchor=ended_on,
            counts_from=how,
        )
    ]


def _opened(
    context: Context, owner: str, definition: Checkpoint, *, is_new: bool
) -> list[CheckpointRecord]:
    anchor = _anchor(context, owner, definition)
    if definition.when is not None and not is_new and anchor == _entered(context, owner):
        anchor = context.sheet.as_of  # its condition came true today, in the middle of the stay
    rows: list[CheckpointRecord] = []
    for occurrence in range(1, len(dues(definition)) + 1):
        row = _row(context, owner, definition, occurrence, seq=context.seq, anchor=anchor)
        met_on = day_met(context, row, definition)
        if met_on is None:
            rows.append(row)
        else:
            following = _repeated(context, row, definition, met_on, MET)
            rows += [_met(context, row, met_on), *following]
    return rows


def _anchor(context: Context, owner: str, definition: Checkpoint) -> date:
    """The day the windows count from: the named fact when it is known, else entering the state."""
    return _named_day(context, definition) or _entered(context, owner)


def _named_day(context: Context, definition: Checkpoint) -> date | None:
    """The day of the fact the declaration names; None where it names none, or none is known."""
    if definition.anchor is None:
        return None
    base, _, part = definition.anchor.partition(".")
    named = context.sheet.values.get(base)
    named = named.part(part) if part and named is not None else named
    return named if isinstance(named, date) else None


def _what(context: Context, owner: str, definition: Checkpoint, anchor: date) -> str:
    """Which day the anchor is, in the words of a rule; nothing where it is the declared one."""
    if _named_day(context, definition) == anchor:
        return ""
    return entering(owner) if anchor == _entered(context, owner) else "it was asked for"


def _entered(context: Context, owner: str) -> date:
    """The day the state or track was entered."""
    name = owner.partition(":")[2]
    entered = context.path.entered
    return entered.get(name, entered["main"]) if owner.startswith("track:") else entered["main"]


def _row(
    context: Context,
    owner: str,
    definition: Checkpoint,
    occurrence: int,
    *,
    seq: int,
    anchor: date,
    counts_from: str = MET,
) -> CheckpointRecord:
    """The row of an occurrence opened by entry `seq`; open at once when its window is."""
    now, zone = context.now, context.zone
    since = now if anchor == now.astimezone(zone).date() else None
    working = context.site.calendar if context.site else EVERY_DAY
    expected = window(
        definition,
        owner,
        occurrence,
        anchor,
        zone,
        since=since,
        working=working,
        counts_from=counts_from,
        what=_what(context, owner, definition, anchor),
    )
    return _row_with(
        context,
        owner=owner,
        checkpoint=definition.id,
        occurrence=occurrence,
        seq=seq,
        anchor=anchor,
        expected=expected,
    )


def _row_with(
    context: Context,
    *,
    owner: str,
    checkpoint: str,
    occurrence: int,
    seq: int,
    anchor: date,
    expected: Window,
) -> CheckpointRecord:
    is_open = expected.opens_at <= context.now
    return CheckpointRecord(
        path_id=context.path.path_id,
        checkpoint=checkpoint,
        opened_seq=seq,
        occurrence=occurrence,
        owner=owner,
        status="open" if is_open else "scheduled",
        anchor_on=anchor,
        opens_at=expected.opens_at,
        due_at=expected.due_at,
        overdue_at=expected.overdue_at,
        due_rule=expected.due_rule,
        next_at=expected.due_at if is_open else expected.opens_at,
        ideal_at=expected.ideal_at,
        expires_at=expected.expires_at,
    )


def _known_since(context: Context, fact: str, anchor: date | None) -> date | None:
    """The day of the final record by which a fact is validly known; not before a named anchor."""
    record = context.sheet.records.get(fact)
    if record is None or context.sheet.values.get(fact) is None:
        return None
    counts = record.status in FINAL_STATUSES and (anchor is None or record.effective_at >= anchor)
    return record.effective_at if counts else None


def _recorded_on(context: Context, fact: str, first: date, until: date) -> date | None:
    """The last day from `first`, before `until`, with a final record of this episode."""
    standing = context.standing.get(fact)
    if standing is None:
        return None
    found = [
        record.effective_at
        for record in standing.records
        if first <= record.effective_at < until
        and record.episode == context.path.episode
        and record.status in FINAL_STATUSES
    ]
    return max(found) if found else None
