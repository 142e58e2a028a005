"""Writes a condition as one Python function, so that nothing but the condition is left to run.

A node gives its expression; what is not text (sets, dates, closures) goes in by a name. Unknown is
None, as everywhere. An expression may use `ev`, the evaluation; `get`, which looks a value up; and
what was derived in this evaluation before: `truths` and `sets` of possible values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

_KNOWN: Final = {"get": "ev.values.get", "truths": "ev.truths", "sets": "ev.memo"}


class Writer:
    """One function in the making: what its expression refers to, by name."""

    def __init__(self) -> None:
        self._named: dict[str, Any] = {}  # Any: whatever an expression may refer to
        self._variables = 0

    def named(self, thing: object) -> str:
        """A name for the thing, usable in the expression."""
        name = f"k{len(self._named)}"
        self._named[name] = thing
        return name

    def variable(self) -> str:
        """A variable that no other part of the expression uses."""
        self._variables += 1
        return f"v{self._variables}"

    def every(self, parts: Iterable[str]) -> str:
        """True when every part is true, false when one is false, else unknown."""
        return self._joined(parts, "False", "True")

    def some(self, parts: Iterable[str]) -> str:
        """True when one part is true, false when all are false, else unknown."""
        return self._joined(parts, "True", "False")

    def _joined(self, parts: Iterable[str], decides: str, otherwise: str) -> str:
        found = [(self.variable(), part) for part in parts]
        if not found:
            return otherwise
        decided = " or ".join(f"({name} := {part}) is {decides}" for name, part in found)
        unknown = " or ".join(f"{name} is None" for name, _ in found)
        return f"({decides} if {decided} else None if {unknown} else {otherwise})"

    def function(self, expression: str) -> Callable[[Any], bool | None]:
        """The function of an evaluation that answers the expression."""
        known = "".join(
            f"    {name} = {value}\n" for name, value in _KNOWN.items() if name in expression
        )
        source = f"def test(ev):\n{known}    return {expression}\n"
        # Our own text: names of facts enter it quoted, and everything else by name.
        exec(compile(source, "<condition>", "exec"), self._named)  # noqa: S102 - see above
        test: Callable[[Any], bool | None] = self._named["test"]
        return test
