"""Every checkpoint can fall due: durations that exist, in order, with nobody forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from workflow.durations import Duration
from workflow.naming_checks import Finding, twice
from workflow.pathway import Checkpoint, Pathway
from workflow.strict_yaml import Where


def checkpoint_findings(pathway: Pathway) -> Iterator[Finding]:
    """The findings at the checkpoints of every state and track."""
    for section, owners in (("states", pathway.states), ("tracks", pathway.tracks)):
        for name, owner in owners.items():
            where: Where = (section, name, "checkpoints")
            yield from twice((checkpoint.id for checkpoint in owner.checkpoints), where, name)
            for index, checkpoint in enumerate(owner.checkpoints):
                findings = list(_unreadable(checkpoint, (*where, index)))
                yield from findings or _inconsistent(checkpoint, (*where, index))
    if pathway.reminders:
        at: Where = ("reminders", "every")
        findings = duration_findings(pathway.reminders.every, at)
        if not findings and not Duration.read(pathway.reminders.every).as_span():
            findings = [(at, "reminds without end in one moment; write 1 d or more")]
        yield from findings


def is_asked_for_ever(checkpoint: Checkpoint) -> bool:
    """Whether a checkpoint is asked of everybody and stays until the state is left."""
    endless = checkpoint.every is not None and (not checkpoint.times or checkpoint.then is not None)
    return checkpoint.when is None and (endless or not checkpoint.expects)


def told_too_late(checkpoint: Checkpoint, where: Where) -> Iterator[Finding]:
    """Whoever is to be told is told before the occurrence counts as missed for good."""
    if checkpoint.expires is None:
        return
    ends = Duration.read(checkpoint.expires).as_span()
    for step in checkpoint.escalate:
        if Duration.read(step.after).as_span() >= ends:
            message = (
                f"the {step.to} would be told {step.after} after it is overdue, when it has "
                f"expired ({checkpoint.expires}); tell them sooner, or let it expire later"
            )
            yield (*where, "escalate"), message


def duration_findings(text: str, where: Where) -> list[Finding]:
    """One finding when the text is not a duration, else none."""
    try:
        Duration.read(text)
    except ValueError as error:
        return [(where, str(error))]
    return []


def _due(checkpoint: Checkpoint) -> tuple[str, ...]:
    return (checkpoint.due,) if isinstance(checkpoint.due, str) else checkpoint.due


def _unreadable(checkpoint: Checkpoint, where: Where) -> Iterator[Finding]:
    texts = [("opens", checkpoint.opens), *(("due", text) for text in _due(checkpoint))]
    more = ("every", "then", "ideal", "expires")
    texts += [(field, text) for field in more if (text := getattr(checkpoint, field))]
    texts += [("escalate", step.after) for step in checkpoint.escalate]
    for field, text in texts:
        yield from duration_findings(text, (*where, field))


def _inconsistent(checkpoint: Checkpoint, where: Where) -> Iterator[Finding]:
    due = [Duration.read(text).as_span() for text in _due(checkpoint)]
    if not due:
        yield (*where, "due"), "no due time is written; write one, such as 14 d"
    if any(later <= earlier for earlier, later in pairwise(due)):
        yield (*where, "due"), "the due times do not rise; write them earliest first, each once"
    if due and Duration.read(checkpoint.opens).as_span() > due[0]:
        yield (*where, "opens"), "opens after it is due; open it earlier, or let it be due later"
    if checkpoint.ideal and due:
        ideal = Duration.read(checkpoint.ideal).as_span()
        if not Duration.read(checkpoint.opens).as_span() <= ideal <= due[0]:
            yield (*where, "ideal"), "the ideal time lies outside the window; write one inside it"
    if checkpoint.expires and Duration.read(checkpoint.expires).is_in_hours:
        yield (*where, "expires"), "an end is counted in days; write d, wk, mo or a"
    yield from told_too_late(checkpoint, where)
    if checkpoint.expires and not checkpoint.expects:
        yield (*where, "expires"), "it waits for the state to be left and cannot expire; delete it"
    for field in ("every", "then"):
        text = getattr(checkpoint, field)
        if text and not Duration.read(text).as_span():
            yield (*where, field), f"{text} repeats without end in one moment; write 1 h or more"
    steps = [Duration.read(step.after).as_span() for step in checkpoint.escalate]
    if any(later < earlier for earlier, later in pairwise(steps)):
        yield (*where, "escalate"), "the escalation goes back in time; write the earliest first"
    if checkpoint.then and not checkpoint.times:
        yield (*where, "then"), "`then` needs `times`: how often at the first pace"
    if checkpoint.times is not None and not checkpoint.every:
        yield (*where, "times"), "`times` needs `every`: how far apart they are"
    if checkpoint.times is not None and checkpoint.times < 1:
        yield (*where, "times"), f"{checkpoint.times} times is never; write 1 or more"
