"""What happens from referral to response assessment on a ward that runs well."""

from __future__ import annotations

from typing import Final

from allpath.demo.acts import ASKED, Act, Chapter, Confirm, On, Record, every

DONE: Final = "done"

MRD_NEGATIVE: Final = {
    "result": "not_detected",
    "sensitivity": "0.001",
    "raw_unit": "percent",
    "specimen": "marrow",
    "method": "flow",
}
MRD_POSITIVE: Final = {**MRD_NEGATIVE, "result": "quantified", "value": "0.08"}
MRD_INSENSITIVE: Final = {**MRD_NEGATIVE, "sensitivity": "0.1"}

REFERRAL: Final = Chapter(
    1,
    (
        Record(0, {"consent_data": "yes"}),
        Record(1, {"identity_checked": "yes", "first_mdt_date": On(4)}),
    ),
)

ASSESSMENT: Final = Chapter(
    5,
    (
        Confirm(0, "assessment"),
        Record(
            1,
            {
                "dx_date": ASKED,
                "cr1_date": ASKED,
                "frontline_status": ASKED,
                "eot_date": ASKED,
                "relapse_date": ASKED,
                "relapse_number": 1,
                "prior_hsct_date": "none",
                "prior_blina": "none",
                "prior_ino_cycles": 0,
                "prior_cart": "none",
                "prior_nelarabine": "no",
                "anthracycline_cumulative": 150,
            },
        ),
        Record(
            2,
            {
                "marrow_blast_pct": ASKED,
                "cns_status": "CNS1",
                "testicular": ASKED,
                "other_em": "negative",
                "lineage": "B",
                "ph_status": "negative",
                "cd19": "positive",
                "cd22": "positive",
                "genetics": "made-up sample, nothing reported",
            },
        ),
        Record(
            3,
            {
                "performance": 1,
                "organ_function": "adequate",
                "active_infection": "none",
                "pregnancy": ASKED,
                "neuropathy_grade": 0,
                "vod_risk": "standard",
                "lvef_pct": 62,
                "goals": "curative",
                "trial_available": "no",
                "trial_consent": ASKED,
                "consent_chemo": "yes",
            },
        ),
        Record(4, {"mdt_held": DONE, "hla_typing_sent": DONE}),
    ),
)

REINDUCTION: Final = Chapter(
    31,
    (
        Confirm(0, "reinduction"),
        Record(
            1,
            {
                "reinduction_status": "running",
                "intrathecal_given": DONE,
                "sepsis_plan": DONE,
                "inpatient": "yes",
            },
        ),
        *every(range(1, 31, 3), blood_count=DONE, chemistry=DONE),
        Record(7, {"trial_available": "no", "goals": "curative"}),
        Record(29, {"reinduction_status": "count_recovery", "reinduction_end_date": On()}),
    ),
)
LUMBAR_PUNCTURES: Final[tuple[Act, ...]] = (
    *every(range(7, 31, 7), intrathecal_given=DONE),
    Record(28, {"csf_response": "clear_once"}),
)
NELARABINE: Final[tuple[Act, ...]] = (
    *every(range(1, 8), neuro_exam=DONE, neuropathy_grade=0),
    Record(5, {"nelarabine_last_dose_date": On()}),
)
TKI: Final[tuple[Act, ...]] = (
    Record(1, {"drug_in_option": "none_of_these"}),
    Record(12, {"abl1_mutation": "none"}),
    Record(28, {"bcr_abl1_transcript": DONE}),
)
INOTUZUMAB: Final[tuple[Act, ...]] = (
    Record(
        1,
        {
            "bilirubin_x_uln": "0.6",
            "liver_panel_before_dose": DONE,
            "weight_check": DONE,
            "ecg": DONE,
        },
    ),
    Record(3, {"liver_panel": DONE, "weight_check": DONE}),
)

RESPONSE: Final = Chapter(
    5,
    (
        Confirm(0, "response_assessment"),
        Record(1, {"mrd": MRD_NEGATIVE, "marrow_response": "M1", "em_response": "complete"}),
        Record(
            3,
            {
                "mdt_held": DONE,
                "active_infection": "none",
                "trial_available": "no",
                "goals": "curative",
            },
        ),
    ),
)

TO_ASSESSMENT: Final = (REFERRAL, ASSESSMENT)
TO_REINDUCTION: Final = (*TO_ASSESSMENT, REINDUCTION)
TO_RESPONSE: Final = (*TO_REINDUCTION, RESPONSE)
REFRACTORY: Final = (*TO_REINDUCTION, RESPONSE.but(marrow_response="M3", mrd=MRD_POSITIVE))
