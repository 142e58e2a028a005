"""Past decisions are reached again in histories that a registry or a migration has written."""

from __future__ import annotations

from storage.engine import open_store
from tests.cli.conftest import COORDINATOR, Desk
from tests.imports.registry import NOW, Registry, ebmt_row
from tests.versions.conftest import RENAMED
from tests.versions.test_migrating import applied
from workflow.hindsight import decision_at, known_before
from workflow.loading import load_shipped
from workflow.orchestrator import Orchestrator
from workflow.redeciding import decided_on
from workflow.retracing import retraced

WHY = ("--reason", "read from the wrong report")


def lineage_corrected(desk: Desk, path_id: str) -> None:
    """The lineage turns out to be T."""
    (record,) = desk.ask("fact", "list", path_id, "--fact", "lineage")
    answer = desk.run(
        "fact", "correct", path_id, record["record_id"], "T", *WHY, "--actor", COORDINATOR
    )
    assert answer.code == 0, answer.err


def test_every_decision_of_a_transcription_is_reached_again(registry: Registry) -> None:
    """A whole history written at one instant is told apart by its entries, not by its times."""
    rows = [
        ebmt_row(1, 900, relapse=200, recovery=20, adverse=30),
        ebmt_row(2, 400, died=True, relapse=200, recovery=20),
    ]
    assert registry.run("ebmt", registry.write(rows)).exit_code == 0
    store = open_store(f"sqlite:///{registry.folder / 'allpath.db'}")
    orchestrator = Orchestrator(store, load_shipped)

    reached = []
    for path in store.paths():
        found = orchestrator.look(path.path_id, NOW)
        history = orchestrator.history(found)
        for stage in retraced(history.entries, path, history.version_of):
            if stage.entry.decision_digest:
                known = known_before(found.case.facts, stage.entry.seq)
                pathway = history.version_of(stage.entry.pathway_hash)
                assert pathway is not None
                decision = decision_at(pathway, stage.before, known, decided_on(stage))
                reached.append(decision.digest == stage.entry.decision_digest)
        assert (stage.after.state, stage.after.entered) == (path.state, path.entered)
    store.close()

    assert len(reached) > 3
    assert all(reached)


def test_a_step_is_decided_again_under_the_version_it_was_decided_by(desk: Desk) -> None:
    """The path has moved to another version since; the step is judged by the rules of its day."""
    path_id = desk.assessed()
    assert desk.confirm(path_id, "reinduction").code == 0
    assert applied(desk, RENAMED).code == 0

    lineage_corrected(desk, path_id)

    (item,) = desk.ask("review", "list")
    assert (item["about"], item["before"]["rule"], item["after"]["rule"]) == ("30", "A-16", "A-05")


def test_a_step_before_a_migration_is_not_undone(desk: Desk) -> None:
    """The path would stand on a version that did not confirm it; the migration goes back first."""
    path_id = desk.assessed()
    assert desk.confirm(path_id, "reinduction").code == 0
    assert applied(desk, RENAMED).code == 0

    answer = desk.run("step", "undo", path_id, *WHY, "--actor", "Dr Ada Sample:clinician")

    assert answer.code == 4
    assert "revert the migration first" in answer.err


def test_a_migration_is_not_taken_back_behind_an_undo(desk: Desk) -> None:
    """What was undone was confirmed under the newer version."""
    path_id = desk.assessed()
    assert applied(desk, RENAMED).code == 0
    assert desk.confirm(path_id, "reinduction").code == 0

    undone = desk.run("step", "undo", path_id, *WHY, "--actor", "Dr Ada Sample:clinician")
    lineage_corrected(desk, path_id)

    assert undone.code == 0, undone.err
    assert desk.ask("review", "list") == []
    assert desk.ask("history", path_id)["verified"]
