"""The port through which due work reaches whoever does it; here in this process, by a sweep."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from scheduler.sweep import LEASE, SweepReport, sweep
from workflow.orchestrator import Orchestrator
from workflow.store import Store


class WorkDispatcher(Protocol):
    """Sees to it that everything due is handled, here or by others, each once."""

    def dispatch(self, now: datetime) -> SweepReport:
        """What is due at `now` is handled or handed out; answers what was done here."""
        ...


@dataclass(frozen=True, slots=True)
class LocalDispatcher:
    """Does the work itself. Any number of these may share one database."""

    store: Store
    orchestrator: Orchestrator
    lease: timedelta = LEASE
    pause: Callable[[], None] | None = None

    def dispatch(self, now: datetime) -> SweepReport:
        """Everything due at `now` is handled."""
        return sweep(self.store, self.orchestrator, now, lease=self.lease, pause=self.pause)
