"""Transcripts become paths through the orchestrator: one row, one transaction, or nothing at all.

A path that tells already what its row says is left alone, so an import that was cut short is simply
run again. Whether it does is read from the path's journal, not from a note that might expire.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from allpath.imports.transcript import Transcript
from allpath.patients import new_path_id
from workflow.canonical import digest
from workflow.commands import Enrol, NewFact, Transcribe, TranscribedStep
from workflow.data_use import DATA_USE, REFUSING, withdrawn
from workflow.entry import entered_value
from workflow.errors import ConflictError
from workflow.orchestrator import Orchestrator
from workflow.pathway import Pathway
from workflow.records import Actor, JournalEntry, Person
from workflow.steps import MAIN
from workflow.store import Store, Transaction

_Told = tuple[str, date | None, str]
"""What a journal entry tells: a fact, step or state, since when, and a digest of the value."""


@dataclass(frozen=True, slots=True)
class Written:
    """How much a row added: paths (0 or 1), steps and fact records.

    `is_left_out`: the patient does not want to be counted in figures about many.
    """

    paths: int = 0
    steps: int = 0
    facts: int = 0
    is_left_out: bool = False


@dataclass(frozen=True)
class Importer:
    """Carries out transcripts of one file. `begin` opens the transaction of one row.

    `settings` are the site's for a new enrolment; a transcript's own go before them.
    """

    store: Store
    pathway: Pathway
    system: str
    actor: Actor
    settings: Mapping[str, str]
    begin: Callable[[Store], AbstractContextManager[Transaction]]

    @cached_property
    def _orchestrator(self) -> Orchestrator:
        """One for all rows: it remembers the pathway version it has read."""
        return Orchestrator(self.store, lambda _: self.pathway)

    @cached_property
    def _withdrawn(self) -> frozenset[str]:
        """Who withdrew the use of their data before this import."""
        return withdrawn(self.store.consents())

    def carry_out(self, transcript: Transcript, now: datetime) -> Written:
        """The person is enrolled and everything is written down; what stands there already stays.

        Raises RefusedError or FactError when a step is not open or a value does not fit, and
        ConflictError when the identifier belongs to a path that tells another story.
        """
        earlier = self.store.enrolled(self.system, transcript.identifier)
        if earlier is None:
            try:
                return self._write(transcript, now)
            except ConflictError:
                # Another import may have enrolled the same person a moment ago.
                earlier = self.store.enrolled(self.system, transcript.identifier)
                if earlier is None:
                    raise
        self._refuse_unless_told(earlier, transcript)
        return Written(is_left_out=earlier in self._withdrawn)

    def _write(self, transcript: Transcript, now: datetime) -> Written:
        path_id = new_path_id(self.store)
        enrol = Enrol(
            actor=self.actor,
            person=Person(
                path_id=path_id,
                family_name=transcript.family_name,
                given_name=transcript.given_name,
                identifiers={self.system: transcript.identifier},
                title=transcript.title,
            ),
            pathway_id=self.pathway.id,
            settings={**self.settings, **transcript.settings},
            entered_on=transcript.entered_on,
            state=transcript.state,
            reason=transcript.reason,
        )
        transcribe = Transcribe(actor=self.actor, path_id=path_id, acts=transcript.acts)
        orchestrator = self._orchestrator
        with self.begin(self.store) as transaction:
            entries = orchestrator.enrol_within(transaction, enrol, now).entries
            if transcript.acts:
                entries += orchestrator.transcribe_within(transaction, transcribe, now).entries
        kinds = Counter(entry.kind for entry in entries)
        refuses = any(
            isinstance(act, NewFact) and act.fact == DATA_USE and act.value in REFUSING
            for act in transcript.acts
        )
        return Written(1, kinds["step_transcribed"], kinds["fact_recorded"], refuses)

    def _refuse_unless_told(self, path_id: str, transcript: Transcript) -> None:
        """An identical second run changes nothing; another story is for a person to settle."""
        told = Counter(_told(entry) for entry in self.store.journal(path_id))
        wanted = Counter(_wanted(transcript, self.pathway))
        different = sorted({name for name, _, _ in wanted - told})
        if different:
            msg = (
                f"The person is enrolled already, on the path {path_id}, and its history lacks "
                f"what this row says: {', '.join(different)}. Compare the two with `allpath "
                f"history {path_id}`, and record or correct what is right there."
            )
            raise ConflictError(msg)


@contextmanager
def committed(store: Store) -> Iterator[Transaction]:
    """What is written inside stays."""
    with store.begin() as transaction:
        yield transaction


@contextmanager
def rehearsed(store: Store) -> Iterator[Transaction]:
    """Everything inside is decided and checked as ever, and then rolled back."""
    with suppress(_RehearsedError), store.begin() as transaction:
        yield transaction
        raise _RehearsedError


class _RehearsedError(Exception):
    """Takes a transaction back on purpose."""


def _told(entry: JournalEntry) -> _Told:
    if entry.kind == "fact_recorded":
        return (str(entry.detail["fact"]), entry.effective_on, str(entry.detail["value"]))
    if entry.kind == "step_transcribed" and entry.track != MAIN:
        is_closed = entry.track in entry.detail.get("closed_tracks", ())
        return (f"{entry.track}:{'closed' if is_closed else 'open'}", entry.effective_on, "")
    return (entry.state_to, entry.effective_on, "")


def _wanted(transcript: Transcript, pathway: Pathway) -> Iterator[_Told]:
    yield (transcript.state or pathway.start, transcript.entered_on, "")
    for act in transcript.acts:
        if isinstance(act, TranscribedStep):
            yield (act.step, act.effective_on, "")
        elif isinstance(act, NewFact):
            yield (act.fact, act.effective_at, digest(entered_value(pathway, act)))
