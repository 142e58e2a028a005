"""`allpath audit verify` and `witness`: whether anything that was written is not as it was."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from allpath import words
from allpath.cli.auditkey import PublicKeys, public_keys
from allpath.cli.looking import record_look
from allpath.cli.printing import note, progress, put, put_json
from allpath.cli.session import Json, Session, open_session
from workflow.errors import IntegrityError, StoreError

if TYPE_CHECKING:  # read when it is used
    from allpath.verifier.findings import Report

MOST: int = 20
"""So many findings are shown in words."""


def verify(
    ctx: typer.Context,
    *,
    public_key: PublicKeys = None,
    anchor: Annotated[
        list[Path] | None,
        typer.Option(
            "--anchor", metavar="FILE", help="Heads kept outside; default: ALLPATH_ANCHOR_FILE."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check that nothing was rewritten: every entry, fact, audit event, path, root and signature.

    What meetings, assignments and emergency access left is compared with the log as well. Reads
    the database with a program of its own, and names the first thing that is not right.

    Example: `allpath audit verify`
    """
    session = open_session(ctx)
    report = verified(session, public_key, anchor)
    findings = report.findings
    if as_json:
        put_json(_answer(report))
    else:
        put(*_counted(report))
        for finding in findings[:MOST]:
            put(f"NOT RIGHT: {finding}")
        if len(findings) > MOST:
            put(f"... and {len(findings) - MOST} more; --json shows all of them.")
        for text in report.notes:
            note(text)
    if findings:
        msg = (
            f"Something was changed behind the program, first here: {findings[0]}. Stop working on "
            "it, keep the database as it is, and compare it with a backup."
        )
        raise IntegrityError(msg)


def verified(
    session: Session,
    keys: list[Path] | None = None,
    anchors: list[Path] | None = None,
    *,
    up_to: int | None = None,
) -> Report:
    """What the program that reads the database by itself finds in it.

    `up_to` leaves out heads outside of a larger log: a backup ends before them. Raises StoreError
    where it cannot be read, or where an anchor is gone.
    """
    from allpath.audit.anchors import FileAnchor  # noqa: PLC0415 - read when needed
    from allpath.bootstrap import database_of  # noqa: PLC0415 - read when needed
    from allpath.verifier import checks, reader, together  # noqa: PLC0415 - read when needed
    from storage.sqlite import SqliteFile  # noqa: PLC0415 - read when needed

    settings = session.settings
    known = (
        {key.key_id: key.raw for key in public_keys(session, keys)}
        if keys or settings.audit.key_file
        else {}
    )
    configured = settings.audit.anchor_file
    files = anchors or ([configured] if configured else [])
    missing = [file for file in files if not file.is_file()]
    notes = {
        str(file): [
            signed.note()
            for signed in FileAnchor(file).heads()
            if up_to is None or signed.head.size <= up_to
        ]
        for file in files
    }
    database: Any = database_of(settings)  # Any: a file or a server, each with words of its own
    is_file = isinstance(database, SqliteFile)
    access = {"key": database.key} if is_file else {"connect": database.parameters()}
    try:
        report = together.verify_database(
            database.url, access, known, notes, late=0 if is_file else checks.LATE
        )
    except reader.UnreadableError as error:
        raise StoreError(str(error)) from None
    if missing and report.heads and not report.findings:
        msg = (
            f"Heads were signed, but there is no anchor {missing[0]}: it was removed or is not "
            "mounted, so nobody can tell here whether the log was cut. Ask whoever keeps it."
        )
        raise StoreError(msg)
    return report


def _answer(report: Report) -> dict[str, Any]:  # Any: plain JSON
    return {
        "verified": not report.findings,
        "entries": report.entries,
        "events": report.events,
        "facts": report.facts,
        "log_size": report.leaves,
        "heads": report.heads,
        "anchored": report.anchored,
        "waiting": report.waiting,
        "findings": [
            {"where": item.where, "what": item.what, "position": item.position}
            for item in report.findings
        ],
        "notes": report.notes,
    }


def _counted(report: Report) -> list[str]:
    count = words.counted
    kept = ", ".join(
        (
            count(report.entries, "journal entry", "journal entries"),
            count(report.events, "audit event"),
            count(report.facts, "fact record"),
        )
    )
    heads = f"{count(report.heads, 'signed head')} and {count(report.anchored, 'head')} outside"
    lines = [
        f"Looked at: {kept}.",
        f"The log has {count(report.leaves, 'entry', 'entries')}, {heads}.",
    ]
    if report.waiting:
        waiting = count(report.waiting, "entry is", "entries are")
        lines.append(f"{waiting} not in the log yet; `allpath audit seal` seals them.")
    if not report.findings:
        lines.append("Nothing was changed.")
    return lines


def witness(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the witness remembers.")],
    *,
    proof: Annotated[
        Path | None,
        typer.Option("--proof", help="A proof that was brought here, instead of the database."),
    ] = None,
    public_key: PublicKeys = None,
    as_json: Json = False,
) -> None:
    """Remember the newest head of the log, if it goes on from the one remembered; else exit 8.

    On another machine, run by somebody else, it needs no database: bring it a proof made with
    `allpath audit prove --since SIZE --out FILE`.

    Example: `allpath audit witness seen.txt --proof proof.json --public-key log.key.pub`
    """
    from allpath.audit.proving import consistency_since, read_proof  # noqa: PLC0415 - read when needed
    from allpath.audit.witness import accept  # noqa: PLC0415 - read when needed

    session = open_session(ctx)
    keys = public_keys(session, public_key)
    if proof is not None:
        given = read_proof(proof)
        seen = accept(file, lambda _: given, keys)
    else:
        log = session.allpath.store.log
        seen = accept(file, lambda old: consistency_since(log, old), keys)
    head = seen.signed.head
    if as_json:
        put_json({"before": seen.before, "size": head.size, "root": head.root.hex()})
    elif seen.before is None:
        put(f"The witness begins with a log of {words.counted(head.size, 'entry', 'entries')}.")
    else:
        put(f"The log went on from {seen.before} to {head.size} entries; nothing before changed.")


def replay(
    ctx: typer.Context,
    patient: Annotated[str, typer.Argument(metavar="[PATIENT]", help="Only this patient.")] = "",
    *,
    as_json: Json = False,
) -> None:
    """Make every recorded decision again, and compare it with the digest that was stored.

    Each is made under the pathway version of its moment, on what was on record then.

    Example: `allpath audit replay`
    """
    from workflow.replaying import replays  # noqa: PLC0415 - read when it is used

    session = open_session(ctx)
    store, orchestrator = session.allpath.store, session.allpath.orchestrator
    chosen = [session.path_id(patient)] if patient else list(store.ids())
    made, other = 0, []
    with progress("Deciding again", len(chosen)) as done:
        for number, path_id in enumerate(chosen, start=1):
            found = orchestrator.look(path_id, session.now())
            for replayed in replays(found.case, orchestrator.history(found)):
                made += 1
                if not replayed.is_as_stored:
                    other.append((path_id, replayed.entry.seq))
            done(number)
    record_look(session, "decisions_replayed", chosen[0] if patient else "")
    if as_json:
        differing = [{"path_id": path_id, "entry": seq} for path_id, seq in other]
        put_json({"paths": len(chosen), "decisions": made, "not_as_stored": differing})
    else:
        put(
            f"{words.counted(made, 'recorded decision')} of "
            f"{words.counted(len(chosen), 'patient')} made again: "
            f"{words.counted(made - len(other), 'is', 'are')} as stored, {len(other)} not."
        )
        for path_id, seq in other[:MOST]:
            put(f"NOT AS STORED: {path_id} entry {seq}")
    if other:
        path_id, seq = other[0]
        msg = (
            "A decision made again is not the one that was stored, first here: "
            f"`allpath step explain {path_id} --entry {seq}`. Run `allpath audit verify`."
        )
        raise IntegrityError(msg)
