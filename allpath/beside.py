"""What was done about a patient beside the journal: by the MDT, by assigning, in an emergency.

None of it moves a patient, so it stands in tables of its own; a history shows it between the
entries of the journal, in the order of time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from heapq import merge
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from allpath import words
from allpath.assigning import NOBODY_TITLE, keeper_title
from allpath.mdt import wording
from workflow.assigning import NOBODY, account_in
from workflow.emergency import FINDINGS, REASONS, EmergencyEntry
from workflow.mdt import MdtDecision, MdtEntry, Meeting, agenda_items
from workflow.records import JournalEntry
from workflow.time_travel import Moment

if TYPE_CHECKING:
    from allpath.bootstrap import Allpath
    from workflow.accounts import Account

MDT, ASSIGNED, EMERGENCY = "MDT", "Assignment", "Emergency"


@dataclass(frozen=True, slots=True)
class BesideRecord:
    """One record beside the journal, in words; `kind` names it for programs.

    `on` is the day of the meeting for a decision: it was so from that day, whenever written down.
    `title` is whoever looks after the patient from then on.
    """

    of: str
    kind: str
    at: datetime
    what: str
    by: str
    role: str
    os_user: str
    why: str
    on: date | None = None
    title: str = ""

    @property
    def who(self) -> str:
        """Who did it, in which role, with the operating system's user."""
        user = f", user {self.os_user}" if self.os_user else ""
        return f"{self.by} ({self.role}{user})"

    def is_so(self, moment: Moment, zone: ZoneInfo) -> bool:
        """Whether it was so at a moment, by what was known then."""
        if self.at > moment.known_at:
            return False
        if self.on is not None:
            return self.on <= moment.as_of.astimezone(zone).date()
        return self.at <= moment.as_of


def beside(allpath: Allpath, path_id: str) -> tuple[BesideRecord, ...]:
    """Every record about a path beside its journal, the oldest first."""
    ways = (_mdt(allpath, path_id), _assigned(allpath, path_id), _emergency(allpath, path_id))
    return tuple(merge(*ways, key=lambda record: record.at))


def so_then(
    records: Iterable[BesideRecord], moment: Moment | None, zone: ZoneInfo
) -> tuple[BesideRecord, ...]:
    """Those that were so at a moment; all of them where it is now that is asked about."""
    return tuple(each for each in records if moment is None or each.is_so(moment, zone))


def in_order(
    entries: Sequence[JournalEntry], records: Sequence[BesideRecord]
) -> Iterator[JournalEntry | BesideRecord]:
    """Entries and records by time; the entries stay as they follow one another."""
    return merge(entries, records, key=lambda each: each.at)


def keeper_of(records: Iterable[BesideRecord]) -> str:
    """Who looked after the patient by these records, as people read it."""
    said = [each.title for each in records if each.of == ASSIGNED]
    return said[-1] if said else NOBODY_TITLE


def beside_answer(record: BesideRecord) -> dict[str, Any]:
    """One record as plain content, for programs."""
    return {
        "at": record.at.isoformat(timespec="seconds"),
        "kind": record.kind,
        "actor": record.by,
        "role": record.role,
        "os_user": record.os_user,
        "effective_on": record.on.isoformat() if record.on else None,
        "what": record.what,
        "why": record.why,
    }


def _mdt(allpath: Allpath, path_id: str) -> Iterator[BesideRecord]:
    entries = allpath.store.meetings.entries(path_id)
    if not entries:
        return
    meetings = {each.meeting_id: each for each in allpath.store.meetings.every()}
    items = agenda_items(entries)
    decisions = {each.seq: each for item in items for each in item.decisions}
    actions = {each.seq: each.what for item in items for each in item.actions}
    for entry in entries:
        meeting, told = meetings[entry.meeting_id], entry.content
        day, on = meeting.held_on, None
        if entry.kind == "put":
            what = f"Put on the agenda of the MDT of {words.day(day)}"
            why = f"question: {told['question']}"
            if came := told.get("merged_from") or told.get("returned_from"):
                why += f" (from {came.rpartition('/')[0]})"
        elif entry.kind == "taken_off":
            what, why = f"Taken off the agenda of the MDT of {words.day(day)}", _reason(told)
        elif entry.kind == "decided":
            what, why = _decided(allpath, entry, decisions[entry.seq], meeting)
            on = day
        elif entry.kind == "action":
            due = words.day(date.fromisoformat(told["due_on"]))
            what = f"MDT action: {told['what']}, by {told['owner']} until {due}"
            why = f"MDT of {words.day(day)}"
        else:
            word = "done" if told["is_done"] else "not done"
            what = f"MDT action {word}: {actions[entry.about or 0]}"
            why = f"note: {told['note']}" if told["note"] else ""
        who = (entry.by, entry.role, entry.os_user)
        yield BesideRecord(MDT, f"mdt_{entry.kind}", entry.at, what, *who, why, on)


def _decided(
    allpath: Allpath, entry: MdtEntry, decision: MdtDecision, meeting: Meeting
) -> tuple[str, str]:
    pathway = allpath.orchestrator.library.by_hash(entry.content["pathway_hash"])
    what = wording.chose(pathway, decision, meeting)
    if entry.content["supersedes"]:
        what += ", in the place of the decision before"
    said = (decision.in_words, f"reason: {decision.rationale}")
    return what, ", ".join(part for part in said if part)


def _assigned(allpath: Allpath, path_id: str) -> Iterator[BesideRecord]:
    accounts: dict[str, Account] = {}
    before = NOBODY
    for each in allpath.store.assignments.of(path_id):
        if account_in(each.looked_after_by + before) and not accounts:
            accounts = {account.name: account for account in allpath.store.accounts.every()}
        was, now = (keeper_title(keeper, accounts) for keeper in (before, each.looked_after_by))
        if each.looked_after_by == NOBODY:
            what = f"Looked after by nobody any more, until then by {was}"
        else:
            what = f"Looked after by {now} from then on, before by {_nobody(was)}"
        who = (each.actor.name, each.actor.role, each.actor.os_user)
        why = f"reason: {each.reason}"
        yield BesideRecord(ASSIGNED, "assigned", each.at, what, *who, why, title=now)
        before = each.looked_after_by


def _emergency(allpath: Allpath, path_id: str) -> Iterator[BesideRecord]:
    for each in allpath.store.emergencies.of_path(path_id):
        what, why = _opened(each)
        kind = f"emergency_access_{each.kind}"
        account = "" if each.kind == "reviewed" else each.account
        yield BesideRecord(EMERGENCY, kind, each.at, what, each.by, each.role, account, why)


def _opened(entry: EmergencyEntry) -> tuple[str, str]:
    """What an emergency access left; what an auditor wrote of it is for those who look at it."""
    if entry.kind == "begun":
        return "Emergency access begun", f"{REASONS.get(entry.code, entry.code)}: {entry.note}"
    if entry.kind == "ended":
        return "Emergency access ended early", ""
    finding = FINDINGS.get(entry.code, entry.code)
    return f"Emergency access of {entry.account} looked at: {finding.lower()}", ""


def _reason(told: Any) -> str:  # noqa: ANN401 - plain JSON
    return f"reason: {told['reason']}"


def _nobody(title: str) -> str:
    return title.lower() if title == NOBODY_TITLE else title
