"""A ward whose patients go through made-up acts at random, and a log that seals them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from allpath.audit.anchors import FileAnchor
from allpath.audit.keys import Signer, new_key, read_signer
from allpath.audit.sealing import Sealer
from allpath.verifier import checks
from allpath.verifier.findings import Report
from allpath.verifier.reader import opened
from allpath.verifier.together import verify_database
from storage.sql_store import SqlStore
from tests.store.acts import NOW, TODAY, enrolment, fact, step
from tests.store.conftest import Place
from workflow.heads import split_notes
from workflow.records import AuditEvent, Commit, JournalEntry, PathRecord

WORDS: Final = (
    "",
    "plain",
    'with "quotes"',
    "back\\slash",
    "tab\tand\nline",
    "ä µ 漢 🙂",
    "\x7f",
    "\x01\x1f\x0b",
    "\u2028 </script> 'single' {\"a\": [1, null]}",
    "\x00"[:0],
)
STATES: Final = ("assessment", "reinduction", "response_assessment", "maintenance")


@dataclass
class Ward:
    """Patients at a place, what is done to them, and where heads go."""

    place: Place
    folder: Path
    chance: Random
    paths: dict[str, PathRecord] = field(default_factory=dict)

    @property
    def key_file(self) -> Path:
        """The key that signs."""
        file = self.folder / "log.key"
        if not file.exists():
            new_key(file, "ward.example/log")
        return file

    @property
    def anchor(self) -> FileAnchor:
        """Where heads lie outside."""
        return FileAnchor(self.folder / "anchor.txt")

    @property
    def signer(self) -> Signer:
        """The signer of the log."""
        return read_signer(self.key_file)

    def live(self, acts: int, *, seal: bool = True) -> None:
        """So many acts, sealed at random moments and at the end."""
        with closing(self.place.open()) as store:
            sealer = Sealer(store.log, lambda: self.signer, (self.anchor,))
            for _ in range(acts):
                self.act(store)
                if seal and self.chance.random() < 0.2:
                    sealer.seal(NOW)
            if seal:
                sealer.seal(NOW + timedelta(minutes=acts))

    def act(self, store: SqlStore) -> None:
        """Somebody is enrolled, looked at, or something is recorded or done."""
        if not self.paths or self.chance.random() < 0.15:
            commit = replace(enrolment(len(self.paths) + 1), facts=())
        else:
            path = self.chance.choice(list(self.paths.values()))
            commit = self._next(path)
        with store.begin() as transaction:
            transaction.write(commit)
            if self.chance.random() < 0.3:
                transaction.audit(self._look())
        self.paths[commit.path.path_id] = commit.path

    def _look(self) -> AuditEvent:
        path_id = self.chance.choice(("", *self.paths))
        detail = self.chance.choice(WORDS)
        return AuditEvent(NOW, "Aud Auditor", "auditor", "aud", "history_shown", path_id, detail)

    def _next(self, path: PathRecord) -> Commit:
        who = AuditEvent(NOW, "Dr Ada Sample", "clinician", "ada", "act", path.path_id)
        if self.chance.random() < 0.5:
            commit = step(path, self.chance.choice(STATES))
            entry = replace(commit.entries[0], reason=self.chance.choice(WORDS), option="A")
        else:
            record = fact(path, value=self.chance.choice((1, "1e-4", {"result": "ä"}, None, 2.5)))
            detail = {"fact": record.fact, "record": record.digest, "record_id": record.record_id}
            commit = step(path, path.state, facts=(record,))
            entry = replace(commit.entries[0], kind="fact_recorded", detail=detail)
        entry = replace(entry, note=self.chance.choice(WORDS), at=NOW, effective_on=TODAY).sealed()
        return replace(
            commit, path=replace(commit.path, head=entry.hash), entries=(entry,), audit=(who,)
        )

    def check(self, **more: Any) -> Report:  # noqa: ANN401 - handed on
        """What an auditor finds, with the public key and the anchor in hand."""
        public = self.signer.public
        keys: Mapping[str, bytes] = {public.key_id: public.raw}
        texts = split_notes(self.anchor.file.read_text()) if self.anchor.file.exists() else []
        given: dict[str, Any] = {"keys": keys, "anchors": {"outside": texts}, **more}
        return check_at(self.place, **given)

    def check_together(self) -> Report:
        """The same, in two processes at once however small the log is."""
        public = self.signer.public
        texts = split_notes(self.anchor.file.read_text()) if self.anchor.file.exists() else []
        url, access, late = access_of(self.place)
        keys, anchors = {public.key_id: public.raw}, {"outside": texts}
        return verify_database(url, access, keys, anchors, late=late, large=0)


def check_at(place: Place, keys: Mapping[str, bytes], anchors: Mapping[str, list[str]]) -> Report:
    """What the verifier finds at a place."""
    url, access, late = access_of(place)
    with opened(url, **access) as rows:
        return checks.verify(rows, keys, anchors, late=late)


def access_of(place: Place) -> tuple[str, dict[str, Any], int]:
    """How the verifier opens a place, and how many late events it allows for."""
    database: Any = place.database  # Any: a file or a server, each with words of its own
    if place.is_file:
        return database.url, {"key": database.key}, 0
    return database.url, {"connect": database.parameters()}, checks.LATE


def rehashed(entries: list[JournalEntry]) -> list[JournalEntry]:
    """The entries made to follow one another again, whatever was changed in them."""
    done: list[JournalEntry] = []
    for entry in entries:
        previous = done[-1].hash if done else entry.previous
        done.append(replace(entry, previous=previous).sealed())
    return done
