"""What a pathway must satisfy before it may be used, beyond being readable.

Each finding is the place of a field and one sentence with the cure. (The proof over every
combination of facts is a matter of its own; these are the checks that need no search.)
"""

from __future__ import annotations

from workflow.conditions import Always
from workflow.durations import Duration
from workflow.pathway import Checkpoint, Pathway
from workflow.rules import Kind, Rules, rules_of
from workflow.strict_yaml import Where
from workflow.vocabulary import OPERATORS

Finding = tuple[Where, str]


def check(pathway: Pathway) -> list[Finding]:
    """Every finding; empty when the pathway may be used. Raises CompileError for a condition."""
    findings = _names(pathway)
    if findings:
        return findings
    rules = rules_of(pathway)
    return [*_states(pathway, rules), *_checkpoints(pathway), *_report(pathway), *_texts(pathway)]


def _names(pathway: Pathway) -> list[Finding]:
    """Names may not clash: a condition must mean one thing."""
    findings: list[Finding] = []
    owners: dict[str, str] = dict.fromkeys(OPERATORS, "an operator")
    owners |= dict.fromkeys(
        ("state", "as_of", "entered_on", "contradiction", "later_line"), "a built-in"
    )
    sections = (("settings", pathway.settings), ("parameters", pathway.parameters))
    for section, names in (*sections, ("facts", pathway.facts), ("derived", pathway.derived)):
        for name in names:
            if name in owners:
                message = f"{name} is already {owners[name]}; choose another name"
                findings.append(((section, name), message))
            owners[name] = f"one of the {section}"
    if pathway.start not in pathway.states:
        findings.append((("start",), f"there is no state {pathway.start}"))
    return findings


def _states(pathway: Pathway, rules: Rules) -> list[Finding]:
    findings: list[Finding] = []
    for name, state in pathway.states.items():
        where: Where = ("states", name)
        if state.final:
            if state.routes:
                findings.append((where, "a final state has no routes; delete them"))
            continue
        rows = [row for row in rules.rows[name] if row.kind is not Kind.NOTE]
        if not rows or not isinstance(rows[-1].condition, Always) or rows[-1].kind is Kind.ENTER:
            message = "the last row must have no condition, so that every patient has an answer"
            findings.append((where, message))
        if not any(_never_ends(checkpoint) for checkpoint in state.checkpoints):
            message = "needs a checkpoint that always repeats, so that nobody is forgotten here"
            findings.append((where, message))
    for name, track in pathway.tracks.items():
        if track.closes_into is not None and track.closes_into not in pathway.states:
            findings.append((("tracks", name), f"there is no state {track.closes_into}"))
    return findings


def _never_ends(checkpoint: Checkpoint) -> bool:
    """Whether a checkpoint is asked of everybody and stays until the state is left."""
    endless = checkpoint.every is not None and (not checkpoint.times or checkpoint.then is not None)
    return checkpoint.when is None and (endless or not checkpoint.expects)


def _checkpoints(pathway: Pathway) -> list[Finding]:
    findings: list[Finding] = []
    owners = (("states", pathway.states), ("tracks", pathway.tracks))
    for section, models in owners:
        for name, model in models.items():
            ids = [checkpoint.id for checkpoint in model.checkpoints]
            for index, checkpoint in enumerate(model.checkpoints):
                where: Where = (section, name, "checkpoints", index)
                if ids.count(checkpoint.id) > 1:
                    findings.append(
                        (where, f"{checkpoint.id} stands twice in {name}; number the parts")
                    )
                findings += _durations(checkpoint, where)
                findings += [
                    ((*where, "source"), f"unknown source {source}")
                    for source in checkpoint.source
                    if source not in {*pathway.sources, *pathway.statements}
                ]
    return findings


def _durations(checkpoint: Checkpoint, where: Where) -> list[Finding]:
    findings: list[Finding] = []
    due = (checkpoint.due,) if isinstance(checkpoint.due, str) else checkpoint.due
    texts = [("opens", checkpoint.opens), *(("due", text) for text in due)]
    texts += [(field, text) for field in ("every", "then") if (text := getattr(checkpoint, field))]
    texts += [("escalate", step.after) for step in checkpoint.escalate]
    findings += [
        ((*where, field), problem) for field, text in texts if (problem := _duration_problem(text))
    ]
    if checkpoint.then and not checkpoint.times:
        findings.append(((*where, "then"), "`then` needs `times`: how often at the first pace"))
    return findings


def _duration_problem(text: str) -> str:
    try:
        Duration.read(text)
    except ValueError as error:
        return str(error)
    return ""


def _report(pathway: Pathway) -> list[Finding]:
    if pathway.report is None:
        return []
    named = {"site": pathway.report.site, **pathway.report.timing, **pathway.report.risk}
    return [
        (("report",), f"{name} is not a derived fact")
        for name in named.values()
        if name not in pathway.derived
    ]


def _texts(pathway: Pathway) -> list[Finding]:
    """Facts refer to facts, durations and sources that exist."""
    findings: list[Finding] = []
    for name, fact in pathway.facts.items():
        where: Where = ("facts", name)
        findings += [
            (where, f"there is no fact {other}")
            for other in (fact.date_of, fact.valid.until_after)
            if other is not None and other not in pathway.facts
        ]
        if fact.valid.for_ is not None and (problem := _duration_problem(fact.valid.for_)):
            findings.append(((*where, "valid"), problem))
        if fact.type == "one_of" and not fact.values:
            findings.append((where, "a one_of fact lists its values"))
        if fact.type == "score" and not fact.scales:
            findings.append((where, "a score lists its scales"))
        findings += [
            ((*where, field), f"there is no state {state}")
            for field, states in (("asked_in", fact.asked_in), ("valid", fact.valid.states))
            for state in states
            if state not in pathway.states and state not in pathway.tracks
        ]
    findings += [
        (("waiting",), f"there is no reason {reason}")
        for reason in pathway.waiting
        if reason not in pathway.reasons
    ]
    known = {*pathway.sources, *pathway.statements}
    findings += [
        (("facts", name, "source"), f"unknown source {source}")
        for name, fact in pathway.facts.items()
        for source in (*fact.source, *fact.valid.source)
        if source not in known
    ]
    for name, parameter in pathway.parameters.items():
        findings += [
            (("parameters", name, "source"), f"unknown source {source}")
            for source in parameter.source
            if source not in pathway.sources and source not in pathway.statements
        ]
    if pathway.reviewed.expires <= pathway.reviewed.on:
        findings.append((("reviewed",), "a review expires after the day it was made"))
    return findings
