"""Erasing an identity: the key is destroyed, the path with its facts and history stays for ever.

An erasure cannot be undone. So it is refused while somebody still has to find the patient: a path
in care is erased only where the patient has withdrawn the use of their data and asks for it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from workflow.act import Act
from workflow.commands import EraseIdentity
from workflow.data_use import data_use, said_in
from workflow.emergency import EmergencyEntry
from workflow.errors import RefusedError
from workflow.found import Found
from workflow.mdt import MdtEntry
from workflow.records import JournalEntry, Person

ERASED: Final = "identity_erased"
ERASERS: Final = frozenset({"lead", "director"})
ERASURE_REASONS: Final = {
    "patient_request": "the patient, or who speaks for the patient, asked for it",
    "retention_ended": "the time for which records must be kept is over",
    "ordered": "a court or an authority ordered it",
    "enrolled_by_mistake": "the patient should never have been enrolled",
}
LONG_ENOUGH: Final = 3
"""Shorter parts of a name are in too many words to look for."""


def erase_identity(
    act: Act, command: EraseIdentity, journal: Sequence[JournalEntry], person: Person
) -> None:
    """The act destroys the key and says so in the journal; raises RefusedError where it may not."""
    refuse_erasure(act.found, journal)
    if command.reason not in ERASURE_REASONS:
        msg = f"{command.reason!r} is no reason to erase; take {', '.join(ERASURE_REASONS)}."
        raise RefusedError(msg)
    if not command.note.strip():
        raise RefusedError("An erasure is explained in words; say who asked for it, and when.")
    if is_named(person, command.note):
        msg = (
            "The explanation holds the patient's name or number and would stay for ever; write "
            "it without."
        )
        raise RefusedError(msg)
    act.erases_identity = True
    act.write(ERASED, reason=command.reason, note=command.note, effective_on=act.today)


def refuse_erasure(found: Found, journal: Sequence[JournalEntry]) -> None:
    """Nothing happens for a path whose identity may be erased; else RefusedError says why not."""
    path = found.case.path
    before = next((entry for entry in journal if entry.kind == ERASED), None)
    if before is not None:
        msg = (
            f"The identity of path {path.path_id} was erased already, on "
            f"{before.at.astimezone(found.zone):%d-%b-%Y} by {before.actor}; nothing was changed."
        )
        raise RefusedError(msg)
    if found.pathway.states[path.state].final:
        return
    if not data_use((*found.case.facts, *said_in(journal)), found.today).is_withdrawn:
        msg = (
            f"Path {path.path_id} is in care ({path.state}): without an identity nobody would know "
            "whom to treat. Wait until the path has ended, or record first that the patient has "
            f"withdrawn the use of data (`allpath patient data-use "
            f"{path.path_id} withdrawn`)."
        )
        raise RefusedError(msg)


def mentions(
    person: Person,
    found: Found,
    journal: Iterable[JournalEntry],
    discussed: Iterable[MdtEntry] = (),
    opened: Iterable[EmergencyEntry] = (),
) -> tuple[str, ...]:
    """Where the name or a number stands in a free text that stays.

    In entries, records, agendas, and in why somebody had emergency access or what was found.
    """
    # A signature holds the signer's own name, whoever else may have it.
    written = (
        (entry, {name: part for name, part in entry.detail.items() if name != "signature"})
        for entry in journal
    )
    entries = [
        f"entry {entry.seq}"
        for entry, detail in written
        if is_named(person, f"{entry.reason} {entry.note} {detail}")
    ]
    records = [
        f"record {record.record_id}"
        for record in found.case.facts
        if is_named(person, f"{record.value} {record.source}")
    ]
    agendas = [
        f"MDT entry {entry.seq}" for entry in discussed if is_named(person, f"{entry.content}")
    ]
    accesses = [
        f"emergency access {entry.access_id}" for entry in opened if is_named(person, entry.note)
    ]
    return (*entries, *records, *agendas, *accesses)


def is_named(person: Person, text: str) -> bool:
    """Whether the text holds a part of the person's name, or a number, in any case."""
    parts = [*person.family_name.split(), *person.given_name.split(), *person.identifiers.values()]
    searched = _folded(text)
    return any(_folded(part) in searched for part in parts if len(part) >= LONG_ENOUGH)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
