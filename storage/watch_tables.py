"""The tables of whoever looks: timers, incidents, heartbeats, and what sites set for themselves."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from storage.tables import APPENDED, BIG, CLUSTERED, TEXT


def _words(**options: Any) -> Any:  # noqa: ANN401 - a column stands where its value's type is named
    return Field(sa_type=TEXT, **options)


def _whole(**options: Any) -> Any:  # noqa: ANN401 - see above
    return Field(sa_type=BIG, **options)


def _check(name: str, rule: str) -> CheckConstraint:
    return CheckConstraint(rule, name=name)


class TimerRow(SQLModel, table=True):
    """When a path has to be looked at next: the one thing a sweep reads to find its work.

    `due_at` counts whole seconds. Rows lie in the order of their moments, so that what is due
    is found together however many wait. Somebody who claims a path puts its moment off to the end
    of the lease; a claim that is not finished by then comes due again by itself.
    """

    __tablename__: ClassVar[Any] = "timer"
    __table_args__ = (CLUSTERED,)

    due_at: int = _whole(primary_key=True)
    path_id: str = _words(primary_key=True)


class IncidentRow(SQLModel, table=True):
    """A path that a sweep could not handle: since when, how often tried, why, and when again."""

    __tablename__: ClassVar[Any] = "incident"
    __table_args__ = (_check("incident_counts", "attempts >= 1"), CLUSTERED)

    path_id: str = _words(primary_key=True)
    since: int = _whole()
    last_at: int = _whole()
    next_at: int = _whole()
    attempts: int = _whole()
    problem: str = _words()


class HeartbeatRow(SQLModel, table=True):
    """A scheduler at work: when it last looked, what it found, and what its clock did."""

    __tablename__: ClassVar[Any] = "heartbeat"
    __table_args__ = (_check("heartbeat_named", "length(worker) >= 1"), CLUSTERED)

    worker: str = _words(primary_key=True)
    started_at: int = _whole()
    beat_at: int = _whole()
    stopped_at: int | None = _whole()
    swept_paths: int = _whole()
    clock_jumped_at: int | None = _whole()
    clock_jump_seconds: int = _whole()


class SitePlanRow(SQLModel, table=True):
    """What a site set for itself, for ever unchanged; the latest one of a site counts."""

    __tablename__: ClassVar[Any] = "site_plan"
    __table_args__ = (
        _check("site_plan_hash_length", "length(hash) = 64"),
        _check("site_plan_named", "length(site) >= 1 AND length(actor) >= 1"),
        Index("site_plan_of_site", "site", "number"),
        APPENDED,
    )

    number: int | None = Field(default=None, sa_type=BIG, primary_key=True)
    site: str = _words()
    content: str = _words()
    hash: str = _words()
    actor: str = _words()
    at: int = _whole()
