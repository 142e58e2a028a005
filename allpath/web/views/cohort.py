"""The cohort: how many patients are where, what they wait for, and that it adds up to everybody."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from allpath import words
from allpath.cli.cohort import Line
from allpath.everybody import everybody
from allpath.figures.catalogue import FIGURES
from allpath.tasks import FINAL, MERGED, NOT_YET, Task
from allpath.web import moments
from allpath.web.pages import Visit, page
from allpath.web.visiting import AVisit, is_visible, record_look
from workflow.pathway import Pathway

COUNTED = ("patients", "overdue", "due", "second signature", "reviews")
Typed = Annotated[str, Query(max_length=40)]


@dataclass(frozen=True, slots=True)
class State:
    """One state with how many patients are in it, and how many of them wait for what."""

    pathway_id: str
    pathway: str
    name: str
    title: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why nothing can be confirmed, with how many patients it keeps."""

    text: str
    patients: int


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/cohort", cohort, methods=["GET"])


def cohort(visit: AVisit, as_of: Typed = "", known_at: Typed = "") -> Response:
    """How many are in each state, now or at a past moment."""
    try:
        asked = moments.shown(visit, as_of, known_at)
    except moments.MomentError as error:
        now = moments.Shown(visit.now, None, "")
        return _page(visit, error.asked, now, "Error: Cohort", 422)
    typed = moments.Asked(as_of.strip(), known_at.strip())
    return _page(visit, typed, asked, "Cohort", 200)


def _page(
    visit: Visit, typed: moments.Asked, asked: moments.Shown, title: str, status: int
) -> Response:
    tasks, census = everybody(visit.allpath, asked.now, asked.moment)
    record_look(visit, "cohort_counted")
    mine = [item for item in tasks if is_visible(visit, item.path)]
    states = _states(visit, mine)
    counts = census.counts
    return page(
        visit,
        "cohort.html",
        title,
        status=status,
        typed=typed,
        then=asked.sentence,
        columns=[name.capitalize() for name in COUNTED],
        states=states,
        sums=[sum(state.counts[n] for state in states) for n in range(len(COUNTED))],
        most=max((state.counts[0] for state in states), default=1),
        reasons=_reasons(mine),
        figures=FIGURES,
        **_apart(counts, len(tasks), len(mine)),
    )


def _apart(counts: Counter[str], open_paths: int, mine: int) -> dict[str, Any]:
    """Who is not in the table, each counted once: with those in it they are everybody."""
    return {
        "shown": mine,
        "elsewhere": open_paths - mine,
        "final": counts[FINAL],
        "merged": counts[MERGED],
        "not_yet": counts[NOT_YET],
        "in_all": counts.total(),
    }


def _states(visit: Visit, tasks: list[Task]) -> list[State]:
    lines: dict[tuple[str, str], Line] = {}
    titles: dict[str, str] = {}
    order: dict[tuple[str, str], int] = {}
    for item in tasks:
        key = (item.path.pathway_id, item.path.state)
        lines.setdefault(key, Line(item.state_title)).add(item)
        pathway = visit.allpath.shown_by(item.path)
        titles.setdefault(item.path.pathway_id, pathway.title if pathway else key[0])
        order.setdefault(key, _place(pathway, item.path.state))
    return [
        State(
            key[0], titles[key[0]], key[1], line.title, tuple(line.counts[name] for name in COUNTED)
        )
        for key, line in sorted(lines.items(), key=lambda item: (item[0][0], order[item[0]]))
    ]


def _place(pathway: Pathway | None, state: str) -> int:
    """Where a state stands in the order of care."""
    names = list(pathway.states) if pathway else []
    return names.index(state) if state in names else len(names)


def _reasons(tasks: list[Task]) -> list[Reason]:
    """What keeps patients from a step, by how many it keeps."""
    counts: Counter[str] = Counter()
    for item in tasks:
        decision = item.decision
        if decision is None:
            counts["The path cannot be decided"] += 1
        elif words.is_undecided(decision):
            first = words.fact_title(decision.pathway, decision.missing[0])
            counts[f"Not enough data: {first}"] += 1
        elif decision.route.status != "recommended":
            counts[words.route(decision.pathway, decision).rstrip(".")] += 1
    return [Reason(text, number) for text, number in counts.most_common()]
