"""A pathway file read into a `Pathway`; every error names file, line, field and the cure.

YAML 1.2, at most 256 KiB and 40 levels deep; duplicate keys, aliases, tags and invisible or
bidirectional characters are refused before anything is built from them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from workflow import pathway as pathway_models
from workflow.characters import ambiguous, foreign_letter
from workflow.checks import check
from workflow.errors import NotFoundError, PathwayError, Problem
from workflow.pathway import Pathway
from workflow.strict_yaml import Document, read_yaml
from workflow.values import shown_entry
from workflow.vocabulary import CompileError
from workflow.wording import problems_of

MAX_BYTES: Final = 256 * 1024
MAX_PROBLEMS: Final = 100


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
        findings = error.errors(include_url=False)
        raise PathwayError(source, _first(problems_of(findings, document, _fields()))) from None
    try:
        wrong = check(pathway)
    except CompileError as error:
        wrong = [(error.where, str(error))]
    if wrong:
        problems = [document.problem(where, message) for where, message in wrong]
        raise PathwayError(source, _first(sorted(problems, key=lambda problem: problem.line)))
    return pathway, document


def read_document(data: bytes, source: str) -> Document:
    """The mapping written in `data`, and its lines; raises PathwayError."""
    if len(data) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES // 1024} KiB; split it or shorten its texts"
        line = data[:MAX_BYTES].count(b"\n") + 1
        raise PathwayError(source, [Problem(message, line=line)])
    document = read_yaml(data, source)
    if not isinstance(document.content, dict) or not document.content:
        message = "a pathway is a mapping of fields; begin with id, title, version, owner"
        raise PathwayError(source, [Problem(message, line=document.lines.get((), 1))])
    problems = list(_unclear(document))
    if problems:
        raise PathwayError(source, _first(problems))
    return document


def _unclear(document: Document) -> Iterator[Problem]:
    """What a reviewer could misread: unusual letters, and fields with nothing in them."""
    letter = ambiguous(document.text)
    if letter:
        yield Problem(letter[1], line=letter[0])
    for where in document.lines:
        name = str(where[-1]) if where else ""
        if foreign := foreign_letter(name):
            message = f"{shown_entry(name)} holds {foreign}, which is not a plain letter; retype it"
            yield document.problem(where, message)
        # An empty `when` would otherwise read as no condition at all: true for everybody.
        if where[:1] != ("outcomes",) and document.at(where) is None:
            yield document.problem(where, "nothing is written here; write it or delete the field")


def _first(problems: list[Problem]) -> list[Problem]:
    """As many as a person can mend in one go, and how many more there are."""
    if len(problems) <= MAX_PROBLEMS:
        return problems
    more = f"and {len(problems) - MAX_PROBLEMS:,} more problems from here on; mend the others first"
    return [*problems[:MAX_PROBLEMS], Problem(more, line=problems[MAX_PROBLEMS].line)]


def _fields() -> set[str]:
    """Every field that some part of a pathway has, as it is written."""
    models = [item for item in vars(pathway_models).values() if isinstance(item, type)]
    return {
        field.alias or name
        for model in models
        if issubclass(model, pathway_models.Model)
        for name, field in model.model_fields.items()
    }
