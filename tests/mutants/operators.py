"""The nine ways in which a pathway is made wrong, and every place where each can be tried."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

from tests.mutants.mutant import (
    Mutant,
    at,
    checkpoint_lists,
    conditions,
    is_comparison,
    is_leaf,
    parts_of,
    shipped_document,
    tables,
)
from workflow.strict_yaml import Where


def drop_row() -> Iterator[Mutant]:
    """A row of any table is gone."""
    for table in tables():
        for index in range(len(at(table))):
            yield Mutant("drop_row", (*table, index), "dropped", table, _without(table, index))


def swap_rows() -> Iterator[Mutant]:
    """A row of any table has changed places with the next one.

    Not with the last one where it is for everybody: no file with that is ever read.
    """
    for table in tables():
        rows = at(table)
        for index in range(len(rows) - 1 - ("when" not in rows[-1])):
            swapped = [*rows[:index], rows[index + 1], rows[index], *rows[index + 2 :]]
            yield Mutant("swap_rows", (*table, index), "swapped with the next", table, swapped)


_EQUAL_OTHERWISE: Final = {
    "below": "at_most", "above": "at_least", "before": "on_or_before", "after": "on_or_after",
}  # fmt: skip
_OPPOSITE: Final = {
    "below": "at_least", "above": "at_most", "before": "on_or_after", "after": "on_or_before",
}  # fmt: skip


def flip_comparison() -> Iterator[Mutant]:
    """Equality counts on the other side, or the comparison says the opposite."""
    for condition in conditions():
        for where, _ in parts_of(condition):
            if is_comparison(at(where)):
                op, sides = next(iter(at(where).items()))
                for flips in (_EQUAL_OTHERWISE, _OPPOSITE):
                    other = (flips | {new: old for old, new in flips.items()})[op]
                    yield Mutant(
                        "flip_comparison", where, f"{other} for {op}", where, {other: sides}
                    )


def move_boundary() -> Iterator[Mutant]:
    """A number is one day or one unit more or less."""
    content = shipped_document().content
    for name in content["parameters"]:
        where: Where = ("parameters", name, "value")
        value = Decimal(at(where))
        step = 1 if value == value.to_integral_value() else value / 10
        for moved in (value + step, value - step):
            yield Mutant("move_boundary", where, f"{moved} for {value}", where, moved)
    for name, fact in content["facts"].items():
        if "for" in fact.get("valid", {}):
            yield from _durations(("facts", name, "valid", "for"))
    for checkpoints in checkpoint_lists():
        for index, checkpoint in enumerate(at(checkpoints)):
            here: Where = (*checkpoints, index)
            for key in ("opens", "every", "then"):
                yield from _durations((*here, key)) if key in checkpoint else ()
            dues = checkpoint["due"]
            for number in range(len(dues)) if isinstance(dues, list) else (None,):
                yield from _durations((*here, "due") if number is None else (*here, "due", number))
            for number in range(len(checkpoint.get("escalate", ()))):
                yield from _durations((*here, "escalate", number, "after"))
            if "times" in checkpoint:
                times = checkpoint["times"]
                for moved in (times + 1, times - 1):
                    place = (*here, "times")
                    yield Mutant("move_boundary", place, f"{moved} for {times}", place, moved)


def _durations(where: Where) -> Iterator[Mutant]:
    amount, unit = at(where).split()
    for moved in (int(amount) + 1, int(amount) - 1):
        if moved >= 0:
            what = f"{moved} {unit} for {amount} {unit}"
            yield Mutant("move_boundary", where, what, where, f"{moved} {unit}")


def unknown_as_no() -> Iterator[Mutant]:
    """A condition asks what is on record, or a fact that must be known is not asked for."""
    for condition in conditions():
        for where, asked in parts_of(condition):
            if is_leaf(at(where)) and not asked:
                asks = {"recorded": at(where)}
                yield Mutant("unknown_as_no", where, "asks what is on record", where, asks)
    for name, facts in shipped_document().content["fact_lists"].items():
        for index, entry in enumerate(facts["entries"]):
            if "facts" in entry:
                place: Where = ("fact_lists", name, "entries", index, "facts")
                yield from _each_gone("unknown_as_no", place, "not asked for")
    for table in tables():
        for index, row in enumerate(at(table)):
            if "needs" in row:
                yield from _each_gone("unknown_as_no", (*table, index, "needs"), "not needed")


def remove_checkpoint() -> Iterator[Mutant]:
    """A checkpoint is gone."""
    for listed in checkpoint_lists():
        for index in range(len(at(listed))):
            where = (*listed, index)
            yield Mutant("remove_checkpoint", where, "removed", listed, _without(listed, index))


def remove_exit() -> Iterator[Mutant]:
    """A way out of a state is gone: one that is always open, or one that an MDT may choose."""
    for name, state in shipped_document().content["states"].items():
        for key in ("exits", "may_go"):
            if key in state:
                yield from _each_gone("remove_exit", ("states", name, key), "removed")
        for index, route in enumerate(state.get("routes", ())):
            if "may_go" in route:
                yield from _each_gone(
                    "remove_exit", ("states", name, "routes", index, "may_go"), "removed"
                )


def widen_gate() -> Iterator[Mutant]:
    """A drug is for more patients: a condition less, a value more, or an invariant less."""
    for condition in conditions():
        if _guards_a_drug(condition):
            for where, _ in parts_of(condition):
                yield from _widened(where)
    for index, invariant in enumerate(at(("invariants",))):
        where = ("invariants", index)
        yield Mutant(
            "widen_gate", where, "removed", ("invariants",), _without(("invariants",), index)
        )
        for key in invariant["never"]:
            yield from _each_gone("widen_gate", (*where, "never", key), "no longer guarded")
        if invariant.get("hard"):
            place: Where = (*where, "hard")
            yield Mutant("widen_gate", place, "may be overridden", place, value=False)


_DRUG_GATES: Final = ("blina_possible", "ino_possible", "vod_counts_as_high", "cart_products")


def _guards_a_drug(condition: Where) -> bool:
    """Whether a condition stands before a drug: its row, line, gate, invariant or derived fact."""
    section, name = condition[:2]
    if section == "derived":
        return name in _DRUG_GATES
    if section in {"gates", "invariants"}:
        return name != "mrd_notes" and condition[-1] in {"when", "unless"}
    if section == "states" and condition[2] == "routes":
        route = at(condition[:4])
        return (
            "warn" not in condition
            and "tracks" not in condition
            and ("option" in route or route.get("gate") == "cart_gate")
        )
    return False


def _widened(where: Where) -> Iterator[Mutant]:
    node = at(where)
    if not isinstance(node, dict):
        return
    key, inner = next(iter(node.items()))
    if key == "all":
        for index in range(len(inner)):
            place = (*where, key, index)
            yield Mutant(
                "widen_gate", place, "not asked", (*where, key), _without((*where, key), index)
            )
    values = _values_of(key)
    wanted = inner if isinstance(inner, list) else [inner]
    for value in values:
        if values and value not in wanted and is_leaf(node):
            yield Mutant("widen_gate", where, f"{value} too", where, {key: [*wanted, value]})


def _values_of(key: str) -> list[Any]:
    content = shipped_document().content
    declared = content["facts"].get(key) or content["settings"].get(key) or {}
    return list(declared.get("values", ()))


def rename_state() -> Iterator[Mutant]:
    """A state has another name: where it is declared only, or everywhere."""
    content = shipped_document().content
    for name in content["states"]:
        new = f"{name}_renamed"
        states = {new if key == name else key: state for key, state in content["states"].items()}
        yield Mutant("rename_state", ("states", name), "where declared", ("states",), states)
        everywhere = {**_renamed(content, name, new), "reasons": content["reasons"]}
        yield Mutant("rename_state", ("states", name), "everywhere", (), everywhere)


def _renamed(content: Any, name: str, new: str) -> Any:  # noqa: ANN401 - plain content of a file
    """The content with every mention of a state renamed; a track of the same name keeps its own."""
    if isinstance(content, dict):
        return {
            (new if key == name and "referred" in content else key): (
                inner if key == "tracks" else _renamed(inner, name, new)
            )
            for key, inner in content.items()
        }
    if isinstance(content, list):
        return [_renamed(inner, name, new) for inner in content]
    return (
        {name: new, f"state:{name}": f"state:{new}"}.get(content, content)
        if isinstance(content, str)
        else content
    )


OPERATORS: Final[tuple[Callable[[], Iterator[Mutant]], ...]] = (
    drop_row, swap_rows, flip_comparison, move_boundary, unknown_as_no,
    remove_checkpoint, remove_exit, widen_gate, rename_state,
)  # fmt: skip


def _each_gone(operator: str, where: Where, what: str) -> Iterator[Mutant]:
    names = at(where)
    for index, name in enumerate(names if isinstance(names, list) else [names]):
        left = _without(where, index) if isinstance(names, list) else []
        yield Mutant(operator, where, f"{name} {what}", where, left)


def _without(where: Where, index: int) -> list[Any]:
    rows = at(where)
    return [*rows[:index], *rows[index + 1 :]]
