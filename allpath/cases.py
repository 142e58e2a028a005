"""Cases decided without a database: one case in, one answer out; an error is the case's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from allpath.answers import decision_answer, explanation_answer
from allpath.casefile import Unreadable
from workflow.decide import Decision, decide
from workflow.errors import FactError
from workflow.facts import FactSheet
from workflow.flat_case import read_case
from workflow.pathway import Pathway


@dataclass(frozen=True)
class Judged:
    """One case and what came of it: a decision on a sheet, or the fact that could not be read."""

    id: str | int
    expected: Mapping[str, Any] | None
    decision: Decision | None = None
    sheet: FactSheet | None = None
    fact: str = ""
    message: str = ""

    @property
    def answer(self) -> dict[str, Any]:
        """The result as one JSON object."""
        if self.decision is None:
            return {"id": self.id, "error": {"fact": self.fact, "message": self.message}}
        result = {"id": self.id, **decision_answer(self.decision)}
        if self.decision.explanation is not None:
            result["explanation"] = explanation_answer(self.decision.explanation)
        return result


def judge(pathway: Pathway, case: object, number: int, today: date, *, explained: bool) -> Judged:
    """The answer to one case; `number` names it when it has no id, `today` when it has no asof."""
    if isinstance(case, Unreadable):
        return Judged(f"case {number}", None, fact="case", message=case.problem)
    if not isinstance(case, Mapping):
        message = "case: a case is a mapping with id, state and facts"
        return Judged(f"case {number}", None, fact="case", message=message)
    name = case["id"] if isinstance(case.get("id"), int | str) else f"case {number}"
    expected = case.get("expected")
    expected = expected if isinstance(expected, Mapping) else None
    try:
        position, sheet = read_case(pathway, case, today)
    except FactError as error:
        return Judged(name, expected, fact=error.fact, message=str(error))
    decision = decide(pathway, position, sheet, explained=explained)
    return Judged(name, expected, decision, sheet)


def differences(judged: Judged) -> Iterator[str]:
    """Each way in which the answer is not as expected; only keys present in `expected` count."""
    if judged.expected is None:
        return
    answer = judged.answer
    if judged.decision is None and "error" not in judged.expected:
        yield f"{judged.id}: {judged.fact} could not be read: {judged.message}"
        return
    for key, wanted in judged.expected.items():
        yield from _compared(f"{judged.id} {key}", wanted, answer.get(key, "(not answered)"))


def _compared(where: str, wanted: object, found: object) -> Iterator[str]:
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        for key, inner in wanted.items():
            yield from _compared(f"{where}.{key}", inner, found.get(key, "(not answered)"))
    elif isinstance(wanted, list) and isinstance(found, list):
        if sorted(map(str, wanted)) != sorted(map(str, found)):
            yield f"{where}: expected {_listed(wanted)}, found {_listed(found)}"
    elif wanted != found:
        yield f"{where}: expected {_worded(wanted)}, found {_worded(found)}"


def _listed(names: list[Any]) -> str:
    return ", ".join(map(str, names)) or "none"


def _worded(value: object) -> str:
    return "nothing" if value is None else str(value)
