"""How many days it took a cohort from one named moment to another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from allpath import words
from allpath.bootstrap import Allpath
from allpath.figures.counts import HIDDEN, Basis
from allpath.figures.lives import Life
from allpath.pictures.picture import Picture
from workflow.checkpoints import definitions
from workflow.drawing.spreads import Row, spreads
from workflow.durations import Duration
from workflow.figures import cycles, spread
from workflow.pathway import Pathway
from workflow.rules import rules_of

INTERVALS: Final = (
    ("relapse_date", "assessment"),
    ("relapse_date", "reinduction"),
    ("assessment", "reinduction"),
    ("reinduction", "response_assessment"),
    ("response_assessment", "hsct_workup"),
    ("hsct_workup", "hsct"),
    ("response_assessment", "cart_apheresis"),
    ("cart_apheresis", "cart_infusion"),
    ("cart_infusion", "fu_cart"),
    ("relapse_next", "assessment"),
)
"""The usual pairs of moments (a state that is entered, or a fact), where the pathway has both."""
_CYCLES: Final = (
    "Days from entering the first state, or from the day in the first fact, to entering the "
    "second. Of several such days the last one before counts. Who is not there so far (some go "
    "another way) is not in the median, but counted beside it, unless the path has ended. A "
    "target is the due window of the checkpoint that asks for the first state to be left, in the "
    "pathway or in the plan of a site."
)


@dataclass(frozen=True, slots=True)
class _Interval:
    start: str
    end: str
    days: tuple[int, ...]
    waiting: int
    targets: tuple[str, ...]


def moments_in(pathway: Pathway) -> dict[str, str]:
    """What days can be counted from or to: the states and the facts that are dates, by name."""
    names = [*pathway.states, *(name for name, f in pathway.facts.items() if f.type == "date")]
    return {name: _moment(pathway, name) for name in dict.fromkeys(names)}


def cycle_times(allpath: Allpath, basis: Basis, interval: tuple[str, str] | None = None) -> Picture:
    """How long it took from one named moment to another: the usual ones, or those asked for."""
    rows: list[tuple[str, ...]] = []
    drawn = []
    for pathway in basis.lives.pathways.values():
        for found in _intervals(allpath, basis, pathway, interval):
            row, cells = _interval_row(basis, pathway, found)
            drawn.append(row)
            rows.append(cells)
    head = basis.head("cycle-times", "Cycle times", _CYCLES)
    return Picture(
        head.name,
        head.title,
        spreads(head, drawn).svg(),
        ("From", "To", "Times", "Median days", "Middle half", "Target", "Not there so far"),
        tuple(rows),
        basis.notes(_CYCLES),
    )


def _intervals(
    allpath: Allpath, basis: Basis, pathway: Pathway, interval: tuple[str, str] | None
) -> Iterator[_Interval]:
    lives = [life for life in basis.lives.every if life.path.pathway_id == pathway.id]
    for start, end in (interval,) if interval else INTERVALS:
        if not {start, end} <= moments_in(pathway).keys():
            continue
        days: list[int] = []
        waiting = 0
        for life in lives:
            taken, open_since = cycles(_entered(life, start), _entered(life, end))
            days += taken
            state = pathway.states.get(life.path.state)
            has_ended = state is not None and state.final
            waiting += open_since is not None and not has_ended
        if days or waiting or interval is not None:
            targets = _targets(allpath, pathway, lives, start)
            yield _Interval(start, end, tuple(days), waiting, targets)


def _entered(life: Life, moment: str) -> list[date]:
    """The days of a moment: those a state was entered on, else those recorded in the fact."""
    entered = [stay.since for stay in life.course.states if stay.name == moment]
    return entered or list(life.moments.get(moment, ()))


def _targets(
    allpath: Allpath, pathway: Pathway, lives: Sequence[Life], start: str
) -> tuple[str, ...]:
    """The due windows within which the state is to be left, as these patients' sites set them."""
    if start not in pathway.states:
        return ()
    found = set()
    for site in {life.path.settings.get("site", "") for life in lives}:
        plan = allpath.store.site_plan(site)
        of_site = plan.plan if plan else None
        for each in definitions(rules_of(pathway), f"state:{start}", of_site):
            if not each.expects and isinstance(each.due, str):
                found.add(each.due)
    return tuple(sorted(found))


def _interval_row(
    basis: Basis, pathway: Pathway, interval: _Interval
) -> tuple[Row, tuple[str, ...]]:
    start, end = (_moment(pathway, name) for name in (interval.start, interval.end))
    count = len(interval.days)
    found = None if basis.hides(count) else spread(interval.days)
    median = f"{found.median:g}" if found else HIDDEN if count else "None yet"
    half = f"{found.lower:g} to {found.upper:g}" if found else HIDDEN if count else "None yet"
    spans = [Duration.read(text) for text in interval.targets]
    target = " or ".join(map(str, spans)) or "None set"
    waits = basis.count(interval.waiting)
    shown = (
        f"median {median} d ({half}), n {basis.count(count)}"
        if found
        else f"n {basis.count(count)}",
        f"{'target ' + target if spans else 'no target'}; {waits} not there so far",
    )
    title = f"{start} to {end}"
    days = spans[0].as_span().days if len(spans) == 1 else None
    row = Row(title, found, days, shown, f"{title}: {'; '.join(shown)}.")
    return row, (start, end, basis.count(count), median, half, target, waits)


def _moment(pathway: Pathway, name: str) -> str:
    title = (
        words.state(pathway, name) if name in pathway.states else words.fact_title(pathway, name)
    )
    return words.capital(title)
