"""Who is carried along the pathways beside the first one: a handful of patients on each."""

from __future__ import annotations

from typing import Final

from allpath.demo.acts import Chapter, Confirm, On, Record, every
from allpath.demo.first_chapters import DONE, MRD_NEGATIVE, MRD_POSITIVE
from allpath.demo.journey import Journey
from allpath.demo.later_chapters import LOST
from allpath.demo.people import ADULT, EARLY, PARK, WOOD

CART: Final = "cart_follow_up"
HSCT: Final = "post_hsct_surveillance"
_NOTHING_FOUND: Final = {"new_relapse": "none", "new_cancer": "none"}

EARLY_WATCH: Final = Chapter(
    32,
    (
        Record(0, {"cart_infusion_date": On(), **_NOTHING_FOUND}),
        *every(range(1, 8), cart_monitoring=DONE),
        *every(range(10, 32, 3), cart_monitoring=DONE),
        *every(range(14, 32, 14), **_NOTHING_FOUND),
        Record(28, {"mrd": MRD_NEGATIVE, "marrow_response": "M1"}),
        Record(29, {"cart_restrictions_review": DONE}),
    ),
)
FIRST_YEAR: Final = Chapter(
    335,
    (
        Confirm(0, "first_year"),
        *every(range(1, 335, 29), b_cells_recovered_date="none", igg=DONE, **_NOTHING_FOUND),
        *every(range(58, 335, 91), mrd=MRD_NEGATIVE, marrow_response="M1"),
    ),
)
YEAR_2: Final = Chapter(
    365,
    (
        Confirm(0, "years_2_to_15"),
        *every(range(1, 365, 88), b_cells_recovered_date="none", igg=DONE, **_NOTHING_FOUND),
        Record(360, {"cart_ltfu_review": DONE}),
    ),
)
NEW_CANCER: Final = Chapter(
    30,
    (
        Record(0, {"new_cancer": "confirmed", "new_cancer_kind": "other"}),
        Confirm(0, "relapse_or_new_cancer"),
    ),
)

TO_DAY_100: Final = Chapter(
    102,
    (
        Record(0, {"hsct_date": On(), "new_relapse": "none"}),
        *every(range(6, 102, 7), gvhd_virus_check=DONE),
        *every(range(28, 102, 34), chimerism="full_donor", mrd=MRD_NEGATIVE, new_relapse="none"),
    ),
)
TO_MONTH_24: Final = Chapter(
    640,
    (
        Confirm(0, "months_4_to_24"),
        *every(range(1, 640, 85), new_relapse="none"),
        *every(range(78, 640, 90), chimerism="full_donor", mrd=MRD_NEGATIVE),
        Record(200, {"vaccination_review": DONE}),
        Record(260, {"late_effects_review": DONE}),
    ),
)
MRD_FOUND: Final = TO_DAY_100.also(Record(63, {"mrd": MRD_POSITIVE}), Confirm(64, "finding_review"))
MONTH_8: Final = Chapter(140, TO_MONTH_24.acts)
RELAPSE: Final = Chapter(
    30, (Record(0, {"new_relapse": "documented"}), Confirm(0, "relapse_review"))
)

DEAD: Final = Chapter(30, (Confirm(0, "dead"),))

OTHER_JOURNEYS: Final = (
    Journey("Watched after the infusion", EARLY.at(PARK), (EARLY_WATCH,), (12,), CART),
    Journey(
        "Day 28 without MRD",
        ADULT,
        (EARLY_WATCH.without("mrd"),),
        (31,),
        CART,
    ),
    Journey("First year after CAR-T", EARLY, (EARLY_WATCH, FIRST_YEAR), (100,), CART),
    Journey(
        "B cells came back early, the MDT is asked",
        EARLY.at(WOOD),
        (EARLY_WATCH, FIRST_YEAR.also(Record(110, {"b_cells_recovered_date": On()}))),
        (113,),
        CART,
    ),
    Journey("Second year after CAR-T", ADULT, (EARLY_WATCH, FIRST_YEAR, YEAR_2), (150,), CART),
    Journey(
        "A new cancer after CAR-T, to be decided",
        ADULT,
        (EARLY_WATCH, FIRST_YEAR, NEW_CANCER),
        (3,),
        CART,
    ),
    Journey("Before day 100", EARLY.at(WOOD), (TO_DAY_100,), (45,), HSCT),
    Journey("MRD found on day 63, to be repeated", EARLY.at(PARK), (MRD_FOUND,), (70,), HSCT),
    Journey("To month 24", EARLY, (TO_DAY_100, TO_MONTH_24), (250,), HSCT),
    Journey(
        "Relapse in month 8, to be decided",
        ADULT,
        (TO_DAY_100, MONTH_8, RELAPSE),
        (2,),
        HSCT,
    ),
    Journey("Lost in surveillance", EARLY.at(PARK), (TO_DAY_100, LOST), (25,), HSCT),
    Journey("Died in surveillance", ADULT, (TO_DAY_100, DEAD), (5,), HSCT),
)
