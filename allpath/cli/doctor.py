"""`allpath doctor`: whether this installation can be worked with, and what to do if not."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import typer

from allpath import words
from allpath.cli.printing import put, put_found, put_json
from allpath.cli.session import Json, Session, open_session, read_actor
from allpath.settings import VARIABLES
from allpath.tasks import is_final
from workflow.errors import AllpathError, IntegrityError, StoreError
from workflow.loading import load_shipped, shipped
from workflow.versions import read_version

if TYPE_CHECKING:  # read when a database is looked at
    from allpath.bootstrap import Allpath
    from storage.database import Condition
    from workflow.twice_converted import TwiceConverted

app = typer.Typer(add_completion=False, rich_markup_mode="markdown")

OK: Final = "ok"
WARN: Final = "warn"
FAIL: Final = "fail"
BROKEN: Final = "broken"
LATE_SEAL: Final = timedelta(minutes=5)
OLD_BACKUP: Final = timedelta(days=7)
OLD_REHEARSAL: Final = timedelta(days=90)
MOST: Final = 20
"""So many results are named one by one."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at: its name, whether it is well, and what was seen or is to be done."""

    name: str
    result: str
    text: str


@app.command()
def doctor(ctx: typer.Context, *, as_json: Json = False) -> None:
    """Check this installation: database, pathways and their review, scheduler, time zone, actor.

    Example: `allpath doctor`
    """
    session = open_session(ctx)
    findings = list(_findings(session))
    failed = any(finding.result in {FAIL, BROKEN} for finding in findings)
    if as_json:
        put_json(
            {
                "healthy": not failed,
                "findings": [
                    {"name": item.name, "result": item.result, "text": item.text}
                    for item in findings
                ],
            }
        )
    else:
        for item in findings:
            put_found(item.name, f"{item.result} - {item.text}")
        put("Something needs attention." if failed else "All is well.")
    if failed:
        raise typer.Exit(8 if any(item.result == BROKEN for item in findings) else 7)


def findings_of(allpath: Allpath) -> list[Finding]:
    """Everything looked at, for a page that has the product open already."""
    return list(_findings(_over(allpath)))


def backups_of(allpath: Allpath) -> tuple[Finding, Finding]:
    """How old the last backup is, and when one was last brought back."""
    from allpath.bootstrap import database_of  # noqa: PLC0415 - opened when needed
    from storage.engine import status_of  # noqa: PLC0415 - opened when needed

    session, found = _over(allpath), status_of(database_of(allpath.settings))
    return _backup(found.backup_at, session), _rehearsal(found.rehearsed_at, session)


def _over(allpath: Allpath) -> Session:
    session = Session(allpath.settings, allpath.clock)
    vars(session)["allpath"] = allpath  # open already: in the place of the one it would open
    return session


def _findings(session: Session) -> Iterator[Finding]:
    looks: tuple[tuple[str, Callable[[Session], Iterator[Finding]]], ...] = (
        ("program", _program),
        ("settings", _settings),
        ("database", _database),
        ("history", _history),
        ("log", _log),
        ("versions", _versions),
        ("reviews", _reviews),
        ("results", _results),
        ("civil time", _civil_time),
        ("scheduler", _scheduler),
        ("notices", _notices),
        ("pathways", _pathways),
    )
    for name, look in looks:
        try:
            yield from look(session)
        except AllpathError as error:
            yield Finding(name, FAIL, str(error))


def _program(session: Session) -> Iterator[Finding]:  # noqa: ARG001 - one signature for all
    from importlib.metadata import version  # noqa: PLC0415 - slow to read, only shown here

    text = f"allpath {version('allpath')}, Python {platform.python_version()}"
    yield Finding("program", OK, text)


def _settings(session: Session) -> Iterator[Finding]:
    settings = session.settings
    now = words.minute(session.now(), settings.zone)
    yield Finding("time zone", OK, f"{settings.time_zone}, now {now}")
    if settings.actor:
        yield Finding("actor", OK, f"{read_actor(settings.actor)} (ALLPATH_ACTOR)")
    else:
        yield Finding("actor", OK, "none set; commands that write need --actor")
    for name in settings.unknown:
        known = ", ".join(VARIABLES)
        yield Finding("settings", WARN, f"{name} means nothing to Allpath; known are {known}")


def _database(session: Session) -> Iterator[Finding]:
    from allpath.bootstrap import database_of  # noqa: PLC0415 - opened when needed
    from storage.engine import status_of  # noqa: PLC0415 - opened when needed

    database = database_of(session.settings)
    try:
        found = status_of(database)
    except StoreError:
        # A file that is not there yet is made by the first command; let that command say what is
        # wrong where it cannot be made.
        _ = session.allpath
        found = status_of(database)
    yield Finding("database", OK, found.url)
    yield from _condition(found.condition)
    if found.is_current:
        yield Finding("schema", OK, f"revision {found.revision}")
    else:
        text = f"revision {found.revision}, this program needs {found.head}; {found.cure}"
        yield Finding("schema", FAIL, text)
    yield _backup(found.backup_at, session)
    yield _rehearsal(found.rehearsed_at, session)
    if found.is_current:
        yield _identities(session)
    yield Finding("kept", OK, json.dumps(dict(found.counts)).strip("{}").replace('"', ""))


def _backup(backup_at: str, session: Session) -> Finding:
    """How old the last backup is that this program made."""
    cure = "make one with `allpath db backup FILE`"
    if not backup_at:
        return Finding("backup", WARN, f"none made yet; {cure}")
    return _dated("backup", "the last one was made", backup_at, session, OLD_BACKUP, cure)


def _rehearsal(rehearsed_at: str, session: Session) -> Finding:
    """How long ago a backup was last brought back and found whole: until then it is a hope."""
    cure = "try one with `allpath db rehearse FILE`"
    if not rehearsed_at:
        return Finding("rehearsal", WARN, f"no backup was ever brought back to see; {cure}")
    told = "a backup was last brought back"
    return _dated("rehearsal", told, rehearsed_at, session, OLD_REHEARSAL, cure)


def _dated(  # noqa: PLR0917 - two callers above, each with all of it
    name: str, told: str, moment: str, session: Session, oldest: timedelta, cure: str
) -> Finding:
    """When something was last done; a warning with the cure where that is too long ago."""
    at = datetime.fromisoformat(moment)
    text = f"{told} {words.minute(at, session.settings.zone)}"
    age = session.now() - at
    if age > oldest:
        return Finding(name, WARN, f"{text}, {age.days} days ago; {cure}")
    return Finding(name, OK, text)


def _identities(session: Session) -> Finding:
    """Everybody has the key their name is sealed under, unless the identity was erased."""
    missing = session.allpath.store.without_key()
    if not missing:
        return Finding("identities", OK, "everybody who was not erased has a key")
    text = (
        f"{words.counted(len(missing), 'patient')} without a key, nobody can read the name; first "
        f"{missing[0]}. Restore the last backup with its key file"
    )
    return Finding("identities", FAIL, text)


def _condition(how: Condition) -> Iterator[Finding]:
    """How the database survives a crash and a thief, and what the connected role could do."""
    driver = f"{how.driver}, {how.product} {how.version}"
    if how.product == "SQLite":
        wal = how.journal_mode == "wal"
        why = "safe with this SQLite" if wal else "this SQLite has no mended write-ahead log"
        encrypted = "yes, the key comes from ALLPATH_DATABASE_KEY_FILE" if how.encrypted else "no"
    else:
        why = "the server's own"
        line = "encrypted" if how.encrypted else "not encrypted"
        encrypted = f"the line to the server is {line}; its disks are the server's business"
    text = f"{how.journal_mode}, synchronous {how.synchronous}: {why} ({driver})"
    yield Finding("journal mode", OK, text)
    yield Finding("encrypted", OK if how.encrypted else WARN, encrypted)
    for note in how.notes:
        yield Finding("role", WARN, note)


def _history(session: Session) -> Iterator[Finding]:
    """Every path's history agrees with its own hashes, and no path was forgotten."""
    from storage.chain import verify_chain  # noqa: PLC0415 - read when needed

    found = verify_chain(session.allpath.store)
    if found:
        yield Finding(
            "history", BROKEN, f"{found[0]} ({words.counted(len(found), 'finding')} in all)"
        )
    else:
        yield Finding("history", OK, "every hash chain verifies")
    forgotten = [
        row.path.path_id
        for row in session.allpath.store.worklist.every()
        if row.checkpoint is None and not is_final(session.allpath.shown_by(row.path), row.path)
    ]
    if forgotten:
        yield Finding("next steps", FAIL, f"no next step for {', '.join(forgotten[:5])}")
    else:
        yield Finding("next steps", OK, "every path that is not final has one")


def _reviews(session: Session) -> Iterator[Finding]:
    """Every past decision that a correction would change was looked at again."""
    from allpath.reviews import open_reviews, reviews_sentence  # noqa: PLC0415 - read when needed

    waiting = open_reviews(session.allpath.store)
    if waiting:
        yield Finding("reviews", WARN, reviews_sentence(waiting))
    else:
        yield Finding("reviews", OK, "no past decision waits to be looked at again")


def _results(session: Session) -> Iterator[Finding]:
    """No result was converted twice by an earlier program; no value is shown."""
    from allpath.converted import converted_twice  # noqa: PLC0415 - read when needed

    found = converted_twice(session.allpath.store)
    if not found:
        yield Finding("results", OK, "each that was moved, merged or withdrawn is what it was")
    counting = [each for each in found if each.counts]
    if counting:
        text = (
            f"{words.counted(len(counting), 'result')} {_was(counting)} converted twice by an "
            f"earlier program: {_named(counting)}. Compare each with the laboratory's report and "
            "correct it with its unit (`allpath fact correct PATH RECORD VALUE --unit UNIT`); look "
            "at the reviews that come up then"
        )
        yield Finding("results", FAIL, text)
    withdrawn = [each for each in found if not each.counts]
    if withdrawn:
        text = (
            f"{words.counted(len(withdrawn), 'withdrawn result')} {_was(withdrawn)} converted "
            f"twice by an earlier program and {'counts' if len(withdrawn) == 1 else 'count'} for "
            f"nothing: {_named(withdrawn)}. Never bring such a one back; record the result anew"
        )
        yield Finding("results", WARN, text)


def _was(found: Sequence[object]) -> str:
    return "was" if len(found) == 1 else "were"


def _named(found: Sequence[TwiceConverted]) -> str:
    """The first few, each with its path, its record and how it came about."""
    named = [f"{each.path_id} record {each.record_id} ({each.way})" for each in found[:MOST]]
    more = len(found) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")


def _log(session: Session) -> Iterator[Finding]:
    """What was written is sealed within minutes, and heads are signed and lie outside."""
    from allpath.audit.anchors import FileAnchor  # noqa: PLC0415 - read when needed

    audit, log, now = session.settings.audit, session.allpath.store.log, session.now()
    waiting, last = log.waiting(), log.last_head()
    text = f"{words.counted(log.size(), 'entry', 'entries')} sealed, {waiting.count} waiting"
    if waiting.since and now - waiting.since > LATE_SEAL:
        since = words.minute(waiting.since, session.settings.zone)
        yield Finding("log", WARN, f"{text} since {since}; start a worker or `allpath audit seal`")
    else:
        yield Finding("log", OK, text)
    if audit.key_file is None:
        yield Finding("signing key", WARN, "none; make one with `allpath audit key new FILE`")
    elif not audit.key_file.is_file():
        text = f"{audit.key_file} is not there, so no head is signed; bring it back"
        yield Finding("signing key", FAIL, text)
    if last is not None:
        at = words.minute(last.head.signed_at, session.settings.zone)
        yield Finding("signed head", OK, f"{last.head.size} entries, signed {at} ({last.key_id})")
    if last is not None and audit.anchor_file is not None:
        known = FileAnchor(audit.anchor_file).known(last)
        if known > last.head.size:
            text = f"knows a log of {known} entries: this one was cut or an old one put back"
            yield Finding("anchor", BROKEN, f"{audit.anchor_file} {text}")
        elif known < last.head.size:
            text = f"knows {known} of {last.head.size} signed entries; run `allpath audit seal`"
            yield Finding("anchor", WARN, f"{audit.anchor_file} {text}")
        else:
            yield Finding("anchor", OK, f"{audit.anchor_file} knows the last head")
    if audit.anchor_file is None and not audit.anchor_url:
        text = "none; name one outside this machine in ALLPATH_ANCHOR_FILE or ALLPATH_ANCHOR_URL"
        yield Finding("anchor", WARN, text)


def _civil_time(session: Session) -> Iterator[Finding]:
    """Every due moment is the one its rule means in the time zone data of this machine."""
    from workflow.recomputing import agreement  # noqa: PLC0415 - read when needed

    store = session.allpath.store
    rows = store.live_checkpoints()
    found = agreement(store.paths(), rows)
    if found.disagreeing:
        paths = {row.path_id for row in found.disagreeing}
        text = (
            f"{words.counted(len(found.disagreeing), 'checkpoint')} of "
            f"{words.counted(len(paths), 'path')} no longer agree with the time zone data; run "
            "`allpath sweep` to compute them again"
        )
        yield Finding("civil time", WARN, text)
    if found.unread:
        text = (
            f"cannot be computed for {', '.join(found.unread[:5])}: the time zone is not in the "
            "zone data of this machine, or a rule cannot be read"
        )
        yield Finding("civil time", WARN, text)
    if not found.disagreeing and not found.unread:
        text = f"every checkpoint agrees with the time zone data ({len(rows):,} looked at)"
        yield Finding("civil time", OK, text)


def _versions(session: Session) -> Iterator[Finding]:
    """Every kept pathway version is the one its hash names, and every path finds its own."""
    allpath = session.allpath
    try:
        for kept in allpath.store.versions():
            read_version(kept)
    except IntegrityError as error:
        yield Finding("versions", BROKEN, str(error))
        return
    lost = [path.path_id for path in allpath.store.paths() if allpath.shown_by(path) is None]
    if lost:
        text = f"the pathway version of {', '.join(lost[:5])} is neither kept nor shipped"
        yield Finding("versions", FAIL, text)
    else:
        yield Finding("versions", OK, "every path finds the version it is pinned to")


def _scheduler(session: Session) -> Iterator[Finding]:
    """Somebody looks for what is due, and nothing waits: a silent scheduler is an alarm."""
    from allpath.background import watch_of  # noqa: PLC0415 - opened when needed

    found = watch_of(session.allpath, session.now())
    for problem in found.problems:
        yield Finding("scheduler", WARN, problem)
    if not found.problems:
        noun = words.counted(found.workers, "worker")
        yield Finding("scheduler", OK, f"{noun} at work, nothing waits to be looked at")


def _notices(session: Session) -> Iterator[Finding]:
    """Every notice reached somebody, and nothing that is due has waited for long."""
    from allpath import untold  # noqa: PLC0415 - read when needed
    from allpath.notify.wiring import open_channels  # noqa: PLC0415 - read when needed

    now, zone = session.now(), session.settings.zone
    allpath = session.allpath
    unheard = untold.untold(allpath, now)
    if unheard:
        yield Finding("notices", WARN, untold.sentence(unheard))
    since = untold.silent_since(allpath, now)
    if since is not None:
        text = f"due since {words.minute(since, zone)} and not sent; run `allpath notice deliver`"
        yield Finding("notices", WARN, text)
    active = [item for item in allpath.store.recipients.every() if item.active]
    closed = {item.channel for item in active} - set(open_channels(session.settings.notices))
    if closed:
        text = f"no settings for the channel {', '.join(sorted(closed))}, which recipients have"
        yield Finding("notices", WARN, text)
    if not unheard and since is None and not closed:
        text = f"every notice reached somebody ({words.counted(len(active), 'recipient')})"
        yield Finding("notices", OK, text)


def _pathways(session: Session) -> Iterator[Finding]:
    today = session.now().astimezone(session.settings.zone).date()
    for name in shipped():
        pathway = load_shipped(name)
        review = pathway.reviewed
        text = (
            f"version {pathway.version}, hash {pathway.content_hash[:12]}, reviewed by "
            f"{review.by} on {words.day(review.on)}"
        )
        if today > review.expires:
            yield Finding(name, WARN, f"{text}, OUT OF DATE since {words.day(review.expires)}")
        else:
            yield Finding(name, OK, f"{text}, expires {words.day(review.expires)}")
