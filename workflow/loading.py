"""A pathway file read into a `Pathway`; every error names file, line, field and the cure.

YAML 1.2, at most 256 KiB and 40 levels deep; duplicate keys, aliases, tags and invisible or
bidirectional characters are refused before anything is built from them.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from workflow.checks import check
from workflow.errors import NotFoundError, PathwayError, Problem
from workflow.pathway import Pathway
from workflow.strict_yaml import Document, Where, read_yaml
from workflow.vocabulary import CompileError

MAX_BYTES: Final = 256 * 1024


def shipped() -> tuple[str, ...]:
    """The ids of the pathways that come with the product, in alphabetical order."""
    folder = resources.files("workflow") / "pathways"
    return tuple(sorted(item.name[:-5] for item in folder.iterdir() if item.name.endswith(".yaml")))


@lru_cache(maxsize=16)
def load_shipped(pathway_id: str) -> Pathway:
    """The shipped pathway of that id; raises NotFoundError naming those there are."""
    return read_pathway(*shipped_text(pathway_id))


def shipped_text(pathway_id: str) -> tuple[bytes, str]:
    """The text of a shipped pathway and the name of its file; raises NotFoundError."""
    if pathway_id not in shipped():
        msg = f"There is no pathway {pathway_id}; shipped are: {', '.join(shipped())}."
        raise NotFoundError(msg)
    name = f"{pathway_id}.yaml"
    return (resources.files("workflow") / "pathways" / name).read_bytes(), name


def load_file(path: Path) -> Pathway:
    """The pathway in a file anywhere; raises PathwayError, or NotFoundError when there is none."""
    return read_pathway(*file_text(path))


def file_text(path: Path) -> tuple[bytes, str]:
    """The text of a pathway file, one byte more than allowed at most, and its name."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        msg = f"The pathway file {path} cannot be read: {error.strerror}."
        raise NotFoundError(msg) from None
    return data, str(path)


def read_pathway(data: bytes, source: str) -> Pathway:
    """The pathway written in `data`; raises PathwayError with every finding, in file order."""
    return read_with_lines(data, source)[0]


def read_with_lines(data: bytes, source: str) -> tuple[Pathway, Document]:
    """As `read_pathway`, with the line of every field."""
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
    return pathway, document


def read_document(data: bytes, source: str) -> Document:
    """The mapping written in `data`, and its lines; raises PathwayError."""
    if len(data) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES // 1024} KiB; split it or shorten its texts"
        raise PathwayError(source, [Problem(message)])
    document = read_yaml(data, source)
    if document.content is None:
        return Document({}, {})
    if not isinstance(document.content, dict):
        raise PathwayError(
            source, [Problem("a pathway is a mapping: id, title, facts, states ...")]
        )
    return document


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
    from workflow import pathway as module  # noqa: PLC0415 - only needed when something is wrong

    return [
        {field.alias or name for name, field in model.model_fields.items()}
        for model in vars(module).values()
        if isinstance(model, type) and issubclass(model, module.Model)
    ]
