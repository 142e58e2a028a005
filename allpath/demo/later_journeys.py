"""Who is carried beyond response assessment: one row for each kind of patient.

One patient is carried for each number of days in the last chapter. Departures from the ward that
runs well stand in the row: other values, facts nobody recorded, acts beside the usual ones.
"""

from __future__ import annotations

from typing import Final

from allpath.demo.acts import Correct, Record
from allpath.demo.first_chapters import (
    ASSESSMENT,
    DONE,
    MRD_POSITIVE,
    REFERRAL,
    REFRACTORY,
    REINDUCTION,
    RESPONSE,
    TO_ASSESSMENT,
    TO_REINDUCTION,
    TO_RESPONSE,
)
from allpath.demo.journey import Journey, proposed
from allpath.demo.later_chapters import (
    AFTER_CART,
    AFTER_CHEMOTHERAPY,
    AFTER_HSCT,
    APHERESIS,
    BRIDGING,
    DEAD,
    HSCT,
    INFUSION,
    LOST,
    MAINTENANCE,
    NEXT_RELAPSE,
    SECOND_ASSESSMENT,
    SUPPORTIVE,
    TO_AFTER_HSCT,
    TO_INFUSION,
    TO_WORKUP,
    TRANSFERRED,
    WITHDRAWN,
    WORKUP,
    consolidation,
)
from allpath.demo.people import ADULT, EARLY, LAKE, LATE, PARK, WOOD

LATER_JOURNEYS: Final = (
    Journey(
        "Early marrow relapse: work-up complete, HSCT waits for a second clinician",
        EARLY,
        (
            *TO_RESPONSE,
            WORKUP.without("hsct_consult").also(
                Correct(11, "hct_ci", 2, "one comorbidity had not been counted"),
                Record(16, {"hsct_consult": DONE}),
            ),
            proposed("hsct"),
        ),
        (1,),
    ),
    # -- consolidation and maintenance
    Journey(
        "Consolidation running, or its block complete",
        LATE.at(LAKE),
        (*TO_RESPONSE, consolidation()),
        (20, 31),
    ),
    Journey(
        "MRD-positive: blinatumomab, with the HSCT work-up beside it",
        EARLY,
        (*TO_REINDUCTION, RESPONSE.but(mrd=MRD_POSITIVE), consolidation()),
        (13,),
    ),
    Journey(
        "Maintenance",
        LATE.at(WOOD),
        (*TO_RESPONSE, consolidation("maintenance_due"), MAINTENANCE),
        (120,),
    ),
    # -- HSCT
    Journey(
        "Work-up without consultation or consent",
        EARLY.at(PARK),
        (*TO_RESPONSE, WORKUP.without("hsct_consult", "consent_hsct", "hct_ci")),
        (24,),
    ),
    Journey(
        "MRD-positive before HSCT",
        EARLY.at(WOOD),
        (*TO_RESPONSE, WORKUP.but(mrd=MRD_POSITIVE)),
        (16,),
    ),
    Journey("After HSCT", EARLY, (*TO_WORKUP, HSCT), (48, 107)),
    Journey("Follow-up after HSCT", EARLY.at(WOOD), TO_AFTER_HSCT, (130,)),
    Journey(
        "Donor chimerism falls, nothing done yet",
        EARLY.at(PARK),
        (*TO_WORKUP, HSCT, AFTER_HSCT.also(Record(40, {"chimerism": "falling"}))),
        (64,),
    ),
    # -- CAR-T
    Journey("CAR-T, collection being prepared", EARLY.at(WOOD), (*REFRACTORY, APHERESIS), (5,)),
    Journey("CAR-T, product awaited", EARLY.at(PARK), (*REFRACTORY, APHERESIS, BRIDGING), (10,)),
    Journey(
        "CAR-T, infusion waits for a second clinician",
        EARLY,
        (*REFRACTORY, APHERESIS, BRIDGING, proposed("cart_infusion")),
        (0,),
    ),
    Journey("CAR-T, watched after the infusion", EARLY.at(WOOD), TO_INFUSION, (14,)),
    Journey(
        "CAR-T, day 28 without results",
        EARLY,
        (*REFRACTORY, APHERESIS, BRIDGING, INFUSION.without("mrd", "marrow_response")),
        (37,),
    ),
    Journey("Follow-up after CAR-T", EARLY.at(WOOD), (*TO_INFUSION, AFTER_CART), (95,)),
    Journey(
        "B cells came back early after CAR-T",
        EARLY.at(PARK),
        (*TO_INFUSION, AFTER_CART.also(Record(110, {"b_cells": "recovered", "igg": DONE}))),
        (112,),
    ),
    # -- relapse, and where care ends or changes
    Journey(
        "Follow-up after chemotherapy",
        LATE.at(LAKE),
        (*TO_RESPONSE, consolidation("therapy_complete"), AFTER_CHEMOTHERAPY),
        (100,),
    ),
    Journey("Relapse after HSCT", EARLY, (*TO_AFTER_HSCT, NEXT_RELAPSE), (1,)),
    Journey(
        "Second relapse, assessed again",
        EARLY.at(WOOD),
        (*TO_AFTER_HSCT, NEXT_RELAPSE, SECOND_ASSESSMENT),
        (4,),
    ),
    Journey("Supportive care", ADULT, (*TO_ASSESSMENT, SUPPORTIVE), (30,)),
    Journey(
        "Goals palliative, supportive care waits for a second clinician",
        ADULT,
        (REFERRAL, ASSESSMENT.but(goals="palliative"), proposed("supportive")),
        (1,),
    ),
    Journey("Lost to follow-up", LATE.at(PARK), (*TO_ASSESSMENT, LOST), (25,)),
    Journey("Transferred", EARLY.at(PARK), (*TO_REINDUCTION, TRANSFERRED), (12,)),
    Journey("Withdrawn", ADULT, (*TO_ASSESSMENT, WITHDRAWN), (8,)),
    Journey("Died", ADULT, (*TO_ASSESSMENT, REINDUCTION, DEAD), (20,)),
)
