"""The tables of whoever looks: timers, incidents, heartbeats, and what sites set for themselves."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from storage.columns import APPENDED, BIG, CLUSTERED, check, whole, words


class TimerRow(SQLModel, table=True):
    """When a path has to be looked at next: the one thing a sweep reads to find its work.

    `due_at` counts whole seconds. Rows lie in the order of their moments, so that what is due
    is found together however many wait. Somebody who claims a path puts its moment off to the end
    of the lease; a claim that is not finished by then comes due again by itself.
    """

    __tablename__: ClassVar[Any] = "timer"
    __table_args__ = (CLUSTERED,)

    due_at: int = whole(primary_key=True)
    path_id: str = words(primary_key=True)


class IncidentRow(SQLModel, table=True):
    """A path that a sweep could not handle: since when, how often tried, why, and when again."""

    __tablename__: ClassVar[Any] = "incident"
    __table_args__ = (check("incident_counts", "attempts >= 1"), CLUSTERED)

    path_id: str = words(primary_key=True)
    since: int = whole()
    last_at: int = whole()
    next_at: int = whole()
    attempts: int = whole()
    problem: str = words()


class HeartbeatRow(SQLModel, table=True):
    """A scheduler at work: when it last looked, what it found, and what its clock did."""

    __tablename__: ClassVar[Any] = "heartbeat"
    __table_args__ = (check("heartbeat_named", "length(worker) >= 1"), CLUSTERED)

    worker: str = words(primary_key=True)
    started_at: int = whole()
    beat_at: int = whole()
    stopped_at: int | None = whole()
    swept_paths: int = whole()
    clock_jumped_at: int | None = whole()
    clock_jump_seconds: int = whole()


class SitePlanRow(SQLModel, table=True):
    """What a site set for itself, for ever unchanged; the latest one of a site counts."""

    __tablename__: ClassVar[Any] = "site_plan"
    __table_args__ = (
        check("site_plan_hash_length", "length(hash) = 64"),
        check("site_plan_named", "length(site) >= 1 AND length(actor) >= 1"),
        Index("site_plan_of_site", "site", "number"),
        APPENDED,
    )

    number: int | None = Field(default=None, sa_type=BIG, primary_key=True)
    site: str = words()
    content: str = words()
    hash: str = words()
    actor: str = words()
    at: int = whole()
