"""The summary on paper: PDF/UA that another program reads back, on each sheet who it is about."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from allpath.summary.paper import set_as_pdf
from tests.cli.conftest import CLINICIAN, Desk
from tests.web.looking import browsing

FAMILY = 'O#panic() *Bold* $x_1$ `c` <l> @r "q" \\n'
TOLD = "said #strong[so] on the phone"
TIMES = "\N{MULTIPLICATION SIGN}"
FEW = "--method flow --specimen marrow --sensitivity 0.001%".split()  # noqa: SIM905 - as typed


@dataclass(frozen=True)
class Paper:
    """A PDF as another program reads it."""

    reader: PdfReader

    @cached_property
    def text(self) -> str:
        """All sheets, in reading order, with single spaces."""
        return " ".join(" ".join(self.sheets).split())

    @cached_property
    def sheets(self) -> list[str]:
        """Each sheet in words."""
        return [" ".join(page.extract_text().split()) for page in self.reader.pages]

    @cached_property
    def root(self) -> Any:  # noqa: ANN401 - the dictionary a PDF begins with
        """What the file says of itself."""
        return self.reader.trailer["/Root"]

    @cached_property
    def elements(self) -> list[tuple[str, str]]:
        """Each element of the structure tree with its alternative text, in reading order."""
        return list(_elements(self.root["/StructTreeRoot"]["/K"]))


def _elements(node: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - whatever a PDF holds
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for part in node:
            yield from _elements(part)
    elif isinstance(node, dict):
        if "/S" in node:
            yield str(node["/S"]), str(node.get("/Alt", ""))
        if "/K" in node:
            yield from _elements(node["/K"])


def paper(content: bytes) -> Paper:
    """A PDF opened."""
    return Paper(PdfReader(io.BytesIO(content)))


@dataclass(frozen=True)
class Ward:
    """A patient whose words mean something to a typesetter, and their summary."""

    desk: Desk
    path_id: str
    paper: Paper


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Ward:
    """One patient with results, an override and signs in every text; printed from the page."""
    desk = Desk(tmp_path_factory.mktemp("summary"), variables={"ALLPATH_ENVIRONMENT": "training"})
    path_id = desk.enrol("--identifier", "nhs=9990000018", family=FAMILY)
    assert desk.record(path_id, "identity_checked=yes", "birth_date=2014-05-10").code == 0
    assert desk.confirm(path_id, "assessment", "--note", TOLD).code == 0
    override = ("--code", "mdt_judgement", "--reason", TOLD, "--actor", CLINICIAN)
    assert desk.run("step", "override", path_id, "reinduction", *override).code == 0
    desk.at += timedelta(days=5)
    for result in ("mrd=0.3%@2026-11-25", "mrd=not_detected@2026-11-27"):
        assert desk.record(path_id, result, *FEW).code == 0
    with browsing(desk, "clinician") as browser:
        answer = browser.get(f"/patients/{path_id}/summary.pdf")
    assert answer.status == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == f'inline; filename="{path_id}.pdf"'
    return Ward(desk, path_id, paper(answer.body))


def test_another_program_finds_the_file_tagged_titled_and_in_its_language(ward: Ward) -> None:
    """A screen reader goes by these four; PDF/UA-1 is claimed where conformance is looked for."""
    root, about = ward.paper.root, ward.paper.reader.metadata

    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/Lang"] == "en-GB"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data()
    assert about is not None
    assert about.title == f"Care path summary: {FAMILY.upper()}, Sam"


def test_each_picture_is_told_in_words(ward: Ward) -> None:
    """Whoever sees no picture reads where the patient is, and each result with its limit."""
    figures = [alt for kind, alt in ward.paper.elements if kind == "/Figure"]

    assert len(figures) == 2
    assert "The patient is in Reinduction since 23-Nov-2026." in figures[0]
    assert f"27-Nov-2026 not detected (sensitivity 0.001 % (1 {TIMES} 10⁻⁵)) flow" in _plain(
        figures[1]
    )
    assert f"25-Nov-2026 0.3 % (3 {TIMES} 10⁻³)" in _plain(figures[1])


def test_the_parts_are_read_in_the_order_of_the_questions(ward: Ward) -> None:
    """Who, where, what next, why not; then results, what is expected, and what was decided."""
    parts = (
        *("Care path summary", "Reinduction Day 5", "Allergies: none recorded"),
        *("What the pathway says", "Pathway: the way here", "Why", "Why each step is open"),
        *("MRD trend", "Key facts", "Open checkpoints", "Decisions and overrides", "SHA-256 of"),
    )
    places = [ward.paper.text.index(part) for part in parts]

    assert places == sorted(places)
    kinds = [kind for kind, _ in ward.paper.elements]
    assert kinds.index("/Title") < kinds.index("/H1") < kinds.index("/Figure")
    assert {"/Table", "/TH", "/TD", "/L", "/LI"} <= set(kinds)


def test_what_was_typed_stays_text(ward: Ward) -> None:
    """A name with the typesetter's signs is a name; nothing in it is carried out or left out."""
    text = ward.paper.text

    assert FAMILY.upper() in text
    assert TOLD in text
    assert f"against the recommendation: MDT judgement; rule A-05; {TOLD}" in text


def test_each_sheet_says_whose_it_is_and_what_it_is_made_of(ward: Ward) -> None:
    """A sheet that falls to the floor is put back into the right folder, in the right order."""
    for number, sheet in enumerate(ward.paper.sheets, start=1):
        plain = _plain(sheet)
        assert f"{FAMILY.upper()}, Sam Born 10-May-2014 (12y)" in plain
        assert "NHS No. 999 000 0018" in plain
        assert f"Page {number} of {len(ward.paper.sheets)}" in plain
        assert "Printed 28-Nov-2026 07:00 (UTC) by A clinician (clinician)" in plain
        assert "Relapsed acute lymphoblastic leukaemia 2026.11, hash" in plain
        assert "Content SHA-256 " in plain
        assert "TRAINING - not for clinical use" in plain


def test_what_does_not_fit_goes_on_and_nothing_is_cut(ward: Ward) -> None:
    """A long history takes a second sheet, and the first one says so."""
    content = ward.desk.ask("patient", "summary", ward.path_id)
    long = [["01-Jan-2026", f"Step number {n}", "Dr Ada Sample", TOLD] for n in range(90)]
    sheet = {"printed": "", "product": "", "fingerprint": "", "short_fingerprint": ""}
    made = set_as_pdf({**content, "decisions": long, **sheet, "made_at": "2026-11-28T07:00:00"})

    sheets = paper(made).sheets
    assert len(sheets) > 1
    assert "continued on the next sheet" in sheets[0]
    assert "continued on the next sheet" not in sheets[-1]
    assert all(f"Step number {n} " in " ".join(sheets) for n in range(90))


def test_two_prints_of_one_content_have_one_fingerprint(ward: Ward, tmp_path: Path) -> None:
    """Whoever compares two sheets sees at once whether anything is different between them."""
    marks = []
    for actor in ("Cora Coordinator:coordinator", CLINICIAN):
        ward.desk.variables["ALLPATH_ACTOR"] = actor
        target = tmp_path / "summary.pdf"
        done = ward.desk.run("patient", "summary", ward.path_id, "--output", str(target))
        assert done.code == 0, done.err
        told = paper(target.read_bytes()).text
        assert f"by {actor.partition(':')[0]}" in told
        marks.append(told.partition("SHA-256 of what is shown: ")[2].split()[0])
    other = ward.desk.ask("patient", "summary", ward.path_id, "--as-of", "2026-11-24")
    now = ward.desk.ask("patient", "summary", ward.path_id)

    assert marks[0] == marks[1]
    assert len(marks[0]) == 64
    assert other != now


def test_a_sign_no_font_can_show_is_marked_or_refused_in_words(ward: Ward) -> None:
    """A control character becomes a mark, never a broken file; a script without font is told."""
    content = ward.desk.ask("patient", "summary", ward.path_id)
    sheet = {"printed": "", "product": "", "fingerprint": "", "short_fingerprint": ""}
    content |= {**sheet, "made_at": "2026-11-28T07:00:00", "contact": "bell\x07 and zero\x00"}

    assert "bell\N{REPLACEMENT CHARACTER} and zero" in paper(set_as_pdf(content)).text


def test_a_print_is_a_look_and_is_on_record(ward: Ward) -> None:
    """Paper leaves the house, so who printed it can be asked afterwards."""
    events = ward.desk.ask("audit", "list", "--patient", ward.path_id, "--who", "clinician")

    assert "patient_printed" in [event["action"] for event in events]


def test_without_the_typesetter_the_message_names_the_extra(
    ward: Ward, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The extra may be left out; then the message says what brings it, and no file is written."""
    monkeypatch.setitem(sys.modules, "typst", None)
    target = tmp_path / "summary.pdf"

    done = ward.desk.run("patient", "summary", ward.path_id, "--output", str(target))

    assert done.code == 4
    assert "allpath[print]" in done.err
    assert not target.exists()


def test_a_file_that_cannot_be_written_is_told(ward: Ward) -> None:
    """The name of the file is what is wrong, and the message says so."""
    done = ward.desk.run("patient", "summary", ward.path_id, "--output", "/nowhere/at/all.pdf")

    assert done.code == 4
    assert "name another file" in done.err


def _plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")
