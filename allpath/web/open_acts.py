"""What whoever looks at a patient may do there: the ways from the patient's page to each act."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from allpath import words
from allpath.assigning import keeper_title
from allpath.cli.banner import checkpoint_title
from allpath.reviews import open_reviews, subject
from allpath.web.pages import Visit
from workflow.assigning import account_in
from workflow.decide import Decision
from workflow.found import Found
from workflow.steps import ALLOWED
from workflow.titles import step_title

DONE: Final = {
    "recorded": "The fact is recorded.",
    "confirmed": "The step is confirmed under your name.",
    "waiting": "Your signature is kept. Another clinician signs second; until then the path stays.",
    "overridden": "The override is on record under your name.",
    "declined": "The step was declined; the path stays where it is.",
    "enrolled": "The patient is enrolled; record what is known already.",
    "undone": "The step is undone; the history keeps both.",
    "reviewed": "The review is closed.",
    "seen": "That is on record; the checkpoint shows it.",
    "contact": "The contact is on record.",
    "paused": "Reminders are paused; no due day has moved.",
    "resumed": "Reminders come again.",
}
"""What is said after an act, by the word in the address."""


@dataclass(frozen=True, slots=True)
class Way:
    """A link to an act: what it is called and, for a step, how the step stands."""

    title: str
    address: str
    status: str = ""


@dataclass(frozen=True, slots=True)
class Acts:
    """The acts open to whoever looks; an empty part is not shown. `done` tells of the last one.

    `keeper` is who looks after the patient.
    """

    done: str
    record: tuple[Way, ...]
    missing: tuple[Way, ...]
    steps: tuple[Way, ...]
    checkpoints: tuple[Way, ...]
    reviews: tuple[Way, ...]
    keeper: str


def acts_on(visit: Visit, found: Found, done: str = "") -> Acts:
    """Every act that the role may begin on this patient; of a merged path none."""
    path, pathway = found.case.path, found.pathway
    at = f"/patients/{path.path_id}"
    lives, decision = not path.merged_into, found.decision()
    record: tuple[Way, ...] = ()
    missing: tuple[Way, ...] = ()
    if lives and visit.may("record_page"):
        record = (Way("Record a fact", f"{at}/record"),)
        missing = tuple(
            Way(words.fact_title(pathway, name), f"{at}/record?fact={quote(name)}")
            for name in decision.missing
            if name in pathway.facts
        )
    steps = tuple(_steps(found, decision, at)) if lives and visit.may("step_page") else ()
    if lives and path.pending is not None and visit.may("countersign_page"):
        record = (Way("Sign or decline what waits", f"{at}/countersign"), *record)
    if lives and visit.may("undo_page"):
        record = (*record, Way("Undo a step", f"{at}/undo"))
    if lives and visit.may("put_page") and not pathway.states[path.state].final:
        record = (*record, Way("Put on an MDT agenda", f"{at}/mdt"))
    checkpoints: tuple[Way, ...] = ()
    if lives and visit.may("checkpoint_page"):
        record = (*record, Way("Record a contact", f"{at}/contact"))
        is_paused = path.paused_until is not None and found.now < path.paused_until
        record = (*record, Way(f"{'Resume' if is_paused else 'Pause'} reminders", f"{at}/pause"))
        rows = sorted(found.case.checkpoints, key=lambda row: row.due_at)
        checkpoints = tuple(
            Way(
                f"{checkpoint_title(pathway, row)}, {words.due(row, found.now, found.zone)}",
                f"{at}/checkpoints/{quote(row.checkpoint)}/{row.occurrence}",
            )
            for row in rows
            if row.is_live
        )
    waiting = open_reviews(visit.allpath.store, path.path_id).get(path.path_id, ())
    reviews = tuple(
        Way(subject(item, pathway), f"{at}/reviews/{item.review_id.rpartition('/')[2]}")
        for item in waiting
    )
    if lives and visit.may("assign_page") and not pathway.states[path.state].final:
        record = (*record, Way("Assign", f"{at}/assign"))
    told = (record, missing, steps, checkpoints, reviews, keeper_of(visit, path.path_id))
    return Acts(DONE.get(done, ""), *told)


def keeper_of(visit: Visit, path_id: str) -> str:
    """Who looks after a patient, as people read it."""
    keeper = visit.allpath.store.assignments.keeper(path_id)
    account = visit.allpath.store.accounts.find(account_in(keeper)) if keeper else None
    return keeper_title(keeper, {account.name: account} if account else {})


def _steps(found: Found, decision: Decision, at: str) -> Iterator[Way]:
    """The steps out of the state, those that are open first."""
    for step in sorted(decision.steps, key=lambda step: (step.is_exit, step.status not in ALLOWED)):
        address = f"{at}/steps/{quote(step.key)}"
        if step.status not in ALLOWED:
            address += "/override"
        yield Way(step_title(found.pathway, step.key), address, step.status)
