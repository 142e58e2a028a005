"""`allpath patient erase`: nobody can tell any more whom a path belongs to."""

from __future__ import annotations

from typing import Annotated

import typer

from allpath import words
from allpath.answers import path_answer
from allpath.cli.printing import heading, is_terminal, note, put, put_found, put_json
from allpath.cli.session import ActorName, Json, Key, Session, open_session
from allpath.problems import UsageError
from workflow.commands import EraseIdentity
from workflow.erasing import ERASERS, ERASURE_REASONS, is_named, mentions, refuse_erasure
from workflow.found import Found
from workflow.signing import require_role


def erase(
    ctx: typer.Context,
    path_id: Annotated[str, typer.Argument(metavar="PATH", help="The path, by its id alone.")],
    *,
    reason: Annotated[str, typer.Option(help=f"One of {', '.join(ERASURE_REASONS)}.")],
    because: Annotated[
        str, typer.Option(help="In words, without the name: who asked, when, under which number.")
    ],
    confirm: Annotated[
        str, typer.Option(metavar="PATH", help="The path's id again, where nobody can be asked.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be gone and what would stay.")
    ] = False,
    actor: ActorName = None,
    key: Key = "",
    as_json: Json = False,
) -> None:
    """Erase who a path belongs to: name, numbers and contact are gone and nothing brings them back.

    The path with its facts and history stays, without a name. A lead or director does this, for a
    path that has ended, or one whose patient has withdrawn the use of data. See
    docs/how-to/erase-a-patient.md first: the duty to keep records often comes before erasure.

    Example: `allpath patient erase P-7KM2QX --reason patient_request
    --because "letter of 20-Nov-2026, file 17" --actor "Dr Lea Lead:lead"`
    """
    session = open_session(ctx)
    who = session.actor(actor)
    require_role(who, ERASERS, "erase an identity")
    found = session.allpath.orchestrator.look(path_id, session.now())
    if dry_run:
        _put_foreseen(session, found, as_json=as_json)
        return
    command = EraseIdentity(actor=who, key=key, path_id=path_id, reason=reason, note=because)
    if not key:
        refuse_erasure(found, session.allpath.store.journal(path_id))
    _require_confirmed(path_id, confirm)
    outcome = session.allpath.orchestrator.erase_identity(command, session.now())
    is_overwritten = session.allpath.store.forget_removed()
    if as_json:
        put_json({"path": path_answer(outcome.path), "is_overwritten": is_overwritten})
        return
    put(
        f"The identity of {path_id} is erased. The path, its facts and its history stay, without "
        "a name."
    )
    if not is_overwritten:
        note(
            "Another program is reading the database, so its write-ahead log still holds what was "
            "erased; it is overwritten when that program is done and the log is next emptied."
        )
    note(
        "Key files of older backups still hold the key: destroy them when they expire, and erase "
        "again after an older backup was restored."
    )


def _put_foreseen(session: Session, found: Found, *, as_json: bool) -> None:
    """What an erasure would take and leave; nothing is written. Raises as the erasure would."""
    path, store = found.case.path, session.allpath.store
    journal, person = store.journal(path.path_id), store.person(path.path_id)
    refuse_erasure(found, journal)
    discussed = store.meetings.entries(path.path_id)
    opened = store.emergencies.of_path(path.path_id)
    assigned = enumerate(store.assignments.of(path.path_id), start=1)
    named = (
        *mentions(person, found, journal, discussed, opened),
        *(f"assignment {n}" for n, each in assigned if is_named(person, each.reason)),
    )
    live = len(found.case.checkpoints)
    if as_json:
        put_json(
            {
                "path_id": path.path_id,
                "identifiers": len(person.identifiers),
                "facts": len(found.case.facts),
                "entries": len(journal),
                "live_checkpoints": live,
                "named_in": list(named),
            }
        )
        return
    heading(f"Erasing the identity of {path.path_id} (nothing is written)")
    numbers = words.counted(len(person.identifiers), "number")
    put_found("gone for good", f"the name, {numbers}, the contact, and the key they are under")
    facts, entries = (
        words.counted(len(found.case.facts), "fact record"),
        words.counted(len(journal), "journal entry", "journal entries"),
    )
    put_found("stays", f"the path in {path.state}, {facts}, {entries}")
    if live:
        waits = words.counted(live, "checkpoint")
        put_found("mind", f"{waits} still expected, and nobody will know of whom")
    if named:
        put_found(
            "mind", f"the name or a number stands in free text that stays: {', '.join(named)}"
        )
    put_found("backups", "each key file made until now brings the identity back; see the how-to")


def _require_confirmed(path_id: str, confirm: str) -> None:
    """The id was typed a second time; raises UsageError otherwise."""
    if not confirm and is_terminal():
        confirm = typer.prompt(f"This cannot be undone. Type {path_id} to erase the identity")
    if confirm.strip() != path_id:
        msg = (
            f"Erasing cannot be undone, so the path is named twice: add --confirm {path_id}. "
            "Nothing was erased. --dry-run shows what would be."
        )
        raise UsageError(msg)
