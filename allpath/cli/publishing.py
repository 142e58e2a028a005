"""`allpath pathway publish`, `approve`, `retire`: what people sign about a version."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from allpath.cli.decide import chosen_pathway
from allpath.cli.printing import note, put, put_json
from allpath.cli.session import ActorName, Json, Session, open_session
from allpath.words import minute
from workflow.pathway import Pathway
from workflow.publishing import Publisher, Standing
from workflow.versions import Signature

Reason = Annotated[str, typer.Option("--reason", help="Why, for those who read it later.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="The pathway.")]
Number = Annotated[str, typer.Argument(metavar="VERSION", help="Its version, or the whole hash.")]


def publish(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="ID|FILE", help="A shipped pathway, or a file.")],
    *,
    reason: Reason = "",
    actor: ActorName = None,
    as_json: Json = False,
) -> None:
    """Sign a version as its author; it waits until another person approves it.

    Example: `allpath pathway publish relapsed_all.yaml --actor "Dr A. Sample:clinician"`
    """
    session = open_session(ctx)
    who = session.actor(actor)
    pathway = sound_pathway(name)
    standing = _publisher(session).publish(pathway, who, reason, session.now())
    _put(session, standing, as_json=as_json)
    note(
        "Next, another person (clinician, lead or director):",
        f'  allpath pathway approve {pathway.id} {pathway.version} --actor "NAME:ROLE"',
    )


def approve(
    ctx: typer.Context,
    pathway_id: Id,
    version: Number,
    *,
    reason: Reason = "",
    actor: ActorName = None,
    as_json: Json = False,
) -> None:
    """Approve a version that another person signed; new paths are enrolled on it from now on.

    Example: `allpath pathway approve relapsed_all 1.1.0 --actor "Dr B. Second:clinician"`
    """
    session = open_session(ctx)
    who = session.actor(actor)
    standing = _publisher(session).approve(pathway_id, version, who, reason, session.now())
    _put(session, standing, as_json=as_json)


def retire(
    ctx: typer.Context,
    pathway_id: Id,
    version: Number,
    *,
    reason: Reason,
    actor: ActorName = None,
    as_json: Json = False,
) -> None:
    """Retire a version: it takes no new paths, and those on it stay on it.

    Example: `allpath pathway retire relapsed_all 1.0.0 --reason "replaced by 1.1.0"
    --actor "Dr L. Lead:lead"`
    """
    session = open_session(ctx)
    who = session.actor(actor)
    standing = _publisher(session).retire(pathway_id, version, who, reason, session.now())
    _put(session, standing, as_json=as_json)


def sound_pathway(name: str) -> Pathway:
    """The pathway once it satisfies everything that is asked of a version before it is signed.

    Reading it is `allpath pathway check`; what more is asked, such as the proof, is asked here.
    """
    return chosen_pathway(name)


def _publisher(session: Session) -> Publisher:
    return Publisher(session.allpath.store, session.allpath.orchestrator.library)


def _put(session: Session, standing: Standing, *, as_json: bool) -> None:
    version = standing.version
    if as_json:
        put_json(standing_answer(standing))
        return
    put(f"{version.pathway_id} {version.version} is {standing.status}, hash {version.hash}.")
    for item in standing.signatures:
        at = minute(item.at, session.settings.zone)
        why = f": {item.reason}" if item.reason else ""
        put(f"  {item.kind} by {item.actor} ({item.role}) on {at}{why}")


def standing_answer(standing: Standing) -> dict[str, Any]:
    """A kept version for programs: its names, its status and who signed it."""
    version = standing.version
    return {
        "id": version.pathway_id,
        "version": version.version,
        "hash": version.hash,
        "status": standing.status,
        "kept_at": version.kept_at.isoformat(),
        "signatures": [_signature_answer(item) for item in standing.signatures],
    }


def _signature_answer(item: Signature) -> dict[str, str]:
    return {
        "kind": item.kind,
        "actor": item.actor,
        "role": item.role,
        "os_user": item.os_user,
        "at": item.at.isoformat(),
        "reason": item.reason,
    }
