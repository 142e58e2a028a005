"""The command line says who is told, delivers, shows who was told, and hides nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.conftest import AUDITOR, COORDINATOR, MORNING, Desk
from tests.notices.conftest import SENDER, MailHouse, Receiver

LATE = timedelta(days=30)
CANARY = ("Canaryfamily", "9997770001")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk on a fresh database."""
    return Desk(tmp_path)


def _mail(desk: Desk, post: MailHouse) -> None:
    """The desk's settings name the mail server of this machine."""
    desk.variables |= {
        "ALLPATH_SMTP_HOST": "127.0.0.1",
        "ALLPATH_SMTP_PORT": str(post.port),
        "ALLPATH_SMTP_SECURITY": "none",
        "ALLPATH_SMTP_FROM": SENDER,
    }


def _add(desk: Desk, name: str, *more: str) -> str:
    asked = ("notice", "recipient", "add", name, *more, "--actor", COORDINATOR)
    return str(desk.ask(*asked)["recipient_id"])


def _sweep(desk: Desk) -> None:
    desk.at = MORNING + LATE
    assert desk.run("sweep").code == 0


def test_the_whole_way_from_an_escalation_to_a_letter(desk: Desk, post: MailHouse) -> None:
    """As a ward would do it, with commands alone."""
    _mail(desk, post)
    desk.enrol()
    _add(desk, "Cora", "--role", "coordinator", "--address", "cora@ward.example")
    _add(desk, "Dr Lea Lead", "--role", "lead", "--address", "lea@ward.example")
    _sweep(desk)

    report = desk.ask("notice", "deliver")

    rows = desk.ask("notice", "list")["deliveries"]
    assert report["sent"] == len(post.letters) == 2
    assert {(row["recipient"], row["status"], row["channel"]) for row in rows} == {
        ("Cora", "sent", "email"),
        ("Dr Lea Lead", "sent", "email"),
    }
    assert desk.run("notice", "list").out.count("sent") == 2


# The library of other channels reads a module of the standard library that is on its way out.
@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
def test_no_name_and_no_number_leaves_the_house(
    desk: Desk, post: MailHouse, receiver: Receiver
) -> None:
    """Mail is read in public places and kept by strangers."""
    _mail(desk, post)
    secret = desk.folder / "secret"
    secret.write_text("both sides hold it")
    desk.variables |= {
        "ALLPATH_WEBHOOK_SECRET_FILE": str(secret),
        "ALLPATH_WEBHOOK_ALLOW": "127.0.0.1",
    }
    desk.enrol(mrn=CANARY[1], family=CANARY[0])
    address = desk.folder / "pager.url"
    address.write_text(f"json://127.0.0.1:{receiver.port}/apprise\n")
    _add(desk, "Cora", "--role", "coordinator", "--address", "cora@ward.example")
    _add(desk, "Lea", "--role", "lead", "--address", "lea@ward.example", "--digest")
    _add(desk, "Hook", "--role", "lead", "--channel", "webhook", "--address", receiver.url)
    _add(desk, "Pager", "--role", "lead", "--channel", "apprise", "--address-file", str(address))
    _sweep(desk)
    desk.ask("notice", "deliver")
    desk.at += timedelta(days=1)
    desk.ask("notice", "deliver")
    secret.write_text(
        str(desk.ask("notice", "calendar", "new", "w", "--actor", COORDINATOR)["secret"])
    )

    feed = desk.run("notice", "calendar", "show", "--secret-file", str(secret)).out

    told = [
        letter.as_string() + text for letter, text in zip(post.letters, post.texts, strict=True)
    ]
    hooks = [f"{request.headers}{request.body!r}" for request in receiver.requests]
    assert (len(told), len(hooks)) == (2, 2)
    assert "BEGIN:VEVENT" in feed
    for word in (*CANARY, "Sam"):
        assert word.lower() not in "\n".join([*told, *hooks, feed]).lower()
        assert word not in desk.run("notice", "list").out


def test_a_notice_that_reached_nobody_stands_on_the_worklist_whatever_the_filter(
    desk: Desk,
) -> None:
    """Nobody has the role, so nobody was told; that must not look like silence."""
    path_id = desk.enrol()
    _sweep(desk)

    shown = desk.run("worklist", "--state", "follow_up")
    answer = desk.ask("worklist", "--state", "follow_up")

    assert f"reached nobody: {path_id} to coordinator (nobody is told as coordinator)" in shown.out
    assert {item["to_role"] for item in answer["undelivered"]} == {"coordinator", "lead"}
    assert "reached nobody" in desk.run("doctor").out
    assert "nobody is told" in desk.run("notice", "list", "--undelivered").out


def test_a_notice_that_was_given_up_stands_on_the_worklist_until_it_is_sent(
    desk: Desk, post: MailHouse
) -> None:
    """It comes off when somebody was told, and not before."""
    _mail(desk, post)
    desk.enrol()
    _add(desk, "Cora", "--role", "coordinator", "--address", "cora@ward.example")
    _add(desk, "Lea", "--role", "lead", "--address", "lea@ward.example")
    _sweep(desk)
    post.answer = lambda _letter: "550 no"
    desk.ask("notice", "deliver")
    dead = desk.ask("worklist")["undelivered"]
    post.answer = lambda _letter: ""
    replayed = desk.ask("notice", "replay", "--all-dead", "--actor", COORDINATOR)

    desk.ask("notice", "deliver")

    assert {item["why"] for item in dead} == {"given up: the mail server refused the message (550)"}
    assert len(replayed["replayed"]) == 2
    assert desk.ask("worklist")["undelivered"] == []


def test_a_silent_delivery_is_an_alarm(desk: Desk) -> None:
    """Recipients are there, notices are due, and nothing delivers them."""
    desk.enrol()
    _add(desk, "Cora", "--role", "coordinator", "--address", "cora@ward.example")
    _add(desk, "Lea", "--role", "lead", "--address", "lea@ward.example")
    _sweep(desk)
    fresh = desk.ask("worklist")["undelivered"]
    desk.at += timedelta(hours=1)

    late = desk.ask("worklist")["undelivered"]

    assert fresh == []
    assert {item["why"] for item in late} == {
        "nothing has delivered since; run `allpath notice deliver`"
    }


def test_a_channel_without_settings_is_found_before_it_matters(desk: Desk) -> None:
    """The recipient has an e-mail address, and no mail server is set."""
    _add(desk, "Cora", "--role", "coordinator", "--address", "cora@ward.example")

    found = {item["name"]: item for item in desk.ask("doctor")["findings"]}

    assert found["notices"]["result"] == "warn"
    assert "no settings for the channel email" in found["notices"]["text"]


def test_a_recipient_is_listed_changed_and_removed(desk: Desk) -> None:
    """Who is told is what the list says, and who was told stays on it."""
    number = _add(
        desk, "Lea", "--role", "lead", "--address", "lea@ward.example", "--quiet", "20:00-07:00"
    )
    asked = ("notice", "recipient", "change", number, "--digest", "--quiet", "none")
    desk.ask(*asked, "--actor", COORDINATOR)
    changed = desk.ask("notice", "recipient", "list")["recipients"]

    desk.ask("notice", "recipient", "remove", number, "--actor", COORDINATOR)

    gone = desk.ask("notice", "recipient", "list")["recipients"]
    assert (changed[0]["digest"], changed[0]["quiet"], changed[0]["role"]) == (True, None, "lead")
    assert [(item["recipient_id"], item["active"]) for item in gone] == [(number, False)]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--role", "nurse", "--address", "a@b.example"), "nurse is not a role"),
        (("--role", "lead", "--address", "nobody"), "not an e-mail address"),
        (("--role", "lead", "--address", "a@b.example\r\nBcc: x@y.example"), "not an e-mail"),
        (("--role", "lead"), "needs an address"),
        (("--role", "lead", "--channel", "pigeon", "--address", "x"), "pigeon is not a channel"),
        (("--role", "lead", "--channel", "webhook", "--address", "https://127.1/"), "usual form"),
        (("--role", "lead", "--channel", "apprise", "--address", "x"), "--address-file"),
        (("--role", "lead", "--address", "a@b.example", "--quiet", "night"), "20:00-07:00"),
        (("--role", "lead", "--address", "a@b.example", "--time-zone", "Mars/X"), "time zone"),
        (("--role", "lead", "--address-file", "nowhere"), "cannot be read"),
    ],
)
def test_a_recipient_that_could_not_be_told_is_refused(
    desk: Desk, more: tuple[str, ...], said: str
) -> None:
    """Better now than in the night when it matters."""
    answer = desk.run("notice", "recipient", "add", "Lea", *more, "--actor", COORDINATOR)

    assert (answer.code, said in answer.err) == (2, True)


def test_an_auditor_does_not_say_who_is_told(desk: Desk) -> None:
    """Whoever looks on changes nothing."""
    asked = ("--role", "lead", "--address", "a@b.example", "--actor", AUDITOR)

    assert desk.run("notice", "recipient", "add", "Lea", *asked).code == 6
    assert desk.run("notice", "calendar", "new", "w", "--actor", AUDITOR).code == 6


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"ALLPATH_SMTP_HOST": "a b"}, "ALLPATH_SMTP_HOST is not the name"),
        ({"ALLPATH_SMTP_FROM": "nobody"}, "ALLPATH_SMTP_FROM is not an e-mail"),
        ({"ALLPATH_SMTP_PORT": "70000"}, "ALLPATH_SMTP_PORT is 70000"),
        ({"ALLPATH_SMTP_SECURITY": "none"}, "another machine"),
        ({"ALLPATH_SMTP_SECURITY": "maybe"}, "write starttls, tls or none"),
        ({"ALLPATH_SMTP_USER": "lea"}, "go together"),
        ({"ALLPATH_SMTP_PASSWORD_FILE": "nowhere"}, "nowhere, which is not a file"),
        ({"ALLPATH_WEBHOOK_SECRET_FILE": "nowhere"}, "nowhere, which is not a file"),
        ({"ALLPATH_WEBHOOK_ALLOW": "https://x"}, "which is not a host"),
        ({"ALLPATH_NOTICE_ATTEMPTS": "0"}, "a number from 1 to 100"),
    ],
)
def test_a_bad_setting_stops_the_start_and_is_named(
    desk: Desk, variables: dict[str, str], said: str
) -> None:
    """A notice that does not leave because of a slip of the pen is found at once."""
    desk.variables |= {"ALLPATH_SMTP_HOST": "mail.ward.example", "ALLPATH_SMTP_FROM": SENDER}
    desk.variables |= variables

    answer = desk.run("worklist")

    assert (answer.code, said in answer.err) == (2, True)


def test_a_test_message_reaches_its_recipient(desk: Desk, post: MailHouse) -> None:
    """Before it matters, somebody sees that it works."""
    _mail(desk, post)
    number = _add(desk, "Lea", "--role", "lead", "--address", "lea@ward.example")

    answer = desk.run("notice", "test", number)

    assert (answer.code, post.subjects, post.to) == (0, ["Allpath: test"], ["lea@ward.example"])


def test_a_test_message_that_fails_says_why(desk: Desk) -> None:
    """The channel is not set up, or the other side is away."""
    number = _add(desk, "Lea", "--role", "lead", "--address", "lea@ward.example")

    unset = desk.run("notice", "test", number)
    _mail(desk, MailHouse(port=1))
    away = desk.run("notice", "test", number)

    assert (unset.code, away.code) == (4, 7)
    assert "ALLPATH_SMTP_HOST" in unset.err
    assert "cannot be reached" in away.err


def test_a_mail_server_that_wants_a_password_gets_the_one_in_the_file(
    desk: Desk, post: MailHouse
) -> None:
    """Without encryption offered nothing is handed over, and the message says so."""
    _mail(desk, post)
    file = desk.folder / "password"
    file.write_text("a secret\n")
    desk.variables |= {"ALLPATH_SMTP_USER": "lea", "ALLPATH_SMTP_PASSWORD_FILE": str(file)}
    number = _add(desk, "Lea", "--role", "lead", "--address", "lea@ward.example")

    answer = desk.run("notice", "test", number)

    assert answer.code == 7
    assert "does not offer" in answer.err
    assert "a secret" not in answer.err


def test_a_killed_sender_is_followed_by_one_with_the_same_id(desk: Desk, post: MailHouse) -> None:
    """A real process dies a real death between the mail server's yes and its own commit."""
    _mail(desk, post)
    desk.enrol()
    _add(desk, "Cora", "--role", "coordinator", "--address", "cora@ward.example")
    _sweep(desk)
    script = textwrap.dedent(f"""
        import os, signal
        from datetime import datetime
        from allpath.bootstrap import open_allpath
        from allpath.notify.wiring import delivering
        from allpath.settings import read_settings
        from scheduler.delivery import deliver

        class Killed:
            def __init__(self, mail): self.mail = mail
            def send(self, message, now):
                self.mail.send(message, now)
                os.kill(os.getpid(), signal.SIGKILL)

        round_ = delivering(open_allpath(read_settings()))
        round_.channels["email"] = Killed(round_.channels["email"])
        deliver(round_, datetime.fromisoformat("{desk.at.isoformat()}"))
    """)
    done = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, **desk._environment()}, check=False
    )
    killed = list(post.ids)
    during = desk.ask("notice", "deliver")
    desk.at += timedelta(minutes=10)

    after = desk.ask("notice", "deliver")

    assert done.returncode == -signal.SIGKILL
    assert (len(killed), during["sent"], after["sent"]) == (1, 0, 1)
    assert post.ids == [*killed, *killed]


def test_rounds_in_many_processes_tell_nobody_twice(desk: Desk, post: MailHouse) -> None:
    """Several workers and a coordinator's own command may run at once."""
    _mail(desk, post)
    for number in range(6):
        desk.enrol(mrn=f"999000000{number}")
    _add(desk, "Cora", "--role", "coordinator", "--address", "cora@ward.example")
    _add(desk, "Lea", "--role", "lead", "--address", "lea@ward.example")
    _sweep(desk)
    answers: list[int] = []

    def one() -> None:
        answers.append(desk.run_apart("notice", "deliver", "--as-of", "2026-12-24T07:00").code)

    rounds = [threading.Thread(target=one) for _ in range(4)]
    for round_ in rounds:
        round_.start()
    for round_ in rounds:
        round_.join()

    assert answers == [0, 0, 0, 0]
    assert len(post.ids) == len(set(post.ids)) == 12
