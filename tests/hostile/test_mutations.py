"""The shipped pathway with something broken in it is used or refused, and never a surprise.

`make fuzz` tries ten times as many, and other ones each time.
"""

from __future__ import annotations

import os
from importlib import resources
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workflow.errors import PathwayError
from workflow.loading import read_pathway

pytestmark = pytest.mark.campaign

SHIPPED: Final = (resources.files("workflow") / "pathways" / "relapsed_all.yaml").read_bytes()
LINES: Final = SHIPPED.splitlines(keepends=True)
EXAMPLES: Final = int(os.environ.get("FUZZ_EXAMPLES", "300"))
SCALARS: Final = (
    *(b"", b"null", b"true", b"no", b"0", b"-1", b"1.5", b"1e999", b"NaN", b"9" * 400, b"x"),
    *(b"[]", b"{}", b"[a]", b"{a: b}", b"[[]]", b"{{}: a}", b"&a", b"*a", b"!!set", b"'", b'"'),
    *(b"\t", b"\xff", b"\x00", "\u202e".encode(), "\u0430".encode(), b"unknown", b"always"),
    *(b"{not: x}", b"{any: []}", b"{known: [a]}", b"2026-02-30", b"14 d", b"0 d", b"lineage"),
)


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    """The shipped file with one to three lines, words or bytes changed."""
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        kind = draw(st.sampled_from(("delete", "double", "swap", "indent", "word", "byte", "cut")))
        lines[at : at + 1] = _mutated(draw, kind, lines, at)
    return b"".join(lines)


def _mutated(draw: st.DrawFn, kind: str, lines: list[bytes], at: int) -> list[bytes]:
    """What stands in place of a line."""
    line = lines[at]
    if kind == "delete":
        return []
    if kind == "double":
        return [line, line]
    if kind == "swap":
        return [draw(st.sampled_from(lines))]
    if kind == "indent":
        return [b" " * draw(st.integers(0, 12)) + line.lstrip(b" ")]
    if kind == "cut":
        return [line[: draw(st.integers(0, len(line)))]]
    place = draw(st.integers(0, max(0, len(line) - 1)))
    if kind == "byte":
        return [line[:place] + bytes([draw(st.integers(0, 255))]) + line[place + 1 :]]
    words = line.split(b" ")
    words[draw(st.integers(0, len(words) - 1))] = draw(st.sampled_from(SCALARS))
    return [b" ".join(words).rstrip(b"\n") + b"\n"]


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize="FUZZ_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)
@given(mutations())
def test_a_changed_file_is_used_or_refused_at_a_line(data: bytes) -> None:
    """Any other error would be a traceback in the hands of a clinician."""
    answer = _answer(data)

    assert answer is True or (answer and all(line >= 1 for line in answer))


def _answer(data: bytes) -> bool | list[int]:
    """Whether the file can be used, or the line of each of its problems."""
    try:
        return bool(read_pathway(data, "changed.yaml").content_hash)
    except PathwayError as error:
        return [problem.line for problem in error.problems]
