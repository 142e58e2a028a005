"""Past decisions to look at again, in words and for programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from allpath import words
from allpath.answers import instant
from workflow.pathway import Pathway
from workflow.review import ReviewItem
from workflow.store import Store
from workflow.time_travel import Moment, open_then
from workflow.titles import step_title, title_of, titled

Waiting = Mapping[str, Sequence[ReviewItem]]


def open_reviews(store: Store, path_id: str = "", moment: Moment | None = None) -> Waiting:
    """The reviews nobody has closed, now or at a past moment, by path, oldest first."""
    waiting: dict[str, list[ReviewItem]] = {}
    if moment is not None:
        items = open_then(store.reviews(path_id), moment.recorded_by)
    else:
        items = tuple(store.reviews(path_id) if path_id else store.open_reviews())
    for item in items:
        if item.is_open:
            waiting.setdefault(item.path_id, []).append(item)
    return waiting


def reviews_sentence(waiting: Waiting) -> str:
    """How many past decisions of how many patients nobody has looked at again."""
    items = words.counted(sum(map(len, waiting.values())), "past decision")
    verb = "waits" if items.startswith("1 ") else "wait"
    return (
        f"{items} of {words.counted(len(waiting), 'patient')} {verb} to be looked at again; see "
        "`allpath review list`."
    )


def about(item: ReviewItem, pathway: Pathway | None) -> str:
    """What a review is about: the two answers in one line."""
    return (
        f"{subject(item, pathway)}: {short(item.before, pathway)} -> {short(item.after, pathway)}"
    )


def subject(item: ReviewItem, pathway: Pathway | None) -> str:
    """The past decision in a few words."""
    if item.kind == "care":
        fact, _, day = item.about.partition(" ")
        shown = title_of(pathway, fact)
        return f"care on {words.day(date.fromisoformat(day))} that no step says ({shown})"
    if item.kind == "checkpoint":
        return f"checkpoint {title_of(pathway, item.about.partition('/')[0])} met"
    if item.kind == "step":
        return f"step {step_title(pathway, item.before['step']['key'])} (entry {item.about})"
    return f"notice (entry {item.about})"


def short(answer: Mapping[str, Any], pathway: Pathway | None) -> str:
    """An answer in a few words: where to, with what, by which rule, and how the step stood."""
    if care := answer.get("care"):
        if care["fact"]:
            return f"{title_of(pathway, care['fact'])} is on record"
        return f"the path was in {words.state(pathway, care['state'])}"
    if "route" not in answer:
        on = answer.get("met_on")
        return f"met as of {words.day(date.fromisoformat(on))}" if on else "not met"
    route = answer["route"]
    if route["status"] == "recommended":
        text = words.state(pathway, route["next_state"])
        if option := route["option"]:
            text += f" with {words.option_title(pathway, option) if pathway else option}"
    else:
        why = title_of(pathway, route["reason"] or "no route")
        text = f"{route['status'].replace('_', ' ')} ({why})"
    step = answer.get("step")
    stood = f", {step_title(pathway, step['key'])} {step['status']}" if step else ""
    codes = [title_of(pathway, code) for code in answer.get("warnings", ())]
    warned = f", warnings {', '.join(codes)}" if codes else ""
    return f"{text} by rule {answer['rule'] or 'none'}{stood}{warned}"


def standing(item: ReviewItem) -> str:
    """Open, or what came of it and who said so."""
    if item.is_open:
        return "open"
    return f"{item.status.replace('_', ' ')}, {item.closed_by or 'by itself'}: {item.reason}"


def review_answer(item: ReviewItem) -> dict[str, Any]:
    """One review for programs."""
    return {
        "review": item.review_id,
        "path_id": item.path_id,
        "kind": item.kind,
        "about": item.about,
        "opened_at": instant(item.opened_at),
        "opened_by_entry": item.opened_by_seq,
        "before": dict(item.before),
        "after": dict(item.after),
        "status": item.status,
        "closed_at": instant(item.closed_at) if item.closed_at else None,
        "closed_by": item.closed_by or None,
        "reason": item.reason,
    }


def side_by_side(item: ReviewItem, pathway: Pathway | None) -> Iterable[tuple[str, str, str]]:
    """The clauses that came out otherwise: what was needed, what was found then and now."""
    before, after = item.before.get("clauses", ()), item.after.get("clauses", ())
    for old, new in zip(before, after, strict=True):
        needed = old["needed"] if old["needed"] == new["needed"] else new["needed"]
        row = title_of(pathway, new["row"])
        yield f"{row}: {titled(pathway, needed)}", _found(old, pathway), _found(new, pathway)


def _found(clause: Mapping[str, str], pathway: Pathway | None) -> str:
    return f"{clause['result']}, found {titled(pathway, clause['found']) or 'nothing'}"
