"""One patient from referral to follow-up: what the cast does, what the journal keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.chain import verify_chain
from tests.conftest import AUDITOR, CLINICIAN, COORDINATOR, NOW, SECOND_CLINICIAN
from tests.orchestrator.conftest import AT_RELAPSE, MRD_NEGATIVE, Ward
from tests.store.conftest import Place
from workflow.commands import (
    ChangeSettings,
    ConfirmStep,
    CorrectFact,
    Countersign,
    Enrol,
    NewFact,
    RecordFacts,
)
from workflow.errors import ConflictError, FactError, NotFoundError, NotPermittedError, RefusedError
from workflow.found import Found
from workflow.records import Person


def _to_workup(ward: Ward) -> None:
    """Early relapse, second remission, MRD-negative: work-up, all known but consent."""
    ward.to_assessment()
    ward.confirm("reinduction")
    later = NOW + timedelta(days=35)
    day = later.date()
    ward.record({"reinduction_status": "count_recovery"}, later)
    ward.confirm("response_assessment", later)
    ward.record(
        {
            "marrow_response": "M1",
            "em_response": "complete",
            "reinduction_end_date": day.isoformat(),
            "mrd": MRD_NEGATIVE,
        },
        later,
    )
    ward.confirm("hsct_workup", later)
    ward.record(
        {
            "donor": "matched_unrelated",
            "hsct_eligible": "eligible",
            "hct_ci": 1,
            "organ_function": "adequate",
            "active_infection": "none",
            "pregnancy": "not_applicable",
        },
        later,
    )


WORKUP = NOW + timedelta(days=35)


def test_a_patient_is_carried_from_referral_to_hsct(ward: Ward) -> None:
    """Each step follows its rule, HSCT waits for a second clinician, the chain verifies."""
    _to_workup(ward)
    outcome = ward.record({"consent_hsct": "yes"}, WORKUP)
    assert (outcome.decision.route.next_state, outcome.decision.rule) == ("hsct", "HW-10")

    waiting = ward.confirm("hsct", WORKUP)
    done = ward.orchestrator.countersign(
        Countersign(actor=SECOND_CLINICIAN, path_id=ward.path_id), WORKUP
    )

    assert waiting.is_pending
    assert waiting.path.state == "hsct_workup"
    assert done.path.state == "hsct"
    assert [entry.kind for entry in ward.store.journal(ward.path_id)][-2:] == [
        "step_proposed",
        "step_countersigned",
    ]
    assert verify_chain(ward.store) == []


def test_the_first_line_mrd_stays_the_one_of_block_1(ward: Ward) -> None:
    """A later MRD never turns into the MRD the risk groups look at."""
    ward.to_assessment()
    ward.confirm("reinduction")
    later = NOW + timedelta(days=35)
    ward.record({"reinduction_end_date": later.date().isoformat()}, later)
    high = {"result": "quantified", "value": "0.5", "raw_unit": "percent", "specimen": "marrow"}
    ward.record({"mrd": high}, later)
    ward.record({"mrd": MRD_NEGATIVE}, later + timedelta(days=20))

    sheet = ward.orchestrator.look(ward.path_id, later + timedelta(days=21)).sheet()

    assert sheet.values["mrd"].result == "not_detected"
    assert str(sheet.values["mrd_block1"]) == "0.5 % (5e-3)"


def test_unknown_consent_leaves_the_step_undecided_and_refused_consent_forbids_it(
    ward: Ward,
) -> None:
    """A hard invariant forbids what is disproved; what is merely unknown stays unknown."""
    _to_workup(ward)
    undecided = ward.orchestrator.look(ward.path_id, WORKUP).decision()
    declined = ward.record({"consent_hsct": "no"}, WORKUP).decision

    assert next(s.status for s in undecided.steps if s.key == "hsct") == "unknown"
    assert next(s.status for s in declined.steps if s.key == "hsct") == "forbidden"
    assert declined.route.reason == "hsct_consent_declined"


def test_the_same_clinician_cannot_sign_twice(ward: Ward) -> None:
    """Two signatures are two people, however the name is written."""
    _to_workup(ward)
    ward.record({"consent_hsct": "yes"}, WORKUP)
    ward.confirm("hsct", WORKUP)
    shouting = replace(CLINICIAN, name="  ADA   SAMPLE ")

    with pytest.raises(NotPermittedError, match="must be another person"):
        ward.orchestrator.countersign(Countersign(actor=shouting, path_id=ward.path_id), WORKUP)


def test_a_declined_step_is_journaled_and_the_path_stays(ward: Ward) -> None:
    """The second clinician may say no, with a reason."""
    _to_workup(ward)
    ward.record({"consent_hsct": "yes"}, WORKUP)
    ward.confirm("hsct", WORKUP)

    outcome = ward.orchestrator.countersign(
        Countersign(actor=SECOND_CLINICIAN, path_id=ward.path_id, decline="donor fell ill"), WORKUP
    )

    assert outcome.path.state == "hsct_workup"
    assert not outcome.is_pending
    assert outcome.entries[-1].kind == "step_declined"


def test_a_countersignature_is_refused_when_the_facts_have_changed(ward: Ward) -> None:
    """Between the two signatures a test came back positive: the second does not go through."""
    _to_workup(ward)
    ward.record({"consent_hsct": "yes"}, WORKUP)
    ward.confirm("hsct", WORKUP)
    ward.record({"pregnancy": "positive"}, WORKUP + timedelta(days=1))

    with pytest.raises(RefusedError):
        ward.orchestrator.countersign(
            Countersign(actor=SECOND_CLINICIAN, path_id=ward.path_id), WORKUP + timedelta(days=1)
        )


@pytest.mark.parametrize(
    "today", [{"pregnancy": "positive"}, {"active_infection": "uncontrolled"}, {"lineage": "T"}]
)
def test_a_back_dated_step_must_be_open_by_what_is_known_today(
    ward: Ward, today: dict[str, str]
) -> None:
    """Dating a step back does not go round the gate that has closed since."""
    ward.to_assessment()
    later = NOW + timedelta(days=2)
    ward.record(today, later)

    with pytest.raises(RefusedError):
        ward.confirm("reinduction", later, effective_on=NOW.date())


def test_only_a_registry_transcribes(ward: Ward) -> None:
    """A clinician cannot call a step transcribed to spare the second signature."""
    _to_workup(ward)
    ward.record({"consent_hsct": "yes"}, WORKUP)

    with pytest.raises(NotPermittedError, match="Only a registry"):
        ward.confirm("hsct", WORKUP, transcribed=True)
    with pytest.raises(NotPermittedError, match="only a registry"):
        Ward(ward.store).orchestrator.enrol(
            Enrol(
                actor=CLINICIAN,
                person=Person("P-9", "Other", "Olga", {"mrn": "9990000009"}),
                pathway_id="relapsed_all",
                settings={},
                entered_on=NOW.date(),
                state="hsct",
                reason="registry_transcription",
            ),
            NOW,
        )


def test_a_coordinator_records_but_does_not_confirm(ward: Ward) -> None:
    """Confirming is for clinicians and leads; an auditor may not even record."""
    ward.to_assessment()

    with pytest.raises(NotPermittedError, match="coordinator may not confirm"):
        ward.confirm("reinduction", actor=COORDINATOR)
    with pytest.raises(NotPermittedError, match="auditor may not record"):
        ward.orchestrator.record(
            RecordFacts(
                actor=AUDITOR,
                path_id=ward.path_id,
                facts=(NewFact(fact="sex", value="male", effective_at=NOW.date()),),
            ),
            NOW,
        )


def test_a_blocked_step_is_refused_with_what_is_missing(ward: Ward) -> None:
    """The refusal names the fact, and nothing is written."""
    ward.to_assessment()
    ward.record({"cns_status": "unknown"}, NOW + timedelta(days=1))
    before = ward.store.journal(ward.path_id)

    with pytest.raises(RefusedError) as caught:
        ward.confirm("reinduction", NOW + timedelta(days=1))

    assert "missing: CNS status at relapse [cns_status]" in caught.value.reasons
    assert ward.store.journal(ward.path_id) == before


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("hsct", "There is no step hsct from assessment"),
        ("assessment", "There is no step assessment"),
    ],
)
def test_a_step_that_is_not_there_is_named_with_those_that_are(
    ward: Ward, step: str, words: str
) -> None:
    """A wrong state, or a second confirm of the same step, answers with the steps from here."""
    ward.to_assessment()

    with pytest.raises(RefusedError, match=words) as caught:
        ward.confirm(step)

    assert "reinduction" in str(caught.value)


def test_nothing_moves_a_dead_patient(ward: Ward) -> None:
    """Dead is final: no step, no reminder; a cause of death can still be recorded."""
    ward.to_assessment()
    dead = ward.confirm("dead")

    with pytest.raises(RefusedError, match="none: the state is final"):
        ward.confirm("assessment")
    recorded = ward.record({"death_cause": "infection"})

    assert [row for row in dead.case.checkpoints if row.is_live] == []
    assert [row for row in recorded.case.checkpoints if row.is_live] == []
    assert recorded.entries[-1].kind == "fact_recorded"


def test_a_transferred_patient_is_reopened_only_by_a_person(ward: Ward) -> None:
    """Re-opening starts with the identity again, and the reminders come back."""
    ward.to_assessment()
    ward.confirm("transferred")

    outcome = ward.confirm("referred")

    assert outcome.path.state == "referred"
    assert [row.checkpoint for row in outcome.case.checkpoints if row.is_live] == ["C-RF-1"]


def test_a_correction_keeps_the_old_value_and_counts_from_now_on(ward: Ward) -> None:
    """The old record stays in the facts; the decision follows the new one."""
    ward.to_assessment()
    old = next(r for r in ward.store.case(ward.path_id).facts if r.fact == "lineage")

    outcome = ward.orchestrator.correct(
        CorrectFact(
            actor=COORDINATOR,
            path_id=ward.path_id,
            record_id=old.record_id,
            value="T",
            reason="read from the wrong report",
        ),
        NOW,
    )

    assert old in outcome.case.facts
    assert outcome.decision.missing == ("neuropathy_grade",)
    with pytest.raises(RefusedError, match="corrected already"):
        ward.orchestrator.correct(
            CorrectFact(
                actor=COORDINATOR,
                path_id=ward.path_id,
                record_id=old.record_id,
                value="B",
                reason="x",
            ),
            NOW,
        )


def test_a_value_entered_in_error_is_unknown_again(ward: Ward) -> None:
    """Voiding leaves nothing behind that could open a gate."""
    ward.to_assessment()
    old = next(r for r in ward.store.case(ward.path_id).facts if r.fact == "cd19")

    outcome = ward.orchestrator.correct(
        CorrectFact(
            actor=COORDINATOR,
            path_id=ward.path_id,
            record_id=old.record_id,
            status="entered_in_error",
            reason="other patient",
        ),
        NOW,
    )

    assert outcome.decision.missing == ("cd19",)


def test_two_final_values_for_one_day_contradict_each_other(ward: Ward) -> None:
    """Nothing is recommended until one of them is corrected; no value is picked silently."""
    ward.to_assessment()

    decision = ward.record({"lineage": "T"}).decision

    assert (decision.route.status, decision.route.reason) == ("blocked", "data_invalid")
    assert decision.warnings == ("W_FACT_CONTRADICTORY",)
    assert {s.status for s in decision.steps if not s.is_exit} == {"forbidden"}


def test_the_past_can_be_asked_as_it_was_known(ward: Ward) -> None:
    """A sheet as known at an instant ignores what was learnt later."""
    ward.to_assessment()
    later = NOW + timedelta(days=3)
    ward.record({"cns_status": "CNS3"}, later, on=NOW.date() + timedelta(days=1))
    found = ward.orchestrator.look(ward.path_id, later)

    then = found.sheet(known_at=NOW + timedelta(days=2))

    assert found.sheet().values["cns_status"] == "CNS3"
    assert then.values["cns_status"] == "CNS1"


def test_facts_expire_and_close_the_gate_again(ward: Ward) -> None:
    """Two weeks on, fitness, infection and the trial search have to be asked again."""
    ward.to_assessment()
    later = NOW + timedelta(days=20)

    decision = ward.orchestrator.look(ward.path_id, later).decision()

    assert decision.route.reason == "missing_facts"
    assert {"performance", "active_infection", "trial_available"} <= set(decision.missing)


def test_a_repeated_key_gives_the_first_answer_and_does_nothing_twice(ward: Ward) -> None:
    """A double click, or a retry after a lost connection, is one act."""
    ward.to_assessment()
    command = ConfirmStep(actor=CLINICIAN, path_id=ward.path_id, step="reinduction", key="click-1")
    first = ward.orchestrator.confirm(command, NOW)

    again = ward.orchestrator.confirm(command, NOW + timedelta(minutes=1))

    assert again.replayed
    assert again.path.version == first.path.version
    with pytest.raises(ConflictError, match="used for another request"):
        ward.orchestrator.confirm(replace(command, step="dead"), NOW)


def test_a_stale_look_is_refused_with_what_changed(ward: Ward) -> None:
    """Who looked before somebody else saved is told what was done since."""
    ward.to_assessment()
    seen = ward.store.case(ward.path_id).path.version
    ward.record({"genetics": "KMT2A not rearranged"})

    with pytest.raises(ConflictError) as caught:
        ward.confirm("reinduction", expected_version=seen)

    assert caught.value.changes[0].startswith("fact recorded by Cora Coordinator")


def test_an_mdt_choice_needs_its_reason_and_its_therapy(ward: Ward) -> None:
    """Where the rules ask for an MDT decision, the history shows why it went that way, and how."""
    ward.to_assessment()
    later, agreed = NOW + timedelta(days=1), "reduced intensity agreed"
    ward.record({"performance": 3}, later)

    with pytest.raises(RefusedError, match="Give the MDT's reason"):
        ward.confirm("reinduction", later)
    with pytest.raises(RefusedError, match="say with which therapy"):
        ward.confirm("reinduction", later, reason=agreed)
    outcome = ward.confirm("reinduction", later, reason=agreed, option="REDUCED_INTENSITY_CHEMO")

    assert outcome.entries[0].reason == agreed
    assert outcome.entries[0].option == "REDUCED_INTENSITY_CHEMO"


def test_a_death_is_recorded_while_a_step_waits_for_its_second_signature(ward: Ward) -> None:
    """Exits are always open; the waiting step is declined by them, and the journal says so."""
    _to_workup(ward)
    ward.record({"consent_hsct": "yes"}, WORKUP)
    ward.confirm("hsct", WORKUP)

    outcome = ward.confirm("dead", WORKUP)

    assert outcome.path.state == "dead"
    assert not outcome.is_pending
    assert [entry.kind for entry in outcome.entries] == ["step_declined", "step_confirmed"]


def test_what_was_recorded_before_a_step_of_the_same_day_belongs_to_the_stay_before(
    ward: Ward,
) -> None:
    """The response to line one does not stand for line two, nor a finished state for the next."""
    ward.to_assessment()
    ward.confirm("reinduction")
    later = NOW + timedelta(days=35)
    ward.record({"reinduction_status": "stopped"}, later)
    ward.confirm("response_assessment", later)
    persistent = {"marrow_response": "M3", "em_response": "complete", "trial_available": "yes"}
    more = {"trial_consent": "yes", "active_infection": "none"}
    ward.record({**persistent, **more, "reinduction_end_date": later.date().isoformat()}, later)
    ward.confirm("reinduction", later)

    outcome = ward.record({"genetics": "none"}, later)

    assert outcome.path.line == 2
    values = ward.orchestrator.look(ward.path_id, later).sheet().values
    assert not {"marrow_response", "reinduction_status", "reinduction_end_date"} & set(values)


def test_an_mdt_cannot_choose_an_option_that_an_invariant_forbids(ward: Ward) -> None:
    """CD19-directed therapy only with CD19 positive, whoever decides; other options stay open."""
    ward.to_assessment()
    later = NOW + timedelta(days=1)
    ward.record({"performance": 3, "cd22": "negative"}, later)

    with pytest.raises(RefusedError, match="I-CD22"):
        ward.confirm("reinduction", later, reason="agreed", option="INOTUZUMAB")
    with pytest.raises(RefusedError, match="is not among the options"):
        ward.confirm("reinduction", later, reason="agreed", option="ASPIRIN")
    outcome = ward.confirm("reinduction", later, reason="agreed", option="BLINATUMOMAB")

    assert outcome.entries[0].option == "BLINATUMOMAB"


@pytest.mark.parametrize(
    ("fact", "value", "words"),
    [
        ("lineage", "C", "'C' is not one of B, T, MPAL, other, unknown"),
        ("lineag", "B", "declares no such fact; did you mean lineage?"),
        ("dx_date", "2024-02-30", "write an existing day as YYYY-MM-DD"),
        ("marrow_blast_pct", "620", "outside 0 to 100 %"),
        ("performance", {"scale": "ecog", "value": 7}, "from 0 to 4"),
        ("relapse_number", "1.5", "not a whole number"),
    ],
)
def test_an_impossible_value_is_refused_and_nothing_is_recorded(
    ward: Ward, fact: str, value: object, words: str
) -> None:
    """All facts of one command are recorded, or none."""
    ward.enrol()
    before = ward.store.case(ward.path_id)

    with pytest.raises(FactError, match=words.replace("?", r"\?")):
        ward.record({"sex": "male", fact: value})

    assert ward.store.case(ward.path_id) == before


def test_a_date_in_the_future_is_refused(ward: Ward) -> None:
    """Neither a fact nor a step can take effect tomorrow."""
    ward.enrol()
    tomorrow = NOW.date() + timedelta(days=1)

    with pytest.raises(FactError, match="lies in the future"):
        ward.record({"identity_checked": "yes"}, on=tomorrow)
    ward.record({"identity_checked": "yes"})
    with pytest.raises(RefusedError, match="lies in the future"):
        ward.confirm("assessment", effective_on=tomorrow)


def test_changing_the_active_set_is_an_act_of_its_own_and_decides_again(ward: Ward) -> None:
    """The journal keeps the old and the new set and the reason."""
    ward.to_assessment()

    outcome = ward.orchestrator.change_settings(
        ChangeSettings(
            actor=CLINICIAN,
            path_id=ward.path_id,
            settings={"active_set": "ADULT"},
            reason="transition",
        ),
        NOW,
    )

    assert outcome.entries[0].detail["before"] == {"active_set": "COG"}
    assert outcome.path.settings["active_set"] == "ADULT"
    with pytest.raises(FactError, match="is not one of"):
        ward.orchestrator.change_settings(
            ChangeSettings(
                actor=CLINICIAN, path_id=ward.path_id, settings={"active_set": "BFM"}, reason="x"
            ),
            NOW,
        )


def test_an_unknown_patient_is_not_found(ward: Ward) -> None:
    """The error names the id that was asked for."""
    with pytest.raises(NotFoundError, match="P-000001"):
        ward.record(AT_RELAPSE)


def test_the_digests_in_the_journal_can_be_recomputed(ward: Ward) -> None:
    """What was known and decided at a step is checked, not stored twice."""
    ward.to_assessment()
    before = ward.store.case(ward.path_id)
    entry = ward.confirm("reinduction").entries[0]

    decision = Found(ward.orchestrator.look(ward.path_id, NOW).pathway, before, NOW).decision()

    assert entry.facts_digest == decision.facts_digest
    assert entry.decision_digest == decision.digest


def test_the_next_relapse_opens_an_episode_and_numbers_itself(ward: Ward) -> None:
    """History stays, this episode's findings start anew, the relapse number counts on."""
    ward.enrol(state="fu_hsct", reason="registry_transcription")
    ward.record({"relapse_number": 1, "lineage": "B", "dx_date": "2020-01-01"})
    ward.record({"new_relapse": "documented"})
    ward.confirm("relapse_next")

    outcome = ward.confirm("assessment")

    sheet = ward.orchestrator.look(ward.path_id, NOW).sheet()
    assert outcome.path.episode == 2
    assert sheet.values["relapse_number"] == 2
    assert str(sheet.values["dx_date"]) == "2020-01-01"
    assert "lineage" not in sheet.values


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE fact_record SET value = '\"T\"' WHERE fact = 'lineage'", "was changed"),
        ("UPDATE fact_record SET effective_at = '2026-01-01' WHERE fact = 'cd19'", "was changed"),
        ("UPDATE fact_record SET status = 'preliminary' WHERE fact = 'cd19'", "was changed"),
        ("DELETE FROM fact_record WHERE fact = 'cd19'", "is gone"),
    ],
)
def test_a_fact_changed_behind_the_programs_back_is_found(
    ward: Ward, place: Place, change: str, what: str
) -> None:
    """Value, date and status of every record are under the hash of the entry that recorded it."""
    ward.to_assessment()
    place.disarm()
    place.ask(change)
    store = place.open()

    findings = verify_chain(store)

    assert [finding.what.endswith(what) for finding in findings] == [True]
    store.close()
