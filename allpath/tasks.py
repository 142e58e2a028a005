"""The worklist: everybody, what is needed of whom and by when, most pressing first.

How a checkpoint stands is read from its window at this moment, whether or not a sweep has been by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from allpath import words
from allpath.answers import checkpoint_answer, decision_answer, person_answer
from allpath.mdt.late import LateAction
from workflow.assigning import NOBODY
from workflow.decide import Decision
from workflow.errors import AllpathError
from workflow.found import Found
from workflow.pathway import Checkpoint, Pathway
from workflow.records import CheckpointRecord, PathRecord, Person
from workflow.steps import DATA_INVALID
from workflow.store import WorklistRow
from workflow.titles import step_title, title_of

NO_NEXT_STEP: Final = "no next step"
QUIET: Final = "quiet"
FINAL: Final = "final"
NOT_YET: Final = "not enrolled yet"
"""Who is counted in a past moment's census without having been there."""
MERGED: Final = "merged into another"
_PRESSING: Final = ("overdue", NO_NEXT_STEP, "due", "open", QUIET)


@dataclass(frozen=True)
class Task:
    """One patient's line: who, where, what is needed (verb first), how it stands, and the decision.

    `bucket` is one of overdue, due, open, quiet and no next step; each patient is in exactly one.
    Quiet are those of whom somebody wanted nobody to be reminded yet; they come last.
    `is_similar` says that another name on the list is easily mistaken for this one, and
    `problem` why a path could not be decided; then `decision` is None. `reviews` counts the past
    decisions that would come out otherwise now and that nobody has looked at again. `keeper` is who
    looks after the patient. `late_actions` of the MDT are told and move nobody up the list.
    """

    path: PathRecord
    person: Person
    checkpoint: CheckpointRecord | None
    bucket: str
    days: int
    needed: str
    state_title: str
    born: date | None = None
    is_similar: bool = False
    decision: Decision | None = None
    problem: str = ""
    reviews: int = 0
    keeper: str = NOBODY
    late_actions: tuple[LateAction, ...] = ()

    @property
    def to_do(self) -> str:
        """What is needed, with the past decisions to look at again and late actions of the MDT."""
        late = [action.told for action in self.late_actions]
        return "; ".join([*([self.asked] if self.asked else []), *late])

    @property
    def asked(self) -> str:
        """What is needed, the past decisions to look at again included."""
        if not self.reviews:
            return self.needed
        review = f"review {words.counted(self.reviews, 'past decision')}"
        return f"{self.needed}; {review}" if self.needed else review.capitalize()


@dataclass(frozen=True)
class Census:
    """How many patients are in each bucket, and how many are final: it adds up exactly."""

    counts: Counter[str]

    def sentence(self) -> str:
        """`7 patients: 1 overdue, 2 due, 3 open, 0 no next step, 1 final`; quiet, merged if any."""
        names = ("overdue", "due", "open", *((QUIET,) if self.counts[QUIET] else ()))
        rest = tuple(name for name in (MERGED, NOT_YET) if self.counts[name])
        every = (*names, NO_NEXT_STEP, FINAL, *rest)
        parts = ", ".join(f"{self.counts[name]} {name}" for name in every)
        return f"{words.counted(self.counts.total(), 'patient')}: {parts}"

    def answer(self) -> dict[str, int]:
        """The same for programs."""
        names = ("overdue", "due", "open", QUIET, NO_NEXT_STEP, FINAL, MERGED, NOT_YET)
        counts = {name.replace(" ", "_"): self.counts[name] for name in names}
        return {"patients": self.counts.total(), **counts}


def census(
    rows: Iterable[WorklistRow], shown_by: Callable[[PathRecord], Pathway | None], now: datetime
) -> Census:
    """Every patient counted once."""
    return Census(Counter(_counted_as(row, shown_by(row.path), now) for row in rows))


def _counted_as(row: WorklistRow, pathway: Pathway | None, now: datetime) -> str:
    if row.path.merged_into:
        return MERGED
    return FINAL if is_final(pathway, row.path) else bucket(row, now)


def is_final(pathway: Pathway | None, path: PathRecord) -> bool:
    """Whether nothing more is expected on this path: it has ended, or was merged into another.

    A state that nobody knows any more is not final.
    """
    if path.merged_into:
        return True
    state = pathway.states.get(path.state) if pathway else None
    return state is not None and state.final


def bucket(row: WorklistRow, now: datetime) -> str:
    """How pressing a path is: its most pressing live checkpoint at this moment."""
    checkpoint = row.to_see_to(now)
    if checkpoint is None:
        return NO_NEXT_STEP
    paused = row.path.paused_until
    if checkpoint.is_put_off(now) or (paused is not None and now < paused):
        return QUIET
    standing = words.standing(checkpoint, now)
    if standing in words.LATE:
        return "overdue"
    return "due" if standing == "due" else "open"


def task(
    row: WorklistRow, look: Callable[[str], Found], pathway: Pathway | None, now: datetime
) -> Task:
    """The line of one path; one that cannot be decided is shown with its problem."""
    checkpoint = row.to_see_to(now)
    try:
        found = look(row.path.path_id)
        decision = found.decision()
    except AllpathError as error:
        return Task(
            path=row.path,
            person=row.person,
            checkpoint=checkpoint,
            bucket=bucket(row, now),
            days=(now.date() - row.path.entered["main"]).days,
            needed="Find out why this path cannot be read",
            state_title=words.state(pathway, row.path.state),
            problem=str(error),
        )
    return Task(
        path=row.path,
        person=row.person,
        checkpoint=checkpoint,
        bucket=bucket(row, now),
        days=(found.today - row.path.entered["main"]).days,
        needed=needed(found, checkpoint, decision),
        state_title=words.state(pathway, row.path.state),
        born=words.born_on(found),
        decision=decision,
    )


def pressing(item: Task) -> tuple[int, datetime | str, str]:
    """The order of the worklist: longest overdue first, then without next step, due, open."""
    row = item.checkpoint
    when = (row.overdue_at if item.bucket == "overdue" else row.due_at).isoformat() if row else ""
    return (_PRESSING.index(item.bucket), when, item.path.path_id)


def needed(found: Found, row: CheckpointRecord | None, decision: Decision) -> str:
    """What somebody has to do, verb first."""
    pathway, pending = found.pathway, found.case.path.pending
    if pending:
        return f"Countersign {step_title(pathway, pending.step)} (first: {pending.by})"
    route = decision.route
    expected = _expected(found, row)
    if route.reason == DATA_INVALID:
        wrong = "; ".join(title_of(pathway, code) for code in decision.warnings)
        return f"Correct the record: {wrong}"
    acts = []
    if route.status == "recommended":
        acts.append(f"Confirm {words.state(pathway, route.next_state or '')}")
    if route.status == "needs_mdt":
        acts.append("Bring to the MDT")
    if expected or decision.missing:
        record = f"record {_titles(pathway, expected or decision.missing)}"
        acts.append(record if acts else words.capital(record))
    if not acts:
        acts.append("Wait for the next checkpoint" if row else "Decide what is to happen next")
    return "; ".join(acts)


def _expected(found: Found, row: CheckpointRecord | None) -> tuple[str, ...]:
    """The facts the checkpoint still waits for; all of them when each is known from before."""
    definition = definition_of(found.pathway, row) if row is not None else None
    if definition is None:
        return ()
    values = found.sheet().values
    return tuple(n for n in definition.expects if values.get(n) is None) or definition.expects


def _titles(pathway: Pathway, names: Iterable[str]) -> str:
    titles = [words.fact_title(pathway, name) for name in names]
    shown, more = titles[:2], len(titles) - 2
    return ", ".join(shown) + (f" (+{more} more)" if more > 0 else "")


def definition_of(pathway: Pathway, row: CheckpointRecord) -> Checkpoint | None:
    """The declaration of a checkpoint, or None when the pathway no longer has it."""
    kind, _, name = row.owner.partition(":")
    models: Any = pathway.states if kind == "state" else pathway.tracks
    owner = models.get(name)
    return next((d for d in owner.checkpoints if d.id == row.checkpoint), None) if owner else None


def task_answer(item: Task, now: datetime) -> dict[str, Any]:
    """One line for programs."""
    return {
        "path_id": item.path.path_id,
        "person": person_answer(item.person),
        "state": item.path.state,
        "entered": item.path.entered["main"].isoformat(),
        "day": item.days,
        "bucket": item.bucket.replace(" ", "_"),
        "needed": item.to_do,
        "reviews": item.reviews,
        "late_actions": [
            {
                "path_id": late.path_id,
                "action": late.action.seq,
                "what": late.action.what,
                "owner": late.action.owner,
                "due_on": late.action.due_on.isoformat(),
            }
            for late in item.late_actions
        ],
        "looked_after_by": item.keeper,
        "checkpoint": item.checkpoint
        and checkpoint_answer(item.checkpoint, words.standing(item.checkpoint, now)),
        "awaiting": item.path.pending.step if item.path.pending else None,
        "decision": decision_answer(item.decision) if item.decision else None,
        "problem": item.problem,
        "version": item.path.version,
    }
