"""The pathway's pages: who is where on a version, what differs between two, and the proof."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from allpath.proofs import Proofs
from tests.conftest import TODAY
from tests.orchestrator.conftest import Ward
from tests.web.acting_desk import Browser, Desk, a_desk
from workflow.errors import RefusedError
from workflow.library import Library
from workflow.loading import load_file, load_shipped
from workflow.publishing import Publisher
from workflow.records import Actor

SMALL = Path(__file__).parents[1] / "data" / "two_states.yaml"
AUTHOR = Actor("Dr Ada Sample", "clinician")
OTHER = Actor("Dr Ben Second", "clinician")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk with one patient, and two versions of a small pathway, the first one published."""
    folder = tmp_path_factory.mktemp("versions")
    changed = SMALL.read_text("utf-8").replace('version: "1"', 'version: "2"')
    newer = folder / "two_states.yaml"
    newer.write_text(changed.replace("title: Two states", "title: Still two states"), "utf-8")
    with a_desk(folder) as found:
        found.ward.to_assessment()
        store, now = found.allpath.store, found.clock[0]
        publisher = Publisher(store, Library(store, load_shipped))
        for file in (SMALL, newer):
            publisher.publish(load_file(file), AUTHOR, "", now)
        publisher.approve("two_states", "1", OTHER, "agreed in the group", now)
        yield found


@pytest.fixture(scope="module")
def lea(desk: Desk) -> Browser:
    """The lead at her screen."""
    return desk.signed_in("lea")


def version(number: str, desk: Desk) -> str:
    """The hash of a version of the small pathway."""
    kept = {(each.pathway_id, each.version): each.hash for each in desk.allpath.store.versions()}
    return kept["two_states", number]


def test_a_version_tells_how_many_patients_are_in_each_state_and_leads_to_them(
    lea: Browser, desk: Desk
) -> None:
    """Whoever changes a rule of a state asks first whom it would meet there."""
    at = f"/pathways/{load_shipped('relapsed_all').content_hash}"
    page = lea.get(at)
    assert 'href="/worklist?state=relapsed_all%2Fassessment">Initial assessment</a>' in page.content
    assert "Initial assessment 1 Reinduction 0" in page.words
    assert "statements," in page.words
    assert "Nobody has asked for it since the product was started." in page.words
    sue = desk.signed_in("sue").get(at)
    assert "Initial assessment 0 Reinduction 0" in sue.words
    assert "1 more of other sites." in sue.words
    assert Ward.path_id not in page.content


def test_who_published_and_approved_a_version_stands_on_the_list(lea: Browser) -> None:
    """A version without two names is a draft, whatever somebody says of it."""
    words = lea.get("/pathways").words
    assert "Published by Dr Ada Sample, 23-Nov-2026" in words
    assert "Approved by Dr Ben Second, 23-Nov-2026" in words
    assert "Draft Nobody has signed it" in words


def test_two_versions_are_compared_in_words(lea: Browser, desk: Desk) -> None:
    """What a clinician signs is the difference, not the file."""
    old, new = version("1", desk), version("2", desk)
    assert f'<option value="{old}"' in lea.get(f"/pathways/{new}").content
    page = lea.get(f"/pathways/{new}/compared?old={old}")
    assert "1 difference." in page.words
    assert "version 1, now 2" in page.words
    assert f"/rehearsal?old={old}&amp;new={new}" in page.content
    assert "Nothing differs." in lea.get(f"/pathways/{new}/compared?old={new}").words
    other = load_shipped("relapsed_all").content_hash
    assert lea.get(f"/pathways/{new}/compared?old={other}").status == 422
    assert lea.get(f"/pathways/{new}/compared?old=nothing").status == 404


def test_a_proof_says_of_which_version_when_and_by_whom_and_only_one_runs(
    lea: Browser, desk: Desk
) -> None:
    """A verdict without its version would be believed of the next one too."""
    old, new = version("1", desk), version("2", desk)
    proofs: Proofs = desk.site.state.proofs
    lea.get(f"/pathways/{new}")
    begun = lea.send(f"/pathways/{new}/proof")
    assert begun.status == 303
    with pytest.raises(RefusedError, match="running already"):
        proofs.begin(load_file(SMALL), "Dr Ada Sample", desk.clock[0], TODAY, 1)
    assert proofs.of(old) is None
    proofs.wait()
    page = lea.get(f"/pathways/{new}")
    assert f"Version 2, hash {new[:12]}. Asked for by Dr Lea Lead, 23-Nov-2026" in page.words
    assert "properties are proved" in page.words
    assert "No patient falls through the table of a state." in page.words
    assert "Prove it again" in page.words


def test_a_viewer_starts_no_proof(desk: Desk) -> None:
    """A proof keeps a processor busy for minutes; it is for those who sign or audit."""
    vic = desk.signed_in("vic")
    page = vic.get(f"/pathways/{version('1', desk)}")
    assert "Prove it" not in page.words
    assert "It was proved before its author signed it: Dr Ada Sample" in page.words
