"""One human who was enrolled twice has one path again, and nothing of either path is lost."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import date, timedelta

import pytest

from storage.chain import verify_chain
from tests import postgresql
from tests.conftest import CLINICIAN, COORDINATOR, NOW, TODAY
from tests.corrections.test_reviews import correct
from tests.merging.conftest import LEAD, Twice, another, assessed_twice, enrolled_twice
from tests.orchestrator.conftest import Ward
from tests.store.conftest import server_place
from workflow.commands import ChangeSettings, CloseReview, NewFact, RecordFacts, UndoStep
from workflow.errors import ConflictError, NotFoundError, NotPermittedError, RefusedError
from workflow.lookback import explained_again, merge_behind
from workflow.merging import taken_in

LATER = NOW + timedelta(days=2)


def test_what_either_path_knew_counts_on_the_surviving_one(twice: Twice) -> None:
    """Nobody is asked again for what was recorded under the other number."""
    twice.leaving.record({"sex": "female", "birth_date": "2014-05-10"})
    twice.staying.record({"birth_date": "2014-05-10", "dx_date": "2024-03-01"})

    left, grown = twice.merge()

    values = twice.staying.orchestrator.look(twice.staying.path_id, NOW).sheet().values
    assert (values["sex"], values["birth_date"]) == ("female", date(2014, 5, 10))
    assert [e.kind for e in left.entries] == ["merged_into"]
    assert [e.kind for e in grown.entries] == ["merged_from", "fact_recorded"]
    assert grown.entries[1].detail["merged_from"] == "P-000002/2"
    assert grown.entries[0].detail["same"] == ["P-000002/3"]


def test_the_merged_path_is_closed_by_the_entry_that_says_where_it_went(twice: Twice) -> None:
    """Nobody is reminded of a patient who is seen to under the other number."""
    open_before = twice.leaving.store.case("P-000002").checkpoints

    left, _ = twice.merge()

    seq = left.path.version
    kept = twice.leaving.store.checkpoints("P-000002")
    assert open_before
    assert [(row.status, row.closed_seq) for row in kept] == [("cancelled", seq)] * len(open_before)
    assert left.path.merged_into == "P-000001"
    assert left.path.next_at is None
    assert left.entries[-1].detail["other"] == "P-000001"


def test_nothing_is_done_to_a_merged_path(twice: Twice) -> None:
    """The words name the path to use, and how to part the two again."""
    twice.merge()
    before = twice.leaving.store.journal("P-000002")

    for act in (
        lambda: twice.leaving.record({"sex": "female"}),
        lambda: twice.leaving.confirm("dead"),
        lambda: twice.merge(into="P-000001"),
        lambda: twice.merge(path_id="P-000001", into="P-000002"),
        lambda: twice.leaving.orchestrator.undo(
            UndoStep(actor=CLINICIAN, path_id="P-000002", reason="wrong"), NOW
        ),
    ):
        with pytest.raises(RefusedError, match=r"merged into P-000001.*use P-000001.*unmerge"):
            act()
    twice.leaving.orchestrator.attend("P-000002", COORDINATOR, NOW + timedelta(days=400))

    assert twice.leaving.store.journal("P-000002") == before


def test_findings_of_both_that_contradict_each_other_both_stand(twice: Twice) -> None:
    """Nobody chooses silently between two answers: the step is blocked until a person has."""
    assessed_twice(twice)
    twice.leaving.record({"performance": 2})

    _, grown = twice.merge()

    found = twice.staying.orchestrator.look("P-000001", NOW)
    assert "performance" in found.sheet().contradictions
    assert found.decision().route.reason == "data_invalid"
    assert len(grown.entries[0].detail["disputed"]) == 1


def test_a_finding_known_under_the_other_number_brings_up_the_step_it_concerns(
    twice: Twice,
) -> None:
    """The step was taken without it, on both paths: somebody looks at both again."""
    assessed_twice(twice)
    lineage = NewFact(fact="lineage", value="T", effective_at=TODAY + timedelta(days=1))
    for ward in twice.both:
        ward.confirm("reinduction", LATER, effective_on=LATER.date())
    twice.leaving.orchestrator.record(
        RecordFacts(actor=COORDINATOR, path_id="P-000002", facts=(lineage,)), LATER
    )

    _, grown = twice.merge(LATER)

    (item,) = twice.staying.store.reviews("P-000001")
    assert item.kind == "step"
    assert item.is_open
    assert grown.entries[-1].kind == "review_opened"


def test_a_review_of_the_merged_path_is_closed_like_any_other(twice: Twice) -> None:
    """What was decided on it is looked at again with what the other path knew."""
    assessed_twice(twice)
    for ward in twice.both:
        ward.confirm("reinduction", LATER, effective_on=LATER.date())
    lineage = NewFact(fact="lineage", value="T", effective_at=TODAY + timedelta(days=1))
    twice.staying.orchestrator.record(
        RecordFacts(actor=COORDINATOR, path_id="P-000001", facts=(lineage,)), LATER
    )

    twice.merge(LATER)

    (item,) = twice.leaving.store.reviews("P-000002")
    found = twice.leaving.orchestrator.look("P-000002", LATER)
    history = twice.leaving.orchestrator.history(found)
    assert merge_behind(history.entries, item) is not None
    assert explained_again(found, history, item) is None  # what the other knew is not kept here
    closing = CloseReview(
        actor=CLINICIAN,
        path_id="P-000002",
        review_id=item.review_id,
        verdict="upheld",
        reason="seen by the MDT",
    )
    twice.leaving.orchestrator.close_review(closing, LATER)
    assert [i.status for i in twice.leaving.store.reviews("P-000002")] == ["upheld"]
    assert twice.leaving.store.case("P-000002").checkpoints == ()


def test_a_parted_path_lives_again_as_it_did_before(twice: Twice) -> None:
    """Its checkpoints are expected again, its facts were never gone."""
    twice.leaving.record({"sex": "female"})
    before = twice.leaving.store.case("P-000002")
    twice.merge()

    parted, survivor = twice.unmerge()

    after = twice.leaving.store.case("P-000002")
    assert after.checkpoints == before.checkpoints
    assert (after.path.asked, after.path.next_at) == (before.path.asked, before.path.next_at)
    assert after.path.merged_into == ""
    assert twice.leaving.record({"dx_date": "2024-03-01"}).path.state == "referred"
    assert "sex" not in twice.staying.orchestrator.look("P-000001", NOW).sheet().values
    assert [e.kind for e in parted.entries] == ["unmerged_from"]
    assert [e.kind for e in survivor.entries] == ["unmerged", "fact_corrected"]


def test_a_fact_that_was_corrected_since_is_taken_back_with_its_correction(twice: Twice) -> None:
    """The entry names it: whoever parts the two corrects it on the other path as well."""
    twice.leaving.record({"performance": 1})
    _, grown = twice.merge()
    correct(twice.staying, "performance", 2)

    _, survivor = twice.unmerge(LATER)

    assert survivor.entries[0].detail["changed"] == ["P-000002/2"]
    assert "performance" not in twice.staying.orchestrator.look("P-000001", LATER).sheet().values
    assert grown.path.path_id == "P-000001"


def test_merges_follow_one_another_and_are_parted_in_reverse(twice: Twice) -> None:
    """A third number of the same human: what the first knew comes along, and goes back again."""
    third = another(twice.leaving, 3)
    third.enrol()
    twice.leaving.record({"sex": "female"})
    twice.merge()
    orchestrator = twice.leaving.orchestrator

    orchestrator.merge(twice.command(path_id="P-000001", into="P-000003"), NOW)

    assert orchestrator.look("P-000003", NOW).sheet().values["sex"] == "female"
    assert orchestrator.survivor_of("P-000002") == "P-000003"
    with pytest.raises(RefusedError, match=r"merged into P-000003 by way of P-000001"):
        twice.leaving.record({"dx_date": "2024-03-01"})
    with pytest.raises(RefusedError, match=r"P-000001 was merged into P-000003"):
        twice.unmerge()
    twice.unmerge(path_id="P-000001")
    twice.unmerge()
    assert "sex" not in orchestrator.look("P-000001", NOW).sheet().values
    assert orchestrator.look("P-000002", NOW).sheet().values["sex"] == "female"


def test_two_living_paths_in_different_states_are_not_merged(twice: Twice) -> None:
    """Care must not stop because of a merge: one is first brought to where the other is."""
    twice.staying.record({"identity_checked": "yes"})
    twice.staying.confirm("assessment")
    before = [twice.leaving.store.journal(ward.path_id) for ward in twice.both]

    with pytest.raises(
        RefusedError,
        match=r"P-000002 is in referred since 23-Nov-2026 and P-000001 is in assessment since",
    ):
        twice.merge()

    assert [twice.leaving.store.journal(ward.path_id) for ward in twice.both] == before


def test_a_living_path_is_not_merged_into_one_that_has_ended(twice: Twice) -> None:
    """The other way round it goes: the one that lives goes on."""
    twice.staying.confirm("transferred", reason="moved away")

    with pytest.raises(RefusedError, match=r"never merged into one that has ended"):
        twice.merge()
    twice.merge(path_id="P-000001", into="P-000002")

    assert twice.leaving.store.case("P-000001").path.merged_into == "P-000002"


def test_what_cannot_be_merged_is_refused_and_changes_neither_path(twice: Twice) -> None:
    """Each refusal says what is in the way; both histories stay as they are."""
    before = [twice.leaving.store.journal(ward.path_id) for ward in twice.both]

    for more, error in (
        ({"reason": " "}, RefusedError),
        ({"into": "P-000002"}, RefusedError),
        ({"into": "P-999999"}, NotFoundError),
        ({"actor": CLINICIAN}, NotPermittedError),
        ({"expected_version": 7}, ConflictError),
        ({"expected_into": 7}, ConflictError),
    ):
        with pytest.raises(error):
            twice.merge(**more)
    with pytest.raises(RefusedError, match="not merged into another path"):
        twice.unmerge()

    assert [twice.leaving.store.journal(ward.path_id) for ward in twice.both] == before


def test_a_repeated_request_merges_once_and_parts_once(twice: Twice) -> None:
    """A double click is one merge."""
    twice.merge(key="merge-1")
    again, _ = twice.merge(key="merge-1")
    twice.unmerge(key="part-1")

    parted, _ = twice.unmerge(key="part-1")

    assert (again.replayed, parted.replayed) == (True, True)
    kinds = [e.kind for e in twice.leaving.store.journal("P-000002")]
    assert kinds == ["enrolled", "merged_into", "unmerged_from"]


def test_what_a_merge_would_do_is_said_before_anybody_signs(twice: Twice) -> None:
    """A rehearsal names the same entries, and writes none."""
    twice.leaving.record({"sex": "female"})
    before = [twice.leaving.store.journal(ward.path_id) for ward in twice.both]

    foreseen = twice.leaving.orchestrator.foresee_merge(twice.command(), NOW)

    assert [twice.leaving.store.journal(ward.path_id) for ward in twice.both] == before
    done = twice.merge()
    assert [[e.hash for e in out.entries] for out in foreseen] == [
        [e.hash for e in out.entries] for out in done
    ]


def test_only_a_lead_or_director_merges(twice: Twice) -> None:
    """Two people made one by mistake are a danger to both: it takes somebody who answers for it."""
    for actor in (CLINICIAN, COORDINATOR):
        with pytest.raises(NotPermittedError, match="lead"):
            twice.merge(actor=actor)

    assert twice.merge(actor=LEAD)[0].path.merged_into == "P-000001"


def test_what_happened_in_one_stay_alone_stays_with_its_path(twice: Twice) -> None:
    """How far a treatment has got is answered by each path's own steps, never chosen silently."""
    assessed_twice(twice)
    for ward in twice.both:
        ward.confirm("reinduction")
    twice.leaving.record({"reinduction_status": "count_recovery"})
    twice.staying.record({"reinduction_status": "running"})

    _, grown = twice.merge()

    values = twice.staying.orchestrator.look("P-000001", NOW).sheet().values
    assert values["reinduction_status"] == "running"
    assert len(grown.entries[0].detail["disputed"]) == 1
    assert set(grown.entries[0].detail["disputed"]) <= set(grown.entries[0].detail["left"])


def test_a_review_that_a_merge_overtook_is_open_again_once_the_two_are_parted(
    twice: Twice,
) -> None:
    """What a correction brought up still waits when the other path's findings are gone again."""
    assessed_twice(twice)
    for ward in twice.both:
        ward.confirm("reinduction", LATER, effective_on=LATER.date())
    correct(twice.leaving, "performance", 3)
    correct(twice.leaving, "lineage", "T")
    waiting = [i.difference for i in twice.leaving.store.reviews("P-000002") if i.is_open]
    other = NewFact(fact="lineage", value="B", effective_at=TODAY + timedelta(days=1))
    twice.staying.orchestrator.record(
        RecordFacts(actor=COORDINATOR, path_id="P-000001", facts=(other,)), LATER
    )

    twice.merge(LATER)
    merged = [i.difference for i in twice.leaving.store.reviews("P-000002") if i.is_open]
    twice.unmerge(LATER)

    assert waiting
    assert merged != waiting
    parted = [i.difference for i in twice.leaving.store.reviews("P-000002") if i.is_open]
    assert parted == waiting


def test_a_server_merges_as_a_file_does() -> None:
    """The same life on the other database, both histories verified."""
    with postgresql.fresh() as name, ExitStack() as away:
        store = server_place(name).open()
        away.callback(store.close)
        twice = enrolled_twice(Ward(store))
        twice.leaving.record({"sex": "female"})
        before = store.case("P-000002").checkpoints

        twice.merge()
        merged = store.case("P-000002")
        twice.unmerge()

        assert (merged.path.merged_into, merged.checkpoints) == ("P-000001", ())
        assert store.case("P-000002").checkpoints == before
        assert verify_chain(store) == []


def test_paths_of_two_sites_are_not_merged(twice: Twice) -> None:
    """One site's patient is not closed for care by another."""
    command = ChangeSettings(
        actor=COORDINATOR, path_id="P-000001", settings={"site": "North"}, reason="moved house"
    )
    twice.staying.orchestrator.change_settings(command, NOW)

    with pytest.raises(RefusedError, match="belongs to no site, P-000001 to North"):
        twice.merge()


def test_a_path_that_waits_for_a_signature_is_not_merged(twice: Twice) -> None:
    """Nobody's question to a second clinician is answered by silence."""
    for ward in twice.both:
        ward.record({"identity_checked": "yes"})
        ward.confirm("assessment")
    twice.leaving.record({"goals": "palliative"})
    twice.leaving.confirm("supportive")

    with pytest.raises(RefusedError, match="waits for a second signature under supportive"):
        twice.merge()


def test_a_track_that_is_open_on_one_path_alone_is_opened_on_the_other_first(
    twice: Twice,
) -> None:
    """What is expected beside the state would be forgotten otherwise."""
    assessed_twice(twice)
    correct(twice.leaving, "cns_status", "CNS3")
    for ward in twice.both:
        ward.confirm("reinduction", LATER, effective_on=LATER.date())

    with pytest.raises(RefusedError, match=r"has cns_directed open.*step undo"):
        twice.merge(LATER)


def test_two_that_were_parted_by_mistake_are_merged_again(twice: Twice) -> None:
    """What the parting took back comes again, and is no contradiction: nobody found it wrong."""
    twice.leaving.record({"sex": "female"})
    twice.merge()
    twice.unmerge()

    _, grown = twice.merge()

    assert grown.entries[0].detail["disputed"] == []
    assert twice.staying.orchestrator.look("P-000001", NOW).sheet().values["sex"] == "female"
    assert taken_in(twice.staying.store.journal("P-000001")) == ("P-000002",)


def test_a_value_that_was_voided_on_the_survivor_is_named(twice: Twice) -> None:
    """Somebody had found it wrong there: it comes back with the other path, and not unseen."""
    for ward in twice.both:
        ward.record({"sex": "female"})
    correct(twice.staying, "sex", "female", status="entered_in_error")

    _, grown = twice.merge(LATER)

    assert grown.entries[0].detail["disputed"] == ["P-000002/2"]
