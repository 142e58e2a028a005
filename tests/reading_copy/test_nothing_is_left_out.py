"""The reading copy holds the whole pathway: every number, rule, checkpoint, text and source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workflow.conditions import Compare, inner_nodes
from workflow.loading import load_shipped, shipped
from workflow.operands import Parameter, Shifted, amount
from workflow.pathway import Pathway
from workflow.reading_copy.compose import reading_copy
from workflow.reading_copy.document import (
    Block,
    Document,
    Entries,
    Item,
    Listing,
    Paragraph,
    Section,
    Table,
    plain,
)
from workflow.reading_copy.markdown import markdown
from workflow.reading_copy.page import page
from workflow.rules import rules_of

COPIES = Path(__file__).parents[2] / "docs" / "reference" / "pathways"
# Conditions are told in words, not copied; the rest of these are switches and structure.
CONDITIONS = frozenset({"when", "condition", "close_when", "unless"})
SWITCHES = frozenset({"type", "scope", "basis", "follows", "on_new_episode", "confidence", "gate"})


@pytest.mark.parametrize("pathway_id", shipped())
def test_the_committed_copies_are_the_written_ones(pathway_id: str) -> None:
    """Who reads the copy in the documentation reads the pathway that runs."""
    document = reading_copy(load_shipped(pathway_id))

    for ending, text in (("md", markdown(document)), ("html", page(document))):
        committed = (COPIES / f"{pathway_id}.{ending}").read_text(encoding="utf-8")
        assert committed == text, f"{pathway_id}.{ending} is out of date: run `make reference`"


@pytest.mark.parametrize("pathway_id", shipped())
def test_every_text_of_the_pathway_is_in_the_copy(pathway_id: str) -> None:
    """A clinician who signs the copy has read everything."""
    pathway = load_shipped(pathway_id)
    copy = _flat("\n".join(_lines(reading_copy(pathway))))

    missing = [
        (where, text) for where, text in _texts(pathway) if not _is_said(pathway, text, copy)
    ]

    assert missing == []


@pytest.mark.parametrize("pathway_id", shipped())
def test_every_number_a_row_compares_with_is_said_with_its_unit(pathway_id: str) -> None:
    """A threshold is read where it decides, not looked up by its name."""
    pathway = load_shipped(pathway_id)
    document = reading_copy(pathway)

    for state, rows in rules_of(pathway).rows.items():
        said = "\n".join(_lines(_section(document, f"state-{state}")))
        early = "\n".join(_lines(_section(document, "early")))
        for row in rows:
            for number in _numbers(row.condition):
                assert amount(number.value, number.unit) in (early if row.early else said)


@pytest.mark.parametrize("pathway_id", shipped())
def test_no_parameter_stands_in_a_row_by_its_name(pathway_id: str) -> None:
    """Plain English has no names of the file in it."""
    pathway = load_shipped(pathway_id)
    document = reading_copy(pathway)

    for state in pathway.states:
        said = "\n".join(_lines(_section(document, f"state-{state}")))
        assert [name for name in pathway.parameters if re.search(rf"\b{name}\b", said)] == []


@pytest.mark.parametrize("pathway_id", shipped())
def test_every_row_and_checkpoint_stands_in_its_own_state_once(pathway_id: str) -> None:
    """Nothing is read in the wrong place, twice, or out of order."""
    pathway = load_shipped(pathway_id)
    document = reading_copy(pathway)

    for state, model in pathway.states.items():
        section = _section(document, f"state-{state}")
        labels = [label.split(" (rule ")[0] for label in _labels(section)]
        rows = [row.route.id for row in rules_of(pathway).rows[state] if not row.early]
        assert labels == [*rows, *(item.id for item in model.checkpoints)]


@pytest.mark.parametrize("pathway_id", shipped())
def test_a_row_that_asks_the_record_says_so_with_its_reason(pathway_id: str) -> None:
    """Where unknown is answered like no, the reader is told why that is safe."""
    pathway = load_shipped(pathway_id)
    entries: dict[str, str] = {}
    for block in _blocks(reading_copy(pathway).blocks):
        for entry in block.entries if isinstance(block, Entries) else ():
            name = entry.label.split(" (rule ")[0]
            entries[name] = f"{entries.get(name, '')} {_flat(' '.join(_of_items(entry.items)))}"

    for owner in set(pathway.on_record) & set(entries):
        said = entries[owner].replace(", so that unknown is answered like no here", "")
        assert f"on record: {_flat(pathway.on_record[owner])}" in said


@pytest.mark.parametrize("pathway_id", shipped())
def test_every_figure_has_the_caveat_and_an_unconfirmed_one_says_so(pathway_id: str) -> None:
    """A group figure is never taken for a forecast, nor a remembered one for a published one."""
    pathway = load_shipped(pathway_id)
    tables = [block for block in _blocks(reading_copy(pathway).blocks) if isinstance(block, Table)]
    figures = [table for table in tables if table.caption.startswith("Outcome figures")]

    for table in figures:
        assert "not a forecast for one person" in table.caption
        for model, row in zip(pathway.outcomes, table.rows, strict=True):
            said = " ".join(plain(cell) for cell in row.cells)
            assert model.id in said
            unsure = "verify" in f"{model.confidence} {model.note}"
            assert ("TO VERIFY" in said) is unsure
    assert len(figures) == bool(pathway.outcomes)


def test_the_same_pathway_gives_the_same_bytes() -> None:
    """Two people who write the copy can compare it."""
    pathway = load_shipped("relapsed_all")

    assert page(reading_copy(pathway)) == page(reading_copy(pathway))


def _numbers(node: Any) -> Iterator[Parameter]:  # noqa: ANN401 - any node of a condition
    for inner in inner_nodes(node):
        if isinstance(inner, Compare):
            for side in (inner.left, inner.right):
                operand = side.by if isinstance(side, Shifted) else side
                if isinstance(operand, Parameter):
                    yield operand


def _texts(pathway: Pathway) -> Iterator[tuple[str, str]]:
    content = pathway.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    yield from _walk(content, "")
    # The names of what is declared: facts, warnings, options, sources ...
    for section, declared in content.items():
        if isinstance(declared, dict) and section not in {"reviewed", "report", "gates"}:
            yield from ((section, name) for name in declared)


def _walk(content: Any, where: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - any plain content
    if isinstance(content, str):
        yield where, content
    elif isinstance(content, list):
        for index, inner in enumerate(content):
            yield from _walk(inner, f"{where}[{index}]")
    elif isinstance(content, dict):
        for key, inner in content.items():
            if key not in CONDITIONS | SWITCHES:
                yield from _walk(inner, f"{where}.{key}")


def _is_said(pathway: Pathway, text: str, copy: str) -> bool:
    """As it stands, as words, or by the title of the thing that it names."""
    titles = (
        models[text].title
        for models in (pathway.facts, pathway.derived, pathway.states, pathway.tracks)
        if text in models
    )
    base, _, part = text.partition(".")
    parts = [f"{pathway.facts[base].title}, {part}"] if part and base in pathway.facts else []
    forms = (text, *titles, *parts, *_shown(text))
    return any(_flat(form.replace("_", " ")) in copy.replace("_", " ") for form in forms if form)


def _shown(text: str) -> Iterator[str]:
    """Durations, dates and plain numbers as people write them."""
    if found := re.fullmatch(r"(\d+) (h|d|wk|mo|a)", text):
        units = {"h": "hour", "d": "day", "wk": "week", "mo": "month", "a": "year"}
        yield f"{found[1]} {units[found[2]]}"
    if found := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text):
        months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
        yield f"{found[3]}-{months.split()[int(found[2]) - 1]}-{found[1]}"
    words = {"a": "year", "mo": "month", "d": "day", "[xULN]": "x ULN", "as_of": "evaluation date"}
    yield words.get(text, text.strip("{}"))
    if re.fullmatch(r"0\.0*1", text):
        yield f"1e-{len(text) - 2}"


def _flat(text: str) -> str:
    return " ".join(text.casefold().split())


def _section(document: Document, anchor: str) -> Section:
    return next(section for section in document.sections() if section.anchor == anchor)


def _labels(section: Section) -> list[str]:
    return [
        entry.label
        for block in _blocks((section,))
        if isinstance(block, Entries)
        for entry in block.entries
    ]


def _blocks(blocks: tuple[Block, ...]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if isinstance(block, Section):
            yield from _blocks(block.blocks)


def _lines(place: Document | Section) -> Iterator[str]:
    yield place.title
    for block in _blocks(place.blocks):
        if isinstance(block, Section):
            yield block.title
        elif isinstance(block, Paragraph):
            yield plain(block.line)
        elif isinstance(block, Listing):
            yield from _of_items(block.items)
        elif isinstance(block, Entries):
            for entry in block.entries:
                yield from (entry.label, *_of_items(entry.items))
        else:
            yield from (block.caption, *block.columns)
            yield from (plain(cell) for row in block.rows for cell in row.cells)


def _of_items(items: tuple[Item, ...]) -> Iterator[str]:
    for item in items:
        yield plain(item.line)
        yield from _of_items(item.items)
