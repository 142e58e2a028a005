"""Notices arrive in order, at least once, and what fails comes back later or is seen to be dead."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.channels import DeliveryError, Message
from scheduler.delivery import LEASE, address
from storage.engine import open_store
from tests.conftest import CLINICIAN, NOW
from tests.notices.conftest import LEAD, Bench, MailHouse, Tray, refusal
from tests.orchestrator.conftest import Ward
from workflow.commands import Enrol
from workflow.errors import NotFoundError, RefusedError
from workflow.outbox import Mark
from workflow.records import Person
from workflow.telling import FIRST_PAUSE, LONGEST_PAUSE, pause

HOUR = timedelta(hours=1)


def _late(bench: Bench) -> Any:  # noqa: ANN401 - an instant
    """Four patients who were never identified, so that the coordinator is told of each."""
    for number in range(2, 5):
        bench.enrol(f"P-00000{number}")
    bench.tell("coordinator")
    return bench.sweep(30)


def test_what_failed_comes_back_after_a_pause_and_goes_out_in_order(
    bench: Bench, tray: Tray
) -> None:
    """The mail server was away for an hour; everything it missed arrives, oldest first."""
    now = _late(bench)
    tray.refuse = lambda _message: DeliveryError("away", is_unreachable=True)
    first = bench.round(now)
    tray.refuse = lambda _message: None

    reports = [bench.round(now + n * HOUR) for n in range(1, 4)]

    assert (first.sent, first.failed) == (0, 1)
    assert sum(report.sent for report in reports) == len(tray.messages) >= 4
    assert set(bench.statuses()) <= {"sent", "unaddressed"}


def test_a_poisoned_message_does_not_hold_up_the_others(bench: Bench, tray: Tray) -> None:
    """One patient's notice that no server will take is nobody else's trouble."""
    now = _late(bench)
    tray.refuse = lambda message: ValueError("Canary") if "P-000002" in message.subject else None

    report = bench.round(now)

    assert report.failed == 1
    assert set(tray.paths) == {"P-000001", "P-000003", "P-000004"}
    errors = [item.error for item in bench.ward.store.outbox.told() if item.error]
    assert errors == ["nobody foresaw ValueError"]


def test_a_later_notice_of_a_patient_waits_for_the_earlier_one(bench: Bench, tray: Tray) -> None:
    """Whoever reads them in the order of arrival is not misled."""
    bench.tell("coordinator")
    bench.tell("lead")
    bench.ward.record({"identity_checked": "yes"})
    bench.ward.confirm("assessment")
    now = bench.sweep(90)
    refused = itertools.chain([refusal(), refusal()], itertools.repeat(None))
    tray.refuse = lambda _message: next(refused)

    for hours in range(12):
        bench.round(now + hours * HOUR)

    told: dict[str, list[int]] = {}
    for message in tray.messages:
        seq = int(message.message_id.split("/")[1].split(".")[0])
        told.setdefault(message.address, []).append(seq)
    assert sum(map(len, told.values())) >= 4
    assert all(order == sorted(order) for order in told.values())


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(failures=st.lists(st.booleans(), max_size=30), chances=st.lists(st.floats(0, 0.99)))
def test_whatever_fails_each_patient_is_told_of_in_order_and_completely(
    tmp_path_factory: pytest.TempPathFactory, failures: list[bool], chances: list[float]
) -> None:
    """No run of bad luck loses a notice or turns two round."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('ward') / 'ward.db'}")
    ward = Ward(store)
    ward.enrol()
    found = Tray()
    bench = Bench(ward, {"email": found}, attempts=40)
    bench.chances = itertools.chain(chances, itertools.repeat(0.5))
    lots = itertools.chain(failures, itertools.cycle([False]))
    found.refuse = lambda _message: refusal() if next(lots) else None
    bench.enrol("P-000002")
    ward.record({"identity_checked": "yes"})
    ward.confirm("assessment")
    bench.tell("coordinator")
    bench.tell("lead")
    now = bench.sweep(90)

    for rounds in range(40):
        bench.round(now + rounds * HOUR)

    written = [item.notice for item in store.outbox.told() if item.status == "sent"]
    sent = [message.message_id.rpartition(".")[0] for message in found.messages]
    assert sorted(sent) == sorted(notice.notice_id for notice in written)
    assert "waiting" not in bench.statuses()
    for key in {(m.address, m.message_id.split("/")[0]) for m in found.messages}:
        seqs = [
            int(m.message_id.split("/")[1].partition(".")[0])
            for m in found.messages
            if (m.address, m.message_id.split("/")[0]) == key
        ]
        assert seqs == sorted(seqs)
    store.close()


def test_a_sender_that_died_is_followed_by_one_with_the_same_id(bench: Bench, tray: Tray) -> None:
    """Between sending and writing it down the power may fail; then it is sent again."""
    bench.tell("coordinator")
    now = bench.sweep(30)

    class Dead(BaseException):
        """The power failed."""

    class Dying(Tray):
        """Sends, and is gone before anybody hears of it."""

        def send(self, message: Message, now: Any) -> None:  # noqa: ANN401 - an instant
            """The message is out; its sender is dead."""
            super().send(message, now)
            raise Dead

    dying = Dying()
    bench.channels["email"] = dying
    with pytest.raises(Dead):
        bench.round(now)
    bench.channels["email"] = tray

    too_early = bench.round(now + LEASE / 2)
    bench.round(now + LEASE)

    assert (too_early.sent, len(dying.messages)) == (0, 1)
    assert tray.messages[0].message_id == dying.messages[0].message_id


def test_a_result_that_comes_after_the_lease_is_refused(bench: Bench) -> None:
    """A sender that slept too long must not write over what its successor found out."""
    bench.tell("coordinator")
    now = bench.sweep(30)
    bench.channels["email"] = Tray()
    outbox = bench.ward.store.outbox
    address(bench.delivering, now)
    slow = outbox.claim("R-1", "slow", now + LEASE, now)
    quick = outbox.claim("R-1", "quick", now + 2 * LEASE, now + LEASE)
    assert slow is not None
    assert quick is not None

    late = outbox.mark(slow, [Mark(slow.deliveries[0].number, "dead", 1)], now + LEASE)
    taken = outbox.mark(
        quick, [Mark(quick.deliveries[0].number, "sent", 2, sent_at=now)], now + LEASE
    )

    assert (slow.deliveries[0].number, late, taken) == (quick.deliveries[0].number, False, True)
    assert bench.statuses()[0] == "sent"


def test_two_senders_never_hold_the_same_message(bench: Bench) -> None:
    """Any number of processes may deliver at once."""
    now = _late(bench)
    address(bench.delivering, now)
    outbox = bench.ward.store.outbox

    claims = [outbox.claim("R-1", f"t{n}", now + LEASE, now) for n in range(10)]

    held = [claim.deliveries[0] for claim in claims if claim is not None]
    assert len(held) == len({item.number for item in held}) == 4
    assert len({item.notice.path_id for item in held}) == 4


def test_what_is_refused_for_ever_is_dead_at_once_and_seen(bench: Bench, tray: Tray) -> None:
    """An address that does not exist is not tried twelve times; the worklist says so."""
    bench.tell("coordinator")
    now = bench.sweep(30)
    tray.refuse = lambda _message: refusal(permanent=True)

    report = bench.round(now)

    assert report.dead >= 1
    found = [u for u in bench.ward.store.outbox.undelivered() if u.why]
    assert found[0].why == "given up: the other side said no"


def test_a_delivery_is_given_up_after_so_many_failures(bench: Bench, tray: Tray) -> None:
    """Something that never works becomes visible instead of being tried for ever."""
    bench.attempts = 3
    bench.tell("coordinator")
    now = bench.sweep(30)
    tray.refuse = lambda _message: refusal()

    for hours in range(3):
        bench.round(now + hours * HOUR)

    told = bench.ward.store.outbox.told()
    assert [(t.status, t.attempts) for t in told if t.number][:1] == [("dead", 3)]


def test_a_dead_delivery_can_be_sent_again_under_the_same_id(bench: Bench, tray: Tray) -> None:
    """Once the fault is mended nobody has to be told by hand."""
    bench.tell("coordinator")
    now = bench.sweep(30)
    refused: list[str] = []

    def refuse(message: Message) -> Exception:
        refused.append(message.message_id)
        return refusal(permanent=True)

    tray.refuse = refuse
    bench.round(now)
    tray.refuse = lambda _message: None
    outbox = bench.ward.store.outbox

    for number in outbox.dead():
        outbox.replay(number, LEAD, now)
    bench.round(now)

    assert [message.message_id for message in tray.messages] == refused
    assert not [u for u in outbox.undelivered() if u.why]


def test_only_a_dead_delivery_is_sent_again(bench: Bench, tray: Tray) -> None:
    """Replaying what was sent would tell people twice."""
    bench.tell("coordinator")
    bench.round(bench.sweep(30))
    outbox = bench.ward.store.outbox
    number = outbox.told()[0].number
    assert tray.messages
    assert number is not None

    with pytest.raises(RefusedError, match="is sent; only a dead one"):
        outbox.replay(number, LEAD, NOW)
    with pytest.raises(NotFoundError, match="There is no delivery 999"):
        outbox.replay(999, LEAD, NOW)


@pytest.mark.parametrize("final", ["dead", "transferred", "withdrawn"])
def test_nobody_is_told_of_a_patient_who_has_left_meanwhile(
    bench: Bench, tray: Tray, final: str
) -> None:
    """A reminder about a patient who died is a wound; it is dropped, and says why."""
    bench.tell("coordinator")
    now = bench.sweep(30)
    tray.refuse = lambda _message: refusal()
    bench.round(now)
    tray.refuse = lambda _message: None
    bench.ward.confirm(final, now)

    bench.round(now + HOUR)

    told = bench.ward.store.outbox.told()
    assert tray.messages == []
    assert {(t.status, t.error) for t in told} == {("dropped", f"the path is {final}")}


@pytest.mark.parametrize("final", ["dead", "transferred", "withdrawn"])
def test_a_notice_without_recipient_is_dropped_when_the_patient_has_left(
    bench: Bench, final: str
) -> None:
    """It does not stand on the worklist for ever."""
    now = bench.sweep(30)
    bench.ward.confirm(final, now)

    bench.round(now)

    assert {t.error for t in bench.ward.store.outbox.told()} == {f"the path is {final}"}
    assert bench.ward.store.outbox.undelivered() == ()


def test_what_was_done_meanwhile_is_not_chased(bench: Bench, tray: Tray) -> None:
    """A reminder of what was recorded in the night would be a false alarm in the morning."""
    bench.tell("coordinator")
    now = bench.sweep(30)
    bench.ward.record({"identity_checked": "yes", "first_mdt_date": "2026-12-28"}, now)

    bench.round(now + HOUR)

    told = bench.ward.store.outbox.told()
    assert tray.messages == []
    assert {t.error for t in told} == {"what was late is done or no longer expected"}


# The damage is done in the words of SQLite.
@pytest.mark.parametrize("place", ["file"], indirect=True)
def test_a_path_that_cannot_be_read_is_told_of_by_its_id(bench: Bench, tray: Tray) -> None:
    """Whatever is wrong with it, somebody has to look."""
    bench.tell("coordinator")
    now = bench.sweep(30)
    path = bench.ward.store.case("P-000001").path
    bench.ward.orchestrator.library._read.clear()
    with bench.ward.store.begin() as transaction:
        transaction.cursor.execute("DROP TRIGGER pathway_version_refuses_update")
        transaction.cursor.execute(
            "UPDATE pathway_version SET content = '{}' WHERE hash = ?", (path.pathway_hash,)
        )

    bench.round(now)

    assert "This path cannot be read; allpath worklist says why." in tray.messages[0].text


def test_a_notice_waits_for_somebody_to_have_its_role(bench: Bench, tray: Tray) -> None:
    """It is not lost while nobody is there; who comes is told."""
    now = bench.sweep(30)
    nobody = bench.round(now)
    bench.tell("coordinator")

    bench.round(now)

    assert nobody.unaddressed >= 1
    assert tray.messages


def test_what_only_a_removed_recipient_was_to_know_goes_to_the_next_one(
    bench: Bench, tray: Tray
) -> None:
    """Somebody leaves the ward; what they did not get is not gone with them."""
    left = bench.tell("coordinator", address="left@ward.example")
    now = bench.sweep(30)
    tray.refuse = lambda _message: refusal()
    bench.round(now)
    tray.refuse = lambda _message: None
    bench.ward.store.recipients.change(replace(left, active=False), LEAD, now)
    bench.tell("coordinator", address="next@ward.example")

    bench.round(now + HOUR)

    assert {message.address for message in tray.messages} == {"next@ward.example"}


def test_the_pause_doubles_up_to_an_hour_and_is_drawn_by_chance() -> None:
    """Senders that failed together do not come back together."""
    longest = [pause(n, lambda: 1.0) for n in (1, 2, 3, 8, 50)]

    assert longest[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert longest[3:] == [LONGEST_PAUSE, LONGEST_PAUSE]
    assert pause(5, lambda: 0.0) == timedelta(seconds=1)


def test_a_role_is_told_at_its_own_site_alone(bench: Bench, tray: Tray) -> None:
    """The lead of another hospital has no business with this patient."""
    bench.tell("coordinator", site="St Elsewhere", address="there@ward.example")
    bench.tell("coordinator", site="", address="everywhere@ward.example")

    bench.round(bench.sweep(30))

    assert {message.address for message in tray.messages} == {"everywhere@ward.example"}


def test_the_mail_server_answers_each_way_a_mail_server_can(bench: Bench, post: MailHouse) -> None:
    """Come back later, never, and yes: each is taken for what it means."""
    now = _late(bench)
    bench.channels["email"] = post.channel()
    answers = {"P-000002": "451 greylisted, Canary", "P-000003": "550 no such mailbox, Canary"}
    post.answer = lambda letter: next(
        (said for path, said in answers.items() if path in str(letter["Subject"])), ""
    )

    report = bench.round(now)

    told = {t.notice.path_id: t for t in bench.ward.store.outbox.told() if t.number}
    assert (report.sent, report.failed, report.dead) == (2, 1, 1)
    assert (told["P-000002"].status, told["P-000003"].status) == ("waiting", "dead")
    assert told["P-000003"].error == "the mail server refused the message (550)"


def test_a_mail_server_that_is_away_is_tried_later(bench: Bench, post: MailHouse) -> None:
    """Nothing listens: one attempt for the recipient, and the rest keep their attempts."""
    now = _late(bench)
    channel = post.channel()
    bench.channels["email"] = replace(channel, server=replace(channel.server, port=1))

    report = bench.round(now)

    attempts = sorted(t.attempts for t in bench.ward.store.outbox.told() if t.number)
    assert (report.sent, report.failed) == (0, 1)
    assert attempts[-1] == 1
    assert attempts[0] == 0


def test_who_is_told_is_audited(bench: Bench) -> None:
    """Somebody who stops the alarms leaves their name."""
    found = bench.tell("lead")
    bench.ward.store.recipients.change(replace(found, active=False), CLINICIAN, NOW)

    with bench.ward.store.begin() as transaction:
        rows = transaction.cursor.execute(
            "SELECT action, actor FROM audit_event WHERE action LIKE 'recipient%' ORDER BY number"
        ).fetchall()

    assert rows == [("recipient_added", "Dr Lea Lead"), ("recipient_removed", "Dr Ada Sample")]


def test_what_was_missed_for_good_is_told_though_its_row_is_closed(
    bench: Bench, tray: Tray
) -> None:
    """Otherwise nobody would hear of it: it is no longer expected."""
    command = Enrol(
        actor=CLINICIAN,
        person=Person("P-000009", "Sample", "Sam", {"mrn": "9990000009"}),
        pathway_id="post_hsct_surveillance",
        settings={},
        entered_on=NOW.date(),
    )
    bench.ward.orchestrator.enrol(command, NOW)
    bench.tell("lead")
    now = bench.sweep(16)

    while not bench.round(now).is_done:
        pass

    missed = [message.subject for message in tray.messages if "missed" in message.subject]
    assert missed == ["Allpath: P-000009 C-HS-2 was missed, lead to act"]
