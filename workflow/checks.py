"""What a pathway must satisfy before it may be used, beyond being readable.

Each finding is the place of a field and one sentence with the cure. (The proof over every
combination of facts is a matter of its own; these are the checks that need no search.)
"""

from __future__ import annotations

from collections.abc import Iterator

from workflow.checkpoint_checks import checkpoint_findings, is_asked_for_ever
from workflow.conditions import Always
from workflow.fact_checks import fact_findings
from workflow.naming_checks import (
    Finding,
    name_findings,
    size_findings,
    source_findings,
    statement_findings,
    unknown,
)
from workflow.operands import Number
from workflow.pathway import Pathway
from workflow.route_checks import route_findings
from workflow.rules import Kind, Rules, rules_of
from workflow.strict_yaml import Where


def check(pathway: Pathway) -> list[Finding]:
    """Every finding; empty when the pathway may be used. Raises CompileError for a condition.

    Conditions are compiled only when the names in them are clear, and tables read only when they
    could be compiled: a later check would only repeat in other words what an earlier one found.
    """
    findings = [*size_findings(pathway), *name_findings(pathway)]
    if findings:
        return findings
    parts = (fact_findings, route_findings, checkpoint_findings, source_findings)
    findings = [finding for part in parts for finding in part(pathway)]
    findings += [*_texts(pathway), *statement_findings(pathway)]
    if findings:
        return findings
    rules = rules_of(pathway)
    return [*_states(pathway, rules), *_report(pathway, rules)]


def _states(pathway: Pathway, rules: Rules) -> Iterator[Finding]:
    for name, state in pathway.states.items():
        where: Where = ("states", name)
        if state.final:
            continue
        rows = [row for row in rules.rows[name] if row.kind is not Kind.NOTE]
        if not rows or not isinstance(rows[-1].condition, Always) or rows[-1].kind is Kind.ENTER:
            message = "the last row must have no condition, so that every patient has an answer"
            yield where, message
        if not any(is_asked_for_ever(checkpoint) for checkpoint in state.checkpoints):
            message = "needs a checkpoint that always repeats, so that nobody is forgotten here"
            yield where, message


def _report(pathway: Pathway, rules: Rules) -> Iterator[Finding]:
    if pathway.report is None:
        return
    report = pathway.report
    named: list[tuple[Where, str]] = [(("report", "site"), report.site)]
    named += [(("report", "timing", key), name) for key, name in report.timing.items()]
    named += [(("report", "risk", key), name) for key, name in report.risk.items()]
    for where, name in named:
        yield from unknown((name,), pathway.derived, where, "derived fact")
        if isinstance(rules.vocabulary.derived.get(name), Number):
            yield where, f"{name} is a number; name a derived fact with values"


def _texts(pathway: Pathway) -> Iterator[Finding]:
    """The start, the ends, the tracks, the reasons to wait and the review make sense."""
    yield from unknown((pathway.start,), pathway.states, ("start",), "state")
    if pathway.start in pathway.states and pathway.states[pathway.start].final:
        yield ("start",), f"{pathway.start} is a final state; start where care begins"
    for name, state in pathway.states.items():
        if state.final and state.routes:
            yield ("states", name, "routes"), "a final state has no routes; delete them"
    for name, track in pathway.tracks.items():
        if track.closes_into is not None:
            where = ("tracks", name, "closes_into")
            yield from unknown((track.closes_into,), pathway.states, where, "state")
    yield from unknown(pathway.waiting, pathway.reasons, ("waiting",), "reason")
    if pathway.reviewed.expires <= pathway.reviewed.on:
        yield (
            ("reviewed", "expires"),
            "a review expires after the day it was made; write a later day",
        )
