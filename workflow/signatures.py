"""What a signature means, and that it stands in the very entry it is under.

A signed entry of the journal names who signed, what the signature means and how the signer showed
who they are; its moment is the entry's. The hash of the entry covers all of it, so a signature can
be neither moved to another entry nor taken out of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from workflow.records import Actor, JournalEntry

Voucher = Callable[[Actor, str], str]
"""Asks a signer once more who they are, before anything is signed.

Given who acts and what for, it answers how that was shown, in a few words; raises NotPermittedError
when it was not.
"""
NOT_CHECKED: Final = "named, not checked"

_MEANINGS: Final[Mapping[str, str]] = {
    "step_proposed": "first of two signatures: confirms the step",
    "step_confirmed": "confirms the step and answers for it",
    "step_countersigned": "second of two signatures: confirms the step",
    "step_declined": "declines the step that waited",
    "override_proposed": "first of two signatures: answers for an override",
    "step_overridden": "answers for an override",
    "undo_proposed": "first of two signatures: undoes the step",
    "step_undone": "undoes the step",
    "merged_into": "merges the path into another of the same patient",
    "merged_from": "takes in another path of the same patient",
    "unmerged_from": "parts the path from the other one",
    "unmerged": "parts the other path from this one",
    "identity_erased": "erases the identity of the patient",
    "care_explained": "answers for care off the pathway",
    "review_closed": "has looked at a past decision again",
}


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature as it stands in the journal; `first` signed before, where two had to."""

    entry: JournalEntry
    name: str
    role: str
    at: datetime
    meaning: str
    shown_by: str
    first: str = ""

    @property
    def is_bound(self) -> bool:
        """Whether the entry it stands in still has the hash it was written with."""
        return self.entry.hash == self.entry.computed_hash()


def signature(kind: str, actor: Actor, detail: Mapping[str, Any]) -> dict[str, str] | None:
    """What an entry of this kind keeps of the signature under it; None where nobody signs."""
    meaning = _MEANINGS.get(kind)
    if meaning is None:
        return None
    if "first" in detail and kind != "step_countersigned":
        meaning = f"second of two signatures: {meaning}"
    shown = actor.shown_by or NOT_CHECKED
    return {"name": actor.name, "meaning": meaning, "shown_by": shown}


def signatures(entries: Iterable[JournalEntry]) -> Iterator[Signed]:
    """Every signature in a history, the oldest first."""
    for entry in entries:
        kept = entry.detail.get("signature")
        if kept is not None:
            yield Signed(
                entry,
                str(kept["name"]),
                entry.role,
                entry.at,
                str(kept["meaning"]),
                str(kept["shown_by"]),
                str(entry.detail.get("first", "")),
            )


def not_checked(_actor: Actor, _what: str) -> str:
    """Whoever is named signs: where accounts, or a program that asks, are not set up."""
    return NOT_CHECKED
