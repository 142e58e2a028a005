"""The page and the Markdown are well formed, reach nowhere, and take no order from a text."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from workflow.loading import load_shipped, read_pathway, shipped
from workflow.pathway import Pathway
from workflow.reading_copy.compose import reading_copy
from workflow.reading_copy.markdown import markdown
from workflow.reading_copy.page import page

SMALL = Path(__file__).parents[1] / "data" / "two_states.yaml"
HOSTILE = '<script>alert(1)</script> | `tick` [x](http://evil.example) & *b* "q" ' + "w" * 300


@pytest.fixture(params=shipped(), name="html")
def _html(request: pytest.FixtureRequest) -> ET.Element:
    return _read(page(reading_copy(load_shipped(request.param))))


def test_the_page_names_its_language_and_title(html: ET.Element) -> None:
    """A screen reader pronounces it, a tab is found again."""
    assert html.get("lang") == "en-GB"
    assert html.findtext("head/title") == html.findtext(".//h1")


def test_the_page_reaches_nowhere_and_runs_nothing(html: ET.Element) -> None:
    """It can be opened from a memory stick in a ward without a network."""
    links = [value for found in html.iter() for key, value in found.items() if key == "href"]

    assert all(link.startswith("#") for link in links)
    assert not [e.tag for e in html.iter() if e.tag in {"script", "link", "img", "iframe"}]
    assert not [key for found in html.iter() for key in found.keys() if key in {"src", "style"}]  # noqa: SIM118 - an element is no mapping
    assert "url(" not in (html.findtext("head/style") or "")
    assert "@import" not in (html.findtext("head/style") or "")


def test_every_link_has_one_target(html: ET.Element) -> None:
    """No reference leads into nothing."""
    targets = Counter(found.get("id") for found in html.iter() if found.get("id"))

    assert [target for target, count in targets.items() if count > 1] == []
    assert {link.get("href", "")[1:] for link in html.iter("a")} <= set(targets)


def test_no_heading_skips_a_level(html: ET.Element) -> None:
    """Who jumps from heading to heading sees the order of care."""
    levels = [int(found.tag[1]) for found in html.iter() if re.fullmatch("h[1-6]", found.tag)]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_table_has_a_caption_and_scoped_headers(html: ET.Element) -> None:
    """A cell is announced with what it belongs to."""
    for table in html.iter("table"):
        assert table.findtext("caption")
        assert {head.get("scope") for head in table.findall("thead/tr/th")} == {"col"}
        for row in table.findall("tbody/tr"):
            assert [head.get("scope") for head in row.findall("th")] == ["row"]
            assert len(row) == len(table.findall("thead/tr/th"))


@pytest.mark.parametrize("pathway_id", shipped())
def test_every_link_of_the_markdown_has_a_target(pathway_id: str) -> None:
    """The documentation site finds the same places."""
    text = markdown(reading_copy(load_shipped(pathway_id)))

    assert set(re.findall(r"\]\(#([^)]*)\)", text)) <= set(re.findall(r'<a id="([^"]*)">', text))


@pytest.mark.parametrize("pathway_id", shipped())
def test_every_row_of_a_markdown_table_has_the_cells_of_its_head(pathway_id: str) -> None:
    """A bar in a text does not open a cell."""
    _assert_tables_are_even(markdown(reading_copy(load_shipped(pathway_id))))


def test_hostile_texts_stay_texts_on_the_page() -> None:
    """What a file says is shown, never run."""
    html = _read(page(reading_copy(_hostile())))

    assert list(html.iter("script")) == []
    assert HOSTILE.split(" ", maxsplit=1)[0] in "".join(html.itertext())
    assert "evil.example" not in " ".join(link.get("href", "") for link in html.iter("a"))


def test_hostile_texts_stay_texts_in_markdown() -> None:
    """Neither a tag, a link, code nor a cell comes out of a text."""
    text = markdown(reading_copy(_hostile()))

    assert "<script" not in text.replace("\\<script", "")
    assert not re.search(r"(?<!\\)\]\(http", text)
    assert not re.search(r"(?<!\\)`", text)
    _assert_tables_are_even(text)


def test_a_sound_file_of_another_pathway_has_its_copy_too() -> None:
    """Nothing in the copy is special to the first pathway."""
    text = markdown(reading_copy(read_pathway(SMALL.read_bytes(), "two_states.yaml")))

    assert "36 months after first date" in text
    assert "it is early" in text.casefold()


def _read(html: str) -> ET.Element:
    assert html.startswith("<!DOCTYPE html>\n")
    return ET.fromstring(html.removeprefix("<!DOCTYPE html>\n"))  # noqa: S314 - our own page


def _hostile() -> Pathway:
    pathway = read_pathway(SMALL.read_bytes(), "two_states.yaml")
    content = pathway.model_dump(by_alias=True, exclude_defaults=True)
    content["title"] = content["owner"] = HOSTILE
    content["facts"]["lineage"]["title"] = HOSTILE
    content["facts"]["lineage"]["note"] = HOSTILE
    content["states"]["waiting"]["title"] = HOSTILE
    content["warnings"]["W_LATE"] = content["sources"]["GUIDE"] = HOSTILE
    return Pathway.model_validate(content)


def _assert_tables_are_even(text: str) -> None:
    width = 0
    for line in text.splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        cells = len(re.findall(r"(?<!\\)\|", line))
        assert cells == (width or cells), line[:200]
        width = cells
