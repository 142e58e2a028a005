"""What was decided under one version is decided again under that version, wherever the path is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from allpath import migrations
from allpath.migrations import Wishes
from tests.conftest import CLINICIAN, NOW, SECOND_CLINICIAN
from tests.faults.migrant import MOVER, opened
from tests.versions.conftest import newer
from tests.versions.test_kept_versions import ENROL
from workflow.commands import ConfirmStep
from workflow.found import Found
from workflow.loading import load_file, load_shipped
from workflow.pathway import Pathway
from workflow.records import Case, JournalEntry

RATHER = ('{identity_checked: "yes"}, go: assessment', '{identity_checked: "yes"}, go: supportive')


def decided_again(case: Case, entry: JournalEntry, pathway: Pathway) -> tuple[str, str]:
    """The digests of the decision in the place and with the facts that the entry had."""
    assert entry.effective_on is not None
    place = {"main": entry.effective_on}
    path = replace(case.path, state=entry.state_from, entered=place, since={}, head=entry.previous)
    facts = tuple(f for f in case.facts if int(f.record_id.split("/")[1]) < entry.seq)
    found = Found(pathway, Case(path, facts, ()), entry.at)
    decision = found.decision(entry.effective_on)
    return decision.facts_digest, decision.digest


def test_an_entry_is_decided_again_under_the_hash_it_carries(tmp_path: Path) -> None:
    """A migration changes what comes next, never why something was done."""
    allpath = opened(tmp_path / "ward.db")
    orchestrator = allpath.orchestrator
    orchestrator.enrol(ENROL, NOW)
    step = ConfirmStep(actor=CLINICIAN, path_id="P-1", step="assessment")
    (confirmed,) = orchestrator.confirm(step, NOW).entries
    new = load_file(newer(tmp_path, RATHER))
    with allpath.store.begin() as transaction:
        orchestrator.library.keep(transaction, new, NOW)
    plan = migrations.make_plan(
        allpath.store, load_shipped("relapsed_all"), new, Wishes({}, {}, ()), NOW
    )
    migrations.approve(allpath, plan, SECOND_CLINICIAN, "made up", NOW)

    done = migrations.applied(allpath, plan, MOVER, lambda _: None, NOW)

    case = allpath.store.case("P-1")
    carried = orchestrator.library.by_hash(confirmed.pathway_hash)
    assert carried is not None
    assert (done.moved, case.path.pathway_hash) == (1, new.content_hash)
    told = (confirmed.facts_digest, confirmed.decision_digest)
    assert decided_again(case, confirmed, carried) == told
    assert decided_again(case, confirmed, new) != told, "the two versions answer alike"
    allpath.store.close()
