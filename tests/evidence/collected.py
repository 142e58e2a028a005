"""Which tests there are, read from their files: what pytest collects here, without running it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]


@cache
def every_test() -> frozenset[str]:
    """The id of every test function, without the case it is run with."""
    found: set[str] = set()
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        where = file.relative_to(ROOT).as_posix()
        names = [node.name for node in _functions(file) if node.name.startswith("test")]
        found.update(f"{where}::{name}" for name in names)
    return frozenset(found)


@cache
def words_of_tests() -> dict[str, frozenset[str]]:
    """The texts that stand in each test function, by its id: a rule that a test names is there."""
    found = {}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        where = file.relative_to(ROOT).as_posix()
        for node in _functions(file):
            if not node.name.startswith("test"):
                continue
            texts = {n.value for n in ast.walk(node) if isinstance(n, ast.Constant)}
            found[f"{where}::{node.name}"] = frozenset(t for t in texts if isinstance(t, str))
    return found


def _functions(file: Path) -> list[ast.FunctionDef]:
    tree = ast.parse(file.read_text("utf-8"))
    return [node for node in tree.body if isinstance(node, ast.FunctionDef)]
