"""What leads to a step: every row that goes there and every invariant that guards it, explained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workflow.conditions import Clause
from workflow.found import Found
from workflow.reading import evaluation
from workflow.rules import Kind
from workflow.steps import Step
from workflow.titles import title_of, titled


@dataclass(frozen=True, slots=True)
class Leading:
    """A row that leads to a step, or an invariant that guards it, with its explained condition."""

    rule: str
    title: str
    condition: Clause


def leading_to(found: Found, step: Step) -> tuple[Leading, ...]:
    """The rows that lead to a step as known now, in the order they are read, then invariants."""
    ev = evaluation(found.sheet(found.today, found.now), found.position)
    rules, state = found.rules, found.case.path.state
    rows = [
        Leading(row.rule, row.route.title, row.condition.explain(ev))
        for row in rules.rows[state]
        if step.track == "main" and row.kind is Kind.GO and row.target == step.target
    ]
    closing = rules.track_closing.get(step.track)
    if closing is not None and step.target == "closed":
        rows.append(Leading(step.track, "its schedule is complete", closing.explain(ev)))
    options = set((step.option or "").split("|"))
    rows += [
        Leading(invariant.id, f"{invariant.title} (invariant)", invariant.unless.explain(ev))
        for invariant in rules.invariants
        if options & invariant.options
        or (
            step.target in invariant.states
            and (not invariant.from_states or state in invariant.from_states)
        )
    ]
    return tuple(rows)


def because(found: Found, step: Step) -> str:
    """Why a step stands as it does, in a sentence.

    A blocked step to which no rule of the state leads has no condition that could be met: only the
    MDT may choose it, and only where a rule asks the MDT.
    """
    rows = found.rules.rows[found.case.path.state]
    is_led = any(row.kind is Kind.GO and row.target == step.target for row in rows)
    if step.status == "blocked" and step.track == "main" and not is_led:
        return "no rule leads there from here; the MDT may choose it where the pathway asks the MDT"
    rule, leads, target = step.because.partition(" leads to ")
    if leads:  # a state whose id is one word stands in no sentence as an id
        return f"{rule}{leads}{title_of(found.pathway, target)}"
    return titled(found.pathway, step.because)


def open_clauses(clause: Clause) -> list[dict[str, Any]]:
    """The clauses that are not met or unknown, as plain JSON: what was needed, what was found.

    Of a compound only the parts that keep it from being met are named.
    """
    if clause.truth is True:
        return []
    inner = [part for each in clause.clauses for part in open_clauses(each)]
    if inner:
        return inner
    return [{"needed": clause.needed, "found": clause.found, "result": clause.result}]
