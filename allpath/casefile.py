"""Files of cases, read one case after the other: YAML, JSON or one JSON object per line.

A pathway file's limits do not apply, but nothing is guessed: keys that stand twice and YAML aliases
are refused, `no` stays text, numbers stay exact.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TextIO

from workflow.errors import NotFoundError, RefusedError
from workflow.strict_yaml import read_yaml

_TWICE: Final = "stands twice"


class Unreadable:
    """A line that should have held a case and did not; `problem` says why."""

    def __init__(self, problem: str) -> None:
        self.problem = problem


def cases_in(name: str) -> Iterator[Any]:
    """The cases of a file (`-`: standard input) in its order; lines are read as they are needed.

    Raises NotFoundError when there is no such file, RefusedError or PathwayError when it cannot be
    read; a bad line among good ones comes as Unreadable.
    """
    with _opened(name) as stream:
        first = _first_line(stream, name)
        case = _whole_object(first)
        if case is not None and "vignettes" not in case:
            yield case
            yield from _lines(stream, first.count("\n") + 1)
            return
        yield from _cases_of(_document(first + _rest(stream, name), name), name)


@contextmanager
def _opened(name: str) -> Iterator[TextIO]:
    if name == "-":
        yield sys.stdin
        return
    try:
        stream = Path(name).open(encoding="utf-8")  # noqa: SIM115 - closed below
    except OSError as error:
        raise NotFoundError(f"The case file {name} cannot be read: {error.strerror}.") from None
    with stream:
        yield stream


def _first_line(stream: TextIO, name: str) -> str:
    """Everything up to and with the first line that is not empty."""
    try:
        before, line = "", stream.readline()
        while line and not line.strip():
            before, line = before + line, stream.readline()
    except (UnicodeDecodeError, OSError) as error:
        raise _not_text(name) from error
    return (before + line).removeprefix("\ufeff")


def _rest(stream: TextIO, name: str) -> str:
    try:
        return stream.read()
    except (UnicodeDecodeError, OSError) as error:
        raise _not_text(name) from error


def _not_text(name: str) -> RefusedError:
    return RefusedError(f"The case file {name} is not a UTF-8 text; save it as UTF-8.")


def _whole_object(line: str) -> dict[str, Any] | None:
    """The JSON object a line holds all by itself, or None."""
    if not line.lstrip().startswith("{"):
        return None
    try:
        found = _json(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _lines(stream: TextIO, first: int) -> Iterator[Any]:
    for number, line in enumerate(stream, start=first):
        if not line.strip():
            continue
        try:
            yield _json(line)
        except RecursionError:
            yield Unreadable(f"line {number} is nested too deep")
        except ValueError as error:
            yield Unreadable(f"line {number} is not one JSON object: {error}")


def _json(text: str) -> Any:  # noqa: ANN401 - any JSON
    return json.loads(
        text, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_no_key_twice
    )


def _no_number(word: str) -> Any:  # noqa: ANN401 - the hook json asks for
    raise ValueError(f"{word} is not a number")


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice} {_TWICE}; keep one")
    return content


def _document(text: str, name: str) -> Any:  # noqa: ANN401 - any YAML or JSON
    if text.lstrip()[:1] in {"{", "["}:
        try:
            return _json(text)
        except RecursionError:
            raise RefusedError(f"The case file {name} is nested too deep.") from None
        except ValueError as error:
            if name.endswith((".json", ".ndjson", ".jsonl")) or _TWICE in str(error):
                raise RefusedError(f"The case file {name} is not JSON: {error}.") from None
    return read_yaml(text.encode(), name).content


def _cases_of(document: Any, name: str) -> Iterator[Any]:  # noqa: ANN401 - any YAML or JSON
    if isinstance(document, dict) and "vignettes" in document:
        document = document["vignettes"]
    if isinstance(document, dict):
        document = [document]
    if not isinstance(document, list):
        msg = (
            f"The case file {name} holds no cases; it is one case, a list of cases, or a mapping "
            "with a list named vignettes."
        )
        raise RefusedError(msg)
    yield from document
