"""Paths move to another version by an approved plan, each once, and back as they were."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from storage.engine import open_store
from tests.cli.conftest import CLINICIAN, COORDINATOR, LEAD, SECOND_CLINICIAN, Answer, Desk
from tests.versions.conftest import NUMBER, RENAMED, newer

FIRST_MDT = (
    "- {id: C-AS-1.mdt, title: first MDT held, expects: [mdt_held], due: 7 d,",
    "- {id: C-AS-1.mdt, title: first MDT held, expects: [mdt_held], due: 9 d,",
)
SWIFT_MDT = (FIRST_MDT[0], FIRST_MDT[0].replace("C-AS-1.mdt", "C-AS-1.board"))


def plan(desk: Desk, *changes: tuple[str, str], more: tuple[str, ...] = ()) -> Answer:
    """A plan from the shipped version to a file with these changes is written to plan.yaml."""
    file = newer(desk.folder, *changes)
    out = str(desk.folder / "plan.yaml")
    return desk.run("pathway", "migrate", "plan", "relapsed_all", "--from", NUMBER, "--to",
                    str(file), "--out", out, "--json", *more)  # fmt: skip


def migrate(desk: Desk, verb: str, actor: str = CLINICIAN) -> Answer:
    """The plan is approved, applied or reverted by somebody."""
    file = str(desk.folder / "plan.yaml")
    return desk.run("pathway", "migrate", verb, file, "--actor", actor, "--json")


def applied(desk: Desk, *changes: tuple[str, str], more: tuple[str, ...] = ()) -> Answer:
    """The plan is made, approved by the second clinician and applied by the first."""
    made = plan(desk, *changes, more=more)
    assert made.code == 0, made.err
    assert migrate(desk, "approve", SECOND_CLINICIAN).code == 0
    return migrate(desk, "apply")


def checkpoints(desk: Desk, path_id: str) -> dict[str, Any]:
    """The live checkpoints of a path as they lie in the database, by id."""
    store = open_store(f"sqlite:///{desk.database}")
    found = {row.checkpoint: row for row in store.case(path_id).checkpoints}
    store.close()
    return found


def standing(desk: Desk, path_id: str) -> dict[str, Any]:
    """The path's own row as it lies in the database."""
    store = open_store(f"sqlite:///{desk.database}")
    path = store.case(path_id).path
    store.close()
    entered = list(path.entered.items())
    return {"pinned": path.pathway_hash, "state": path.state, "entered": entered}


def last(desk: Desk, path_id: str) -> dict[str, Any]:
    """The last journal entry of a path."""
    entry: dict[str, Any] = desk.ask("history", path_id)["entries"][-1]
    return entry


def test_a_plan_tells_each_patient_and_changes_nothing(desk: Desk) -> None:
    """New state, due moments, what would be recommended; the database stays as it is."""
    path_id = desk.in_assessment()
    before = checkpoints(desk, path_id)

    answer = plan(desk, FIRST_MDT)

    (patient,) = answer.json["patients"]
    changed = {d["checkpoint"]: d for d in patient["due"] if d["before"] != d["after"]}
    assert (patient["path_id"], patient["new_state"]) == (path_id, "assessment")
    assert list(changed) == ["state:assessment/C-AS-1.mdt"]
    assert changed["state:assessment/C-AS-1.mdt"]["became"] == "recompute"
    assert patient["before"] == patient["after"]
    assert checkpoints(desk, path_id) == before
    assert (desk.folder / "plan.yaml").read_text().startswith("# Moves paths")


def test_a_plan_without_another_persons_approval_moves_nobody(desk: Desk) -> None:
    """Neither unsigned, nor signed by whoever applies it, nor changed after the signature."""
    path_id = desk.in_assessment()
    plan(desk, RENAMED)
    file = desk.folder / "plan.yaml"

    unsigned = migrate(desk, "apply")
    migrate(desk, "approve", CLINICIAN)
    own = migrate(desk, "apply", "ada sample:lead")
    migrate(desk, "approve", SECOND_CLINICIAN)
    file.write_text(file.read_text().replace(": keep_due", ": recompute", 1))
    edited = migrate(desk, "apply", "Dr Cai Third:clinician")
    by_coordinator = migrate(desk, "approve", COORDINATOR)

    assert [a.code for a in (unsigned, own, edited, by_coordinator)] == [6, 6, 6, 6]
    assert last(desk, path_id)["kind"] != "migrated"


def test_a_path_moves_once_with_its_journal_and_its_checkpoints(desk: Desk) -> None:
    """Kept where the rule is the same, counted anew where it changed; again changes nothing."""
    path_id = desk.in_assessment()
    before = checkpoints(desk, path_id)

    first = applied(desk, FIRST_MDT)
    entry = last(desk, path_id)
    again = migrate(desk, "apply")

    after = checkpoints(desk, path_id)
    moved = {name for name in after if after[name].due_at != before[name].due_at}
    assert first.json == {"moved": 1, "already": 0, "left": []}
    assert again.json == {"moved": 0, "already": 1, "left": []}
    assert (entry["kind"], entry["detail"]["from_version"]) == ("migrated", NUMBER)
    assert last(desk, path_id) == entry
    assert (after.keys(), moved) == (before.keys(), {"C-AS-1.mdt"})
    assert (after["C-AS-1.mdt"].due_at - before["C-AS-1.mdt"].due_at).days == 2
    assert desk.run("doctor").code == 0
    assert desk.record(path_id, "lineage=B").code == 0


def test_a_checkpoint_that_is_gone_ends_and_a_new_one_opens(desk: Desk) -> None:
    """By default nothing stays expected that the new version does not know."""
    path_id = desk.in_assessment()

    applied(desk, SWIFT_MDT)

    live = checkpoints(desk, path_id)
    assert "C-AS-1.mdt" not in live
    assert live["C-AS-1.board"].opened_seq == last(desk, path_id)["seq"]


@pytest.mark.parametrize(("choice", "is_new"), [("open", True), ("cancel", False)])
def test_a_person_chooses_what_becomes_of_a_checkpoint(
    desk: Desk, choice: str, *, is_new: bool
) -> None:
    """Open ends it and asks anew; cancel ends it for this stay."""
    path_id = desk.in_assessment()

    applied(desk, RENAMED, more=("--checkpoints", f"C-AS-1.mdt={choice}"))

    live = checkpoints(desk, path_id)
    assert ("C-AS-1.mdt" in live) is is_new
    if is_new:
        assert live["C-AS-1.mdt"].opened_seq == last(desk, path_id)["seq"]


def test_a_reverted_path_is_as_it_was(desk: Desk) -> None:
    """Version, state and due moments, also of what the migration ended."""
    path_id = desk.in_assessment()
    before = checkpoints(desk, path_id)
    shown = standing(desk, path_id)
    applied(desk, SWIFT_MDT)

    back = migrate(desk, "revert")
    now = standing(desk, path_id)
    forth = migrate(desk, "apply")

    assert back.json == {"moved_back": 1, "already": 0, "left": []}
    assert last(desk, path_id)["kind"] == "migration_reverted"
    assert checkpoints(desk, path_id) == before
    assert now == shown
    assert (forth.code, len(forth.json["left"])) == (5, 1), "a reverted path needs a new plan"
    assert desk.run("doctor").code == 0


def test_a_path_that_moved_on_is_left_by_the_revert(desk: Desk) -> None:
    """A step taken under the new version is not undone by turning back the version."""
    path_id, other = desk.in_assessment(), desk.enrol(mrn="2")
    applied(desk, RENAMED)
    assert desk.confirm(path_id, "dead", "--reason", "died").code == 0

    back = migrate(desk, "revert")

    assert back.code == 5
    assert (back.json["moved_back"], [i["path_id"] for i in back.json["left"]]) == (1, [path_id])
    assert "moved on since (step confirmed" in back.json["left"][0]["problem"]
    assert last(desk, other)["kind"] == "migration_reverted"


def test_a_state_without_partner_is_named_and_mapped(desk: Desk) -> None:
    """Nobody stands nowhere; exit code 4 with the names, and the map that cures it."""
    desk.in_assessment()
    renamed = ("fu_chemo", "fu_drugs")

    refused = plan(desk, renamed)
    mapped = plan(desk, renamed, more=("--map", "fu_chemo=fu_drugs"))

    assert refused.code == 4
    assert "--map fu_chemo=NEW_STATE" in refused.err
    assert mapped.code == 0, mapped.err
    assert mapped.json["plan"]["states"]["fu_chemo"] == "fu_drugs"


def test_a_fact_the_new_version_does_not_know_has_to_be_dropped(desk: Desk) -> None:
    """What was recorded stays on record; that it counts no more is said on purpose."""
    path_id = desk.enrol()
    desk.record(path_id, "first_mdt_date=2026-11-20")
    renamed = ("first_mdt_date", "first_board_date")

    refused = plan(desk, renamed)
    dropped = applied(desk, renamed, more=("--drop", "first_mdt_date"))

    assert refused.code == 4
    assert "first_mdt_date" in refused.err
    assert dropped.json["moved"] == 1
    assert "first_mdt_date" in str(desk.ask("history", path_id))


def test_a_pending_step_moves_along(desk: Desk) -> None:
    """A signature half given is not lost; the second one takes the step by the new version."""
    path_id = desk.palliative()
    assert desk.confirm(path_id, "supportive").code == 0

    applied(desk, RENAMED)
    signed = desk.run("step", "countersign", path_id, "--actor", SECOND_CLINICIAN)

    assert signed.code == 0, signed.err
    assert last(desk, path_id)["state_to"] == "supportive"


def test_an_ended_path_stays_on_the_version_it_ended_under(desk: Desk) -> None:
    """There is nothing left to decide for it."""
    path_id = desk.died()

    answer = applied(desk, RENAMED)

    assert answer.json == {"moved": 0, "already": 0, "left": []}
    assert last(desk, path_id)["kind"] != "migrated"


def test_a_plan_that_forgets_somebody_is_refused(desk: Desk) -> None:
    """Promise 3 holds on the other side too."""
    path_id = desk.in_assessment()
    keys = [f"{row.owner}/{name}" for name, row in checkpoints(desk, path_id).items()]
    more = tuple(part for key in keys for part in ("--checkpoints", f"{key}=cancel"))

    answer = plan(desk, RENAMED, more=more)

    assert answer.code == 4
    assert "would be forgotten" in answer.err


def test_no_other_code_moves_the_version_of_a_path() -> None:
    """Whoever writes a second way finds this test, and the trigger behind it."""
    root = Path(__file__).parents[2]
    setters = {
        str(file.relative_to(root))
        for folder in ("workflow", "storage", "scheduler", "allpath")
        for file in (root / folder).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.keyword) and node.arg == "pathway_hash"
    }

    # Enrolment pins, the journal says to what, a migration moves; to look back writes nothing.
    looks = {"workflow/time_travel.py"}
    assert setters - looks == {
        "workflow/orchestrator.py",
        "workflow/act.py",
        "workflow/migrating.py",
    }


def test_leads_may_apply_a_plan_and_auditors_may_not(desk: Desk) -> None:
    """Moving patients to other rules is an act of those who answer for care."""
    desk.in_assessment()
    plan(desk, RENAMED)
    migrate(desk, "approve", SECOND_CLINICIAN)

    refused, done = migrate(desk, "apply", "Aud Auditor:auditor"), migrate(desk, "apply", LEAD)

    assert (refused.code, done.code) == (6, 0)
