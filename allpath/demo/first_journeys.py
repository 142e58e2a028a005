"""Who is carried from referral to response assessment: one row for each kind of patient.

One patient is carried for each number of days in the last chapter. Departures from the ward that
runs well stand in the row: other values, facts nobody recorded, acts beside the usual ones.
"""

from __future__ import annotations

from typing import Final

from allpath.demo.acts import Change, Confirm, Correct, On, Record, Result
from allpath.demo.first_chapters import (
    ASSESSMENT,
    INOTUZUMAB,
    LUMBAR_PUNCTURES,
    MRD_INSENSITIVE,
    MRD_NEGATIVE,
    NELARABINE,
    REFERRAL,
    REFRACTORY,
    REINDUCTION,
    RESPONSE,
    TKI,
    TO_ASSESSMENT,
    TO_REINDUCTION,
    TO_RESPONSE,
)
from allpath.demo.journey import Journey
from allpath.demo.people import ADULT, BETWEEN, EARLY, LAKE, LATE, PARK, WOOD, Who

_WORKUP_BESIDE: Final = Confirm(2, "hsct_workup:open")
_T_CELL: Final = ASSESSMENT.but(lineage="T", cd19="negative", cd22="negative")

FIRST_JOURNEYS: Final = (
    # -- referral and assessment
    Journey("Referred, identity to be checked", EARLY.at(PARK), (REFERRAL,), (0,)),
    Journey(
        "Referred, identity never checked", ADULT, (REFERRAL.without("identity_checked"),), (3, 13)
    ),
    Journey("Referred, ready for assessment", LATE.at(WOOD), (REFERRAL,), (1,)),
    Journey("Early relapse, all known", EARLY, TO_ASSESSMENT, (4,)),
    Journey("Late relapse, all known", LATE, TO_ASSESSMENT, (4,)),
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
    Journey("Adult relapse with high marrow burden", ADULT, TO_ASSESSMENT, (4,)),
    Journey(
        "Adult, date of first remission missing",
        ADULT,
        (REFERRAL, ASSESSMENT.without("cr1_date", "hla_typing_sent")),
        (9,),
    ),
    # -- reinduction
    Journey("Reinduction running", EARLY.at(WOOD), TO_REINDUCTION, (8, 19)),
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
        (*TO_ASSESSMENT, REINDUCTION.also(*INOTUZUMAB)),
        (6,),
    ),
    # -- response
    Journey(
        "MRD only preliminary",
        EARLY,
        (
            *TO_REINDUCTION,
            RESPONSE.but(mrd=Result(MRD_NEGATIVE, "preliminary")).also(_WORKUP_BESIDE),
        ),
        (4,),
    ),
    Journey(
        "MRD gone stale",
        EARLY.at(WOOD),
        (
            *TO_REINDUCTION,
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
        (*TO_REINDUCTION, RESPONSE.but(mrd=MRD_INSENSITIVE).also(_WORKUP_BESIDE)),
        (4,),
    ),
    Journey("No remission after reinduction", EARLY.at(WOOD), REFRACTORY, (3,)),
    Journey(
        "Remission, HSCT indicated, no donor",
        ADULT,
        (*TO_REINDUCTION, RESPONSE.also(Record(3, {"donor": "none"}))),
        (4,),
    ),
    Journey("Late relapse, MRD-negative", LATE, TO_RESPONSE, (3,)),
    Journey(
        "The sets disagree on the timing; the active set was changed",
        BETWEEN,
        (
            *TO_REINDUCTION,
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
        (*TO_REINDUCTION, RESPONSE.without("mrd", "marrow_response", "mdt_held")),
        (20,),
    ),
)
