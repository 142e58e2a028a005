"""Incidents, heartbeats and site plans as rows and back, in the order of the tables' columns."""

from __future__ import annotations

from storage.rows import Row, instant, instant_or_none, micros, micros_or_none
from workflow.site_plan import KeptPlan
from workflow.watch import Heartbeat, Incident


def site_plan_row(kept: KeptPlan) -> Row:
    """The row of a site plan; the database numbers it."""
    return (kept.site, kept.content, kept.hash, kept.actor, micros(kept.at))


def read_site_plan_row(row: Row) -> KeptPlan:
    """The site plan of a row."""
    site, content, content_hash, actor, at = row
    return KeptPlan(site, content, content_hash, actor, instant(at))


def incident_row(incident: Incident) -> Row:
    """The row of an incident."""
    return (
        incident.path_id,
        micros(incident.since),
        micros(incident.last_at),
        micros(incident.next_at),
        incident.attempts,
        incident.problem,
    )


def read_incident(row: Row) -> Incident:
    """The incident of a row."""
    path_id, since, last_at, next_at, attempts, problem = row
    return Incident(path_id, instant(since), instant(last_at), instant(next_at), attempts, problem)


def heartbeat_row(beat: Heartbeat) -> Row:
    """The row of a heartbeat."""
    return (
        beat.worker,
        micros(beat.started_at),
        micros(beat.beat_at),
        micros_or_none(beat.stopped_at),
        beat.swept_paths,
        micros_or_none(beat.clock_jumped_at),
        beat.clock_jump_seconds,
    )


def read_heartbeat(row: Row) -> Heartbeat:
    """The heartbeat of a row."""
    worker, started_at, beat_at, stopped_at, swept, jumped_at, seconds = row
    return Heartbeat(
        worker,
        instant(started_at),
        instant(beat_at),
        instant_or_none(stopped_at),
        swept,
        instant_or_none(jumped_at),
        seconds,
    )
