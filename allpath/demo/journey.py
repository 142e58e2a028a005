"""A journey: a kind of patient and the chapters of care, told up to a day of the last one."""

from __future__ import annotations

from dataclasses import dataclass

from allpath.demo.acts import Chapter, Confirm
from allpath.demo.people import Who


@dataclass(frozen=True)
class Journey:
    """A kind of patient and the chapters of care; `days_in` the last one, a number per patient."""

    title: str
    who: Who
    chapters: tuple[Chapter, ...]
    days_in: tuple[int, ...]
    pathway_id: str = "relapsed_all"


def proposed(step: str) -> Chapter:
    """One clinician has confirmed the step; the second signature is still to come."""
    return Chapter(1, (Confirm(0, step),))
