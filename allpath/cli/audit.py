"""`allpath audit`: who did and saw what, and the proof that none of it was rewritten."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from allpath import words
from allpath.cli import auditkey
from allpath.cli.auditchecks import replay, verify, witness
from allpath.cli.auditkey import PublicKeys, public_keys
from allpath.cli.looking import record_look
from allpath.cli.printing import note, put, put_json, put_table
from allpath.cli.session import Json, Session, open_session
from allpath.cli.signatures import signatures
from allpath.problems import UsageError
from workflow.errors import IntegrityError, StoreError

if TYPE_CHECKING:  # read when it is used
    from allpath.audit.sealing import Sealed

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", no_args_is_help=True)
app.add_typer(auditkey.app, name="key")
app.command()(verify)
app.command()(witness)
app.command()(replay)
app.command()(signatures)

ToFile = Annotated[Path | None, typer.Option("--out", help="Write to this new file instead.")]


@app.callback()
def _group() -> None:
    """Who did and saw what, and the proof that none of it was rewritten."""


@app.command("list")
def list_(
    ctx: typer.Context,
    *,
    patient: Annotated[str, typer.Option(help="Only what concerns this patient.")] = "",
    who: Annotated[str, typer.Option(help="Only what this person did, by part of the name.")] = "",
    action: Annotated[str, typer.Option(help="Only this action, like history_shown.")] = "",
    since: Annotated[str | None, typer.Option(metavar="DATE", help="From this day on.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="So many at most, the newest.")] = 50,
    as_json: Json = False,
) -> None:
    """List who did what and who looked at whom, the oldest first.

    Example: `allpath audit list --patient P-7KM2QX`
    """
    session = open_session(ctx)
    path_id = session.path_id(patient) if patient else ""
    first = _first_of(since, session) if since else 0
    events = [
        event
        for event in session.allpath.store.log.events()
        if (not path_id or event["path_id"] == path_id)
        and who.casefold() in event["actor"].casefold()
        and action in ("", event["action"])
        and event["at"] >= first
    ][-limit:]
    record_look(session, "audit_listed", path_id)
    if as_json:
        put_json([_event_answer(event) for event in events])
        return
    if not events:
        put("Nothing of that kind is on record.")
        return
    titles = ("Number", "When", "Who", "Action", "Path", "Detail")
    put_table(titles, [_event_cells(session, event) for event in events])


def _first_of(day: str, session: Session) -> int:
    """The beginning of the day at the site, in microseconds since 1970."""
    from storage.rows import micros  # noqa: PLC0415 - storage is opened when it is needed

    try:
        return micros(datetime.combine(date.fromisoformat(day), time.min, session.settings.zone))
    except ValueError:
        raise UsageError(f"--since {day} is not a day; write one as 2026-11-23.") from None


def _event_answer(event: dict[str, Any]) -> dict[str, Any]:  # Any: plain JSON
    from allpath.verifier.standalone import instant  # noqa: PLC0415 - read when needed

    return {**event, "at": instant(event["at"])}


def _event_cells(session: Session, event: dict[str, Any]) -> tuple[str, ...]:  # Any: plain JSON
    from storage.rows import instant  # noqa: PLC0415 - storage is opened when it is needed

    at = words.minute(instant(event["at"]), session.settings.zone)
    user = f", user {event['os_user']}" if event["os_user"] else ""
    who = f"{event['actor']} ({event['role']}{user})"
    action = event["action"].replace("_", " ")
    return (str(event["number"]), at, who, action, event["path_id"], event["detail"])


@app.command()
def export(
    ctx: typer.Context,
    patient: Annotated[
        str, typer.Argument(metavar="[PATIENT]", help="One path; without it, all audit events.")
    ] = "",
    *,
    form: Annotated[
        Literal["ndjson", "csv"], typer.Option("--format", help="Lines of JSON, or a table.")
    ] = "ndjson",
    out: ToFile = None,
    bundle: Annotated[
        Path | None,
        typer.Option(
            "--bundle", metavar="DIR|ZIP", help="All that others need to check it themselves."
        ),
    ] = None,
    public_key: PublicKeys = None,
    as_json: Json = False,
) -> None:
    """Export one patient's history and audit events, or every audit event; or a bundle with proofs.

    Example: `allpath audit export P-7KM2QX --bundle P-7KM2QX.zip`
    """
    from allpath.audit.export import (  # noqa: PLC0415 - read when needed
        as_csv,
        as_ndjson,
        records_of,
        records_of_events,
    )

    session = open_session(ctx)
    log = session.allpath.store.log
    path_id = session.path_id(patient) if patient else ""
    if bundle is not None:
        _write_bundle(session, path_id, bundle, public_key, as_json=as_json)
        return
    records = records_of(log.of_path(path_id)) if path_id else records_of_events(log.events())
    lines = as_csv(records) if form == "csv" else as_ndjson(records)
    count = _write(lines, out)
    record_look(session, "audit_exported", path_id, form)
    if out is not None:
        put(f"{words.counted(count, 'line')} are in {out}.")


def _write_bundle(
    session: Session, path_id: str, where: Path, keys: list[Path] | None, *, as_json: bool
) -> None:
    from allpath.audit.proving import bundle_of, last_head, write_bundle  # noqa: PLC0415 - read when needed

    if not path_id:
        raise UsageError("A bundle is of one patient; write `allpath audit export PATIENT ...`.")
    log = session.allpath.store.log
    signed = last_head(log)
    known = public_keys(session, keys)
    key = next((key for key in known if key.has_signed(signed)), known[0])
    files = bundle_of(log, path_id, key)
    write_bundle(files, where)
    record_look(session, "audit_exported", path_id, "bundle")
    if as_json:
        put_json({"path_id": path_id, "bundle": str(where), "size": signed.head.size})
        return
    count = files["entries.ndjson"].count("\n")
    put(f"{words.counted(count, 'entry', 'entries')} with their proofs are in {where}.")
    note("Whoever gets it runs: python3 verify.py --public-key THE-KEY-YOU-GAVE-THEM")


def _write(lines: Iterator[str], out: Path | None) -> int:
    count = 0
    if out is None:
        for line in lines:
            sys.stdout.write(line)
            count += 1
        return count
    try:
        with out.open("x", encoding="utf-8", newline="") as file:
            for line in lines:
                file.write(line)
                count += 1
    except OSError as error:
        msg = f"{out} cannot be written ({error.strerror}); name a new file in a folder of yours."
        raise StoreError(msg) from None
    return count


@app.command()
def prove(
    ctx: typer.Context,
    patient: Annotated[str, typer.Argument(metavar="[PATIENT]", help="Whose entry.")] = "",
    *,
    entry: Annotated[int, typer.Option(help="The number of the entry in the history.")] = 1,
    since: Annotated[
        int | None, typer.Option(min=0, help="Instead: that the log goes on from this size.")
    ] = None,
    out: ToFile = None,
    as_json: Json = False,
) -> None:
    """Prove that an entry is in the signed log, or that the log goes on from an earlier one.

    Example: `allpath audit prove P-7KM2QX --entry 3`
    """
    from allpath.audit.proving import consistency_since, inclusion_of  # noqa: PLC0415 - read when needed

    session = open_session(ctx)
    log = session.allpath.store.log
    if (since is None) == (not patient):
        raise UsageError("Say what is to be proved: PATIENT with --entry, or --since SIZE.")
    if since is None:
        proof = inclusion_of(log, session.path_id(patient), entry)
        count = words.counted(len(proof["proof"]), "hash", "hashes")
        text = (
            f"Entry {entry} of {proof['path_id']} is at position {proof['position']} of the signed "
            f"log of {proof['size']} entries; {count} prove it."
        )
    else:
        proof = consistency_since(log, since)
        count = words.counted(len(proof["proof"]), "hash", "hashes")
        text = f"The signed log begins with the {since} entries asked for; {count} prove it."
    if out is not None:
        _write(iter([json.dumps(proof) + "\n"]), out)
    if as_json:
        put_json(proof)
    else:
        put(text, *([f"The proof is in {out}."] if out else []))


@app.command()
def seal(ctx: typer.Context, *, as_json: Json = False) -> None:
    """Seal what was written, sign the head of the log and publish it; the worker does it by itself.

    Example: `allpath audit seal`
    """
    from allpath.audit.sealing import sealer_of  # noqa: PLC0415 - read when needed

    session = open_session(ctx)
    sealer = sealer_of(session.allpath)
    done = sealer.seal(session.now())
    if as_json:
        put_json(_sealed_answer(done))
    else:
        put(*_sealed_lines(done, has_key=session.settings.audit.key_file is not None))
    if done.problems:
        raise (IntegrityError if sealer.is_cut else StoreError)(" ".join(done.problems))


def _sealed_answer(done: Sealed) -> dict[str, Any]:  # Any: plain JSON
    return {
        "added": done.added,
        "size": done.size,
        "head": done.head.note() if done.head else None,
        "published": done.published,
        "problems": list(done.problems),
    }


def _sealed_lines(done: Sealed, *, has_key: bool) -> Iterable[str]:
    added = words.counted(done.added, "new entry", "new entries")
    yield f"The log has {words.counted(done.size, 'entry', 'entries')} now, {added}."
    if done.head:
        yield f"Its head was signed with the key {done.head.key_id}."
    elif not has_key:
        yield "Its head is not signed: ALLPATH_SIGNING_KEY_FILE names no key."
    if done.published:
        yield f"{words.counted(done.published, 'head')} went outside."
