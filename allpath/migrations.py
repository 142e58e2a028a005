"""A migration plan made for the patients there are, rehearsed on each of them, and carried out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from allpath.problems import UsageError
from allpath.rerouted import answer_of
from workflow.commands import MigratePath, RevertMigration
from workflow.errors import AllpathError, NotPermittedError, RefusedError
from workflow.migration import (
    CLOSED,
    Choice,
    MigrationPlan,
    declared,
    default_choice,
    faults,
    partner_of,
)
from workflow.orchestrator import Orchestrator
from workflow.pathway import Pathway
from workflow.records import Actor, Case, CheckpointRecord, PathRecord
from workflow.signing import SIGNERS, is_same_person, require_role
from workflow.store import Store
from workflow.versions import signed, status_of

if TYPE_CHECKING:
    from allpath.bootstrap import Allpath

CHOICES: Final = ("keep_due", "recompute", "cancel", "open")
REHEARSAL: Final = Actor("rehearsal", "service")
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Due:
    """One checkpoint of a path before and after: what becomes of it, and when it is due."""

    checkpoint: str
    became: str
    before: datetime | None
    after: datetime | None


@dataclass(frozen=True, slots=True)
class Move:
    """What the plan does to one path; `problem` says why it cannot move."""

    path_id: str
    old_state: str
    new_state: str
    pending: str
    before: str
    after: str
    due: tuple[Due, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person chose beside the defaults: partners, checkpoints, facts that are dropped."""

    partners: Mapping[str, str]
    choices: Mapping[str, str]
    dropped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """What a run did: how many paths moved, were there already, and were left, with the reason."""

    moved: int
    already: int
    left: tuple[tuple[str, str], ...]


def make_plan(
    store: Store, old: Pathway, new: Pathway, wishes: Wishes, now: datetime
) -> MigrationPlan:
    """The whole plan: partners by name unless told otherwise, every open checkpoint with its fate.

    Raises UsageError for a word that names nothing, RefusedError naming what has no partner.
    """
    unknown = wishes.partners.keys() - {*old.states, *old.tracks}
    if unknown:
        raise UsageError(f"--map names {', '.join(sorted(unknown))}, which {old.version} lacks.")
    plan = MigrationPlan(
        pathway=old.id,
        from_version=old.version,
        from_hash=old.content_hash,
        to_version=new.version,
        to_hash=new.content_hash,
        planned_at=now.isoformat(timespec="seconds"),
        states=_partners(old.states, new.states, wishes.partners, lambda n: old.states[n].final),
        tracks=_partners(old.tracks, new.tracks, wishes.partners, lambda _: False),
        checkpoints={},
        dropped=wishes.dropped,
    )
    refuse_faulty(plan, old, new)
    _refuse_retired(store, new)
    open_now: set[str] = set()
    recorded: set[str] = set()
    for path in paths_on(store, old):
        case = store.case(path.path_id)
        open_now.update(f"{row.owner}/{row.checkpoint}" for row in case.checkpoints)
        recorded.update(record.fact for record in case.facts)
    lost = sorted(recorded & old.facts.keys() - new.facts.keys() - set(wishes.dropped))
    if lost:
        msg = f"{new.version} does not know what is on record: drop each of them (--drop NAME)."
        raise RefusedError(msg, tuple(lost))
    choices = _choices(plan, old, new, open_now) | _chosen(plan, old, new, wishes.choices)
    plan = plan.model_copy(update={"checkpoints": choices})
    refuse_faulty(plan, old, new)
    return plan


def _refuse_retired(store: Store, new: Pathway) -> None:
    if status_of(new.content_hash, store.signatures_of(new.id)) == "retired":
        raise RefusedError(f"{new.version} is retired and takes no paths; choose another version.")


def refuse_faulty(plan: MigrationPlan, old: Pathway, new: Pathway) -> None:
    """Nothing happens when the plan fits both versions; else RefusedError with every reason."""
    found = tuple(faults(plan, old, new))
    if found:
        raise RefusedError(f"The plan from {old.version} to {new.version} is incomplete.", found)


def paths_on(store: Store, pathway: Pathway) -> Iterator[PathRecord]:
    """The paths on this version that have not ended; an ended one stays on what it ended under."""
    for path in store.paths():
        state = pathway.states.get(path.state)
        is_on = path.pathway_hash == pathway.content_hash and not path.merged_into
        if is_on and state and not state.final:
            yield path


def rehearsed(
    allpath: Allpath, plan: MigrationPlan, progress: Progress, now: datetime
) -> list[Move]:
    """What the plan would do to every path on its old version, by id; nothing is written."""
    orchestrator = allpath.orchestrator
    old, new = versions_of(orchestrator, plan)
    moves = []
    for path in paths_on(allpath.store, old):
        moves.append(_move(orchestrator, allpath.store.case(path.path_id), plan, new, now))
        progress(len(moves))
    return moves


def versions_of(orchestrator: Orchestrator, plan: MigrationPlan) -> tuple[Pathway, Pathway]:
    """Both versions of the plan; raises RefusedError when one is not kept here."""
    old, new = (orchestrator.library.by_hash(h) for h in (plan.from_hash, plan.to_hash))
    if old is None or new is None:
        msg = "The plan names a version that this database does not keep; make the plan here."
        raise RefusedError(msg)
    return old, new


def approve(allpath: Allpath, plan: MigrationPlan, actor: Actor, text: str, now: datetime) -> None:
    """The person has signed the plan, and its text is kept; raises RefusedError when it is unfit.

    Another than this person may now apply it.
    """
    require_role(actor, SIGNERS, "approve a migration")
    refuse_faulty(plan, *versions_of(allpath.orchestrator, plan))
    names = [item.actor for item in allpath.store.signatures(plan.digest)]
    if any(is_same_person(name, actor.name) for name in names):
        raise NotPermittedError(f"{actor.name} approved this plan already.")
    with allpath.store.begin() as transaction:
        transaction.keep_plan(plan.digest, text, now)
        transaction.sign(signed(plan.digest, "plan_approved", actor, "", now))


def applied(
    allpath: Allpath, plan: MigrationPlan, actor: Actor, progress: Progress, now: datetime
) -> Done:
    """Every path that can move has moved, each in a transaction of its own; the others are named.

    It may be killed and run again at any moment. Raises NotPermittedError before anything moves.
    """
    orchestrator, store = allpath.orchestrator, allpath.store
    old, new = versions_of(orchestrator, plan)
    refuse_faulty(plan, old, new)
    already = sum(1 for _ in moved_by(store, plan))
    return _each(
        [path.path_id for path in paths_on(store, old)],
        lambda key: len(
            orchestrator.migrate(MigratePath(actor=actor, path_id=key, plan=plan), now).entries
        ),
        already,
        progress,
    )


def reverted(
    allpath: Allpath, plan: MigrationPlan, actor: Actor, progress: Progress, now: datetime
) -> Done:
    """Every path of the plan that has not moved on is back; the others are named, with why."""
    return _each(
        list(moved_by(allpath.store, plan)),
        lambda key: len(
            allpath.orchestrator.revert(
                RevertMigration(actor=actor, path_id=key, plan=plan), now
            ).entries
        ),
        0,
        progress,
    )


def moved_by(store: Store, plan: MigrationPlan) -> Iterator[str]:
    """The paths on the plan's new version that this plan moved there."""
    for path in store.paths():
        if path.pathway_hash == plan.to_hash and any(
            entry.kind == "migrated" and entry.detail["plan"] == plan.digest
            for entry in store.journal(path.path_id)
        ):
            yield path.path_id


def _each(
    path_ids: Iterable[str], act: Callable[[str], int], already: int, progress: Progress
) -> Done:
    moved, left = 0, []
    for number, path_id in enumerate(path_ids, start=1):
        try:
            written = act(path_id)
        except NotPermittedError:
            raise
        except AllpathError as error:
            left.append((path_id, str(error)))
        else:
            moved += bool(written)
            already += not written
        progress(number)
    return Done(moved, already, tuple(left))


def _partners(
    old: Mapping[str, object],
    new: Mapping[str, object],
    told: Mapping[str, str],
    is_final: Callable[[str], bool],
) -> dict[str, str]:
    named = {name: told.get(name, name) for name in old if not is_final(name)}
    return {name: partner for name, partner in named.items() if partner in {*new, CLOSED}}


def _choices(
    plan: MigrationPlan, old: Pathway, new: Pathway, open_now: Iterable[str]
) -> dict[str, Choice]:
    choices: dict[str, Choice] = {}
    for key in sorted(open_now):
        owner, _, name = key.partition("/")
        partner = declared(new, partner_of(plan, owner)).get(name)
        choices[key] = default_choice(declared(old, owner)[name], partner)
    for owner in sorted({key.partition("/")[0] for key in choices}):
        there = partner_of(plan, owner)
        for name in declared(new, there).keys() - declared(old, owner).keys():
            choices[f"{there}/{name}"] = "open"
    return choices


def _chosen(
    plan: MigrationPlan, old: Pathway, new: Pathway, told: Mapping[str, str]
) -> dict[str, Choice]:
    """The choices a person typed, by a whole key or by an id alone, which means it everywhere."""
    owners = [f"state:{n}" for n in old.states] + [f"track:{n}" for n in old.tracks]
    known = {f"{o}/{name}": name for o in owners for name in declared(old, o)}
    for owner in owners:
        there = partner_of(plan, owner)
        known |= {
            f"{there}/{name}": name
            for name in declared(new, there)
            if name not in declared(old, owner)
        }
    chosen: dict[str, Choice] = {}
    for key, word in told.items():
        if word not in CHOICES:
            raise UsageError(f"--checkpoints {key}={word}: choose one of {', '.join(CHOICES)}.")
        meant = [whole for whole, name in known.items() if key in {whole, name}]
        if not meant:
            raise UsageError(f"--checkpoints {key}={word}: there is no such checkpoint.")
        chosen |= dict.fromkeys(meant, word)  # type: ignore[arg-type] # checked against the choices
    return chosen


def _move(
    orchestrator: Orchestrator, case: Case, plan: MigrationPlan, new: Pathway, now: datetime
) -> Move:
    path = case.path
    before, rule = answer_of(orchestrator.library.pinned(path), case, now)
    pending = path.pending.step if path.pending else ""
    state = plan.states.get(path.state, path.state)
    was = f"{before} ({rule})" if rule else before
    try:
        outcome = orchestrator.rehearse(case, plan, REHEARSAL, now)
        answer, rule = answer_of(new, outcome.case, now)
    except AllpathError as error:
        return Move(path.path_id, path.state, state, pending, was, "", problem=str(error))
    will = f"{answer} ({rule})" if rule else answer
    due = tuple(_due(case, outcome.case, outcome.entries[0].detail["checkpoints"]))
    return Move(path.path_id, path.state, state, pending, was, will, due)


def _due(before: Case, after: Case, told: Iterable[Mapping[str, str]]) -> Iterator[Due]:
    """Every checkpoint that was open or is now, with both due moments."""
    now = {row.key: row for row in after.checkpoints}
    for row, item in zip(before.checkpoints, told, strict=True):
        live = now.pop(row.key, None)
        yield Due(_named(row), item["became"], row.due_at, live.due_at if live else None)
    for row in now.values():
        yield Due(_named(row), "open", None, row.due_at)


def _named(row: CheckpointRecord) -> str:
    number = f" ({row.occurrence})" if row.occurrence > 1 else ""
    return f"{row.owner}/{row.checkpoint}{number}"
