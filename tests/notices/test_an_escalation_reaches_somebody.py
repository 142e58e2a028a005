"""An escalation leaves the database and arrives at a real mail server, once and without a name."""

from __future__ import annotations

from tests.notices.conftest import SENDER, Bench, MailHouse


def test_an_escalation_reaches_a_real_mail_server(bench: Bench, post: MailHouse) -> None:
    """The person who has to act is told where they look: in their mail."""
    bench.channels["email"] = post.channel()
    bench.tell("coordinator")
    now = bench.sweep(30)

    report = bench.round(now)

    assert (report.sent, report.failed, post.to[:1]) == (
        len(post.letters),
        0,
        ["coordinator@ward.example"],
    )
    assert post.subjects[0] == "Allpath: P-000001 C-RF-1 is late, coordinator to act"
    assert "allpath worklist" in post.texts[0]
    assert post.letters[0]["Auto-Submitted"] == "auto-generated"
    assert post.letters[0]["From"] == SENDER


def test_a_second_round_tells_nobody_twice(bench: Bench, post: MailHouse) -> None:
    """What was sent is sent."""
    bench.channels["email"] = post.channel()
    bench.tell("coordinator")
    now = bench.sweep(30)
    bench.round(now)
    letters = len(post.letters)

    report = bench.round(now)

    assert (report.sent, len(post.letters)) == (0, letters)
