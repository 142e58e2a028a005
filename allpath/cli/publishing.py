"""`allpath pathway publish`, `approve`, `retire`: what people sign about a version."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from allpath import words
from allpath.cli.printing import note, put, put_json
from allpath.cli.prove import proved
from allpath.cli.session import ActorName, Json, Session, open_session
from workflow.errors import RefusedError
from workflow.proof.finding import Proof
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
    seconds: Annotated[float, typer.Option("--seconds", help="Time for the proof.")] = 300,
    actor: ActorName = None,
    as_json: Json = False,
) -> None:
    """Prove a version and sign it as its author; it waits until another person approves it.

    Example: `allpath pathway publish relapsed_all.yaml --actor "Dr A. Sample:clinician"`
    """
    session = open_session(ctx)
    who = session.actor(actor)
    publisher = _publisher(session)
    pathway, proof = proved(
        session, name, seconds, first=lambda pathway: publisher.refuse(pathway, who)
    )
    _refuse_unproved(proof, name)
    standing = publisher.publish(pathway, who, reason, session.now())
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


def _refuse_unproved(proof: Proof, name: str) -> None:
    """Nobody signs what is not proved for every patient."""
    if proof.verdict == "proved":
        return
    errors = [finding for finding in proof.findings if finding.severity == "error"]
    first = f" First: {errors[0].where}: {errors[0].message}" if errors else ""
    found = words.counted(len(errors), "finding") if errors else "the time was too short"
    msg = (
        f"{proof.pathway_id} {proof.version} is not proved ({found}); nothing was signed.{first} "
        f"See `allpath pathway prove {name}`."
    )
    raise RefusedError(msg)


def _publisher(session: Session) -> Publisher:
    return Publisher(session.allpath.store, session.allpath.orchestrator.library)


def _put(session: Session, standing: Standing, *, as_json: bool) -> None:
    version = standing.version
    if as_json:
        put_json(standing_answer(standing))
        return
    put(f"{version.pathway_id} {version.version} is {standing.status}, hash {version.hash}.")
    for item in standing.signatures:
        at = words.minute(item.at, session.settings.zone)
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
