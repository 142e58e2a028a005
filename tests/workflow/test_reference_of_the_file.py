"""The reference of the pathway file describes what the program reads: all of it, nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from workflow import pathway as module
from workflow.durations import Duration
from workflow.loading import MAX_BYTES
from workflow.pathway import Model
from workflow.strict_yaml import MAX_DEPTH
from workflow.vocabulary import BUILT_IN, OPERATORS

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs" / "reference" / "pathway-file.md").read_text()
PARTS: Final = dict(
    part.split("\n", 1) for part in re.split(r"^## ", PAGE, flags=re.MULTILINE) if "\n" in part
)
MODELS: Final[dict[str, type[Model]]] = {
    "The whole file": module.Pathway,
    "Review": module.Review,
    "Setting": module.Setting,
    "Parameter": module.Parameter,
    "Fact": module.Fact,
    "Validity": module.Validity,
    "Shows": module.Shows,
    "First": module.First,
    "Derived fact": module.Derived,
    "Row of a derived fact": module.DerivedRow,
    "Entry of a derived list": module.ListItem,
    "Fact list": module.FactListModel,
    "Entry of a fact list": module.FactListEntry,
    "Row": module.Route,
    "Row of options": module.OptionRow,
    "State": module.State,
    "Checkpoint": module.Checkpoint,
    "Escalation": module.Escalation,
    "Reminders": module.Reminders,
    "Track": module.Track,
    "Invariant": module.Invariant,
    "Report": module.Report,
    "Outcome": module.Outcome,
    "Statement": module.Statement,
}


def _rows(part: str) -> dict[str, str]:
    """The first column of a table, unquoted, and the rest of its row."""
    return dict(re.findall(r"^\| `(.+?)` \| (.*) \|$", PARTS[part], flags=re.MULTILINE))


def test_every_model_of_the_file_has_its_part_on_the_page() -> None:
    """A new kind of entry is described before anybody has to guess it."""
    models = {
        model
        for model in vars(module).values()
        if isinstance(model, type) and issubclass(model, Model) and model is not Model
    }

    assert models == set(MODELS.values())


@pytest.mark.parametrize("part", MODELS)
def test_every_field_is_described_and_marked_where_it_is_needed(part: str) -> None:
    """Whoever writes a file finds each field here, and none that the program would refuse."""
    fields = {field.alias or name: field for name, field in MODELS[part].model_fields.items()}
    rows = _rows(part)

    needed = {name for name, text in rows.items() if text.startswith("**needed**")}

    assert list(rows) == list(fields)
    assert needed == {name for name, field in fields.items() if field.is_required()}


@pytest.mark.parametrize("part", MODELS)
def test_every_word_a_field_may_be_stands_in_its_row(part: str) -> None:
    """Where only some words are allowed, they are listed."""
    schema = MODELS[part].model_json_schema(by_alias=True)["properties"]
    rows = _rows(part)

    unsaid = [
        (name, word)
        for name, content in schema.items()
        for word in _words(content)
        if f"`{word}`" not in rows[name]
    ]

    assert unsaid == []


def _words(content: dict[str, object]) -> list[str]:
    inner = content.get("anyOf")
    kinds = [content, *(inner if isinstance(inner, list) else [])]
    return [str(word) for kind in kinds for word in kind.get("enum", ())]


def test_every_operator_unit_and_built_in_name_is_described() -> None:
    """The language of conditions is closed: what is not here is not understood."""
    text = PARTS["Conditions"]

    assert set(_rows("Conditions")) == OPERATORS
    assert [name for name in BUILT_IN if not re.search(rf"`{{?{name}[`:]", text)] == []
    units = re.findall(r"`(h|d|wk|mo|a)` ", PARTS["Durations"])
    assert [str(Duration.read(f"1 {unit}")) for unit in units] == [
        "1 hour",
        "1 day",
        "1 week",
        "1 month",
        "1 year",
    ]


def test_the_limits_on_the_page_are_those_of_the_program() -> None:
    """A file that is too large or too deep is refused before it is read."""
    assert f"at most {MAX_BYTES // 1024} KiB and {MAX_DEPTH} levels deep" in PAGE


def test_every_message_of_the_page_is_one_the_program_gives() -> None:
    """Whoever looks up a message finds it word for word."""
    sources = "".join(path.read_text() for path in (ROOT / "workflow").glob("*.py"))
    joined = re.sub(r'"\n\s+f?"', "", sources)

    assert [message for message in _rows("Messages and cures") if message not in joined] == []
