"""One write transaction: what is read under its lock, and the one commit that writes it all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from storage.cases import NO_PATH, Cases
from storage.identities import Identities
from storage.review_rows import review_row
from storage.rows import (
    SECOND,
    THIRTY_DAYS,
    Row,
    answered_row,
    audit_row,
    checkpoint_row,
    entry_row,
    fact_row,
    instant,
    micros,
    notice_row,
    path_row,
    read_answered,
    read_entry,
    seconds,
    signature_row,
    version_row,
)
from storage.statements import PINNED, Statements
from storage.watch_rows import heartbeat_row, incident_row, read_incident, site_plan_row
from workflow.errors import ConflictError, IntegrityError, NotFoundError
from workflow.records import (
    GENESIS,
    MOVES,
    Answered,
    AuditEvent,
    Case,
    Commit,
    JournalEntry,
    Notice,
    Person,
)
from workflow.site_plan import KeptPlan
from workflow.store import Claim
from workflow.versions import Signature, Version
from workflow.watch import Heartbeat, Incident


class SqlTransaction:
    """What a caller holds between the first line of a write transaction and its end."""

    __slots__ = ("_cases", "_cursor", "_identities", "_sql", "_written")

    def __init__(
        self,
        cursor: Any,  # noqa: ANN401 - untyped driver
        statements: Statements,
        cases: Cases,
        identities: Identities,
    ) -> None:
        self._cursor = cursor
        self._identities = identities
        self._sql = statements
        self._cases = cases
        self._written: list[tuple[Commit, list[Row]]] = []

    @property
    def cursor(self) -> Any:  # noqa: ANN401 - untyped driver
        """What the reading and writing of notices stands on, inside this transaction."""
        return self._cursor

    def answered(self, actor: str, key: str) -> Answered | None:
        """The answer already given to this actor's key, if any."""
        if self._sql.hold_key:
            self._cursor.execute(self._sql.hold_key, (f"{actor}\n{key}",))
        row = self._cursor.execute(self._sql.answered, (actor, key)).fetchone()
        return None if row is None else read_answered(row)

    def load(self, path_id: str) -> Case:
        """The path with its fact records and live checkpoints; raises NotFoundError."""
        return self._cases.hold(self._cursor, path_id)

    def claim(self, now: datetime, until: datetime, limit: int) -> Sequence[Claim]:
        """Paths to be looked at by `now`, the longest waiting, `limit` at most; nobody else's."""
        rows = self._cursor.execute(self._sql.claim, (seconds(now), limit)).fetchall()
        # A path changed while somebody handled it waits twice; it is claimed once.
        names = dict.fromkeys(path_id for (path_id,) in rows)
        end = seconds(until)
        self._cursor.executemany(self._sql.put_timer, [(end, name) for name in names])
        return [Claim(name, instant(end * SECOND)) for name in names]

    def finish(self, claim: Claim, next_at: datetime | None) -> bool:
        """The claimed path is to be looked at next then; False: the claim had run out."""
        given = (seconds(claim.until), claim.path_id)
        is_ours = bool(self._cursor.execute(self._sql.end_timer, given).rowcount == 1)
        if is_ours:
            self.wait(claim.path_id, next_at)
        return is_ours

    def wait(self, path_id: str, at: datetime | None) -> None:
        """The path is looked at again then, if it is not waiting for that moment already."""
        if at is not None:
            self._cursor.execute(self._sql.put_timer, (seconds(at), path_id))

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What is written in the block is undone alone when the block raises."""
        written = len(self._written)
        self._cursor.execute("SAVEPOINT one_path")
        try:
            yield
        except BaseException:
            self._cursor.execute("ROLLBACK TO SAVEPOINT one_path")
            del self._written[written:]
            raise
        finally:
            self._cursor.execute("RELEASE SAVEPOINT one_path")

    def incident(self, path_id: str) -> Incident | None:
        """What keeps sweeps from handling this path, if anything."""
        row = self._cursor.execute(self._sql.incident, (path_id,)).fetchone()
        return None if row is None else read_incident(row)

    def keep_incident(self, incident: Incident) -> None:
        """A sweep could not handle the path."""
        self._cursor.execute(self._sql.put_incident, incident_row(incident))

    def end_incident(self, path_id: str) -> bool:
        """The path could be handled again; answers whether it could not before."""
        return bool(self._cursor.execute(self._sql.end_incident, (path_id,)).rowcount)

    def beat(self, beat: Heartbeat) -> None:
        """A scheduler has looked; those that have not for 30 days are forgotten."""
        self._cursor.execute(self._sql.forget_heartbeats, (micros(beat.beat_at) - THIRTY_DAYS,))
        self._cursor.execute(self._sql.put_heartbeat, heartbeat_row(beat))

    def audit(self, event: AuditEvent) -> None:
        """Who did what to something that is no path is on record."""
        self._cursor.execute(self._sql.insert_audit, audit_row(event))

    def tell(self, notices: Sequence[Notice]) -> None:
        """The notices are on their way; whoever delivers chooses the recipients."""
        many, sql = self._cursor.executemany, self._sql
        many(sql.insert_notice, [notice_row(notice) for notice in notices])
        many(sql.insert_unaddressed, [(notice.notice_id,) for notice in notices])

    def keep_site_plan(self, kept: KeptPlan) -> None:
        """A site has set a plan; the earlier ones stay."""
        self._cursor.execute(self._sql.insert_site_plan, site_plan_row(kept))

    def has_version(self, content_hash: str) -> bool:
        """Whether the pathway version with this hash is kept already."""
        return self._cursor.execute(self._sql.has_version, (content_hash,)).fetchone() is not None

    def keep_version(self, version: Version) -> None:
        """Keep a pathway version, for ever unchanged."""
        self._cursor.execute(self._sql.insert_version, version_row(version))

    def keep_plan(self, digest: str, content: str, now: datetime) -> None:
        """Keep the text of a migration plan by its digest, once and for ever unchanged."""
        self._cursor.execute(self._sql.insert_plan, (digest, content, micros(now)))

    def sign(self, signature: Signature) -> None:
        """Add a person's signature under a version or a plan, for ever."""
        self._cursor.execute(self._sql.insert_signature, signature_row(signature))

    def write(self, commit: Commit) -> None:
        """All of the commit is written, or nothing when this raises and the transaction ends.

        Raises ConflictError when the path is not at the expected version, when an identifier is
        already enrolled, or when the key was answered before; IntegrityError when the journal
        entries do not continue the stored chain.
        """
        _check_chain(commit)
        moves = [entry for entry in commit.entries if entry.kind in MOVES]
        if commit.person is None:
            pinned = moves[0].detail["from"] if moves else commit.path.pathway_hash
            self._update_path(commit, pinned)
        else:
            self._enrol(commit, commit.person)
        many, sql, path_id = self._cursor.executemany, self._sql, commit.path.path_id
        many(sql.insert_entry, [entry_row(entry) for entry in commit.entries])
        if moves:
            self._cursor.execute(sql.repin_path, (*path_row(commit.path)[1:4], path_id))
        seq = commit.path.version
        facts = [fact_row(path_id, fact, seq, n) for n, fact in enumerate(commit.facts)]
        if facts:
            many(sql.insert_fact, facts)
        if commit.path.next_at != commit.was_next_at:
            self._set_timer(path_id, commit.was_next_at, commit.path.next_at)
        if commit.checkpoints:
            many(sql.put_checkpoint, [checkpoint_row(row) for row in commit.checkpoints])
        if commit.notices:
            self.tell(commit.notices)
        if commit.audit:
            many(sql.insert_audit, [audit_row(event) for event in commit.audit])
        if commit.reviews:
            many(sql.put_review, [review_row(item) for item in commit.reviews])
        if commit.erases_identity:
            self._identities.erase(self._cursor, path_id, commit.entries[-1].at)
        if commit.answered:
            self._keep_answer(commit.answered)
        self._written.append((commit, facts))

    def _set_timer(self, path_id: str, was: datetime | None, at: datetime | None) -> None:
        """One timer for each path; that of a path being handled is ended by whoever handles it."""
        if was is not None:
            self._cursor.execute(self._sql.end_timer, (seconds(was), path_id))
        self.wait(path_id, at)

    def committed(self) -> None:
        """What was written is on the disk."""
        for commit, facts in self._written:
            self._cases.committed(commit, facts)

    def _update_path(self, commit: Commit, pinned: str) -> None:
        path_id, *values, _nobody = path_row(commit.path, commit.place)
        previous = commit.entries[0].previous if commit.entries else commit.path.head
        moving = values[len(PINNED) :]  # the pathway version stays: it moves by itself below
        given = (*moving, path_id, commit.expected_version, previous, pinned)
        if self._cursor.execute(self._sql.update_path, given).rowcount != 1:
            self._explain_refusal(commit)

    def _explain_refusal(self, commit: Commit) -> None:
        path_id, expected = commit.path.path_id, commit.expected_version
        row = self._cursor.execute(self._sql.path_version, (path_id,)).fetchone()
        if row is None:
            raise NotFoundError(NO_PATH.format(path_id))
        if row[0] == expected:
            msg = (
                f"The new entries of path {path_id} do not continue its stored history; nothing "
                "was changed. Run `allpath audit verify`."
            )
            raise IntegrityError(msg)
        rows = self._cursor.execute(self._sql.entries_since, (path_id, expected)).fetchall()
        msg = (
            f"Path {path_id} was changed by somebody else after you looked at it (you saw version "
            f"{expected}, it is now {row[0]}); nothing of yours was written. Look again and decide."
        )
        raise ConflictError(msg, tuple(_change_in_words(read_entry(row)) for row in rows))

    def _enrol(self, commit: Commit, person: Person) -> None:
        self._identities.refuse_enrolled(self._cursor, person)
        path_id = commit.path.path_id
        if self._cursor.execute(self._sql.path_version, (path_id,)).fetchone() is not None:
            raise ConflictError(f"There is already a path {path_id}; nothing was enrolled.")
        self._cursor.execute(self._sql.insert_path, path_row(commit.path, commit.place))
        self._identities.enrol(self._cursor, person)

    def _keep_answer(self, answered: Answered) -> None:
        """The answer is kept, and those given more than 30 days before it are gone."""
        self._cursor.execute(self._sql.forget_answers, (micros(answered.at) - THIRTY_DAYS,))
        if self._cursor.execute(self._sql.insert_answered, answered_row(answered)).rowcount != 1:
            msg = f"The request {answered.key} of {answered.actor} was answered before; ask again."
            raise ConflictError(msg)


def _check_chain(commit: Commit) -> None:
    """The entries follow one another by number and hash, and the path ends where they end.

    Facts come with an entry, never alone.
    """
    seq = commit.expected_version
    previous = commit.entries[0].previous if commit.entries else commit.path.head
    sound = commit.person is None or (seq == 0 and previous == GENESIS)
    sound = sound and (bool(commit.entries) or not commit.facts)
    sound = sound and all(e.pathway_hash == commit.path.pathway_hash for e in commit.entries)
    for entry in commit.entries:
        seq += 1
        sound = sound and (
            entry.path_id == commit.path.path_id
            and entry.seq == seq
            and entry.previous == previous
            and entry.hash == entry.computed_hash()
        )
        previous = entry.hash
    if not sound or commit.path.version != seq or commit.path.head != previous:
        msg = (
            f"The new entries of path {commit.path.path_id} do not form one chain that ends where "
            "the path ends; nothing was changed."
        )
        raise IntegrityError(msg)


def _change_in_words(entry: JournalEntry) -> str:
    moved = entry.state_from != entry.state_to
    where = f", {entry.state_from} to {entry.state_to}" if moved else ""
    what = entry.kind.replace("_", " ")
    return f"{what}{where}, by {entry.actor} ({entry.role}) on {entry.at:%d-%b-%Y at %H:%M} UTC"
