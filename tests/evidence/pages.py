"""The pages of evidence: hazard log, traceability and standards, written from what is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from tests.evidence.collected import ROOT, every_test
from tests.evidence.rules import Row, rows_of
from workflow.loading import load_shipped, shipped
from workflow.strict_yaml import read_yaml

FOLDER: Final = ROOT / "docs" / "reference"
HAZARDS: Final = FOLDER / "hazards.yaml"
STANDARDS: Final = FOLDER / "standards.yaml"
FIELDS: Final = frozenset({"hazard", "cause", "control", "where", "tests", "left"})
MOST: Final = 6
"""So many cases of a test are named one by one."""
WRITTEN: Final = "This page is written by `make reference`; a test keeps it true."


class NotThereError(Exception):
    """A page names something that is not there, or leaves something blank; says what and where."""


def pages() -> dict[str, str]:
    """Each page by the name of its file.

    Raises NotThereError when a row is blank or names a test or module that does not exist.
    """
    return {
        "hazard-log.md": hazard_log(_content(HAZARDS)),
        "standards.md": standards(_content(STANDARDS)),
        "traceability.md": traceability(),
    }


def hazard_log(groups: Iterable[Mapping[str, Any]]) -> str:
    """What could harm a patient, what stands in the way, and what risk is left."""
    lines = [
        "# Hazard log",
        "",
        "What could harm a patient, its cause, what stands in the way, the tests that show",
        f"it, and what is left. Edit `docs/reference/hazards.yaml`. {WRITTEN}",
        "",
        "How often a hazard happens, how grave it is and whether what is left is acceptable are",
        "judged by the clinical safety officer of the site, who signs; nobody has signed it yet.",
    ]
    number = 0
    for group in groups:
        head = ("No.", "Hazard", "Cause", "Control", "Shown by", "What is left")
        rows = []
        for row in group["rows"]:
            number += 1
            where = f"the hazard {row.get('hazard', number)!r}"
            if set(row) != FIELDS or not all(row.values()):
                raise NotThereError(f"In {where} a field is missing or blank.")
            _check(row["tests"], where)
            _check_modules(row["where"], where)
            control = f"{row['control']} ({', '.join(f'`{name}`' for name in row['where'])})"
            rows.append(
                (
                    f"H{number:02}",
                    row["hazard"],
                    row["cause"],
                    control,
                    _ids(row["tests"]),
                    row["left"],
                )
            )
        lines += ["", f"## {group['group']}", "", *_table(head, rows)]
    return "\n".join(lines) + "\n"


def standards(parts: Iterable[Mapping[str, Any]]) -> str:
    """What each paragraph asks, and the tests that show it or the reason why there is none."""
    lines = [
        "# Standards",
        "",
        "What each paragraph asks, in our own few words, and the tests that show it, or why there",
        f"is none. The law is the text itself. Edit `docs/reference/standards.yaml`. {WRITTEN}",
        "",
        "That a test is named says that the program does its part, not that a site complies: much",
        "is up to those who run it.",
    ]
    for part in parts:
        rows = []
        for row in part["rows"]:
            where = f"{part['standard']}, {row['paragraph']}"
            if not row["asks"] or not (row["tests"] or row["note"]):
                raise NotThereError(f"{where} has neither a test nor a reason.")
            _check(row["tests"], where)
            shown = [_ids(row["tests"])] if row["tests"] else []
            if "pending" in row:
                shown.append(f"PENDING: {row['pending']}")
            rows.append(
                (row["paragraph"], row["asks"], "<br>".join(shown) or "-", row["note"] or "-")
            )
        head = ("Paragraph", "Asks", "Shown by", "Why not, or what is left")
        lines += ["", f"## {part['standard']}: {part['title']}", "", *_table(head, rows)]
    return "\n".join(lines) + "\n"


def traceability() -> str:
    """Each row of the shipped pathways, where it leads, and the tests that show it."""
    every = {pathway_id: list(rows_of(pathway_id)) for pathway_id in shipped()}
    names = sorted({test for rows in every.values() for row in rows for test in row.tests})
    _check(names, "the traces")
    short = {name: f"T{number}" for number, name in enumerate(names, start=1)}
    lines = [
        "# Traceability",
        "",
        "Each row of the shipped pathways: where it leads, the sources and statements it rests on,",
        f"and the tests that reach or name it. {WRITTEN}",
        "",
        "The sources of a pathway stand at the end of its [reading copy](pathways/). In brackets",
        "are the cases of a test that reach the row; a test without them names the row, or has too",
        "many cases to list. What implements a statement is answered by `allpath pathway trace`.",
    ]
    for pathway_id, rows in every.items():
        lines += ["", f"## {load_shipped(pathway_id).title}"]
        for place in dict.fromkeys(row.place for row in rows):
            head = ("Row", "Leads", "Sources", "Tests")
            lines += ["", f"### {pathway_id}: {place}", ""]
            lines += _table(head, [_traced(row, short) for row in rows if row.place == place])
    lines += ["", "## The tests", ""]
    lines += _table(("Short", "Test"), [(short[name], f"`{name}`") for name in names])
    return "\n".join(lines) + "\n"


def _traced(row: Row, short: Mapping[str, str]) -> tuple[str, ...]:
    route = row.route
    if not row.tests:
        raise NotThereError(f"No test reaches or names the row {route.id} of {row.place}.")
    answers = "" if row.answers == (route.id,) else f" (answers as {', '.join(row.answers)})"
    sources = [*route.source, *(name for name in row.statements if name not in route.source)]
    return (
        f"`{route.id}`{answers}" + (f": {route.title}" if route.title else ""),
        "<br>".join(row.leads),
        ", ".join(sources),
        ", ".join(_cited(short[test], cases) for test, cases in row.tests.items()),
    )


def _cited(short: str, cases: Sequence[str]) -> str:
    if not cases:
        return short
    more = f" and {len(cases) - MOST} more" if len(cases) > MOST else ""
    return f"{short} ({', '.join(cases[:MOST])}{more})"


def _content(file: Any) -> Any:  # noqa: ANN401 - plain data from a file
    return read_yaml(file.read_bytes(), file.name).content


def _check(tests: Iterable[str], where: str) -> None:
    for test in tests:
        if test not in every_test():
            raise NotThereError(
                f"There is no test {test}, which {where} names; pytest collects none."
            )


def _check_modules(names: Iterable[str], where: str) -> None:
    for name in names:
        if not (ROOT / name).is_file():
            raise NotThereError(f"There is no {name}, which {where} names.")


def _ids(tests: Iterable[str]) -> str:
    return "<br>".join(f"`{test}`" for test in tests)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
