"""A version of a pathway as it is kept: its content by its hash, and what happened to it.

A version enters when a path is first enrolled on it, or when it is published. Whoever publishes
signs as its author, another person approves; from then on new paths are enrolled on it, until it is
retired. The content itself never changes: it is found by its hash, and checked against it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from workflow.errors import IntegrityError
from workflow.pathway import Pathway
from workflow.records import Actor, Role

VersionStatus = Literal["draft", "waiting", "published", "retired"]
"""Nobody signed; the author did and another person has not yet; both did; no new paths."""
SigningKind = Literal["published", "approved", "retired", "plan_approved"]
LIKELY_HASH: Final = 6
"""From so many characters on the beginning of a hash names a version."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version as it lies in the database: its names, its content as text, and since when."""

    hash: str
    pathway_id: str
    version: str
    content: str
    kept_at: datetime


@dataclass(frozen=True, slots=True)
class Signature:
    """Something a person signed for ever: a version (by its hash) or a plan (by its digest)."""

    subject: str
    kind: SigningKind
    actor: str
    role: Role
    os_user: str
    at: datetime
    reason: str = ""


def signed(subject: str, kind: SigningKind, actor: Actor, reason: str, now: datetime) -> Signature:
    """The signature of this person under that subject."""
    return Signature(subject, kind, actor.name, actor.role, actor.os_user, now, reason)


def version_of(pathway: Pathway, now: datetime) -> Version:
    """The pathway as it is kept.

    Its text keeps the order of the file, which the hash leaves out: the first scale of a score and
    the order of tracks mean something.
    """
    content = pathway.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    return Version(pathway.content_hash, pathway.id, pathway.version, text, now)


def read_version(version: Version) -> Pathway:
    """The pathway that was kept; raises IntegrityError when it is not the one its hash names."""
    try:
        pathway = Pathway.model_validate(json.loads(version.content))
    except ValueError:
        pathway = None
    if pathway is None or (pathway.content_hash, pathway.id, pathway.version) != (
        version.hash,
        version.pathway_id,
        version.version,
    ):
        msg = (
            f"The kept version {version.version} of {version.pathway_id} is not the one its hash "
            f"{version.hash[:12]} names; it was changed behind the program. Stop working on its "
            "paths and compare the database with a backup."
        )
        raise IntegrityError(msg)
    return pathway


def status_of(subject: str, signatures: Iterable[Signature]) -> VersionStatus:
    """How a version stands by what was signed."""
    kinds = {item.kind for item in signatures if item.subject == subject}
    if "retired" in kinds:
        return "retired"
    if "approved" in kinds:
        return "published"
    return "waiting" if "published" in kinds else "draft"


def newest_published(signatures: Sequence[Signature]) -> str | None:
    """The hash of the version approved last that is not retired; signatures in their order."""
    for item in reversed(signatures):
        if item.kind == "approved" and status_of(item.subject, signatures) == "published":
            return item.subject
    return None
