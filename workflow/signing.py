"""Confirming a step: who may, whether it is open, and when a second clinician is needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Final
from unicodedata import normalize

from workflow.act import Act
from workflow.civil_time import site_zone
from workflow.commands import ConfirmStep, Countersign
from workflow.decide import Decision
from workflow.errors import NotPermittedError, RefusedError
from workflow.machine import fire
from workflow.records import Actor, PathRecord, PendingStep
from workflow.steps import ALLOWED, Step
from workflow.titles import title_of, titled

SIGNERS: Final = frozenset({"clinician", "lead", "director"})
"""Who may put their name under a step."""
RECORDERS: Final = SIGNERS | {"coordinator", "service"}
"""Who may put what is known on record."""


def require_role(actor: Actor, roles: frozenset[str], what: str) -> None:
    """Nothing happens for an actor in one of the roles; else NotPermittedError names them."""
    if actor.role not in roles:
        article = "An" if actor.role[0] in "aeiou" else "A"
        msg = (
            f"{article} {actor.role} may not {what}; that needs one of: {', '.join(sorted(roles))}."
        )
        raise NotPermittedError(msg)


def confirm_step(act: Act, command: ConfirmStep) -> None:
    """The step is taken, or proposed where the pathway asks for a second clinician."""
    path = act.path
    on = command.effective_on or act.today
    refuse_future(path, on, act.found.now, "the effective date")
    if on < path.entered["main"]:
        msg = (
            f"The step cannot take effect on {on:%d-%b-%Y}: the path entered {path.state} on "
            f"{path.entered['main']:%d-%b-%Y}. Give that day or a later one."
        )
        raise RefusedError(msg)
    if command.transcribed and command.actor.role != "service":
        raise NotPermittedError("Only a registry's transcription goes without a signature.")
    if on < act.today and not command.transcribed:
        _refuse_unless_open_today(act, command.step, command.reason)
    decision = act.decision(on)
    step = find_step(decision, command.step, path)
    if path.pending is not None:
        _leave_or_refuse(act, path.pending, step)
        path = act.path
    refuse_unless_open(step, decision, path, command.reason)
    option = _chosen_option(step, command.option, decision)
    if option is None and decision.wants_option(step) and not command.transcribed:
        msg = f"{step.key} is chosen by the MDT: say with which therapy (--option)."
        raise RefusedError(msg)
    if step.two_person and not command.transcribed:
        act.path = replace(
            path,
            pending=PendingStep(
                step.key,
                option,
                on,
                command.actor.name,
                act.found.now,
                command.reason,
                command.note,
            ),
        )
        act.write(
            "step_proposed",
            detail={"step": step.key},
            decision=decision,
            step=step,
            option=option,
            effective_on=on,
            reason=command.reason,
            note=command.note,
        )
        return
    act.take(
        step,
        decision,
        fire(act.found.pathway, path.state, step),
        option=option,
        effective_on=on,
        kind="step_transcribed" if command.transcribed else "step_confirmed",
        reason=command.reason,
        note=command.note,
    )


def countersign_step(act: Act, command: Countersign) -> None:
    """The waiting step is taken by another person, or declined with a reason."""
    pending = act.path.pending
    if pending is None:
        msg = f"No step of {act.path.path_id} waits for a second signature; confirm one first."
        raise RefusedError(msg)
    if command.decline:
        act.path = replace(act.path, pending=None)
        act.write("step_declined", reason=command.decline, detail={"step": pending.step})
        return
    refuse_same_person(command.actor, pending)
    # Facts may have changed between the two signatures: the step must be open on both days.
    if pending.effective_on < act.today:
        _refuse_unless_open_today(act, pending.step, pending.reason)
    decision = act.decision(pending.effective_on)
    step = find_step(decision, pending.step, act.path)
    refuse_unless_open(step, decision, act.path, pending.reason)
    act.path = replace(act.path, pending=None)
    act.take(
        step,
        decision,
        fire(act.found.pathway, act.path.state, step),
        option=pending.option,
        effective_on=pending.effective_on,
        kind="step_countersigned",
        reason=pending.reason,
        note=pending.note,
        detail={"first": pending.by, "first_at": pending.at.isoformat()},
    )


def refuse_same_person(actor: Actor, pending: PendingStep) -> None:
    """Nothing happens when the second signer is not the first; else NotPermittedError."""
    if is_same_person(actor.name, pending.by):
        msg = (
            f"{actor.name} confirmed {pending.step} already; the second signature must be "
            "another person's."
        )
        raise NotPermittedError(msg)


def _leave_or_refuse(act: Act, pending: PendingStep, step: Step) -> None:
    """An exit is always open, and ends the waiting; any other step waits for the signature."""
    path_id = act.path.path_id
    if not step.is_exit:
        msg = (
            f"The path {path_id} waits for a second clinician to confirm {pending.step} (first: "
            f"{pending.by}). Countersign it, or decline it with `allpath step countersign "
            f'{path_id} --decline "why"`.'
        )
        raise RefusedError(msg)
    act.path = replace(act.path, pending=None)
    detail = {"step": pending.step}
    act.write("step_declined", reason=f"the path goes to {step.target}", detail=detail)


def _refuse_unless_open_today(act: Act, key: str, reason: str) -> None:
    """A step that takes effect on an earlier day must be open by what is known today as well."""
    decision = act.decision(act.today)
    refuse_unless_open(find_step(decision, key, act.path), decision, act.path, reason)


def find_step(decision: Decision, key: str, path: PathRecord) -> Step:
    """The step of that key; raises RefusedError naming the steps there are."""
    found = decision.step(key)
    if found is not None:
        return found
    known = ", ".join(step.key for step in decision.steps) or "none: the state is final"
    msg = f"There is no step {key} from {path.state} for {path.path_id}. Steps from here: {known}."
    raise RefusedError(msg)


def refuse_unless_open(step: Step, decision: Decision, path: PathRecord, reason: str) -> None:
    """Nothing happens when the step may be confirmed; else RefusedError with the reasons.

    A step that only an MDT decision opens needs the reason of that decision.
    """
    because = titled(decision.pathway, step.because)
    if step.status == "available" and not step.is_exit and not reason:
        msg = (
            f"Cannot confirm {step.key} for {path.path_id} as it stands: {because}. Give the "
            "MDT's reason (--reason), so that the history shows why."
        )
        raise RefusedError(msg)
    if step.status in ALLOWED:
        return
    reasons = []
    if decision.missing:
        reasons.append("missing: " + ", ".join(_named(decision, decision.missing)))
    reasons += [f"warning: {text}" for text in _named(decision, decision.warnings)]
    msg = (
        f"Cannot confirm {step.key} for {path.path_id} from {path.state}: it is {step.status} - "
        f"{because}. See `allpath step explain {path.path_id}`."
    )
    raise RefusedError(msg, tuple(reasons))


def _named(decision: Decision, names: tuple[str, ...]) -> list[str]:
    """Each by its title, with the id behind it that a command takes."""
    return [f"{title_of(decision.pathway, name)} [{name}]" for name in names]


def _chosen_option(step: Step, chosen: str | None, decision: Decision) -> str | None:
    """The option of the step: the one recommended, or the one chosen where that is allowed."""
    if chosen is None:
        return step.option
    offered = (step.option or "").split("|") if step.option else list(decision.pathway.options)
    if chosen not in offered:
        known = ", ".join(offered) if step.option else "see `allpath pathway show`"
        raise RefusedError(f"{chosen} is not among the options for {step.key}: {known}.")
    forbidding = decision.forbidding(chosen)
    if forbidding:
        raise RefusedError(f"{chosen} is forbidden here by {', '.join(forbidding)}.", forbidding)
    return chosen


_TITLES: Final = frozenset({"dr", "dr.", "prof", "prof.", "mr", "mrs", "ms", "mx", "sr", "sister"})


def is_same_person(one: str, other: str) -> bool:
    """Whether two names are one person's, titles, case, spacing and forms of a letter aside."""
    first, second = (
        [w for w in normalize("NFKC", name).casefold().split() if w not in _TITLES]
        for name in (one, other)
    )
    return first == second


def refuse_future(path: PathRecord, day: date, now: datetime, what: str) -> None:
    """Nothing happens when the civil day has come at the site; else RefusedError."""
    today = now.astimezone(site_zone(path.settings)).date()
    if day > today:
        raise RefusedError(f"{what[0].upper()}{what[1:]} {day:%d-%b-%Y} lies in the future.")
