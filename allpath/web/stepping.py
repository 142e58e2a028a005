"""A step as a form shows it: how it stands, with what, what it would change, what was typed."""

from __future__ import annotations

from dataclasses import dataclass, field

from allpath import words
from allpath.web.acting import PASSWORD, Effect, Meanwhile, effect, meanwhile
from allpath.web.forms import Fields, Problems, fresh_key, on_page, version_in
from allpath.web.pages import Visit
from workflow.decide import Decision
from workflow.errors import ConflictError, NotPermittedError, RefusedError
from workflow.foreseeing import ForeseenCommand
from workflow.found import Found
from workflow.leading import because
from workflow.steps import ALLOWED, Step
from workflow.titles import step_title


@dataclass(frozen=True, slots=True)
class Stepping:
    """A step on a form; `options` are to be chosen from, `option` is the only one there is."""

    key: str
    title: str
    status: str
    because: str
    is_open: bool
    is_exit: bool
    two_person: bool
    option: str
    options: dict[str, str]
    needs_reason: bool


def stepping(found: Found, decision: Decision, step: Step) -> Stepping:
    """How a step stands in a decision, and which therapies somebody has to choose from."""
    pathway, named = found.pathway, (step.option or "").split("|")
    options: dict[str, str] = {}
    if len(named) > 1:
        options = {code: words.option_title(pathway, code) for code in named}
    elif step.option is None and decision.wants_option(step):
        options = {c: t for c, t in pathway.options.items() if not decision.forbidding(c)}
    return Stepping(
        key=step.key,
        title=step_title(pathway, step.key),
        status=step.status,
        because=because(found, step),
        is_open=step.status in ALLOWED,
        is_exit=step.is_exit,
        two_person=step.two_person,
        option=words.option_title(pathway, step.option) if len(named) == 1 and step.option else "",
        options=options,
        needs_reason=step.status == "available" and not step.is_exit,
    )


def first_fields(found: Found) -> dict[str, str]:
    """What a new form for a signature holds: today, and nothing else chosen."""
    version = str(found.case.path.version)
    return {"on": words.day(found.today), "version": version, "key": fresh_key()}


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as it is shown: what stands in it, what is wrong, what changed since it was opened."""

    fields: Fields
    problems: Problems = field(default_factory=Problems)
    changed: Meanwhile | None = None
    is_stale: bool = False

    @property
    def status(self) -> int:
        """What the answer is called between programs."""
        return 409 if self.is_stale else 422 if self.problems else 200

    def titled(self, title: str) -> str:
        """The title of the page, which says first that something is wrong."""
        return f"Error: {title}" if self.problems else title


def after_conflict(visit: Visit, found: Found, fields: Fields, error: ConflictError) -> Filled:
    """The form once more, on the version there is now, with what changed meanwhile."""
    changed = meanwhile(visit, found, version_in(fields))
    kept = {name: text for name, text in fields.items() if name != PASSWORD}
    kept |= {"version": str(found.case.path.version), "key": fresh_key()}
    problems = Problems() if changed else Problems({"": on_page(error)})
    return Filled(kept, problems, changed, is_stale=True)


def foreseen_effect(
    visit: Visit, found: Found, command: ForeseenCommand
) -> tuple[Effect | None, str]:
    """What the act would change; or, where it cannot be done as it is, why."""
    try:
        return effect(found, visit.allpath.orchestrator.foresee(command, visit.now)), ""
    except (RefusedError, NotPermittedError) as error:
        return None, on_page(error)


def refusal(error: Exception) -> Problems:
    """A refusal at the day where it is about the day, else on top of the form."""
    text = on_page(error)
    is_of_day = "take effect on" in text or "lies in the future" in text
    return Problems({"on" if is_of_day else "": text})


def chosen_option(step: Stepping | None, fields: Fields, problems: Problems) -> str | None:
    """The therapy chosen, where the step asks for one."""
    if step is None:
        return fields.get("option") or None
    if not step.options:
        return None
    sentence = "Choose the therapy that was decided on."
    return problems.one_of(fields, "option", step.options, sentence) or None
