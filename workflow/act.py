"""One act in the making: what was found, and what it will write.

An act collects journal entries, facts and checkpoint rows while a command is carried out; nothing
is stored before the orchestrator commits it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from workflow.canonical import digest
from workflow.checkpoints import Context, plan
from workflow.commands import NewFact
from workflow.decide import Decision
from workflow.entry import entered_value
from workflow.errors import FactError
from workflow.facts import FactRecord
from workflow.found import Found
from workflow.looking import next_look_at
from workflow.pathway import Pathway
from workflow.placing import place_of
from workflow.reading import evaluation
from workflow.records import (
    Actor,
    Answered,
    AuditEvent,
    Case,
    CheckpointRecord,
    Commit,
    JournalEntry,
    Notice,
    PathRecord,
    Person,
    iso,
)
from workflow.review import ReviewItem
from workflow.signatures import signature
from workflow.steps import MAIN, Step


class Act:
    """Collects what one command writes; `path` is the path as it will be."""

    def __init__(self, found: Found, actor: Actor) -> None:
        self.found = found
        self.actor = actor
        self.path: PathRecord = found.case.path
        self.entries: list[JournalEntry] = []
        self.facts: list[FactRecord] = []
        self.rows: dict[tuple[str, str, int, int], CheckpointRecord] = {}
        self.notices: list[Notice] = []
        self.reviews: dict[str, ReviewItem] = {}
        self.left: set[str] = set()
        self.erases_identity = False
        self._seen: Found | None = None
        self._is_planned = False

    @property
    def today(self) -> date:
        """The civil date at the patient's site."""
        return self.found.today

    def now_found(self) -> Found:
        """The path as it would be found after what the act has collected so far."""
        seen = self._seen
        if seen is not None and _same_view(seen.case, self.path, self._facts_count):
            return seen
        case = Case(self.path, (*self.found.case.facts, *self.facts), ())
        self._seen = Found(self.found.pathway, case, self.found.now, self.found.site_plan)
        return self._seen

    @property
    def _facts_count(self) -> int:
        return len(self.found.case.facts) + len(self.facts)

    def decision(self, as_of: date) -> Decision:
        """What is recommended on that date, with the facts this act has added."""
        return self.now_found().decision(as_of)

    def live_rows(self) -> tuple[CheckpointRecord, ...]:
        """The checkpoints still expected, this act's changes included."""
        rows = {row.key: row for row in self.found.case.checkpoints} | self.rows
        return tuple(row for row in rows.values() if row.is_live)

    def write(
        self,
        kind: str,
        *,
        decision: Decision | None = None,
        step: Step | None = None,
        state_from: str | None = None,
        option: str | None = None,
        effective_on: date | None = None,
        reason: str = "",
        note: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> JournalEntry:
        """One more journal entry, chained to the last; the path's version and head follow it."""
        path = self.path
        before = self.found.case.path.state if state_from is None else state_from
        kept = dict(detail or {})
        if signed := signature(kind, self.actor, kept):
            kept["signature"] = signed
        entry = JournalEntry(
            path_id=path.path_id,
            seq=path.version + 1,
            kind=kind,
            at=self.found.now,
            actor=self.actor.name,
            role=self.actor.role,
            os_user=self.actor.os_user,
            pathway_hash=path.pathway_hash,
            state_from=before,
            state_to=path.state,
            track=step.track if step else MAIN,
            rule=decision.rule if decision else "",
            option=option,
            reason=reason,
            note=note,
            effective_on=effective_on,
            facts_digest=decision.facts_digest if decision else "",
            decision_digest=decision.digest if decision else "",
            detail=kept,
            previous=path.head,
        ).sealed()
        self.entries.append(entry)
        self.path = path.continued(entry)
        return entry

    def add_fact(
        self,
        new: NewFact,
        kind: str,
        *,
        supersedes: FactRecord | None = None,
        reason: str = "",
        more: Mapping[str, str] | None = None,
        episode: int | None = None,
    ) -> None:
        """One more fact record, with its journal entry; raises FactError or RefusedError.

        Without `episode` it belongs to that of the record it corrects, else to the present one.
        """
        value = entered_value(self.found.pathway, new)
        if new.effective_at > self.today:
            msg = f"{new.fact}: the date {new.effective_at:%d-%b-%Y} lies in the future."
            raise FactError(new.fact, msg)
        seq = self.path.version + 1
        record = FactRecord(
            record_id=f"{self.path.path_id}/{seq}",
            fact=new.fact,
            value=value,
            effective_at=new.effective_at,
            recorded_at=self.found.now,
            status=new.status,
            source=new.source or str(self.actor),
            actor=str(self.actor),
            episode=episode or (supersedes.episode if supersedes else self.path.episode),
            supersedes=supersedes.record_id if supersedes else None,
        )
        self.facts.append(record)
        self._is_planned = False
        detail = {
            "fact": new.fact,
            "record_id": record.record_id,
            "value": digest(value),
            "record": record.digest,
        }
        if supersedes:
            detail["supersedes"] = supersedes.record_id
        detail.update(more or {})
        self.write(
            kind,
            state_from=self.path.state,
            effective_on=new.effective_at,
            reason=reason,
            detail=detail,
        )

    def take(
        self,
        step: Step,
        decision: Decision,
        state: str,
        *,
        option: str | None,
        effective_on: date,
        kind: str,
        reason: str = "",
        note: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """The step is taken: the path moves, its tracks follow, the journal says by which rule."""
        before = self.path
        pathway = self.found.pathway
        if step.track == MAIN:
            self.path, opened = _moved(pathway, before, state, effective_on, decision)
            self.left.add(f"state:{before.state}")
        else:
            self.path, opened = _track_moved(before, step, effective_on), ()
        closed = [name for name in before.open_tracks if name not in self.path.open_tracks]
        self.left.update(f"track:{name}" for name in closed)
        more = {"opened_tracks": list(opened), "closed_tracks": closed, **(detail or {})}
        self.write(
            kind,
            decision=decision,
            step=step,
            state_from=before.state,
            option=option,
            effective_on=effective_on,
            reason=reason,
            note=note,
            detail=more,
        )
        self._follow_up(before, option, effective_on)
        self._is_planned = False
        self.plan()

    def _follow_up(self, before: PathRecord, option: str | None, on: date) -> None:
        """Facts that follow from the step: the option that runs, the number of the episode."""
        pathway = self.found.pathway
        for name, fact in self.found.rules.following_facts:
            if fact.follows == "line_start" and self.path.line > before.line:
                new = NewFact(fact=name, value=on, effective_at=on, source="confirmed step")
                self.add_fact(new, "fact_recorded")
            if fact.follows == "option" and option in fact.values:
                new = NewFact(fact=name, value=option, effective_at=on, source="confirmed step")
                self.add_fact(new, "fact_recorded")
            if fact.on_new_episode == "increment" and self.path.episode > before.episode:
                known = Found(pathway, Case(before, self.found.case.facts, ()), self.found.now)
                number = known.sheet().values.get(name)
                if isinstance(number, int):
                    new = NewFact(
                        fact=name, value=number + 1, effective_at=on, source="new episode"
                    )
                    self.add_fact(new, "fact_recorded")

    def put(self, rows: Iterable[CheckpointRecord]) -> None:
        """Checkpoint rows to write."""
        for row in rows:
            self.rows[row.key] = row

    def planned(self) -> tuple[CheckpointRecord, ...]:
        """The rows that planning would write now; nothing is changed."""
        return plan(self.context(), self.live_rows(), frozenset(self.left))[0]

    def plan(self) -> None:
        """Checkpoints are opened, met and cancelled as the path and its facts now ask for.

        Of a path that was merged into another nothing is asked.
        """
        if self._is_planned or self.path.merged_into:
            return
        live = {row.key: row for row in self.live_rows()}
        rows, asked = plan(self.context(), live.values(), frozenset(self.left))
        self._tell_moved(live, rows)
        self.put(rows)
        if asked != self.path.asked:
            self.path = replace(self.path, asked=asked)
        self.left.clear()
        self._is_planned = True

    def _tell_moved(
        self,
        before: Mapping[tuple[str, str, int, int], CheckpointRecord],
        rows: Iterable[CheckpointRecord],
    ) -> None:
        """The journal says when what people were told of already is due at another moment now."""
        for row in rows:
            was = before.get(row.key)
            if was is None or not row.is_live or was.status in {"scheduled", "open"}:
                continue
            if was.due_at != row.due_at:
                self.write(
                    "checkpoint_moved",
                    state_from=self.path.state,
                    detail={
                        "checkpoint": row.checkpoint,
                        "occurrence": row.occurrence,
                        "opened_seq": row.opened_seq,
                        "before": {"due_at": iso(was.due_at), "status": was.status},
                        "after": {"due_at": iso(row.due_at), "status": row.status},
                    },
                )

    def context(self) -> Context:
        """What planning checkpoints looks at, with what the act has collected so far."""
        found = self.now_found()
        sheet = found.sheet()
        return Context(
            rules=found.rules,
            path=self.path,
            standing=found.standing(),
            sheet=sheet,
            ev=evaluation(sheet, found.position),
            seq=self.path.version,
            now=found.now,
            zone=found.zone,
            site=self.found.site_plan,
        )

    @property
    def has_changed(self) -> bool:
        """Whether there is something to write; a look that was not due and found nothing is not."""
        if self.entries or self.notices or self.rows:
            return True
        waits_until = self.path.next_at
        if waits_until is not None and waits_until > self.found.now:
            return False
        self._look_again()
        return self.path != self.found.case.path

    def _look_again(self) -> None:
        """The path knows when somebody has to look at it next."""
        at = next_look_at(self.context(), self.live_rows())
        if at != self.path.next_at:
            self.path = replace(self.path, next_at=at)

    def commit(self, answered: Answered | None, person: Person | None = None) -> Commit:
        """Everything the act writes."""
        self._look_again()
        audit = AuditEvent(
            at=self.found.now,
            actor=self.actor.name,
            role=self.actor.role,
            os_user=self.actor.os_user,
            action=self.entries[-1].kind if self.entries else "nothing",
            path_id=self.path.path_id,
            detail=f"{len(self.entries)} journal entries to {self.path.version}",
        )
        return Commit(
            path=self.path,
            expected_version=self.found.case.path.version,
            entries=tuple(self.entries),
            facts=tuple(self.facts),
            checkpoints=tuple(row for row in self.rows.values() if not self._was_passing(row)),
            notices=tuple(self.notices),
            audit=(audit,) if self.entries or self.rows or self.notices else (),
            answered=answered,
            person=person,
            was_next_at=self.found.case.path.next_at,
            reviews=tuple(self.reviews.values()),
            erases_identity=self.erases_identity,
            place=place_of(self.path, self.live_rows(), self.found.now, is_ended=self._is_ended),
        )

    @property
    def _is_ended(self) -> bool:
        return bool(self.path.merged_into) or self.path.state in self.found.rules.final_states

    def _was_passing(self, row: CheckpointRecord) -> bool:
        """Whether a checkpoint was opened and cancelled by this very act: nobody was asked."""
        return row.status == "cancelled" and row.opened_seq > self.found.case.path.version

    def case_after(self) -> Case:
        """The case as it is once the act is committed."""
        return Case(self.path, (*self.found.case.facts, *self.facts), self.live_rows())


def _same_view(case: Case, path: PathRecord, facts: int) -> bool:
    """Whether a case seen earlier would give the same sheet: same place, same records."""
    seen = case.path
    return len(case.facts) == facts and (
        seen.state,
        seen.entered,
        seen.episode,
        seen.settings,
        seen.since,
    ) == (path.state, path.entered, path.episode, path.settings, path.since)


def _moved(
    pathway: Pathway, path: PathRecord, state: str, on: date, decision: Decision
) -> tuple[PathRecord, tuple[str, ...]]:
    """The path in its new main state, and the tracks that open with it."""
    model = pathway.states[state]
    entered = {"main": on}
    entry = path.version + 1  # the one that will tell of this step
    since = {**path.since, "state": entry}
    episode, line = path.episode, path.line
    if "line" in path.entered:
        entered["line"] = path.entered["line"]
    if model.opens_episode:
        episode, line = episode + 1, 0
        entered.pop("line", None)
    if model.counts_line:
        line += 1
        entered["line"], since["line"] = on, entry
    kept = () if model.final else path.open_tracks
    is_exit = state in (pathway.states[path.state].exits or ())
    opened = () if is_exit else decision.route.parallel
    new = tuple(name for name in opened if name not in path.open_tracks)
    for name in (*kept, *(() if model.final else new)):
        if pathway.tracks[name].closes_into != state:
            entered[name] = path.entered.get(name, on)
    moved = replace(path, state=state, entered=entered, episode=episode, line=line, since=since)
    return moved, tuple(name for name in new if name in entered)


def _track_moved(path: PathRecord, step: Step, on: date) -> PathRecord:
    entered = dict(path.entered)
    if step.target == "open":
        entered[step.track] = on
    else:
        entered.pop(step.track, None)
    return replace(path, entered=entered)
