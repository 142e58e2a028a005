"""The rules of clinical display, one test for each, of the pages as they are sent.

What only a browser can see, and what another test shows already, is named in `ELSEWHERE`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from allpath.web import meanings
from allpath.web.pages import HERE, STATIC, static
from tests.cli.conftest import AT_RELAPSE, CLINICIAN, COORDINATOR, Desk
from tests.web.looking import Page, browsing

ROOT = Path(__file__).parents[2]
SCRIPT = f'<script src="{static("session.js")}" defer>'
LIST_SCRIPT = f'<script type="module" src="{static("worklist.js")}">'
TIMES = "\N{MULTIPLICATION SIGN}"
DAY = r"\d{2}-[A-Z][a-z]{2}-\d{4}"
ELSEWHERE = {
    12: ("browser/test_every_page.py", "test_a_page_is_without_fault"),
    13: (
        "browser/test_every_page.py",
        "test_everything_can_be_reached_and_seen_with_the_keyboard",
    ),
    18: (
        "test_acts_recording.py",
        "test_a_stale_form_tells_what_changed_and_keeps_what_was_typed",
    ),
    22: (
        "browser/test_journeys.py",
        "test_each_sheet_of_a_printed_page_says_whose_it_is_and_what_it_is_made_of",
    ),
}
"""Rules that are held to in another module: contrast, focus, stale forms, sheets of paper."""
MRD = ("--method", "flow", "--specimen", "marrow", "--sensitivity", "0.001%")
CSS = (STATIC / "allpath.css").read_text("utf-8")


@dataclass(frozen=True)
class Shelf:
    """The pages, each opened once, as a clinician sees them."""

    patient: str
    pages: dict[str, Page]
    ended: Page
    """The answer to a form that was sent after the session had ended."""

    def __getitem__(self, name: str) -> Page:
        return self.pages[name]

    def text(self, name: str) -> str:
        """A page in words, with plain spaces."""
        return self.pages[name].text.replace("\N{NO-BREAK SPACE}", " ")

    def about_patients(self) -> dict[str, Page]:
        """The pages that are about one patient."""
        return {name: page for name, page in self.pages.items() if "ap-banner__name" in page.html}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Two patients whose names are alike, one of whom nothing is known, and one who has died."""
    training = {"ALLPATH_ENVIRONMENT": "training", "ALLPATH_HELP_CONTACT": "The office, 4711"}
    desk = Desk(tmp_path_factory.mktemp("rules"), variables=training)
    patient = desk.enrol("--identifier", "nhs=999 000 0018", family="straße")
    assert desk.record(patient, "identity_checked=yes").code == 0
    assert desk.confirm(patient, "assessment").code == 0
    override = ("--code", "mdt_judgement", "--reason", "agreed at the board of this morning")
    moved = desk.run("step", "override", patient, "reinduction", *override, "--actor", CLINICIAN)
    assert moved.code == 0, moved.err
    assert desk.record(patient, *AT_RELAPSE).code == 0
    desk.at += timedelta(days=5)
    for result in ("mrd=0.30%@2026-11-25", "mrd=not_detected@2026-11-27"):
        assert desk.record(patient, result, *MRD).code == 0
    twin = desk.enrol(mrn="9990000002", family="Straße")
    assert desk.record(twin, "identity_checked=yes").code == 0
    fresh = desk.enrol(mrn="9990000004", family="Other")
    dead = desk.enrol(mrn="9990000003", family="Gone")
    assert desk.record(dead, "birth_date=2014-05-10", "death_date=2026-11-22").code == 0
    assert desk.confirm(dead, "dead").code == 0
    desk.at += timedelta(days=35)
    at = f"/patients/{patient}"
    with browsing(desk, "clinician") as browser:
        pages = {
            "worklist": browser.get("/worklist"),
            "patient": browser.get(at),
            "twin": browser.get(f"/patients/{twin}"),
            "fresh": browser.get(f"/patients/{fresh}"),
            "dead": browser.get(f"/patients/{dead}"),
            "history": browser.get(f"{at}/history"),
            "step": browser.get(f"/patients/{twin}/steps/assessment"),
            "override": browser.get(f"/patients/{fresh}/steps/assessment/override"),
            "record": browser.get(f"{at}/record", fact="mrd"),
            "help": browser.get("/help"),
            "nowhere": browser.get("/nowhere"),
            "variances": browser.get("/variances"),
            "cohort": browser.get("/cohort"),
            "contact": browser.get(f"{at}/contact"),
        }
        browser.get("/search")
        pages["found"] = browser.post("/search", text="STRASSE")
        pages["number"] = browser.post("/search", text="9990000003")
        pages["empty"] = browser.post("/search", text="")
        browser.get(f"{at}/record", fact="mrd")
        pages["refused"] = browser.post(
            f"{at}/record/check", fact="mrd", result="quantified", number=".1", source="letter 7"
        )
        desk.at += timedelta(minutes=16)
        ended = browser.post(f"{at}/contact", agreed="rings on Monday", password="not for eyes")
    return Shelf(patient, pages, ended)


def test_every_rule_has_its_test() -> None:
    """A rule without a test is a wish; each of the 22 is tried here or where the table says."""
    here = {
        int(n)
        for n in re.findall(r"^def test_rule_(\d\d)_", Path(__file__).read_text(), re.MULTILINE)
    }

    assert here | ELSEWHERE.keys() == set(range(1, 23))
    for module, name in ELSEWHERE.values():
        assert f"def {name}(" in (ROOT / "tests" / "web" / module).read_text("utf-8")


def test_rule_01_a_name_is_family_first_whole_and_kept_as_recorded(shelf: Shelf) -> None:
    """Capitals may change a name, so the recorded spelling stands there, and both are found."""
    assert "STRASSE, Sam" in shelf.text("patient")
    assert "Name as recorded straße, Sam" in shelf.text("patient")
    assert "text-overflow" not in CSS
    assert shelf["found"].html.count(">STRASSE, Sam</a>") == 2


def test_rule_02_the_banner_is_on_every_page_about_a_patient(shelf: Shelf) -> None:
    """Name without label; labels lighter and without colon; what is not there is "Not known"."""
    pages = shelf.about_patients()
    assert {"patient", "history", "step", "override", "record", "contact"} <= pages.keys()
    for name, page in pages.items():
        banner = page.html.partition('class="ap-banner')[2].partition("</section>")[0]
        labels = re.findall(r"<dt>(.*?)</dt>", banner)
        assert labels[-4:] in (
            ["Sex", "MRN No.", "NHS No.", "Allergies"],
            ["Born", "Sex", "MRN No.", "Allergies"],
        ), name
        assert not any(":" in label for label in labels)
        assert "<dt>Allergies</dt><dd>none recorded</dd>" in banner
    assert "Born Not known Sex Not known" in shelf.text("twin")
    dead = shelf["dead"].html
    assert 'class="ap-banner ap-banner--died"' in dead
    assert "Died 22-Nov-2026 Born 10-May-2014 (12y)" in shelf.text("dead")
    assert ".ap-banner__facts dt { color: #4c6272; }" in CSS
    for label in ("Born, Died", "Sex", "Numbers", "Allergies"):
        assert f"<dt>{label}</dt>" in shelf["help"].html


def test_rule_03_an_nhs_number_is_checked_and_stands_unbroken_in_three_groups(
    shelf: Shelf, tmp_path: Path
) -> None:
    """Ten digits with or without spaces are taken; a wrong check digit is refused in words."""
    assert '<dd class="ap-number">999 000 0018</dd>' in shelf["patient"].html
    assert ".ap-number { white-space: nowrap; }" in CSS
    person = ("--family", "Sample", "--given", "Sam", "--identifier", "nhs=9990000019")
    wrong = Desk(tmp_path).run("enrol", *person, "--active-set", "COG", "--actor", COORDINATOR)
    assert wrong.code == 4
    assert "check digit" in wrong.err


@pytest.mark.parametrize("name", ["worklist", "found"])
def test_rule_04_names_that_are_alike_are_tagged_with_the_birth_date_in_bold(
    shelf: Shelf, name: str
) -> None:
    """Two people in one list are told apart before one of them is opened."""
    html = shelf[name].html

    assert html.count("Similar name</strong>") == 2
    assert len(re.findall(r"<strong>(<time[^>]*>10-May-2014</time>|Not known)</strong>", html)) == 2
    assert "Similar name" not in shelf["number"].html


def test_rule_05_days_are_written_with_the_month_in_letters(shelf: Shelf) -> None:
    """03/04/2026 is two days, so no page shows a day in figures alone, to people or machines."""
    for name, page in shelf.pages.items():
        shown = re.sub(r"<(style|svg).*?</\1>", " ", page.html, flags=re.DOTALL)
        words = re.sub(r"<[^>]*>", " ", shown)
        assert re.findall(r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}/\d{1,2}/\d{2,4}\b", words) == [], name
        for machine, people in re.findall(r'<time datetime="([^"]*)">([^<]*)</time>', page.html):
            assert re.match(r"\d{4}-\d{2}-\d{2}", machine)
            assert re.fullmatch(rf"{DAY}( \d{{2}}:\d{{2}})?", people)


def test_rule_06_what_is_relative_has_its_day_beside_it(shelf: Shelf) -> None:
    """Overdue by 3 days is wrong tomorrow; and a count of days says from when it counts."""
    rows = re.findall(r"<tr>.*?</tr>", shelf["worklist"].html, re.DOTALL)[1:]
    assert len(rows) == 3
    for row in rows:
        told = " ".join(re.sub(r"<[^>]*>", " ", row).split())
        assert re.search(rf"(Overdue|Due) (in |since )?\d+ days? {DAY}", told)
    assert re.search(rf"Day \d+, since {DAY}", shelf.text("patient"))


def test_rule_07_a_result_has_value_unit_method_specimen_and_day(shelf: Shelf) -> None:
    """MRD in percent and as a power of ten, in the table of results and among the facts."""
    row = f"25-Nov-2026 0.3 % (3 {TIMES} 10⁻³), sensitivity 0.001 % (1 {TIMES} 10⁻⁵) flow marrow"

    assert row in shelf.text("patient")
    assert not re.search(
        r"\d+e-\d", re.sub(r"<svg.*?</svg>", "", shelf["patient"].html, flags=re.DOTALL)
    )
    for field in ("unit", "method", "specimen", "on"):
        assert f'name="{field}"' in shelf["record"].html


def test_rule_08_a_number_has_a_digit_before_its_point_and_no_idle_nought(shelf: Shelf) -> None:
    """`.1` may be read as 1, so it is refused; `0.30` promises what nobody measured."""
    assert "Enter a number, for example 0.05." in shelf.text("refused")
    for name, page in shelf.pages.items():
        words = re.sub(r"<[^>]*>", " ", page.html)
        assert not re.search(r"(?<![\w.\-])\.\d", words), name
        assert not re.search(r"(?<![\w.])\d+\.\d*0 ?%", words), name
        assert "ug/" not in words


def test_rule_09_below_detection_is_no_nought_and_unknown_a_result_of_its_own(
    shelf: Shelf,
) -> None:
    """Not detected names its limit; missing is told in words, and never as met or not met."""
    assert f"27-Nov-2026 not detected (sensitivity 0.001 % (1 {TIMES} 10⁻⁵))" in shelf.text(
        "patient"
    )
    assert "0 % (0)" not in shelf.text("patient")
    assert 'nhsuk-tag--yellow">Unknown</strong>' in shelf["fresh"].html
    for name, page in shelf.pages.items():
        assert not re.search(r"<(td|dd|th)\b[^>]*>\s*</\1>", page.html), name


def test_rule_10_old_data_say_so_and_silence_is_an_alarm(shelf: Shelf) -> None:
    """After weeks what is out of date is told, and so is that nobody has looked for what is due."""
    assert re.search(rf"stale since {DAY}", shelf.text("patient"))
    for name in ("worklist", "patient", "help"):
        assert 'class="ap-alarm" role="alert"' in shelf[name].html
        assert "Data as of 02-Jan-2027 07:00" in shelf.text(name)


def test_rule_11_a_status_is_a_word_a_shape_and_a_colour(shelf: Shelf) -> None:
    """Whoever sees no colour reads the word, and each colour has its shape; no emoji anywhere."""
    seen = set()
    for name, page in shelf.pages.items():
        for colour, word in re.findall(r"nhsuk-tag--(\w+)\">(.*?)</strong>", page.html):
            assert re.search(r"[A-Za-z]{3}", word), name
            seen.add(colour)
        assert not re.search("[\U0001f300-\U0001faff\u2600-\u27bf\ufe0f]", page.html), name
    assert {"red", "yellow", "blue"} <= seen
    shapes = re.findall(r'\.nhsuk-tag--(\w+)::before \{ content: "(\S+?)" / ""; \}', CSS)
    assert seen <= {colour for colour, _ in shapes}
    assert len({shape for _, shape in shapes}) == len(shapes)
    known = {row.word.casefold() for _, rows in meanings.GROUPS for row in rows}
    steps = re.findall(r"--\w+\">([A-Z][a-z]+)</strong></div></li>", shelf["patient"].html)
    assert steps
    assert all(any(step.casefold().startswith(word) for word in known) for step in steps)


def test_rule_14_help_is_in_one_place_and_nothing_is_asked_twice(shelf: Shelf) -> None:
    """The link is in the header of every page; passwords may be pasted or filled in by a keeper."""
    for name, page in shelf.pages.items():
        header = page.html.partition("<header")[2].partition("</header>")[0]
        assert header.count('href="/help"') == 1, name
        assert "onpaste" not in page.html
    assert 'autocomplete="current-password"' in shelf["step"].html
    assert 'value="letter 7"' in shelf["refused"].html


def test_rule_15_an_error_is_in_the_title_above_and_at_its_field(shelf: Shelf) -> None:
    """What was typed is kept, nothing is saved, and whoever hears the page is told first."""
    for name, field in (("refused", "number"), ("empty", "text")):
        page = shelf[name]
        assert page.status == 422
        assert "<title>Error: " in page.html
        assert page.html.count("<title>Error: Error") == 0
        summary = page.html.partition('class="nhsuk-error-summary"')[2].partition("<h1")[0]
        assert f'<a href="#{field}">' in summary
        assert f'id="{field}-error"' in page.html
        assert f'id="{field}"' in page.html
    assert 'value=".1"' in shelf["refused"].html
    assert "<title>Patients" in shelf["found"].html


def test_rule_16_a_page_has_one_primary_button_and_cancel_says_what_stays(shelf: Shelf) -> None:
    """An override looks otherwise, names what it does, and nothing is chosen beforehand."""
    for name, page in shelf.pages.items():
        assert len(re.findall(r'class="nhsuk-button"', page.html)) <= 1, name
        is_kept = name == "refused"  # there what was chosen before is kept
        assert is_kept == bool(re.search(r'type="(radio|checkbox)"[^>]* checked', page.html)), name
    override = shelf["override"].html
    assert 'nhsuk-button--warning" type="submit">Sign override</button>' in override
    assert "Cancel, keep in Referred" in shelf.text("override")
    assert "keep in Referred" in shelf.text("step")
    assert "Cancel, record nothing" in shelf.text("record")


def test_rule_17_a_session_says_when_it_ends_and_nothing_moves_by_itself(shelf: Shelf) -> None:
    """Nothing changes under the cursor: a script warns and keeps, one tells of a changed list.

    No page loads itself again.
    """
    for name, page in shelf.pages.items():
        own = [LIST_SCRIPT] if name == "worklist" else []
        assert sorted(re.findall(r"<script[^>]*>", page.html)) == sorted([SCRIPT, *own]), name
        assert 'http-equiv="refresh"' not in page.html
        assert "Your session ends at 02-Jan-2027 07:15 unless you open or send" in shelf.text(name)
    assert shelf.ended.status == 403
    assert "What you typed is still on this page." in shelf.ended.text
    assert "rings on Monday" in shelf.ended.html
    assert "not for eyes" not in shelf.ended.html


def test_rule_19_training_is_called_training_and_each_page_says_of_when_it_is(
    shelf: Shelf, tmp_path: Path
) -> None:
    """Nobody treats a real patient by made-up rules; where care is given there is no stripe."""
    for name, page in shelf.pages.items():
        assert '<p class="ap-stripe">TRAINING - not for clinical use</p>' in page.html, name
        assert "Data as of 02-Jan-2027 07:00 (UTC). Allpath 0." in shelf.text(name)
    for name in shelf.about_patients():
        assert "Pathway Relapsed acute lymphoblastic leukaemia 2026.11." in shelf.text(name), name
    with browsing(Desk(tmp_path)) as browser:
        assert "not for clinical use" not in browser.get("/worklist").text


def test_rule_20_nothing_interrupts_and_overrides_are_counted(shelf: Shelf) -> None:
    """No dialogue stands before a page; what was overridden, and why, is counted for a board."""
    for name, page in shelf.pages.items():
        assert not re.search(r"<dialog|aria-modal|alert\(", page.html), name
    assert "MDT judgement" in shelf.text("variances")


def test_rule_21_the_pathway_recommends_and_never_orders(shelf: Shelf) -> None:
    """Supports, does not support, not enough data: a clinician decides, and the page says so."""
    said = "Pathway supports|Pathway does not support|Not enough data|Waiting|Needs MDT|has ended"
    for name in ("patient", "twin", "dead"):
        assert re.search(said, shelf.text(name)), name
        assert "a named clinician confirms every step" in shelf.text(name)
    for name, page in shelf.pages.items():
        assert not re.search(r"\b[Yy]ou must\b|\b[Ii]t is necessary\b", page.text), name


def test_the_help_page_tells_the_words_of_the_one_glossary(shelf: Shelf) -> None:
    """What a word means stands in one file; the page names whom to tell and what Allpath is not."""
    text = shelf.text("help")
    glossary = (ROOT / "docs" / "glossary.md").read_text("utf-8")

    assert "**Snooze**: put a checkpoint off to a date, with reason." in glossary
    assert "Snooze Put a checkpoint off to a date, with reason." in text
    assert "Whom to tell: The office, 4711" in text
    assert "It is not a medical device" in text
    assert not re.search(r"\*\*|`", text.partition("What words mean The path")[2])
    assert (HERE / "templates" / "help.html").is_file()


def test_a_search_finds_whose_path_has_ended_too(shelf: Shelf) -> None:
    """No worklist shows them any more; whoever looks for them finds them, and that it is over."""
    assert "GONE, Sam 22" not in shelf.text("worklist")
    assert "GONE, Sam" not in shelf.text("worklist")
    assert "1 patient fits." in shelf.text("number")
    assert "GONE, Sam 10-May-2014 MRN 9990000003 Dead Has ended" in shelf.text("number")
