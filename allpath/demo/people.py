"""Who the patients of the demonstration are: names no one has, numbers of the 999 test range.

What a patient brings along (age, dates of the first disease) is drawn from the seed; the same seed,
number and day give the same patient.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from workflow.civil import add_months
from workflow.pathway import Pathway
from workflow.records import Person

SITE: Final = "Demo site"
"""Every demo patient is enrolled at a site of this name; so a demo database is known again."""

_TREES: Final = (
    *("Alder", "Ash", "Aspen", "Beech", "Birch", "Cedar", "Cherry", "Elder", "Elm", "Fir"),
    *(
        "Hazel",
        "Hawthorn",
        "Holly",
        "Hornbeam",
        "Juniper",
        "Larch",
        "Laurel",
        "Lime",
        "Maple",
        "Medlar",
    ),
    *("Mulberry", "Oak", "Pine", "Plane", "Poplar", "Rowan", "Sorrel", "Spruce", "Willow", "Yew"),
)
_GIVEN: Final = {
    "female": (
        "Ada",
        "Bea",
        "Cleo",
        "Dora",
        "Elsa",
        "Fay",
        "Gwen",
        "Hedy",
        "Iris",
        "June",
        "Kaia",
        "Lena",
    ),
    "male": (
        "Abel",
        "Bert",
        "Carl",
        "Dirk",
        "Egon",
        "Fritz",
        "Gil",
        "Hugo",
        "Ivo",
        "Joel",
        "Kurt",
        "Levi",
    ),
}
_LONGEST_FIRST_LINE: Final = 26
"""Months after which first-line therapy of these patients is over."""
_NO_CHECK_DIGIT: Final = 10


@dataclass(frozen=True)
class Place:
    """Where patients are treated: the site's region, time zone and active timing set."""

    name: str
    region: str
    time_zone: str
    active_set: str

    def settings(self, pathway: Pathway) -> dict[str, str]:
        """The settings of a path enrolled here, of the pathway's own those it declares."""
        chosen = {"region": self.region, "active_set": self.active_set}
        declared = {name: value for name, value in chosen.items() if name in pathway.settings}
        return {"site": f"{SITE} {self.name}", "time_zone": self.time_zone, **declared}


LAKE: Final = Place("Lake", "US", "America/New_York", "COG")
PARK: Final = Place("Park", "UK", "Europe/London", "UKALLR3")
WOOD: Final = Place("Wood", "EU", "Europe/Berlin", "INTREALL")
HILL: Final = Place("Hill", "EU", "Europe/Berlin", "ADULT")


@dataclass(frozen=True)
class Who:
    """A kind of patient: ages in years, months from first diagnosis to this relapse, the place."""

    ages: range
    months: range
    place: Place
    sex: str = ""

    def at(self, place: Place) -> Who:
        """The same kind of patient at another place."""
        return replace(self, place=place)


EARLY: Final = Who(range(5, 14), range(19, 24), LAKE)
LATE: Final = Who(range(6, 15), range(44, 60), PARK)
BETWEEN: Final = Who(range(6, 15), range(33, 34), WOOD)
ADULT: Final = Who(range(27, 58), range(9, 34), HILL)


@dataclass(frozen=True)
class Patient:
    """A made-up person and the facts she or he brings along."""

    number: int
    person: Person
    place: Place
    facts: Mapping[str, Any]


def invent(number: int, path_id: str, who: Who, referred_on: date, seed: int) -> Patient:
    """The patient of that number; the same arguments give the same patient."""
    draw = Random(f"{seed}/{number}")  # noqa: S311 - the same patient again, nothing to keep secret
    sex = who.sex or draw.choice(("female", "male"))
    relapse = referred_on - timedelta(days=draw.randrange(2, 5))
    diagnosis = add_months(relapse, -draw.choice(who.months)) - timedelta(
        days=draw.randrange(3, 12)
    )
    age = draw.choice(who.ages)
    birth = add_months(relapse, -12 * age) - timedelta(days=draw.randrange(20, 340))
    end = add_months(diagnosis, _LONGEST_FIRST_LINE)
    facts: dict[str, Any] = {
        "sex": sex,
        "birth_date": birth.isoformat(),
        "dx_date": diagnosis.isoformat(),
        "cr1_date": (diagnosis + timedelta(days=33)).isoformat(),
        "relapse_date": relapse.isoformat(),
        "frontline_status": "completed" if end < relapse else "on_therapy",
        "marrow_blast_pct": draw.randrange(52, 94),
        "testicular": "negative" if sex == "male" else "not_applicable",
        "pregnancy": "negative" if sex == "female" and age > 10 else "not_applicable",  # noqa: PLR2004 - tested from 11 years on
    }
    if end < relapse:
        facts["eot_date"] = end.isoformat()
    return Patient(number, _person(number, path_id, sex, who.place), who.place, facts)


def _person(number: int, path_id: str, sex: str, place: Place) -> Person:
    given = _GIVEN[sex]
    identifiers = {"mrn": f"999{number:04d}"}
    if place.region == "UK":
        identifiers["nhs"] = _nhs_number(number)
    return Person(
        path_id=path_id,
        family_name=f"Test-{_TREES[number % len(_TREES)]}",
        given_name=given[(number + number // len(_TREES)) % len(given)],
        identifiers=identifiers,
        contact="none: a synthetic patient",
    )


def _nhs_number(number: int) -> str:
    """A number of the range 999, which is never given to anybody, with its check digit."""
    for last in range(10):
        digits = f"999{number:05d}{last}"
        total = sum(int(d) * w for d, w in zip(digits, range(10, 1, -1), strict=True))
        check = (11 - total % 11) % 11
        if check != _NO_CHECK_DIGIT:
            return f"{digits}{check}"
    msg = f"There is no test number for patient {number}."
    raise AssertionError(msg)
