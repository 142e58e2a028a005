"""A mutant: the shipped pathway with one thing wrong, and where that is.

Mutants are made of the plain content of the file, so that whatever reads a file reads them too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from workflow.conditions import COMPARISONS
from workflow.loading import read_document, shipped_text
from workflow.strict_yaml import Document, Where

CONDITIONED: Final = (
    "derived", "fact_lists", "early_routes", "gates", "states", "tracks", "invariants",
)  # fmt: skip
"""The sections in which conditions stand."""
CONDITION_KEYS: Final = frozenset({"when", "condition", "unless", "close_when"})


@dataclass(frozen=True)
class Mutant:
    """One thing changed: what stands at `at` (all of the content where it is empty) is `value`.

    `where` is the field a person looks at, `what` says what was done to it.
    """

    operator: str
    where: Where
    what: str
    at: Where
    value: Any  # Any: plain content of a file

    @property
    def id(self) -> str:
        """The operator, the place by the names in the file, and what was done."""
        return f"{self.operator}: {place(self.where)}: {self.what}"

    @property
    def group(self) -> Where:
        """The part of the file it belongs to, so that every part gets its share."""
        return (
            self.where[:2] if isinstance(self.where[1:2] and self.where[1], str) else self.where[:1]
        )

    @property
    def content(self) -> dict[str, Any]:
        """The whole changed content; what did not change is shared with the shipped one."""
        changed: dict[str, Any] = _put(shipped_document().content, self.at, self.value)
        return changed


@cache
def shipped_document() -> Document:
    """The shipped pathway as plain content with its lines."""
    return read_document(*shipped_text("relapsed_all"))


def line_of(where: Where) -> int:
    """The line of the shipped file where a field stands."""
    return shipped_document().problem(where, "").line


def place(where: Where) -> str:
    """A place by the names in the file: a row by its id, so that the name outlives its number."""
    content: Any = shipped_document().content
    parts = []
    for key in where:
        content = content[key]
        named = isinstance(key, int) and isinstance(content, dict)
        parts.append(str(content.get("id") or content.get("item") or key) if named else str(key))
    return ".".join(parts)


def at(where: Where) -> Any:  # noqa: ANN401 - plain content of a file
    """What stands at a place of the shipped file."""
    content: Any = shipped_document().content
    for key in where:
        content = content[key]
    return content


def _put(content: Any, where: Where, value: Any) -> Any:  # noqa: ANN401 - plain content of a file
    if not where:
        return value
    copied: Any = content.copy()  # Any: a list or a mapping
    copied[where[0]] = _put(content[where[0]], where[1:], value)
    return copied


# -- where things are ----------------------------------------------------------------------------


def tables() -> Iterator[Where]:
    """Every ordered list of rows: routes, gates, derived tables and lists, lines of an option."""
    content = shipped_document().content
    yield ("early_routes",)
    yield from (("gates", name) for name in content["gates"])
    for name, derived in content["derived"].items():
        yield from (("derived", name, key) for key in ("rows", "items") if key in derived)
    for name, state in content["states"].items():
        if "routes" in state:
            yield ("states", name, "routes")
            for index, route in enumerate(state["routes"]):
                if isinstance(route.get("option"), list):
                    yield ("states", name, "routes", index, "option")


def checkpoint_lists() -> Iterator[Where]:
    """Every list of checkpoints."""
    for section in ("states", "tracks"):
        for name, owner in shipped_document().content[section].items():
            if "checkpoints" in owner:
                yield (section, name, "checkpoints")


def conditions() -> Iterator[Where]:
    """Every condition, where it begins."""
    for section in CONDITIONED:
        yield from _conditions_in(at((section,)), (section,))


def _conditions_in(content: Any, where: Where) -> Iterator[Where]:  # noqa: ANN401 - plain content of a file
    for key, inner in _items(content):
        if key in CONDITION_KEYS and inner is not None:
            yield (*where, key)
        elif isinstance(inner, dict | list):
            yield from _conditions_in(inner, (*where, key))
    if isinstance(content, dict) and len(content) == 1 and where[-2:-1] in {("warn",), ("tracks",)}:
        yield (*where, next(iter(content)))


def parts_of(where: Where) -> Iterator[tuple[Where, bool]]:
    """Every part of a condition, itself included, and whether the record is asked around it."""
    yield from _parts(at(where), where, asked=False)


def _parts(node: Any, where: Where, *, asked: bool) -> Iterator[tuple[Where, bool]]:  # noqa: ANN401 - plain content of a file
    yield where, asked
    if not isinstance(node, dict):
        return
    key, inner = next(iter(node.items()))
    if key in {"all", "any"}:
        for index, part in enumerate(inner):
            yield from _parts(part, (*where, key, index), asked=asked)
    elif key in {"not", "recorded"}:
        yield from _parts(inner, (*where, key), asked=asked or key == "recorded")


def is_leaf(node: Any) -> bool:  # noqa: ANN401 - plain content of a file
    """Whether a part of a condition asks for one thing and can be unknown."""
    compound = {"all", "any", "not", "recorded", "known", "unknown", "incomplete", "always"}
    return isinstance(node, str) or next(iter(node)) not in compound


def is_comparison(node: Any) -> bool:  # noqa: ANN401 - plain content of a file
    """Whether a part of a condition compares two things."""
    return isinstance(node, dict) and next(iter(node)) in COMPARISONS


def _items(content: Any) -> Iterator[tuple[str | int, Any]]:  # noqa: ANN401 - plain content of a file
    if isinstance(content, dict):
        yield from content.items()
    elif isinstance(content, list):
        yield from enumerate(content)
