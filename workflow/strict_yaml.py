"""YAML read strictly: plain mappings, lists, texts and exact numbers, and the line of every field.

Only the parser of the YAML library is used, none of its object construction. Duplicate keys,
aliases, anchors and tags are refused; `no`, `on` and `12:30` stay text (YAML 1.2 core scalars);
numbers are exact. Depth is limited while reading, so that no tower or bomb becomes an object.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

import yaml

from workflow.characters import invisible
from workflow.errors import PathwayError, Problem

Where = tuple[str | int, ...]
"""The path of a field in the document, such as ("states", "assessment", "routes", 3, "when")."""

MAX_DEPTH: Final = 40
_SHOWN: Final = 80
_TOO_DEEP: Final = f"nested more than {MAX_DEPTH} levels deep; use a derived fact for a part"
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# ASCII digits only: a full-width or Arabic digit would be a number nobody reviewed as one.
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,30}")
_NUMBER: Final = re.compile(r"[-+]?([0-9]{1,30}\.?[0-9]{0,30}|\.[0-9]{1,30})([eE][-+]?[0-9]{1,3})?")
_TRUTHS: Final = {
    word: word.lower() == "true" for word in ["true", "True", "TRUE", "false", "False", "FALSE"]
}
_NOTHING: Final = frozenset({"", "~", "null", "Null", "NULL"})


@dataclass(frozen=True)
class Document:
    """Plain content of a YAML file, and the line of every field (keyed by its path)."""

    content: Any
    lines: Mapping[Where, int]
    text: str = ""

    def problem(self, where: Where, message: str) -> Problem:
        """A finding at a field; the nearest field that has a line gives it."""
        at = where
        while at and at not in self.lines:
            at = at[:-1]
        field_name = ".".join(str(part)[:_SHOWN] for part in where)
        return Problem(message, field_name, self.lines.get(at, 0))

    def at(self, where: Where) -> Any:  # noqa: ANN401 - any content
        """The content of a field that has a line."""
        content = self.content
        for part in where:
            content = content[part]
        return content


def read_yaml(data: bytes, source: str) -> Document:
    """The one document in `data`; raises PathwayError naming `source`, line and cure."""
    text = _text(data, source)
    reader = _Reader(source)
    try:
        content = reader.document(iter(yaml.parse(text, Loader=_LOADER)))
    except yaml.MarkedYAMLError as error:
        # A key without its colon is noticed only behind it; where it began is the context.
        is_key = "expected ':'" in (error.problem or "") and error.context_mark is not None
        mark = error.context_mark if is_key else error.problem_mark
        line = mark.line + 1 if mark else 1
        raise PathwayError(source, [Problem(_cure(error.problem or ""), line=line)]) from None
    except yaml.YAMLError:
        raise PathwayError(source, [Problem(_cure(""), line=1)]) from None
    return Document(content, reader.lines, text)


def _text(data: bytes, source: str) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        problem = Problem("not UTF-8 text; save it as UTF-8", line=line)
        raise PathwayError(source, [problem]) from None
    bad = invisible(text)
    if bad:
        raise PathwayError(source, [Problem(bad[1], line=bad[0])])
    return text


_CURES: Final = (
    ("nesting depth", _TOO_DEEP),  # the library's own limit was met before ours
    ("cannot start any token", "begin no text with @, ` or %, and indent with spaces, not tabs"),
    ("tab", "indent with spaces, not tabs"),
    ("mapping values are not allowed", "put a text that contains ': ' in quotes, or indent again"),
    ("quoted scalar", "close the quotes"),
    ("end of stream", "close the bracket or the quotes"),
    ("',' or", "close the bracket, or put a comma between its entries"),
    ("could not find expected ':'", "a key needs a colon and a space after it, on the same line"),
    ("escape", "write \\\\ for a backslash, or use single quotes"),
    ("directive", "delete the line that begins with %"),
    ("incompatible", "delete the line that begins with %"),
    ("expected key", "indent it like the lines above it, and close brackets and quotes"),
    ("<block end>", "indent it like the lines above it, or close the bracket or the quotes"),
)


def _cure(problem: str) -> str:
    """What the parser complains of, and what to do."""
    for sign, cure in _CURES:
        if sign in problem:
            return cure if cure == _TOO_DEEP else f"this is not YAML: {problem}; {cure}"
    known = problem or "it cannot be read"
    return f"this is not YAML: {known}; look at the indentation and the quotes here"


@dataclass
class _Reader:
    """Builds plain content from parser events, noting the line of every field."""

    source: str
    lines: dict[Where, int] = field(default_factory=dict)

    def document(self, events: Iterator[yaml.Event]) -> Any:  # noqa: ANN401 - a fact value, of whatever type its fact has
        """The content of the only document; None for an empty one."""
        content: Any = None
        seen = 0
        for event in events:
            if isinstance(event, yaml.NodeEvent):
                seen += 1
                if seen > 1:
                    self._refuse("a file holds one document; split it", event)
                content = self._node(event, events, ())
        return content

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], where: Where) -> Any:  # noqa: ANN401 - a fact value, of whatever type its fact has
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            self._refuse("anchors and aliases are refused; write the content out", event)
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._refuse(f"the tag {tag[:40]} is refused; write plain content", event)
        if len(where) > MAX_DEPTH:
            self._refuse(_TOO_DEEP, event)
        self.lines.setdefault(where, event.start_mark.line + 1)
        if isinstance(event, yaml.ScalarEvent):
            return _scalar(event.value) if event.implicit[0] else event.value
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, where)
        return self._mapping(events, where)

    def _sequence(self, events: Iterator[yaml.Event], where: Where) -> list[Any]:
        content: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            content.append(self._node(event, events, (*where, len(content))))
        return content

    def _mapping(self, events: Iterator[yaml.Event], where: Where) -> dict[str, Any]:
        content: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if not isinstance(event, yaml.ScalarEvent) or event.anchor or event.tag:
                self._refuse("a key must be a plain word", event)
            key = event.value
            at = (*where, key)
            if key in content:
                field_name = ".".join(str(part)[:_SHOWN] for part in at)
                self._refuse("this key stands twice; keep one", event, field_name)
            self.lines[at] = event.start_mark.line + 1
            content[key] = self._node(next(events), events, at)
        return content

    def _refuse(self, message: str, event: yaml.Event, field_name: str = "") -> None:
        problem = Problem(message, field_name, event.start_mark.line + 1)
        raise PathwayError(self.source, [problem])


def _scalar(text: str) -> Any:  # noqa: ANN401 - a fact value, of whatever type its fact has
    if text in _NOTHING:
        return None
    if text in _TRUTHS:
        return _TRUTHS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text):
        return Decimal(text)
    return text
