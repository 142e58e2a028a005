"""One command's run: its settings, its product, who acts, and the options all commands share."""

from __future__ import annotations

import getpass
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Annotated

import typer

from allpath import clock, words
from allpath.cli.printing import note
from allpath.problems import UsageError
from allpath.settings import Settings, read_settings
from workflow.civil_time import site_zone
from workflow.errors import NotFoundError

if TYPE_CHECKING:  # imported when first used, so that `decide` opens no database
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from allpath.bootstrap import Allpath
    from workflow.found import Found
    from workflow.records import Actor, PathRecord
    from workflow.time_travel import Moment

_PATH_ID = re.compile(r"P-[0-9A-Z-]+")
"""What looks like the id of a path may stand in a message; anything else may be a name."""
Json = Annotated[bool, typer.Option("--json", help="Answer with JSON, for programs.")]
AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="DATE", help="Answer as of this day (or date-time) instead of now."
    ),
]
KnownAt = Annotated[
    str | None,
    typer.Option(
        "--known-at",
        metavar="DATE",
        help="By what was on record then; alone, also as of that day.",
    ),
]
On = Annotated[
    str | None,
    typer.Option(
        "--on", metavar="DATE", help="The day it took effect; default: today at the site."
    ),
]
ActorName = Annotated[
    str | None,
    typer.Option(
        "--actor",
        metavar="NAME:ROLE",
        help='Who acts, for instance "Dr A. Sample:clinician"; default: ALLPATH_ACTOR.',
    ),
]
Key = Annotated[
    str,
    typer.Option("--key", help="A key of your own: repeating it gives the first answer again."),
]
IfVersion = Annotated[
    int | None,
    typer.Option("--if-version", help="Only if the path still has this version; else exit 5."),
]
Patient = Annotated[
    str, typer.Argument(metavar="PATIENT", help="Path id, an identifier, or part of the name.")
]


@dataclass(frozen=True)
class Session:
    """The product as one command sees it."""

    settings: Settings
    use_clock: clock.Clock

    @cached_property
    def allpath(self) -> Allpath:
        """The product, opened on first use: a command that needs no database opens none."""
        from allpath.bootstrap import open_allpath  # noqa: PLC0415 - see above

        return open_allpath(self.settings, use_clock=self.use_clock)

    def close(self) -> None:
        """The database is closed, if it was opened."""
        if "allpath" in self.__dict__:
            self.allpath.store.close()

    def now(self, as_of: str | None = None) -> datetime:
        """The present instant, or the one `--as-of` names."""
        return clock.moment(as_of, self.settings.zone, self.use_clock())

    def then(self, moment: Moment | None, zone: ZoneInfo | None = None) -> str:
        """One sentence that says which past is shown; nothing for the present."""
        if moment is None:
            return ""
        zone = zone or self.settings.zone
        known = words.minute(moment.known_at, zone)
        if moment.as_of == moment.known_at:
            return f"As it was known on {known}."
        return f"As it was on {words.minute(moment.as_of, zone)}, by what was known on {known}."

    def zone_of(self, path: PathRecord) -> ZoneInfo:
        """The time zone of the patient's site."""
        return site_zone(path.settings)

    def actor(self, given: str | None) -> Actor:
        """Who acts; raises UsageError that shows the form when nobody is named."""
        return read_actor(given or self.settings.actor)

    def path_id(self, text: str) -> str:
        """The one path meant by an id, identifier or name; raises NotFoundError, UsageError.

        An identifier or name of a path that was merged means the path that goes on for both, and
        that is said; the id of a merged path means that path, whose history stays readable.
        """
        found = self._living(text, self.allpath.store.find(text))
        if len(found) == 1:
            return found[0]
        if not found:
            named = text if _PATH_ID.fullmatch(text) else "of this name or number"
            msg = f"There is no patient {named}; `allpath patient list` shows everybody."
            raise NotFoundError(msg)
        listed = ", ".join(found[:10]) + (" ..." if len(found) > 10 else "")  # noqa: PLR2004 - one line
        raise UsageError(f"{len(found)} patients match: {listed}. Give the id.")

    def moment(self, as_of: str | None, known_at: str | None = None) -> Moment | None:
        """The past moment `--as-of` and `--known-at` ask about; None: now, or a day to come.

        Raises UsageError for what is no moment, and for knowledge that lies in the future.
        """
        from workflow.time_travel import Moment  # noqa: PLC0415 - imported when first used

        present, zone = self.now(), self.settings.zone
        known = clock.moment(known_at, zone, present, "--known-at")
        if known > present:
            msg = f"--known-at {known_at} lies in the future; nobody can tell what is known then."
            raise UsageError(msg)
        at = clock.moment(as_of, zone, present) if as_of is not None else known
        return None if at >= present and known == present else Moment(at, known)

    def look(self, patient: str, as_of: str | None = None, known_at: str | None = None) -> Found:
        """The patient's path with what is known and decided, now or as it was at a moment.

        Raises RefusedError for a moment at which the patient was not enrolled.
        """
        path_id, moment = self.path_id(patient), self.moment(as_of, known_at)
        if moment is None:
            return self.allpath.orchestrator.look(path_id, self.now(as_of))
        return self.allpath.orchestrator.look_then(path_id, moment)

    def _living(self, text: str, found: Sequence[str]) -> Sequence[str]:
        if text.strip() in found:
            return found
        survivors: dict[str, None] = {}
        for path_id in found:
            survivor = self.allpath.orchestrator.survivor_of(path_id)
            survivors[survivor] = None
            if survivor != path_id and survivor not in found:
                note(f"{path_id} was merged into {survivor}; this is {survivor}.")
        return tuple(survivors)


def open_session(ctx: typer.Context) -> Session:
    """The session of this run; a test hands in its own clock as the context's object."""
    root = ctx.find_root()
    session = Session(read_settings(), root.obj if callable(root.obj) else clock.now)
    root.call_on_close(session.close)
    return session


def read_actor(text: str) -> Actor:
    """An actor written as NAME:ROLE, the operating system's user recorded beside it."""
    from workflow.records import ROLES, Actor  # noqa: PLC0415 - see above

    name, _, role = (text or "").rpartition(":")
    name, role = " ".join(name.split()), role.strip().lower()
    if not name or role not in ROLES:
        what = f"{text!r} does not say who acts" if text else "Nobody is named who acts"
        msg = (
            f'{what}; write --actor "Dr A. Sample:clinician" (or set ALLPATH_ACTOR). '
            f"Roles: {', '.join(ROLES)}."
        )
        raise UsageError(msg)
    return Actor(name, role, _os_user())  # type: ignore[arg-type] # checked against the roles above


def _os_user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no name for this user id, as in some containers
        return ""


def note_merged(found: Found) -> None:
    """Who reads what would be next on a merged path is told that another one goes on."""
    path = found.case.path
    if path.merged_into:
        note(
            f"{path.path_id} was merged into {path.merged_into}: no step of it can be taken; look "
            f"at {path.merged_into}."
        )
