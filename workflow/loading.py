"""A pathway file read into a `Pathway`; every error names file, line, field and the cure.

YAML 1.2, at most 256 KiB and 40 levels deep; duplicate keys, aliases, tags and invisible or
bidirectional characters are refused before anything is built from them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from workflow.checks import check
from workflow.errors import NotFoundError, PathwayError, Problem
from workflow.pathway import Pathway
from workflow.vocabulary import CompileError, Where

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 40
_BAD_CHARACTERS: Final = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_INTEGER: Final = re.compile(r"^[-+]?\d+$")
_NUMBER: Final = re.compile(r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$")


def shipped() -> tuple[str, ...]:
    """The ids of the pathways that come with the product, in alphabetical order."""
    folder = resources.files("workflow") / "pathways"
    return tuple(sorted(item.name[:-5] for item in folder.iterdir() if item.name.endswith(".yaml")))


@lru_cache(maxsize=16)
def load_shipped(pathway_id: str) -> Pathway:
    """The shipped pathway of that id; raises NotFoundError naming those there are."""
    if pathway_id not in shipped():
        msg = f"There is no pathway {pathway_id}; shipped are: {', '.join(shipped())}."
        raise NotFoundError(msg)
    name = f"{pathway_id}.yaml"
    data = (resources.files("workflow") / "pathways" / name).read_bytes()
    return read_pathway(data, name)


def load_file(path: Path) -> Pathway:
    """The pathway in a file anywhere; raises PathwayError, or NotFoundError when there is none."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        msg = f"The pathway file {path} cannot be read: {error.strerror}."
        raise NotFoundError(msg) from None
    return read_pathway(data, str(path))


def read_pathway(data: bytes, source: str) -> Pathway:
    """The pathway written in `data`; raises PathwayError with every finding, in file order."""
    document = read_document(data, source)
    try:
        pathway = Pathway.model_validate(document.content)
    except ValidationError as error:
        raise PathwayError(source, _problems(error, document)) from None
    try:
        findings = check(pathway)
    except CompileError as error:
        findings = [(error.where, str(error))]
    if findings:
        problems = [document.problem(where, message) for where, message in findings]
        raise PathwayError(source, sorted(problems, key=lambda problem: problem.line))
    return pathway


@dataclass(frozen=True)
class Document:
    """Plain content of a YAML file, and the line of every field (keyed by its path)."""

    content: Any
    lines: Mapping[Where, int]

    def problem(self, where: Where, message: str) -> Problem:
        """A finding at a field; the nearest field that has a line gives it."""
        at = where
        while at and at not in self.lines:
            at = at[:-1]
        return Problem(message, ".".join(str(part) for part in where), self.lines.get(at, 0))


def read_document(data: bytes, source: str) -> Document:
    """YAML as plain mappings, lists, text and exact numbers; raises PathwayError."""
    text = _text(data, source)
    yaml = YAML(typ="safe", pure=True)
    yaml.allow_duplicate_keys = False
    lines: dict[Where, int] = {}
    try:
        _refuse_aliases_and_depth(text, source)
        node = yaml.compose(text)
        content = _plain(node, (), lines, source) if node is not None else {}
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        message = f"this is not YAML: {error.problem or error}"
        raise PathwayError(source, [Problem(message, line=line)]) from None
    except YAMLError as error:
        raise PathwayError(source, [Problem(f"this is not YAML: {error}")]) from None
    if not isinstance(content, dict):
        raise PathwayError(
            source, [Problem("a pathway is a mapping: id, title, facts, states ...")]
        )
    return Document(content, lines)


def _text(data: bytes, source: str) -> str:
    if len(data) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES // 1024} KiB; split it or shorten its texts"
        raise PathwayError(source, [Problem(message)])
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise PathwayError(
            source, [Problem("not UTF-8 text; save it as UTF-8", line=line)]
        ) from None
    bad = _BAD_CHARACTERS.search(text)
    if bad:
        line = text[: bad.start()].count("\n") + 1
        message = f"invisible or control character U+{ord(bad.group()):04X}; delete it"
        raise PathwayError(source, [Problem(message, line=line)])
    return text


def _refuse_aliases_and_depth(text: str, source: str) -> None:
    """Read the events only, so that a bomb or a tower never becomes an object."""
    depth = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        line = event.start_mark.line + 1
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            message = "anchors and aliases are refused; write the content out where it is used"
            raise PathwayError(source, [Problem(message, line=line)])
        name = type(event).__name__
        depth += name.endswith(("SequenceStartEvent", "MappingStartEvent"))
        depth -= name.endswith(("SequenceEndEvent", "MappingEndEvent"))
        if depth > MAX_DEPTH:
            message = f"nested more than {MAX_DEPTH} levels deep; use a derived fact for a part"
            raise PathwayError(source, [Problem(message, line=line)])


def _plain(node: Node, where: Where, lines: dict[Where, int], source: str) -> Any:  # noqa: ANN401
    line = node.start_mark.line + 1
    lines[where] = line
    if isinstance(node, ScalarNode):
        return _scalar(node)
    if isinstance(node, SequenceNode):
        return [_plain(item, (*where, i), lines, source) for i, item in enumerate(node.value)]
    if not isinstance(node, MappingNode):
        raise PathwayError(source, [Problem("unknown kind of YAML node", line=line)])
    content: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key_line = key_node.start_mark.line + 1
        if not isinstance(key_node, ScalarNode):
            raise PathwayError(source, [Problem("a key must be a word", line=key_line)])
        key = key_node.value
        if key in content:
            field = ".".join(str(part) for part in (*where, key))
            message = "this key stands twice; keep one"
            raise PathwayError(source, [Problem(message, field, key_line)])
        content[key] = _plain(value_node, (*where, key), lines, source)
        lines[(*where, key)] = key_line
    return content


def _scalar(node: ScalarNode) -> Any:  # noqa: ANN401 - text, number, truth or nothing
    """YAML 1.2 core scalars; `no`, `on` and `12:30` stay text, numbers are exact."""
    text: str = node.value
    if node.style in {"'", '"', "|", ">"}:
        return text
    if text in {"", "~", "null", "Null", "NULL"}:
        return None
    if text in {"true", "True", "TRUE", "false", "False", "FALSE"}:
        return text.lower() == "true"
    if _INTEGER.match(text):
        return int(text)
    if _NUMBER.match(text):
        return Decimal(text)
    return text


def _problems(error: ValidationError, document: Document) -> list[Problem]:
    problems = []
    for finding in error.errors(include_url=False):
        where = tuple(part for part in finding["loc"] if not _is_union_tag(part))
        message = finding["msg"]
        if finding["type"] == "extra_forbidden":
            message = "unknown field; delete it or correct its name" + _close_field(where)
        elif finding["type"] == "missing":
            message = "this field is needed and missing"
        problems.append(document.problem(where, message))
    return sorted(problems, key=lambda problem: problem.line)


def _is_union_tag(part: str | int) -> bool:
    return isinstance(part, str) and (part in {"str", "[key]"} or "[" in part)


def _close_field(where: Where) -> str:
    known = {name for model in _models() for name in model}
    close = get_close_matches(str(where[-1]), sorted(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _models() -> list[set[str]]:
    from workflow import pathway as module  # noqa: PLC0415 - only to list the fields by name

    return [
        {field.alias or name for name, field in model.model_fields.items()}
        for model in vars(module).values()
        if isinstance(model, type) and issubclass(model, module.Model)
    ]
