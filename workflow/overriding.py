"""Overriding: a person takes a step that is not open, for a coded reason, and answers for it.

What was not met and what was unknown at that moment is frozen in the journal. Never overridable:
a final state, facts that contradict themselves, an invariant marked hard.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any, Final

from workflow.act import Act
from workflow.commands import Countersign, OverrideStep
from workflow.errors import RefusedError
from workflow.leading import leading_to, open_clauses
from workflow.machine import fire
from workflow.reading import evaluation
from workflow.records import PendingStep
from workflow.signing import countersign_step, find_step, refuse_future, refuse_same_person
from workflow.steps import ALLOWED, Step, broken_invariants

REASONS: Final = {
    "clinical_contraindication": "clinical contraindication",
    "patient_or_family_decision": "patient or family decision",
    "trial_or_research": "trial or research",
    "result_exists_elsewhere": "result exists elsewhere",
    "resource_or_access": "resource or access",
    "mdt_judgement": "MDT judgement",
}
"""Why a step is taken against the recommendation; a site may add its own in its site plan."""
OVERRIDDEN: Final = "step_overridden"
PROPOSED: Final = "override_proposed"


def reasons_at(act: Act) -> dict[str, str]:
    """The coded reasons of the patient's site, with their titles."""
    plan = act.found.site_plan
    return {**REASONS, **(plan.override_reasons if plan else {})}


def override_step(act: Act, command: OverrideStep) -> None:
    """The step is taken though it is not open, or waits for a second clinician to answer for it."""
    path, on = act.path, command.effective_on or act.today
    refuse_future(path, on, act.found.now, "the effective date")
    require_reason(act, command.code)
    _require_words(act, command)
    if on < path.entered["main"]:
        msg = (
            f"The step cannot take effect on {on:%d-%b-%Y}: the path entered {path.state} on "
            f"{path.entered['main']:%d-%b-%Y}. Give that day or a later one."
        )
        raise RefusedError(msg)
    if path.pending is not None:
        msg = (
            f"The path {path.path_id} waits for a second signature under {path.pending.step}; "
            "countersign or decline it first."
        )
        raise RefusedError(msg)
    decision = act.decision(on)
    step = find_step(decision, command.step, path)
    _refuse_unless_overridable(act, step, command.option)
    detail = {"variance": command.code, "step": step.key, **_frozen(act, step)}
    if step.two_person:
        _propose(act, command, step, on, detail)
        return
    act.take(
        step,
        decision,
        _moved_to(act, step),
        option=command.option,
        effective_on=on,
        kind=OVERRIDDEN,
        reason=command.reason,
        note=command.note,
        detail=detail,
    )


def countersign(act: Act, command: Countersign) -> None:
    """The waiting step is taken by another person, or declined; an override until its end.

    Raises NotPermittedError for the same person, RefusedError where nothing waits or it has ended.
    """
    pending = act.path.pending
    if pending is None or command.decline or not pending.variance:
        countersign_step(act, command)
        return
    refuse_same_person(command.actor, pending)
    if pending.valid_until is not None and act.today > pending.valid_until:
        msg = (
            f"The override of {pending.step} for {act.path.path_id} was good until "
            f"{pending.valid_until:%d-%b-%Y}. Decline it, and override again if it still holds."
        )
        raise RefusedError(msg)
    decision = act.decision(pending.effective_on)
    step = find_step(decision, pending.step, act.path)
    _refuse_unless_overridable(act, step, pending.option, was_overridden=True)
    frozen = _frozen(act, step)
    act.path = replace(act.path, pending=None)
    act.take(
        step,
        decision,
        _moved_to(act, step),
        option=pending.option,
        effective_on=pending.effective_on,
        kind=OVERRIDDEN,
        reason=pending.reason,
        note=pending.note,
        detail={
            "variance": pending.variance,
            "step": pending.step,
            "first": pending.by,
            "first_at": pending.at.isoformat(),
            **frozen,
        },
    )


def _propose(act: Act, command: OverrideStep, step: Step, on: date, detail: dict[str, Any]) -> None:
    if command.valid_until is None or command.valid_until < act.today:
        msg = (
            f"{step.key} needs a second signature: say until which day the override is good "
            "(--valid-until), today or later."
        )
        raise RefusedError(msg)
    pending = PendingStep(
        step=step.key,
        option=command.option,
        effective_on=on,
        by=command.actor.name,
        at=act.found.now,
        reason=command.reason,
        note=command.note,
        variance=command.code,
        valid_until=command.valid_until,
    )
    act.path = replace(act.path, pending=pending)
    act.write(
        PROPOSED,
        decision=act.decision(on),
        step=step,
        option=command.option,
        effective_on=on,
        reason=command.reason,
        note=command.note,
        detail={**detail, "until": command.valid_until.isoformat()},
    )


def _moved_to(act: Act, step: Step) -> str:
    """The state behind the step, along an edge of the pathway that whoever signs has opened."""
    return fire(act.found.pathway, act.path.state, replace(step, status="available"))


def require_reason(act: Act, code: str) -> None:
    """Nothing happens for a coded reason of the patient's site; else RefusedError lists them."""
    known = reasons_at(act)
    if code not in known:
        listed = ", ".join(known)
        msg = f"{code or 'Nothing'} is not a coded reason; write one of: {listed} (--code)."
        raise RefusedError(msg)


def _require_words(act: Act, command: OverrideStep) -> None:
    if not command.reason.strip():
        raise RefusedError("Say in your own words why, beside the coded reason (--reason).")
    options = act.found.pathway.options
    if command.option is not None and command.option not in options:
        msg = f"{command.option} is not an option of this pathway: {', '.join(options)}."
        raise RefusedError(msg)


def _refuse_unless_overridable(
    act: Act, step: Step, option: str | None, *, was_overridden: bool = False
) -> None:
    """Nothing happens where a person may answer for the step.

    A hard invariant has to be proven: while that cannot be told, it stands in the way as well.
    """
    path_id, found = act.path.path_id, act.now_found()
    ev = evaluation(found.sheet(), found.position)
    chosen = option or step.option
    for invariant in broken_invariants(found.rules, act.path.state, step.target, chosen, ev):
        if invariant.hard:
            how = "is not met" if invariant.test(ev) is False else "is not known to be met"
            msg = (
                f"{step.key} for {path_id} cannot be overridden: the invariant {invariant.id} "
                f"({invariant.title}) {how}, and it is a hard one. Record what it asks for."
            )
            raise RefusedError(msg)
    if step.status == "forbidden":
        msg = (
            f"{step.key} for {path_id} cannot be overridden: {step.because}. Correct the record if "
            "it is wrong."
        )
        raise RefusedError(msg)
    if step.status in ALLOWED and not was_overridden:
        msg = f"{step.key} for {path_id} is open ({step.status}): confirm it instead."
        raise RefusedError(msg)


def _frozen(act: Act, step: Step) -> dict[str, Any]:
    """What was not met or unknown, row by row, as it stood at this moment."""
    rows = [
        {"rule": row.rule, "title": row.title, "clauses": open_clauses(row.condition)}
        for row in leading_to(act.now_found(), step)
    ]
    return {"frozen": [row for row in rows if row["clauses"]], "status": step.status}
