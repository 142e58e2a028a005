"""Who looked at whom is put on record: one audit event for each command that shows a patient."""

from __future__ import annotations

from allpath.cli.printing import note
from allpath.cli.session import Session, read_actor
from allpath.problems import UsageError
from workflow.errors import AllpathError
from workflow.records import Actor, AuditEvent


def record_look(session: Session, action: str, path_id: str = "", detail: str = "") -> None:
    """Somebody looked, at a patient or at a list; a look that cannot be recorded is still given.

    `detail` never holds what was searched for: it may be a name.
    """
    who = who_looks(session)
    event = AuditEvent(session.now(), who.name, who.role, who.os_user, action, path_id, detail)
    try:
        with session.allpath.store.begin() as transaction:
            transaction.audit(event)
    except AllpathError as error:
        note(f"This look could not be put on record: {error}")


def who_looks(session: Session) -> Actor:
    """The actor that is set, else the user of the operating system: to look, nobody is asked."""
    try:
        return read_actor(session.settings.actor)
    except UsageError:
        user = read_actor("nobody:service").os_user
        return Actor(user or "unknown user", "service", user)
