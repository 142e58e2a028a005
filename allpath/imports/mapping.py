"""How the columns of a CSV file become persons, facts and steps, as a person wrote it in YAML.

A mapping names columns, facts, states and days; it holds no rule of care. `read_mapping` says what
is wrong in it, with line and cure, before any row is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, ValidationError, model_validator

from workflow.entries import Name, Names
from workflow.errors import NotFoundError, PathwayError, Problem
from workflow.loading import MAX_BYTES
from workflow.pathway import Model
from workflow.strict_yaml import Document, Where, read_yaml
from workflow.vocabulary import Vocabulary

START: Final = "start"
"""The event every path has: the day it starts."""


def _one_scalar(value: object) -> object:
    if isinstance(value, bool | int | Decimal | str):
        return value
    raise ValueError("write one word, number or date")


def _one_day(value: object) -> object:
    if isinstance(value, str) or (type(value) is int and value >= 0):
        return value
    raise ValueError("write the name of an event, or a number of days after the start")


def _one_system(value: object) -> object:
    if isinstance(value, str) and re.fullmatch(r"[a-z][a-z0-9_-]*", value):
        return value
    raise ValueError("write the system in small letters, as mrn or nhs")


Scalar = bool | int | Decimal | str
Constant = Annotated[Scalar, BeforeValidator(_one_scalar)]
Column = Annotated[str, StringConstraints(min_length=1)]


class Source(Model):
    """Where a value comes from: the same for every row, or a cell, as it is or looked up."""

    value: Constant | None = None
    column: Column | None = None
    lookup: dict[str, Constant] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_from_one_place(self) -> Self:
        if self.value is not None and self.column is not None:
            raise ValueError("give either value or column, not both")
        if self.lookup and self.column is None:
            raise ValueError("a lookup needs the column it looks up")
        return self

    @property
    def is_given(self) -> bool:
        """Whether it says anything at all."""
        return self.value is not None or self.column is not None


class Given(Source):
    """A source that must say something."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.is_given:
            raise ValueError("give a value or a column")
        return self


class Identifier(Model):
    """The number that names the person in another system."""

    system: Annotated[str, BeforeValidator(_one_system)]
    column: Column


class PersonName(Model):
    """What the person is called."""

    family: Given
    given: Given
    title: Given | None = None


class Start(Model):
    """Where and when the path starts; a `state` other than the pathway's start needs a `reason`."""

    on: Given
    state: Name | None = None
    reason: str = ""


class Event(Model):
    """Something that happens once in a path, on a `date` or some `days` after the start.

    Where the column `happened` says no, the same cell says until when the event had not happened.
    Without `happened` an event happened wherever its cell is filled in.
    """

    date: Column | None = None
    days: Column | None = None
    happened: Column | None = None

    @model_validator(mode="after")
    def _has_one_time(self) -> Self:
        if (self.date is None) == (self.days is None):
            raise ValueError("give either date or days, the column that says when it happened")
        return self

    @property
    def column(self) -> str:
        """The column that says when."""
        return self.date or self.days or ""


class When(Model):
    """Which rows an act is for; everything said must hold.

    `free_of` names events that have not happened by the end of the act's day, and of which that
    was known on that day. `column` must hold one of the words in `is`.
    """

    free_of: Names = ()
    column: Column | None = None
    is_: Names = Field(default=(), alias="is")

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if (self.column is None) != (not self.is_):
            raise ValueError("column and is belong together")
        if not self.free_of and self.column is None:
            raise ValueError("say free_of, or column and is")
        return self


class ActOf(Source):
    """One fact or one step to write down, `on` an event or so many days after the start.

    A date fact without a value is the day itself. `parts` are those of a measurement or a score.
    """

    fact: Name | None = None
    step: Annotated[str, StringConstraints(min_length=1)] | None = None
    on: Annotated[int | str, BeforeValidator(_one_day)]
    when: When | None = None
    parts: dict[str, Given] = Field(default_factory=dict)
    reason: str = ""

    @model_validator(mode="after")
    def _is_a_fact_or_a_step(self) -> Self:
        if (self.fact is None) == (self.step is None):
            raise ValueError("give either fact or step")
        if self.step is not None and (self.is_given or self.parts):
            raise ValueError("a step has no value, column, lookup or parts")
        if self.fact is not None and self.reason:
            raise ValueError("a fact has no reason")
        if self.parts and self.is_given:
            raise ValueError("give either parts or one value")
        return self


class Mapping(Model):
    """One kind of file: what its columns mean, for which pathway.

    `last` names the event after which nothing else may be dated. `totals` are the events that the
    report counts. Acts of one day are carried out in the order they are written in.
    """

    title: Annotated[str, StringConstraints(min_length=1)]
    pathway: Name
    delimiter: Literal[",", ";", "\t"] = ","
    identifier: Identifier
    name: PersonName
    settings: dict[Name, Given] = Field(default_factory=dict)
    start: Start
    events: dict[Name, Event] = Field(default_factory=dict)
    last: Name | None = None
    acts: tuple[ActOf, ...] = ()
    totals: dict[Name, Name] = Field(default_factory=dict)

    def columns(self) -> Iterator[tuple[Where, str]]:
        """Every column that is named, and where."""
        yield from _columns(self, ())


def read_mapping(data: bytes, source: str) -> tuple[Mapping, Document]:
    """The mapping written in `data`, and the lines of its fields; raises PathwayError."""
    if len(data) > MAX_BYTES:
        problem = Problem(f"the mapping is larger than {MAX_BYTES // 1024} KiB; shorten it")
        raise PathwayError(source, [problem])
    document = read_yaml(data, source)
    if not isinstance(document.content, dict):
        problem = Problem("a mapping has fields: title, pathway, identifier, start, acts ...")
        raise PathwayError(source, [problem])
    try:
        return Mapping.model_validate(document.content), document
    except ValidationError as error:
        found = [_problem(finding, document) for finding in error.errors(include_url=False)]
        raise PathwayError(source, sorted(found, key=lambda problem: problem.line)) from None


def load_mapping(path: Path) -> tuple[Mapping, Document]:
    """The mapping in a file; raises NotFoundError when there is none that can be read."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        msg = f"The mapping {path} cannot be read: {error.strerror}. Name a YAML file with --map."
        raise NotFoundError(msg) from None
    return read_mapping(data, str(path))


def _columns(part: object, where: Where) -> Iterator[tuple[Where, str]]:
    if isinstance(part, Model):
        fields = type(part).model_fields
        for name in fields:
            below = getattr(part, name)
            place = (*where, fields[name].alias or name)
            is_column = name == "column" or (isinstance(part, Event) and below is not None)
            if is_column and isinstance(below, str):
                yield place, below
            else:
                yield from _columns(below, place)
    elif isinstance(part, dict):
        for key, below in part.items():
            yield from _columns(below, (*where, key))
    elif isinstance(part, tuple):
        for index, below in enumerate(part):
            yield from _columns(below, (*where, index))


def _problem(finding: Any, document: Document) -> Problem:  # noqa: ANN401 - pydantic's own shape
    where = tuple(finding["loc"])
    message = finding["msg"].removeprefix("Value error, ")
    if finding["type"] == "extra_forbidden":
        hint = Vocabulary.suggest(str(where[-1]), _FIELDS)
        message = f"unknown field; delete it or correct its name{hint}"
    elif finding["type"] == "missing":
        message = "this field is needed and missing"
    return document.problem(where, message)


_MODELS: Final = (Mapping, Identifier, PersonName, Start, Event, When, ActOf)
_FIELDS: Final = sorted({f.alias or name for m in _MODELS for name, f in m.model_fields.items()})
