"""Who is carried where: one row for each kind of patient, the showcase first.

A journey is a list of chapters and the days spent in the last one, one patient for each number of
days. Departures from the ward that runs well stand in the row: other values, facts nobody recorded,
acts beside the usual ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from allpath.demo.acts import Change, Chapter, Confirm, Correct, On, Record, Result
from allpath.demo.chapters import (
    AFTER_CART,
    AFTER_CHEMOTHERAPY,
    AFTER_HSCT,
    APHERESIS,
    ASSESSMENT,
    BRIDGING,
    DEAD,
    DONE,
    HSCT,
    INFUSION,
    INOTUZUMAB,
    LOST,
    LUMBAR_PUNCTURES,
    MAINTENANCE,
    MRD_INSENSITIVE,
    MRD_NEGATIVE,
    MRD_POSITIVE,
    NELARABINE,
    NEXT_RELAPSE,
    REFERRAL,
    REINDUCTION,
    RESPONSE,
    SECOND_ASSESSMENT,
    SUPPORTIVE,
    TKI,
    TRANSFERRED,
    WITHDRAWN,
    WORKUP,
    consolidation,
)
from allpath.demo.people import ADULT, BETWEEN, EARLY, LAKE, LATE, PARK, WOOD, Who


@dataclass(frozen=True)
class Journey:
    """A kind of patient and the chapters of care; `days_in` the last one, a number per patient."""

    title: str
    who: Who
    chapters: tuple[Chapter, ...]
    days_in: tuple[int, ...]


def proposed(step: str) -> Chapter:
    """One clinician has confirmed the step; the second signature is still to come."""
    return Chapter(1, (Confirm(0, step),))


_TO_ASSESSMENT: Final = (REFERRAL, ASSESSMENT)
_TO_REINDUCTION: Final = (*_TO_ASSESSMENT, REINDUCTION)
_TO_RESPONSE: Final = (*_TO_REINDUCTION, RESPONSE)
_TO_WORKUP: Final = (*_TO_RESPONSE, WORKUP)
_TO_AFTER_HSCT: Final = (*_TO_WORKUP, HSCT, AFTER_HSCT)
_REFRACTORY: Final = (*_TO_REINDUCTION, RESPONSE.but(marrow_response="M3", mrd=MRD_POSITIVE))
_TO_INFUSION: Final = (*_REFRACTORY, APHERESIS, BRIDGING, INFUSION)
_WORKUP_BESIDE: Final = Confirm(2, "hsct_workup:open")
_T_CELL: Final = ASSESSMENT.but(lineage="T", cd19="negative", cd22="negative")

JOURNEYS: Final = (
    Journey(
        "Early marrow relapse: work-up complete, HSCT waits for a second clinician",
        EARLY,
        (*_TO_WORKUP, proposed("hsct")),
        (1,),
    ),
    # -- referral and assessment ----------------------------------------------------------------
    Journey("Referred, identity to be checked", EARLY.at(PARK), (REFERRAL,), (0,)),
    Journey(
        "Referred, identity never checked", ADULT, (REFERRAL.without("identity_checked"),), (3, 13)
    ),
    Journey("Referred, ready for assessment", LATE.at(WOOD), (REFERRAL,), (1,)),
    Journey("Early relapse, all known", EARLY, _TO_ASSESSMENT, (4,)),
    Journey("Late relapse, all known", LATE, _TO_ASSESSMENT, (4,)),
    Journey(
        "Cerebrospinal fluid and testes not examined",
        LATE.at(LAKE),
        (REFERRAL, ASSESSMENT.without("cns_status", "testicular")),
        (3, 7),
    ),
    Journey(
        "Two laboratories disagree on the lineage",
        EARLY.at(WOOD),
        (REFERRAL, ASSESSMENT.also(Record(3, {"lineage": Result("T", days_before=1)}))),
        (4,),
    ),
    Journey(
        "End of therapy before the first diagnosis",
        LATE,
        (REFERRAL, ASSESSMENT.but(eot_date=On(-3000))),
        (3,),
    ),
    Journey(
        "Marrow misread, then corrected",
        EARLY.at(PARK),
        (
            REFERRAL,
            ASSESSMENT.but(marrow_blast_pct=8).also(
                Correct(4, "marrow_blast_pct", 68, "8 % was read from another patient's report")
            ),
        ),
        (4,),
    ),
    Journey(
        "M2 marrow, not confirmed",
        LATE.at(LAKE),
        (REFERRAL, ASSESSMENT.but(marrow_blast_pct=12)),
        (4,),
    ),
    Journey(
        "Uncontrolled infection",
        ADULT,
        (REFERRAL, ASSESSMENT.but(active_infection="uncontrolled")),
        (5,),
    ),
    Journey("T-lineage relapse", EARLY.at(WOOD), (REFERRAL, _T_CELL), (4,)),
    Journey("Adult relapse with high marrow burden", ADULT, _TO_ASSESSMENT, (4,)),
    Journey(
        "Adult, date of first remission missing",
        ADULT,
        (REFERRAL, ASSESSMENT.without("cr1_date", "hla_typing_sent")),
        (9,),
    ),
    # -- reinduction ----------------------------------------------------------------------------
    Journey("Reinduction running", EARLY.at(WOOD), _TO_REINDUCTION, (8, 19)),
    Journey(
        "CNS relapse, the last lumbar puncture missed",
        LATE.at(PARK),
        (REFERRAL, ASSESSMENT.but(cns_status="CNS3"), REINDUCTION.also(*LUMBAR_PUNCTURES[:1])),
        (18,),
    ),
    Journey(
        "Testicular relapse",
        Who(LATE.ages, LATE.months, LAKE, "male"),
        (REFERRAL, ASSESSMENT.but(testicular="positive", marrow_blast_pct=7), REINDUCTION),
        (22,),
    ),
    Journey(
        "T lineage on nelarabine",
        EARLY.at(LAKE),
        (REFERRAL, _T_CELL, REINDUCTION.also(*NELARABINE)),
        (4,),
    ),
    Journey(
        "Philadelphia-positive, TKI with the mutation pending",
        ADULT,
        (REFERRAL, ASSESSMENT.but(ph_status="positive"), REINDUCTION.also(*TKI)),
        (6,),
    ),
    Journey(
        "In a clinical trial, response assessment due",
        EARLY,
        (
            REFERRAL,
            ASSESSMENT.but(trial_available="yes", trial_consent="yes"),
            REINDUCTION.but(trial_available="yes").also(
                Record(1, {"drug_in_option": "none_of_these"})
            ),
        ),
        (30,),
    ),
    Journey(
        "Adult on inotuzumab, weight not recorded",
        ADULT,
        (*_TO_ASSESSMENT, REINDUCTION.also(*INOTUZUMAB)),
        (6,),
    ),
    # -- response -------------------------------------------------------------------------------
    Journey(
        "MRD only preliminary",
        EARLY,
        (
            *_TO_REINDUCTION,
            RESPONSE.but(mrd=Result(MRD_NEGATIVE, "preliminary")).also(_WORKUP_BESIDE),
        ),
        (4,),
    ),
    Journey(
        "MRD gone stale",
        EARLY.at(WOOD),
        (
            *_TO_REINDUCTION,
            RESPONSE.also(
                Record(
                    17,
                    {"marrow_response": "M1", "em_response": "complete", "trial_available": "no"},
                ),
            ),
        ),
        (31,),
    ),
    Journey(
        "MRD not detected, but the test was not sensitive enough",
        EARLY.at(PARK),
        (*_TO_REINDUCTION, RESPONSE.but(mrd=MRD_INSENSITIVE).also(_WORKUP_BESIDE)),
        (4,),
    ),
    Journey("No remission after reinduction", EARLY.at(WOOD), _REFRACTORY, (3,)),
    Journey(
        "Remission, HSCT indicated, no donor",
        ADULT,
        (*_TO_REINDUCTION, RESPONSE.also(Record(3, {"donor": "none"}))),
        (4,),
    ),
    Journey("Late relapse, MRD-negative", LATE, _TO_RESPONSE, (3,)),
    Journey(
        "The sets disagree on the timing; the active set was changed",
        BETWEEN,
        (
            *_TO_REINDUCTION,
            RESPONSE.also(
                Change(
                    2,
                    {"active_set": "COG", "region": "US"},
                    "treated by the COG protocol, MDT of that day",
                ),
            ),
        ),
        (3,),
    ),
    Journey(
        "Response results overdue",
        LATE.at(WOOD),
        (*_TO_REINDUCTION, RESPONSE.without("mrd", "marrow_response", "mdt_held")),
        (20,),
    ),
    # -- consolidation and maintenance ----------------------------------------------------------
    Journey(
        "Consolidation running, or its block complete",
        LATE.at(LAKE),
        (*_TO_RESPONSE, consolidation()),
        (20, 31),
    ),
    Journey(
        "MRD-positive: blinatumomab, with the HSCT work-up beside it",
        EARLY,
        (*_TO_REINDUCTION, RESPONSE.but(mrd=MRD_POSITIVE), consolidation()),
        (13,),
    ),
    Journey(
        "Maintenance",
        LATE.at(WOOD),
        (*_TO_RESPONSE, consolidation("maintenance_due"), MAINTENANCE),
        (120,),
    ),
    # -- HSCT -----------------------------------------------------------------------------------
    Journey(
        "Work-up without consultation or consent",
        EARLY.at(PARK),
        (*_TO_RESPONSE, WORKUP.without("hsct_consult", "consent_hsct", "hct_ci")),
        (24,),
    ),
    Journey(
        "MRD-positive before HSCT",
        EARLY.at(WOOD),
        (*_TO_RESPONSE, WORKUP.but(mrd=MRD_POSITIVE)),
        (16,),
    ),
    Journey("After HSCT", EARLY, (*_TO_WORKUP, HSCT), (48, 107)),
    Journey("Follow-up after HSCT", EARLY.at(WOOD), _TO_AFTER_HSCT, (130,)),
    Journey(
        "Donor chimerism falls, nothing done yet",
        EARLY.at(PARK),
        (*_TO_WORKUP, HSCT, AFTER_HSCT.also(Record(40, {"chimerism": "falling"}))),
        (64,),
    ),
    # -- CAR-T ----------------------------------------------------------------------------------
    Journey("CAR-T, collection being prepared", EARLY.at(WOOD), (*_REFRACTORY, APHERESIS), (5,)),
    Journey("CAR-T, product awaited", EARLY.at(PARK), (*_REFRACTORY, APHERESIS, BRIDGING), (10,)),
    Journey(
        "CAR-T, infusion waits for a second clinician",
        EARLY,
        (*_REFRACTORY, APHERESIS, BRIDGING, proposed("cart_infusion")),
        (0,),
    ),
    Journey("CAR-T, watched after the infusion", EARLY.at(WOOD), _TO_INFUSION, (14,)),
    Journey(
        "CAR-T, day 28 without results",
        EARLY,
        (*_REFRACTORY, APHERESIS, BRIDGING, INFUSION.without("mrd", "marrow_response")),
        (37,),
    ),
    Journey("Follow-up after CAR-T", EARLY.at(WOOD), (*_TO_INFUSION, AFTER_CART), (95,)),
    Journey(
        "B cells came back early after CAR-T",
        EARLY.at(PARK),
        (*_TO_INFUSION, AFTER_CART.also(Record(110, {"b_cells": "recovered", "igg": DONE}))),
        (112,),
    ),
    # -- later ----------------------------------------------------------------------------------
    Journey(
        "Follow-up after chemotherapy",
        LATE.at(LAKE),
        (*_TO_RESPONSE, consolidation("therapy_complete"), AFTER_CHEMOTHERAPY),
        (100,),
    ),
    Journey("Relapse after HSCT", EARLY, (*_TO_AFTER_HSCT, NEXT_RELAPSE), (1,)),
    Journey(
        "Second relapse, assessed again",
        EARLY.at(WOOD),
        (*_TO_AFTER_HSCT, NEXT_RELAPSE, SECOND_ASSESSMENT),
        (4,),
    ),
    Journey("Supportive care", ADULT, (*_TO_ASSESSMENT, SUPPORTIVE), (30,)),
    Journey(
        "Goals palliative, supportive care waits for a second clinician",
        ADULT,
        (REFERRAL, ASSESSMENT.but(goals="palliative"), proposed("supportive")),
        (1,),
    ),
    Journey("Lost to follow-up", LATE.at(PARK), (*_TO_ASSESSMENT, LOST), (25,)),
    Journey("Transferred", EARLY.at(PARK), (*_TO_REINDUCTION, TRANSFERRED), (12,)),
    Journey("Withdrawn", ADULT, (*_TO_ASSESSMENT, WITHDRAWN), (8,)),
    Journey("Died", ADULT, (*_TO_ASSESSMENT, REINDUCTION, DEAD), (20,)),
)
