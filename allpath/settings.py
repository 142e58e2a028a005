"""What a site may set, all of it from ALLPATH_* variables; a bad value stops the start.

ALLPATH_DATABASE           URL of the database; default: a file in the user's data folder
ALLPATH_DATABASE_KEY_FILE  file with the key of an encrypted database
ALLPATH_DATABASE_PASSWORD_FILE
                           file with the password for a PostgreSQL server
ALLPATH_SITES              sites whose patients are seen, "North,South"; default: all
ALLPATH_PG_BIN             folder of pg_dump and pg_restore, where they are not on the PATH
ALLPATH_TIME_ZONE          the site's time zone, default UTC
ALLPATH_ACTOR              who acts, "Dr A. Sample:clinician"
ALLPATH_REAUTHENTICATION   program that asks whoever signs once more who they are
ALLPATH_SITE               name of the site, for new enrolments
ALLPATH_ACTIVE_SET         active timing set for new enrolments
ALLPATH_REGION             region of the drug labels for new enrolments
ALLPATH_DISPATCHER         local (default), or procrastinate: due work goes through a queue
ALLPATH_PING_URL           an outside watch that the worker knocks at (dead man's switch)
ALLPATH_ENVIRONMENT        what this installation is for where it is not for care, as "training"
ALLPATH_HELP_CONTACT       whom people at the pages tell when something is wrong
ALLPATH_EMERGENCY_MINUTES  how long emergency access to a patient of another site lasts, default
                           60; the number is operational, not clinical
ALLPATH_DEBUG              1: show where an unexpected error happened

What notices need, ALLPATH_SMTP_*, ALLPATH_WEBHOOK_* and ALLPATH_NOTICE_ATTEMPTS, is told in
`allpath.notify.settings`; the log's ALLPATH_SIGNING_KEY_FILE and ALLPATH_ANCHOR_* in
`allpath.audit.settings`; the organisation's sign-in, ALLPATH_OIDC_* and ALLPATH_PUBLIC_URL, in
`allpath.accounts.organisation_settings`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from allpath.accounts.organisation_settings import VARIABLES as OF_ORGANISATION
from allpath.accounts.organisation_settings import (
    OrganisationSettings,
    read_organisation_settings,
)
from allpath.audit.settings import VARIABLES as OF_AUDIT
from allpath.audit.settings import AuditSettings, read_audit_settings
from allpath.notify.settings import VARIABLES as OF_NOTICES
from allpath.notify.settings import NoticeSettings, read_notice_settings
from allpath.problems import UsageError

LOCAL: Final = "local"
QUEUED: Final = "procrastinate"
LIVE: Final = "live"
VARIABLES: Final = {
    "ALLPATH_DATABASE": "URL of the database",
    "ALLPATH_DATABASE_KEY_FILE": "file with the key of an encrypted database",
    "ALLPATH_DATABASE_PASSWORD_FILE": "file with the password for a PostgreSQL server",
    "ALLPATH_SITES": "sites whose patients are seen",
    "ALLPATH_PG_BIN": "folder of pg_dump and pg_restore",
    "ALLPATH_TIME_ZONE": "time zone of the site",
    "ALLPATH_ACTOR": "who acts",
    "ALLPATH_REAUTHENTICATION": "program that asks a signer who they are",
    "ALLPATH_SITE": "name of the site",
    "ALLPATH_ACTIVE_SET": "active timing set of new enrolments",
    "ALLPATH_REGION": "region of the drug labels of new enrolments",
    "ALLPATH_DISPATCHER": "how due work reaches the workers",
    "ALLPATH_PING_URL": "outside watch that the worker knocks at",
    "ALLPATH_ENVIRONMENT": "what the installation is for where it is not for care",
    "ALLPATH_HELP_CONTACT": "whom people at the pages tell when something is wrong",
    "ALLPATH_EMERGENCY_MINUTES": "how long emergency access lasts",
    "ALLPATH_DEBUG": "show where an unexpected error happened",
    **OF_NOTICES,
    **OF_AUDIT,
    **OF_ORGANISATION,
}
_SCHEMES: Final = ("sqlite:///", "postgresql+psycopg://")
_EVERY_SITE: Final = "*"
_DAY: Final = 24 * 60


@dataclass(frozen=True)
class Settings:
    """The settings of one run; `key_file` is None where the database is not encrypted.

    `environment` is empty where patients are cared for, else the word the stripe begins with.
    `sites` is empty where the patients of every site are seen, `programs` is None where those of
    PostgreSQL are looked for on the PATH.
    """

    database: str
    key_file: Path | None
    time_zone: str
    actor: str
    site: str
    active_set: str
    region: str
    debug: bool
    ping_url: str = ""
    dispatcher: str = LOCAL
    notices: NoticeSettings = field(default_factory=NoticeSettings)
    audit: AuditSettings = field(default_factory=AuditSettings)
    is_default_database: bool = False
    password_file: Path | None = None
    sites: tuple[str, ...] = ()
    programs: Path | None = None
    reauthentication: Path | None = None
    organisation: OrganisationSettings | None = None
    environment: str = ""
    help_contact: str = ""
    emergency_minutes: int = 60
    unknown: tuple[str, ...] = ()
    """Variables named ALLPATH_... that mean nothing: most likely misspelt."""

    @property
    def stripe(self) -> str:
        """What every page and sheet says where nobody is cared for; nothing where care is given."""
        return f"{self.environment.upper()} - not for clinical use" if self.environment else ""

    @property
    def zone(self) -> ZoneInfo:
        """The site's time zone."""
        return ZoneInfo(self.time_zone)


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of the environment; raises UsageError naming the variable that is wrong."""
    env = os.environ if environment is None else environment
    database = env.get("ALLPATH_DATABASE", "").strip()
    return Settings(
        is_default_database=not database,
        database=_database(database),
        key_file=_file(
            "ALLPATH_DATABASE_KEY_FILE",
            env.get("ALLPATH_DATABASE_KEY_FILE", "").strip(),
            "the key file",
        ),
        time_zone=_time_zone(env.get("ALLPATH_TIME_ZONE", "").strip() or "UTC"),
        actor=env.get("ALLPATH_ACTOR", "").strip(),
        site=env.get("ALLPATH_SITE", "").strip(),
        active_set=env.get("ALLPATH_ACTIVE_SET", "").strip(),
        region=env.get("ALLPATH_REGION", "").strip(),
        notices=read_notice_settings(env),
        audit=read_audit_settings(env),
        debug=_truth("ALLPATH_DEBUG", env.get("ALLPATH_DEBUG", "")),
        dispatcher=_dispatcher(env.get("ALLPATH_DISPATCHER", "").strip() or LOCAL),
        ping_url=_ping_url(env.get("ALLPATH_PING_URL", "").strip()),
        password_file=_file(
            "ALLPATH_DATABASE_PASSWORD_FILE",
            env.get("ALLPATH_DATABASE_PASSWORD_FILE", "").strip(),
            "the password file",
        ),
        sites=_sites(env.get("ALLPATH_SITES", ""), database),
        programs=_programs(env.get("ALLPATH_PG_BIN", "").strip()),
        reauthentication=_file(
            "ALLPATH_REAUTHENTICATION",
            env.get("ALLPATH_REAUTHENTICATION", "").strip(),
            "the program that asks a signer who they are",
        ),
        organisation=read_organisation_settings(env),
        environment=_environment(env.get("ALLPATH_ENVIRONMENT", "").strip()),
        help_contact=" ".join(env.get("ALLPATH_HELP_CONTACT", "").split())[:200],
        emergency_minutes=_minutes(env.get("ALLPATH_EMERGENCY_MINUTES", "").strip() or "60"),
        unknown=tuple(
            sorted(name for name in env if name.startswith("ALLPATH_") and name not in VARIABLES)
        ),
    )


def _database(url: str) -> str:
    if not url:
        from platformdirs import user_data_path  # noqa: PLC0415 - only where no URL is given

        return f"sqlite:///{user_data_path('allpath', appauthor=False) / 'allpath.db'}"
    if not url.startswith(_SCHEMES) or url in _SCHEMES:
        msg = (
            "ALLPATH_DATABASE is not the URL of a database; write sqlite:///file.db, "
            "sqlite:////absolute/file.db or postgresql+psycopg://host/name."
        )
        raise UsageError(msg)
    return url


def _file(variable: str, name: str, what: str) -> Path | None:
    if not name:
        return None
    path = Path(name)
    if not path.is_file():
        raise UsageError(f"{variable} names {name}, which is not a file; name {what}.")
    return path


def _programs(name: str) -> Path | None:
    if not name:
        return None
    path = Path(name)
    if not path.is_dir():
        msg = f"ALLPATH_PG_BIN names {name}, which is not a folder; name that of pg_dump."
        raise UsageError(msg)
    return path


def _sites(text: str, url: str) -> tuple[str, ...]:
    """The sites named; where the database is a file they would protect nobody, so none may be."""
    sites = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not sites or sites == (_EVERY_SITE,):
        return ()
    if _EVERY_SITE in sites:
        msg = f"ALLPATH_SITES is {text}; write * alone for all sites, or name some."
        raise UsageError(msg)
    if not url.startswith(_SCHEMES[1]):
        msg = (
            "ALLPATH_SITES is set, but only a PostgreSQL server keeps sites apart: whoever reads "
            "the file of an SQLite database reads all of it. Clear it, or name a server in "
            "ALLPATH_DATABASE."
        )
        raise UsageError(msg)
    return sites


def _time_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        msg = (
            f"ALLPATH_TIME_ZONE is {name}, which is not a time zone; write one like Europe/London."
        )
        raise UsageError(msg) from None
    return name


def _dispatcher(name: str) -> str:
    if name not in {LOCAL, QUEUED}:
        msg = f"ALLPATH_DISPATCHER is {name}; write {LOCAL}, or {QUEUED} on a PostgreSQL database."
        raise UsageError(msg)
    return name


def _environment(name: str) -> str:
    if name.casefold() == LIVE:
        return ""
    if name and not re.fullmatch(r"[A-Za-z][A-Za-z -]{0,29}", name):
        msg = (
            f"ALLPATH_ENVIRONMENT is {name}; write one or two words such as training, or {LIVE} "
            "where patients are cared for."
        )
        raise UsageError(msg)
    return name


def _ping_url(url: str) -> str:
    if url and not re.fullmatch(r"https?://[^\s/]+(/\S*)?", url):
        msg = "ALLPATH_PING_URL is not an address; write https://host/path of your outside watch."
        raise UsageError(msg)
    return url


def _minutes(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= _DAY:
        msg = (
            f"ALLPATH_EMERGENCY_MINUTES is {text}; write how many minutes emergency access lasts, "
            f"from 1 to {_DAY}."
        )
        raise UsageError(msg)
    return int(text)


def _truth(name: str, value: str) -> bool:
    if value.strip().lower() in {"", "0", "no", "false"}:
        return False
    if value.strip().lower() in {"1", "yes", "true"}:
        return True
    raise UsageError(f"{name} is {value}; write 1 or 0.")
