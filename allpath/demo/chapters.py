"""What happens in each part of care on a ward that runs well; `journeys.py` tells who is late."""

from __future__ import annotations

from typing import Final

from allpath.demo.acts import ASKED, NEVER, Act, Chapter, Confirm, Known, On, Record, Sign, every

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


def consolidation(ends: str = "block_complete") -> Chapter:
    """One block with blinatumomab; `ends` is what follows it."""
    return Chapter(
        35,
        (
            Confirm(0, "consolidation"),
            Record(1, {"consolidation_status": "running", "new_relapse": "none"}),
            Record(3, {"inpatient_days_done": DONE}),
            Record(27, {"last_cd19_therapy_date": On()}),
            Record(
                30,
                {
                    "mrd": MRD_NEGATIVE,
                    "marrow_response": "M1",
                    "prior_blina": "responder",
                    "consolidation_status": ends,
                },
            ),
        ),
    )


MAINTENANCE: Final = Chapter(
    540,
    (
        Confirm(0, "maintenance"),
        Record(1, {"maintenance_status": "running", "new_relapse": "none"}),
        *every(range(85, 530, 85), mrd=MRD_NEGATIVE),
        Record(538, {"maintenance_status": "complete"}),
    ),
)
AFTER_CHEMOTHERAPY: Final = Chapter(
    365,
    (
        Confirm(0, "fu_chemo"),
        Record(1, {"new_relapse": "none"}),
        *every(range(28, 365, 30), blood_count=DONE, follow_up_exam=DONE),
    ),
)

WORKUP: Final = Chapter(
    18,
    (
        Confirm(0, "hsct_workup"),
        Record(4, {"hsct_consult": DONE, "donor": "matched_unrelated"}),
        Record(10, {"hsct_eligible": "eligible", "hct_ci": 1}),
        Record(
            14,
            {
                "mrd": MRD_NEGATIVE,
                "marrow_response": "M1",
                "em_response": "complete",
                "organ_function": "adequate",
                "active_infection": "none",
                "pregnancy": ASKED,
                "consent_hsct": "yes",
            },
        ),
        Record(17, {"active_infection": "none"}),
    ),
)
HSCT: Final = Chapter(
    108,
    (
        Confirm(0, "hsct"),
        Sign(0),
        Record(1, {"hsct_status": "conditioning", "new_relapse": "none"}),
        *every(range(6, 107, 7), gvhd_virus_check=DONE),
        Record(7, {"hsct_date": On()}),
        Record(25, {"hsct_status": "engrafted", "platelet_recovery": "yes", "adverse_event": "no"}),
        *every(range(36, 108, 35), chimerism="full_donor", mrd=MRD_NEGATIVE),
    ),
)
AFTER_HSCT: Final = Chapter(
    200,
    (
        Confirm(0, "fu_hsct"),
        Record(1, {"new_relapse": "none"}),
        *every(range(78, 200, 94), chimerism="full_donor", mrd=MRD_NEGATIVE),
        Record(120, {"vaccination_review": DONE}),
    ),
)

APHERESIS: Final = Chapter(
    12,
    (
        Confirm(0, "cart_apheresis"),
        Record(
            2,
            {
                "consent_cart": "yes",
                "cart_washout": "complete",
                "hbv_hcv_hiv": "negative",
                "alc_cd3": DONE,
            },
        ),
        Record(8, {"apheresis_status": "collected", "cart_product_status": "ordered"}),
        Record(11, {"active_infection": "none"}),
    ),
)
BRIDGING: Final = Chapter(
    23,
    (
        Confirm(0, "cart_bridging"),
        Record(
            21,
            {
                "disease_recheck": DONE,
                "cd19": "positive",
                "cart_product_status": "released",
                "tocilizumab_available": "yes",
                "active_infection": "none",
            },
        ),
    ),
)
INFUSION: Final = Chapter(
    35,
    (
        Confirm(0, "cart_infusion"),
        Sign(0),
        Record(1, {"tocilizumab_available": "yes", "new_relapse": "none"}),
        Record(5, {"cart_infusion_date": On()}),
        *every(range(6, 13), cart_monitoring=DONE),
        *every(range(15, 34, 3), cart_monitoring=DONE),
        Record(
            33,
            {
                "mrd": MRD_NEGATIVE,
                "marrow_response": "M1",
                "em_response": "complete",
            },
        ),
        Record(34, {"cart_restrictions_review": DONE}),
    ),
)
AFTER_CART: Final = Chapter(
    180,
    (
        Confirm(0, "fu_cart"),
        *every(range(0, 150, 29), b_cells="aplasia", igg=DONE, new_relapse="none"),
        *every(range(58, 180, 91), mrd=MRD_NEGATIVE, marrow_response="M1"),
    ),
)

NEXT_RELAPSE: Final = Chapter(
    1, (Record(0, {"new_relapse": "documented"}), Confirm(0, "relapse_next"))
)
SECOND_ASSESSMENT: Final = ASSESSMENT.but(
    dx_date=NEVER,
    cr1_date=NEVER,
    relapse_date=On(-4),
    relapse_number=NEVER,
    prior_hsct_date=Known("hsct_date"),
)

SUPPORTIVE: Final = Chapter(
    60,
    (
        Record(0, {"goals": "palliative"}),
        Confirm(0, "supportive"),
        Sign(1),
        *every(range(12, 60, 13), symptom_review=DONE),
    ),
)
LOST: Final = Chapter(
    90,
    (
        Confirm(0, "lost", "no answer after three calls and two letters"),
        *every(range(9, 30, 9), contact_attempt="telephone, no answer", contact_regained="no"),
        Record(27, {"gp_contact": DONE}),
    ),
)
TRANSFERRED: Final = Chapter(
    30, (Confirm(0, "transferred", "moved; care goes on at another centre"),)
)
WITHDRAWN: Final = Chapter(
    30,
    (
        Record(0, {"care_withdrawn": "yes"}),
        Confirm(0, "withdrawn", "the patient withdrew from care"),
    ),
)
DEAD: Final = Chapter(
    30, (Record(0, {"death_date": On(), "death_cause": "infection"}), Confirm(0, "dead"))
)
