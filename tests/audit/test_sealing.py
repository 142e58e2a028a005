"""What was committed enters the log once, whoever seals, and heads go outside and come back."""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from allpath.audit.anchors import FileAnchor, WebhookAnchor
from allpath.audit.keys import Signer
from allpath.audit.sealing import Sealer
from allpath.notify.webhook import Webhook
from allpath.verifier import standalone
from storage.engine import store_on
from storage.postgresql import PostgresDatabase
from storage.rows import audit_row
from storage.statements import AUDIT
from tests import postgresql
from tests.audit.ward import Ward, check_at
from tests.cli.conftest import AUDITOR, Desk
from tests.notices.conftest import Receiver, receiver
from tests.store.acts import NOW, step
from tests.store.conftest import server_place
from workflow.errors import IntegrityError
from workflow.heads import Head, read_note, split_notes
from workflow.merkle import Tree
from workflow.records import AuditEvent

__all__ = ["receiver"]


def test_a_ward_is_sealed_and_verified_on_every_database(anywhere: Ward) -> None:
    """The same acts give a log that agrees with itself, on a file and on a server."""
    anywhere.live(25)

    report = anywhere.check()

    assert report.findings == []
    assert report.waiting == 0
    assert report.entries + report.events == report.leaves
    assert report.heads == report.anchored > 1


def test_two_sealers_at_once_take_each_entry_once(anywhere: Ward) -> None:
    """Any number of workers may run; none takes what another took, and both know the same root."""
    anywhere.live(30, seal=False)
    signer, problems = anywhere.signer, []

    def seal() -> None:
        with closing(anywhere.place.open()) as store:
            sealer = Sealer(store.log, lambda: signer)
            try:
                for _ in range(3):
                    sealer.seal(NOW)
            except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
                problems.append(error)

    threads = [threading.Thread(target=seal) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    report = anywhere.check(anchors={})
    assert problems == []
    assert report.findings == []
    assert report.entries + report.events == report.leaves


def test_what_no_event_tells_of_is_sealed_within_the_hour(anywhere: Ward) -> None:
    """A round looks at what is new alone, and now and then at every path, so nothing stays out."""
    anywhere.live(10)
    path_id, path = next(iter(anywhere.paths.items()))
    silent = replace(step(path, path.state), audit=())
    told = AuditEvent(NOW, "Aud Auditor", "auditor", "aud", "history_shown", path_id, "")
    with closing(anywhere.place.open()) as store:
        sealer = Sealer(store.log, None)
        sealer.seal(NOW)
        with store.begin() as transaction:
            transaction.write(silent)

        soon = sealer.seal(NOW + timedelta(minutes=59)).added
        later = sealer.seal(NOW + timedelta(minutes=61)).added
        with store.begin() as transaction:
            transaction.write(replace(step(silent.path, path.state), audit=(told,)))
        with_event = sealer.seal(NOW + timedelta(minutes=62)).added

    assert (soon, later, with_event) == (0, 1, 2)
    assert anywhere.check().findings == []


def test_an_event_committed_after_later_ones_is_sealed_too() -> None:
    """On a server a slow transaction has an early number; it is not forgotten for that."""
    with postgresql.fresh() as name:
        ward = Ward(server_place(name), Path(), Random(1))
        event = AuditEvent(NOW, "Aud Auditor", "auditor", "", "history_shown", "", "slow")
        columns = ", ".join(column.name for column in list(AUDIT.columns)[1:])
        insert = f"INSERT INTO audit_event ({columns}) VALUES (%s, %s, %s, %s, %s, %s, %s)"  # noqa: S608 - our own names
        with closing(ward.place.open()) as store, closing(ward.place.connect()) as slow:
            slow.execute("BEGIN")
            slow.execute(insert, audit_row(event))
            with store.begin() as transaction:
                transaction.audit(event)
            first = store.log.seal()
            slow.execute("COMMIT")

            second = store.log.seal()

        report = ward_check(ward)
        assert (len(first.leaves), len(second.leaves)) == (1, 1)
        assert report == (2, 2, [])


def ward_check(ward: Ward) -> tuple[int, int, list[str]]:
    """Events, leaves and findings at a place without key and anchor."""
    report = check_at(ward.place, {}, {})
    return report.events, report.leaves, [str(finding) for finding in report.findings]


def test_a_session_of_one_site_records_its_looks_at_lists() -> None:
    """Whoever sees the patients of one site is on record as everybody else is."""
    event = AuditEvent(NOW, "Cora Coordinator", "coordinator", "", "worklist_shown", "")
    with postgresql.fresh() as name:
        running = postgresql.server()
        address = running.url(name, postgresql.APPLICATION)
        with closing(store_on(PostgresDatabase(address, sites="North"))) as store:
            with store.begin() as transaction:
                transaction.audit(event)
            seen = list(store.log.events())
        kept = running.run("SELECT count(*) FROM audit_event", database=name)

    assert seen == []  # who looked at lists of other sites is none of its business
    assert kept == [(1,)]


def test_a_head_is_read_back_as_it_was_signed(ward: Ward) -> None:
    """What lies outside is the same head, its signature good by either implementation."""
    ward.live(3)
    (text, *_) = split_notes(ward.anchor.file.read_text())
    note, public = standalone.read_note(text), ward.signer.public

    assert read_note(text).note() == text
    assert public.has_signed(read_note(text))
    assert standalone.wrong_with(note, {public.key_id: public.raw}) == ""
    assert not public.has_signed(read_note(text.replace("2026", "2027")))


@pytest.mark.parametrize(
    ("seed", "public", "message", "signature"),
    [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
    ],
)
def test_the_checker_of_a_bundle_knows_the_signatures_of_the_rfc(
    seed: str, public: str, message: str, signature: str
) -> None:
    """RFC 8032, section 7.1; a changed bit anywhere, or a second spelling, is refused."""
    del seed
    key, text, raw = (bytes.fromhex(part) for part in (public, message, signature))
    order = standalone.ORDER.to_bytes(32, "little")
    scalar = int.from_bytes(raw[32:], "little") + int.from_bytes(order, "little")

    assert standalone.has_signed(key, text, raw)
    assert not standalone.has_signed(key, text + b"x", raw)
    assert not standalone.has_signed(key, text, raw[:32] + scalar.to_bytes(32, "little"))
    for place in (0, 31, 32, 63):
        changed = bytearray(raw)
        changed[place] ^= 1
        assert not standalone.has_signed(key, text, bytes(changed))


def test_heads_that_missed_the_anchor_are_added_later(ward: Ward) -> None:
    """A mount that was away for a day gets every head of that day."""
    with closing(ward.place.open()) as store:
        for minute in range(3):
            ward.act(store)
            Sealer(store.log, lambda: ward.signer).seal(NOW + timedelta(minutes=minute))

        done = Sealer(store.log, lambda: ward.signer, (ward.anchor,)).seal(NOW)

    assert (done.published, len(ward.anchor.heads())) == (3, 3)


def test_an_anchor_that_cannot_be_written_keeps_nothing_from_the_others(ward: Ward) -> None:
    """What happened is sealed and signed all the same; who runs it is told."""
    away = FileAnchor(ward.folder / "nowhere" / "anchor.txt")
    with closing(ward.place.open()) as store:
        ward.act(store)

        done = Sealer(store.log, lambda: ward.signer, (away, ward.anchor)).seal(NOW)

    assert done.published == 1
    assert done.head is not None
    assert "cannot be written" in done.problems[0]


def test_nothing_is_added_to_a_log_that_was_cut(ward: Ward) -> None:
    """A signed head knows more than the log: somebody has to look before it goes on."""
    ward.live(5)
    with closing(ward.place.connect()) as connection:
        connection.execute("DROP TRIGGER log_leaf_refuses_delete")
        connection.execute("DELETE FROM log_leaf WHERE position >= 3")
    with closing(ward.place.open()) as store, pytest.raises(IntegrityError, match="was signed"):
        Sealer(store.log, lambda: ward.signer).seal(NOW)


def test_each_head_reaches_the_receiver_of_a_webhook(ward: Ward, receiver: Receiver) -> None:
    """Signed as every webhook is, and sent again after a start, with the same id."""
    secret = ward.folder / "secret"
    secret.write_text("made up\n")

    def anchor() -> WebhookAnchor:
        return WebhookAnchor(receiver.url, Webhook(secret, frozenset({"127.0.0.1"})))

    with closing(ward.place.open()) as store:
        for each in (anchor(), anchor()):
            ward.act(store)
            sealer = Sealer(store.log, lambda: ward.signer, (each,))
            sealer.seal(NOW)
            sealer.seal(NOW)
        Sealer(store.log, lambda: ward.signer, (anchor(),)).seal(NOW)
        sizes = [signed.head.size for signed in store.log.heads()]

    assert [ident.split("/")[-2] for ident in receiver.ids] == [*map(str, (*sizes, sizes[-1]))]
    assert receiver.ids[1] == receiver.ids[2]


def test_a_root_is_the_same_however_the_log_was_read(ward: Ward) -> None:
    """The head that was signed while the log grew is that of the whole log read at once."""
    ward.live(20)
    with closing(ward.place.open()) as store:
        tree = Tree(store.log.leaves())
        heads: list[Head] = [signed.head for signed in store.log.heads()]

    assert heads
    assert all(tree.root(head.size) == head.root for head in heads)


def test_doctor_says_how_much_waits(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Lag is shown, and after five minutes it is a warning with its cure."""
    desk = Desk(tmp_path_factory.mktemp("desk"), variables={"ALLPATH_ACTOR": AUDITOR})
    desk.enrol()
    fresh = desk.run("doctor").out
    desk.at += timedelta(minutes=6)

    late = desk.run("doctor").out

    assert "log\tok - 0 entries sealed, 2 waiting" in fresh
    assert "start a worker or `allpath audit seal`" in late
    assert "signing key\twarn - none" in late


def test_a_signer_shows_nothing_of_its_key(ward: Ward) -> None:
    """Neither in a log line nor in the text of an error."""
    signer: Signer = ward.signer
    secret = ward.key_file.read_text().split("+")[-1].strip()

    assert secret not in repr(signer)
    assert secret not in f"{signer.public}"
