"""Checkpoints, contact, sites and workers as a coordinator types them."""

from __future__ import annotations

import re
import shlex
import signal
import time
from datetime import timedelta
from pathlib import Path

from storage.engine import open_store
from tests.cli.conftest import CLINICIAN, COORDINATOR, LEAD, Desk

BY_CLINICIAN = ("--actor", CLINICIAN)
NORTH = """site: North
reason: agreed by the board
working_days: {weekend: [saturday, sunday]}
checkpoints:
  C-RF-1: {due: 5 d, every: 5 d}
"""


def test_a_snoozed_checkpoint_says_who_wanted_it_so_and_until_when(desk: Desk) -> None:
    """On the worklist as in the list of checkpoints, and in the history with its reason."""
    path_id = desk.enrol()

    done = desk.run(
        *("checkpoint", "snooze", path_id, "C-RF-1"),
        *("--until", "2026-12-24", "--reason", "family abroad"),
        *BY_CLINICIAN,
    )

    assert done.code == 0, done.err
    shown = desk.run("checkpoint", "list", path_id).out
    assert "snoozed by" in shown
    assert "until 24-Dec-2026" in shown
    assert "until 24-Dec-2026" in desk.run("worklist").out
    assert "family abroad" in desk.run("history", path_id).out


def test_every_act_can_be_undone_and_asked_for_as_json(desk: Desk) -> None:
    """Programs see what is quiet; resuming ends it."""
    path_id = desk.enrol()
    desk.run(
        "checkpoint", "pause", path_id, "--until", "2026-12-24", "--reason", "abroad", *BY_CLINICIAN
    )
    desk.run(
        *("contact", "record", path_id, "--agreed", "comes on Monday"),
        *("--remind-on", "2026-11-30"),
        *BY_CLINICIAN,
    )

    quiet = desk.ask("checkpoint", "list", path_id)
    desk.run("checkpoint", "resume", path_id, *BY_CLINICIAN)
    loud = desk.ask("checkpoint", "list", path_id)

    assert [(row["quiet"], row["checkpoint"]) for row in quiet] == [("contacted", "C-RF-1")]
    assert [row["quiet"] for row in loud] == [None]


def test_a_missing_reason_or_day_is_a_mistake_of_usage(desk: Desk) -> None:
    """Nothing is silenced for ever by a forgotten option."""
    path_id = desk.enrol()

    no_end = desk.run("checkpoint", "snooze", path_id, "C-RF-1", "--reason", "x")
    year = desk.run(
        *("checkpoint", "snooze", path_id, "C-RF-1"),
        *("--reason", "x", "--until", "12026-01-01"),
        *BY_CLINICIAN,
    )

    assert no_end.code == 2
    assert year.code == 2
    assert "12026-01-01 is not a day" in year.err


def test_a_site_sets_its_working_days_and_keeps_every_plan(desk: Desk) -> None:
    """What is opened from now on follows it; who set it is on record."""
    file = desk.folder / "north.yaml"
    file.write_text(NORTH)
    desk.variables["ALLPATH_SITE"] = "North"

    refused = desk.run("site", "set", str(file), "--actor", COORDINATOR)
    done = desk.run("site", "set", str(file), "--actor", LEAD)
    path_id = desk.enrol()

    rules = [row["due_rule"] for row in desk.ask("checkpoint", "list", path_id)]
    assert (refused.code, done.code) == (6, 0)
    assert rules == ["5 days after entering referred 2026-11-23, moved to 2026-11-30, UTC"]
    assert LEAD in desk.run("site", "show", "North").out


def test_the_page_that_tells_how_to_set_up_a_site_shows_a_plan_that_can_be_set(
    desk: Desk,
) -> None:
    """Whoever copies it gets what the page says."""
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "set-up-a-site.md").read_text()
    shown, commands = re.findall(r"^```(?:yaml|sh)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    file = desk.folder / "north.yaml"
    file.write_text(shown)

    for command in commands.splitlines():
        words = [str(file) if word == "north.yaml" else word for word in shlex.split(command)]
        done = desk.run(*words[1:])
        assert done.code == 0, done.err

    assert "by Dr Lea Lead:lead" in done.out
    assert "3 holidays still to come" in done.out


def test_a_site_plan_that_puts_off_evidence_is_refused_with_its_line(desk: Desk) -> None:
    """Exit 4, the line, and why."""
    file = desk.folder / "north.yaml"
    file.write_text("site: North\nreason: busy\ncheckpoints:\n  C-RA-1: {due: 60 d}\n")

    done = desk.run("site", "check", str(file))

    assert done.code == 4
    assert "north.yaml:4" in done.err
    assert "rests on evidence" in done.err


def test_a_site_without_a_plan_says_what_holds_there(desk: Desk) -> None:
    """An empty answer would leave the question open."""
    done = desk.run("site", "show", "South")

    assert done.code == 3
    assert "every day is a working day" in done.err


def test_one_look_of_a_worker_tells_what_is_due(desk: Desk) -> None:
    """And the worklist has no alarm after it."""
    desk.enrol()
    desk.at += timedelta(days=5)
    alarm = desk.run("worklist").err

    look = desk.run("worker", "--once")

    assert "No scheduler has looked" in alarm
    assert "1 path looked at: 1 due, 1 overdue, 0 escalated; 2 told late." in look.out
    assert "No scheduler" not in desk.run("worklist").err


def test_a_machine_may_ask_whether_all_is_well(desk: Desk) -> None:
    """Exit 7 and the reason while nobody looks, exit 0 once somebody has; no patient is named."""
    path_id = desk.enrol()
    silent = desk.run("health", "--json")
    desk.run("worker", "--once")

    well = desk.run("health", "--json")

    assert (silent.code, silent.json["status"], silent.json["is_looking"]) == (7, "problem", False)
    assert (well.code, well.json["status"], well.json["problems"]) == (0, "ok", [])
    assert path_id not in silent.out + well.out


def test_a_worker_ends_well_when_it_is_told_to(desk: Desk) -> None:
    """A real process: it looks, writes its heartbeat, and stops at SIGTERM with exit 0."""
    worker = desk.start("worker", "--every", "0.2", "--name", "night")
    assert worker.stdout is not None
    first = worker.stdout.readline()
    give_up_at = time.monotonic() + 60
    while not _beats(desk) and time.monotonic() < give_up_at:
        time.sleep(0.05)

    worker.send_signal(signal.SIGTERM)
    rest, problems = worker.communicate(timeout=60)

    assert first == "Worker night looks every 0.2 seconds; stop it with Ctrl-C.\n"
    assert (rest, problems) == ("Worker night has stopped.\n", "")
    assert worker.returncode == 0
    assert _beats(desk) == ["night"]


def _beats(desk: Desk) -> list[str]:
    store = open_store(f"sqlite:///{desk.database}")
    try:
        return [beat.worker for beat in store.heartbeats()]
    finally:
        store.close()


def test_who_is_put_off_comes_last_on_the_worklist_and_is_counted(desk: Desk) -> None:
    """Off the top, never off the list; the census adds up."""
    first, second = desk.enrol(), desk.enrol(mrn="9990000002")
    desk.at += timedelta(days=6)
    reason = ("--reason", "family abroad", "--until", "2026-12-24")

    desk.run("checkpoint", "snooze", first, "C-RF-1", *reason, *BY_CLINICIAN)
    desk.run("checkpoint", "acknowledge", second, "C-RF-1", *reason, *BY_CLINICIAN)

    listed = desk.ask("worklist")
    assert [(row["path_id"], row["bucket"]) for row in listed["rows"]] == [
        (second, "overdue"),
        (first, "quiet"),
    ]
    census = listed["census"]
    assert census.pop("patients") == sum(census.values()) == 2
    assert "1 overdue, 0 due, 0 open, 1 quiet, 0 no next step" in desk.run("worklist").out


def test_a_paused_patient_is_quiet_and_says_until_when(desk: Desk) -> None:
    """The whole patient, with everything that is due of her."""
    path_id = desk.enrol()
    until = ("--until", "2026-12-24", "--reason", "treated abroad")

    desk.run("checkpoint", "pause", path_id, *until, *BY_CLINICIAN)

    assert "reminders paused until 24-Dec-2026" in desk.run("worklist").out
    assert desk.ask("worklist")["rows"][0]["bucket"] == "quiet"
