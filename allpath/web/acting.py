"""What every act on a page shares: what it would change, who signs, and what changed meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from allpath import words
from allpath.accounts.signing_in import Reception, SignedIn
from allpath.cli.banner import checkpoint_title
from allpath.cli.history import line_of, values_of
from allpath.reviews import about
from allpath.web.forms import Fields, Problems
from allpath.web.pages import Visit
from allpath.web.visiting import address_of, signed_in
from workflow.accounts import SHOWN_FOR
from workflow.comparing import compare
from workflow.errors import AllpathError, NotPermittedError
from workflow.found import Found
from workflow.orchestrator import Foreseen
from workflow.records import Actor
from workflow.time_travel import Moment
from workflow.titles import step_title

PASSWORD: Final = "password"  # noqa: S105 - the name of a form field
CODE: Final = "one_time_code"
"""Not `code`, which on some forms is the reason that was chosen."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What an act would change, in words; `says` tells the pathway's answer before and after."""

    state: tuple[str, str]
    says: tuple[str, str]
    met: tuple[str, ...]
    cancelled: tuple[str, ...]
    opened: tuple[str, ...]
    steps: tuple[tuple[str, str, str], ...]
    warnings: tuple[str, ...]
    reviews: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What was done to the path since a form was opened, and the answers then and now."""

    state: tuple[str, str]
    says: tuple[str, str]
    done: tuple[tuple[str, str], ...]


def shown_on_form(actor: Actor, what: str) -> str:
    """How a signer showed who they are: as the form asked them; nobody signs without."""
    if not actor.shown_by:
        msg = f"Nothing was signed: to {what} show on the form who you are."
        raise NotPermittedError(msg)
    return actor.shown_by


def signer(visit: Visit, fields: Fields, problems: Problems) -> Actor:
    """Whoever signs, by their password given again; where it is not right that is said at it."""
    who = signed_in(visit)
    if not who.account.is_local:
        if shown_until(who, visit.now) is None:
            problems[PASSWORD] = "Show at your organisation who you are, then send this form again."
            return who.actor()
        return who.actor("organisation's sign-in")
    code = fields.get(CODE, "").replace(" ", "")
    if not fields.get(PASSWORD):
        problems[PASSWORD] = "Enter your password to sign."
        return who.actor()
    reception: Reception = visit.request.app.state.reception
    try:
        reception.show_again(who, fields[PASSWORD], code, address_of(visit), visit.now)
    except NotPermittedError as error:
        told = str(error).replace("The name, the password or the code is", "That is")
        problems[PASSWORD] = told.replace("Nobody was signed in.", "Nothing was signed.")
        return who.actor()
    return who.actor("password and code" if who.account.totp_secret else "password")


def shown_until(who: SignedIn, now: datetime) -> datetime | None:
    """Until when somebody may sign who showed again at their organisation who they are.

    None where they have not since they signed in, or too long ago: signing in is no signature.
    """
    until = who.session.shown_at + SHOWN_FOR
    return until if who.session.shown_at > who.session.created_at and now < until else None


def effect(found: Found, foreseen: Foreseen) -> Effect:
    """The difference between what was found and what would be."""
    after, pathway, zone = foreseen.outcome, found.pathway, found.zone
    old = {row.key for row in found.case.checkpoints}
    live = {row.key for row in after.case.checkpoints}
    closed = [row for row in foreseen.rows if row.key in old - live]
    before, decision = found.decision(), after.decision
    change = compare(before, decision)
    steps = change.steps if change and before.state == decision.state else ()
    gained = change.warnings[0] if change else ()
    return Effect(
        state=(words.state(pathway, found.case.path.state), words.state(pathway, after.path.state)),
        says=(words.route(pathway, before), words.route(pathway, decision)),
        met=tuple(checkpoint_title(pathway, row) for row in closed if row.status == "met"),
        cancelled=tuple(checkpoint_title(pathway, row) for row in closed if row.status != "met"),
        opened=tuple(
            f"{checkpoint_title(pathway, row)}, {words.due(row, found.now, zone)}"
            for row in sorted(after.case.checkpoints, key=lambda row: row.due_at)
            if row.key not in old
        ),
        steps=tuple(
            (step_title(pathway, key), was or "not there", now or "not there")
            for key, was, now in steps
        ),
        warnings=tuple(" ".join(pathway.warnings[code].split()) for code in gained),
        reviews=tuple(about(item, pathway) for item in foreseen.reviews if item.is_open),
    )


def meanwhile(visit: Visit, found: Found, version: int) -> Meanwhile | None:
    """What was done since the version a form was opened on; None where nothing was."""
    path = found.case.path
    if version == path.version:
        return None
    entries = visit.allpath.store.journal(path.path_id)
    shown = next((entry for entry in entries if entry.seq == version), None)
    now = (words.state(found.pathway, path.state), words.route(found.pathway, found.decision()))
    then = ("Not known", "Not known")
    if shown is not None:
        try:
            moment = Moment(shown.at, shown.at)
            was = visit.allpath.orchestrator.look_then(path.path_id, moment)
            state = words.state(was.pathway, was.case.path.state)
            then = (state, words.route(was.pathway, was.decision()))
        except AllpathError:  # of before an erasure nothing more can be told
            then = ("Not known", "Not known")
    values = values_of(found)
    return Meanwhile(
        (then[0], now[0]),
        (then[1], now[1]),
        tuple(line_of(e, found.zone, values, found.pathway) for e in entries if e.seq > version),
    )
