"""An action of the MDT whose day has passed stands on the patient's line of the worklist."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.cli.conftest import COORDINATOR, LEAD, Desk
from tests.web.looking import browsing

CORA = ("--actor", COORDINATOR)
TOLD = "MDT action late since 24-Nov-2026: HLA typing (Dr Ben Second)"


def test_a_late_action_stands_on_the_line_until_somebody_says_what_became_of_it(
    tmp_path: Path,
) -> None:
    """Of a merged path it stands on the line of the survivor; it moves nobody up the list."""
    desk = Desk(tmp_path)
    leaving, staying = desk.enrol(mrn="9990000002"), desk.enrol(mrn="9990000001")
    desk.ask("mdt", "call", "2026-11-23", "Leukaemia MDT", *CORA)
    desk.ask("mdt", "put", leaving, "M-1", "--question", "Which next?", *CORA)
    what = ("--item", "1", "--what", "HLA typing", "--owner", "Dr Ben Second")
    desk.ask("mdt", "action", leaving, *what, "--by", "2026-11-24", *CORA)
    before = desk.run("worklist").out
    desk.at += timedelta(days=2)
    alone = {row["path_id"]: row for row in desk.ask("worklist")["rows"]}
    because = ("--because", "one passport", "--actor", LEAD)
    assert desk.run("patient", "merge", leaving, "--into", staying, *because).code == 0
    with browsing(desk) as browser:
        page = browser.get("/worklist")
        table = browser.get("/worklist.csv").html
    (row,) = desk.ask("worklist")["rows"]
    line = desk.run("worklist").out
    on_its_day = desk.run("worklist", "--as-of", "2026-11-24").out

    assert "MDT action" not in before + on_its_day
    assert [len(alone[each]["late_actions"]) for each in (leaving, staying)] == [1, 0]
    assert alone[leaving]["bucket"] == alone[staying]["bucket"] == row["bucket"]
    assert [late["path_id"] for late in row["late_actions"]] == [leaving]
    assert TOLD.replace(":", " :") in page.text
    assert f'href="/patients/{leaving}/mdt/1/actions/2"' in page.html
    assert TOLD in line
    assert TOLD in table

    assert desk.run("mdt", "done", leaving, "2", *CORA).code == 0
    assert desk.ask("worklist")["rows"][0]["late_actions"] == []
