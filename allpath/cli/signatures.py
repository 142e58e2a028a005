"""`allpath audit signatures`: who signed what on a path, and what each signature means."""

from __future__ import annotations

from typing import Any

import typer

from allpath import words
from allpath.answers import instant
from allpath.cli.looking import record_look
from allpath.cli.printing import put, put_json, put_table
from allpath.cli.session import Json, Patient, open_session
from workflow.errors import IntegrityError
from workflow.retracing import step_key
from workflow.signatures import Signed


def signatures(ctx: typer.Context, patient: Patient, *, as_json: Json = False) -> None:
    """List the signatures on a path: printed name, role, moment, meaning, and under which entry.

    Each stands in its journal entry, whose hash covers it; the hash is computed again here.

    Example: `allpath audit signatures P-7KM2QX`
    """
    from workflow.signatures import signatures as signed_in  # noqa: PLC0415 - read when it is used

    session = open_session(ctx)
    path = session.look(patient).case.path
    found = list(signed_in(session.allpath.store.journal(path.path_id)))
    record_look(session, "signatures_listed", path.path_id)
    if as_json:
        put_json([_answer(each) for each in found])
    elif not found:
        put("Nothing was signed on this path.")
    else:
        zone = session.zone_of(path)
        titles = ("Entry", "Signed by", "Role", "When", "Meaning", "Of", "Shown by", "Hash")
        put_table(
            titles,
            [
                (
                    str(each.entry.seq),
                    each.name,
                    each.role,
                    words.minute(each.at, zone),
                    each.meaning,
                    _subject(each),
                    each.shown_by,
                    each.entry.hash[:12],
                )
                for each in found
            ],
        )
    loose = [each.entry.seq for each in found if not each.is_bound]
    if loose:
        entries = ", ".join(map(str, loose))
        msg = (
            f"What was signed on {path.path_id} was changed afterwards: entry {entries} has "
            "another hash than it was written with. Run `allpath audit verify`."
        )
        raise IntegrityError(msg)


def _subject(signed: Signed) -> str:
    """What it was signed for: the step, or the review."""
    detail = signed.entry.detail
    if steps := detail.get("steps"):
        return ", ".join(steps)
    return str(detail.get("review") or step_key(signed.entry) or detail.get("step", ""))


def _answer(signed: Signed) -> dict[str, Any]:
    return {
        "entry": signed.entry.seq,
        "name": signed.name,
        "role": signed.role,
        "at": instant(signed.at),
        "meaning": signed.meaning,
        "of": _subject(signed),
        "shown_by": signed.shown_by,
        "first": signed.first or None,
        "entry_hash": signed.entry.hash,
        "bound": signed.is_bound,
    }
