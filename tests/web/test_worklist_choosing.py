"""Several patients of the worklist at once: assigned, put off, taken along; each told of."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import StringIO
from itertools import count
from urllib.parse import urlencode

import pytest

from allpath.web.filtering import mark_of
from tests.web.client import Answer, Browser
from tests.web.conftest import ELSEWHERE, HERE, THEIRS, House, open_house
from workflow.assigning import by_account

_NUMBERS = count(1)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for all tests here; each brings patients of its own."""
    made = open_house(tmp_path_factory.mktemp("choosing"))
    for name in ("cora", "dan"):
        made.account(name, "coordinator", HERE)
    made.account("sue", "coordinator", ELSEWHERE)
    made.account("vic", "viewer", HERE)
    yield made
    made.allpath.store.close()


@pytest.fixture(scope="module")
def cora(house: House) -> Browser:
    """The coordinator at her screen."""
    return house.browser("cora")


def patient(house: House, site: str = HERE) -> str:
    """Another made-up patient, whom no other test knows."""
    number = next(_NUMBERS)
    house.enrol(f"P-CHOSEN-{number}", f"Chosen{number}", site, f"99900011{number:02}")
    return f"P-CHOSEN-{number}"


def send(browser: Browser, target: str, ids: tuple[str, ...], **fields: str) -> Answer:
    """A form with several patients on it."""
    pairs = [("csrf", browser.csrf), *fields.items(), *(("patient", each) for each in ids)]
    headers = {"sec-fetch-site": "same-origin"}
    return browser.ask("POST", target, urlencode(pairs).encode(), headers=headers)


def unassigned(browser: Browser) -> int:
    """The number on the tile."""
    found = re.search(r"(\d+) unassigned", browser.get("/worklist").words)
    assert found
    return int(found[1])


def test_who_looks_after_a_patient_is_shown_counted_and_filtered_by(
    house: House, cora: Browser
) -> None:
    """A coordinator sees what is hers, and what is nobody's is not overlooked."""
    path_id = patient(house)
    before = unassigned(cora)

    send(cora, "/worklist/assign", (path_id,), by="dan", reason="takes over", key="k-1")

    assert unassigned(cora) == before - 1
    assert path_id not in cora.get("/worklist?by=nobody").text
    assert path_id not in cora.get("/worklist?by=mine").text
    mark = mark_of(by_account("dan"))
    page = cora.get(f"/worklist?by={mark}")
    assert path_id in page.text
    assert f'<option value="{mark}" selected>Dan Sample</option>' in page.text
    assert path_id in house.browser("dan").get("/worklist?by=mine").text
    assert "looked after by Dan Sample" in cora.get(f"/patients/{path_id}").words


def test_a_doubled_click_assigns_once_and_is_told_the_same(house: House, cora: Browser) -> None:
    """Whoever clicks twice should not read that it went wrong."""
    path_id = patient(house)

    answers = [
        send(cora, "/worklist/assign", (path_id,), by="-", other="", reason="x", key="k-2"),
        *(
            send(cora, "/worklist/assign", (path_id,), other="Ward 3", reason="round", key="k-3")
            for _ in range(2)
        ),
    ]

    assert "Nobody looks after" in answers[0].words
    assert [answer.status for answer in answers] == [422, 200, 200]
    assert answers[1].words == answers[2].words
    (kept,) = house.allpath.store.assignments.of(path_id)
    assert (kept.looked_after_by, kept.reason, kept.actor.name) == (
        "Ward 3",
        "round",
        "Cora Sample",
    )


def test_each_of_several_is_told_apart(house: House, cora: Browser) -> None:
    """A refusal for one says so, and stops nothing for the others."""
    ours = patient(house)

    answer = send(cora, "/worklist/assign", (ours, THEIRS), by="cora", reason="mine", key="k-4")

    assert answer.status == 200
    assert "Assign: 1 done, 1 refused" in answer.words
    assert f"{THEIRS} Refused This patient is not on your worklist any more" in answer.words
    assert "SOUTHERN" not in answer.text
    assert house.allpath.store.assignments.of(THEIRS) == ()


def test_nobody_is_named_who_cannot_see_the_patient(house: House, cora: Browser) -> None:
    """A patient looked after by somebody of another site would be looked after by nobody."""
    path_id = patient(house)
    form = cora.get(f"/patients/{path_id}/assign").text
    assert 'value="dan"' in form
    assert 'value="sue"' not in form
    assert 'value="vic"' not in form

    answer = send(cora, "/worklist/assign", (path_id,), by="sue", reason="away", key="k-5")

    assert answer.status == 422
    assert "Sue Sample does not see the patients of this site" in answer.words
    assert house.allpath.store.assignments.keeper(path_id) == ""


def test_what_was_typed_wrongly_is_told_at_its_field_and_kept(house: House, cora: Browser) -> None:
    """Nothing is assigned by halves, and nobody types twice."""
    path_id = patient(house)
    script = "<script>alert(1)</script>"

    answer = send(cora, "/worklist/assign", (path_id,), by="dan", other=script, reason="")

    assert answer.status == 422
    assert "Enter why" in answer.words
    assert "not both" in answer.words
    assert "&lt;script&gt;alert(1)" in answer.body.decode()
    assert script.encode() not in answer.body
    assert f'name="patient" value="{path_id}"' in answer.text
    assert house.allpath.store.assignments.of(path_id) == ()


def test_several_are_put_off_each_in_its_own_history(house: House, cora: Browser) -> None:
    """One act for many is many acts, each with its version; sent twice it is done once."""
    ids = (patient(house), patient(house), patient(house))
    form = send(cora, "/worklist/chosen", ids, act="snooze").text
    seen = dict(re.findall(r'name="(seen-[^"]+)" value="([^"]+)"', form))
    (key,) = re.findall(r'name="key" value="([^"]+)"', form)
    seen[f"seen-{ids[2]}"] = "9" + seen[f"seen-{ids[2]}"]
    given = {**seen, "until": "30-Nov-2026", "reason": "MDT on Monday", "key": key}

    first, second = (send(cora, "/worklist/snooze", ids, **given) for _ in range(2))

    assert "Snooze: 2 done, 1 refused" in first.words
    assert "Somebody changed this patient's record" in first.words
    assert first.words == second.words
    for path_id, times in zip(ids, (1, 1, 0), strict=True):
        kinds = [entry.kind for entry in house.allpath.store.journal(path_id)]
        assert kinds.count("checkpoint_snoozed") == times


def test_a_day_that_is_over_is_refused_before_anything_is_done(house: House, cora: Browser) -> None:
    """A slip in the date would otherwise be refused for each patient in turn."""
    path_id = patient(house)

    answer = send(cora, "/worklist/snooze", (path_id,), until="01-Jan-2026", reason="x")

    assert answer.status == 422
    assert "01-Jan-2026 is not after today" in answer.words


def test_the_chosen_alone_are_taken_along_and_each_look_is_on_record(
    house: House, cora: Browser
) -> None:
    """What somebody takes away names whom, in the table and in the audit."""
    taken, left = patient(house), patient(house)

    table = send(cora, "/worklist/chosen", (taken, THEIRS), act="csv")
    paper = send(cora, "/worklist/chosen", (taken,), act="print")

    rows = list(csv.DictReader(StringIO(table.body.decode("utf-8-sig"))))
    assert [(row["Path id"], row["Looked after by"]) for row in rows] == [(taken, "Nobody")]
    assert "1 chosen patient" in paper.words
    assert left not in table.text + paper.text
    with house.allpath.store.begin() as transaction:
        asked = "SELECT count(*) FROM audit_event WHERE action = ? AND path_id = ?"
        found = transaction.cursor.execute(asked, ("worklist_exported", taken)).fetchone()
    assert found == (2,)


def test_nobody_chosen_and_a_role_that_may_not_are_told_so(house: House, cora: Browser) -> None:
    """A button that does nothing in silence is pressed again and again."""
    path_id = patient(house)

    nobody = send(cora, "/worklist/chosen", (), act="assign", due="week")
    viewer = house.browser("vic")
    shown, refused = (
        viewer.get("/worklist"),
        send(viewer, "/worklist/chosen", (path_id,), act="assign"),
    )

    assert nobody.status == 422
    assert "Choose at least one patient." in nobody.words
    assert '<option value="week" selected>' in nobody.text
    assert 'value="assign"' not in shown.text
    assert 'value="print"' in shown.text
    assert refused.status == 403


def test_all_on_a_page_are_chosen_without_a_script(house: House, cora: Browser) -> None:
    """A form's button does it; whom somebody searched for still stands in no address."""
    path_id = patient(house)
    family = f"Chosen{path_id.rpartition('-')[2]}"

    plain = send(cora, "/worklist", (), choose="all", due="overdue", page="2")
    every = cora.get("/worklist?choose=all").text
    searched = send(cora, "/worklist", (), choose="all", text=family)

    assert plain.goes_to == "/worklist?due=overdue&page=2&choose=all"
    boxes = re.findall(r'name="patient" value="[^"]+"( checked)?', every)
    assert boxes
    assert all(boxes)
    assert searched.status == 200
    assert f'value="{path_id}" checked' in searched.text
    addresses = re.findall(r'(?:href|data-ask|data-show)="([^"]*)"', searched.text)
    assert family not in " ".join(addresses)


def test_the_page_asks_what_has_changed_and_keeps_no_session_open(
    house: House, cora: Browser
) -> None:
    """Nothing moves under the cursor, and a screen that nobody sits at still signs itself out."""
    path_id = patient(house)
    (ask,) = re.findall(r'data-ask="([^"]+)"', cora.get("/worklist").text)
    still = cora.get(ask)
    send(cora, "/worklist/assign", (path_id,), by="cora", reason="mine", key="k-9")
    accounts = house.allpath.store.accounts
    before = accounts._rows("SELECT max(seen_at) FROM web_session")
    house.at = house.at.replace(minute=house.at.minute + 5)

    changed = cora.get(ask)

    assert (still.body, changed.body) == (b'{"changed":0}', b'{"changed":1}')
    assert accounts._rows("SELECT max(seen_at) FROM web_session") == before
