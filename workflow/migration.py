"""A migration plan: where each state, track and open checkpoint of one version goes in another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Final, Literal

from pydantic import ValidationError

from workflow.canonical import digest
from workflow.entries import Name, Text
from workflow.errors import PathwayError
from workflow.loading import read_document
from workflow.pathway import Checkpoint, Fact, Model, Pathway

Choice = Literal["keep_due", "recompute", "cancel", "open"]
"""For an open checkpoint: its due moment stays, is counted anew, ends, or ends and opens anew."""
CLOSED: Final = "closed"
"""The partner of a track that the new version does not have."""
_RULE: Final = ("opens", "due", "every", "times", "then", "anchor")
_SHAPE: Final = ("type", "unit", "scales", "none", "not_applicable", "scope", "date_of")


class MigrationPlan(Model):
    """How paths move from one version to another; the digest of all of it is what is approved.

    `checkpoints` is keyed by owner and id in the old version (`state:assessment/C-AS-1`), or in the
    new one for those it adds; one that is not named is treated as `default_choice` says. Facts in
    `dropped` count no more; their records stay.
    """

    pathway: Name
    from_version: Text
    from_hash: Text
    to_version: Text
    to_hash: Text
    planned_at: Text
    states: dict[Name, Name]
    tracks: dict[Name, Name]
    checkpoints: dict[str, Choice]
    dropped: tuple[Name, ...] = ()

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the whole plan, in hexadecimal."""
        return digest(self.model_dump(mode="json"))

    def is_invertible(self, state: str) -> bool:
        """Whether the partner of this state of the old version has no other one."""
        return list(self.states.values()).count(self.states[state]) == 1


def read_plan(data: bytes, source: str) -> MigrationPlan:
    """The plan written in `data`; raises PathwayError with file, field and cure."""
    document = read_document(data, source)
    try:
        return MigrationPlan.model_validate(document.content)
    except ValidationError as error:
        findings = error.errors(include_url=False)
        problems = [document.problem(tuple(found["loc"]), found["msg"]) for found in findings]
        raise PathwayError(source, problems) from None


def default_choice(old: Checkpoint, new: Checkpoint | None) -> Choice:
    """Kept where the rule is the same, counted anew where it changed, cancelled where gone."""
    if new is None:
        return "cancel"
    return "keep_due" if _rule(old) == _rule(new) else "recompute"


def _rule(checkpoint: Checkpoint) -> list[object]:
    return [getattr(checkpoint, name) for name in _RULE]


def partner_of(plan: MigrationPlan, owner: str) -> str:
    """The owner in the new version of what this state or track owned; empty when it is closed."""
    kind, _, name = owner.partition(":")
    names = plan.states if kind == "state" else plan.tracks
    partner = names.get(name, name)
    return "" if partner == CLOSED and kind == "track" else f"{kind}:{partner}"


def declared(pathway: Pathway, owner: str) -> Mapping[str, Checkpoint]:
    """The checkpoints that a state or track declares, by id; none when there is no such owner."""
    kind, _, name = owner.partition(":")
    model = (pathway.states if kind == "state" else pathway.tracks).get(name)
    return {item.id: item for item in model.checkpoints} if model else {}


def is_declared_otherwise(old: Fact, new: Fact) -> bool:
    """Whether a record made under one declaration would mean something else under the other."""
    return any(getattr(old, name) != getattr(new, name) for name in _SHAPE)


def faults(plan: MigrationPlan, old: Pathway, new: Pathway) -> Iterator[str]:
    """What keeps the plan from being carried out at all, in sentences; nothing when it is sound."""
    for name, state in old.states.items():
        partner = new.states.get(plan.states.get(name, ""))
        if not state.final and (partner is None or partner.final):
            yield f"the state {name} has no partner that goes on; add --map {name}=NEW_STATE"
    for name in plan.states.keys() - old.states.keys():
        yield f"there is no state {name} in {old.version}"
    for name in old.tracks:
        if plan.tracks.get(name) not in {*new.tracks, CLOSED}:
            yield f"the track {name} has no partner; add --map {name}=NEW_TRACK (or {CLOSED})"
    for key, choice in plan.checkpoints.items():
        yield from _choice_faults(plan, key, choice, old, new)


def _choice_faults(
    plan: MigrationPlan, key: str, choice: Choice, old: Pathway, new: Pathway
) -> Iterator[str]:
    owner, _, name = key.partition("/")
    before = declared(old, owner).get(name)
    after = declared(new, partner_of(plan, owner)).get(name)
    if before is None and declared(new, owner).get(name) is None:
        yield f"there is no checkpoint {key} in either version"
    elif before is None and choice not in {"open", "cancel"}:
        yield f"{key} is new; choose open, or cancel to leave it out"
    elif before is not None and after is None and choice != "cancel":
        yield f"{key} is gone in {new.version}; choose cancel"
    elif choice == "keep_due" and before and after and before.anchor != after.anchor:
        yield f"{key} is counted from another event in {new.version}; choose recompute"
