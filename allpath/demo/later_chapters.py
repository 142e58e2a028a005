"""What happens after response assessment on a ward that runs well, and how care ends."""

from __future__ import annotations

from typing import Final

from allpath.demo.acts import ASKED, NEVER, Chapter, Confirm, Known, On, Record, Sign, every
from allpath.demo.first_chapters import ASSESSMENT, DONE, MRD_NEGATIVE, REFRACTORY, TO_RESPONSE


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

TO_WORKUP: Final = (*TO_RESPONSE, WORKUP)
TO_AFTER_HSCT: Final = (*TO_WORKUP, HSCT, AFTER_HSCT)
TO_INFUSION: Final = (*REFRACTORY, APHERESIS, BRIDGING, INFUSION)
