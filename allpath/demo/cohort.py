"""The whole cohort: every patient's acts in the order of time, a sweep each evening, up to now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from itertools import chain, cycle, islice
from typing import Final
from zoneinfo import ZoneInfo

from allpath.demo.carrying import Carrier, Due, first_day, timetable
from allpath.demo.first_journeys import FIRST_JOURNEYS
from allpath.demo.journey import Journey
from allpath.demo.later_journeys import LATER_JOURNEYS
from allpath.demo.other_journeys import OTHER_JOURNEYS
from allpath.demo.people import invent
from allpath.patients import new_path_id
from scheduler.sweep import sweep
from workflow.orchestrator import Orchestrator
from workflow.store import Store

JOURNEYS: Final = (*FIRST_JOURNEYS, *LATER_JOURNEYS, *OTHER_JOURNEYS)
FEWEST: Final = len(JOURNEYS)
"""With fewer patients some journey, and perhaps a state, would have nobody."""
MOST: Final = 9999
"""There are no more numbers for them."""
_SWEPT_AT: Final = time(20)
_ONE_DAY: Final = timedelta(days=1)


def build(
    store: Store,
    orchestrator: Orchestrator,
    patients: int,
    seed: int,
    now: datetime,
    *,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """The patients are enrolled and carried to where they are now; answers the number of acts.

    `progress` hears how many patients have arrived. The same seed and `now` give the same journals.
    """
    acts = _acts(store, orchestrator, patients, seed, now)
    left = dict.fromkeys((carrier.path_id for carrier, _ in acts), 0)
    for carrier, _ in acts:
        left[carrier.path_id] += 1
    swept = acts[0][1].at.date()
    for carrier, due in acts:
        while (evening := datetime.combine(swept, _SWEPT_AT, now.tzinfo)) <= due.at:
            sweep(store, orchestrator, evening)
            swept += _ONE_DAY
        carrier.do(due)
        left[carrier.path_id] -= 1
        if not left[carrier.path_id]:
            progress(sum(not acts_left for acts_left in left.values()))
    sweep(store, orchestrator, now)
    return len(acts)


def chosen(patients: int) -> Iterator[tuple[Journey, int]]:
    """As many journeys as patients: each one once, then those with more patients, then again."""
    first = [(journey, journey.days_in[0]) for journey in JOURNEYS]
    more = [(journey, days) for journey in JOURNEYS for days in journey.days_in[1:]]
    return islice(chain(first, more, cycle(first)), patients)


def _acts(
    store: Store, orchestrator: Orchestrator, patients: int, seed: int, now: datetime
) -> list[tuple[Carrier, Due]]:
    acts: list[tuple[Carrier, Due]] = []
    for number, (journey, days_in) in enumerate(chosen(patients), start=1):
        zone = ZoneInfo(journey.who.place.time_zone)
        path_id = new_path_id(store, "demo", f"{seed}/{number}")
        referred_on = first_day(journey, days_in, zone, now)
        patient = invent(number, path_id, journey.who, referred_on, seed)
        carrier = Carrier(
            orchestrator, patient, orchestrator.library.for_new_paths(journey.pathway_id)
        )
        acts += ((carrier, due) for due in timetable(journey, days_in, zone, now))
    return sorted(acts, key=lambda item: item[1].at)  # stable: each patient's acts keep their order
