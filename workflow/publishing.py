"""Publishing a version: its author signs, another person approves; at its end it is retired."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from workflow.errors import ConflictError, NotFoundError, NotPermittedError, RefusedError
from workflow.library import Library
from workflow.pathway import Pathway
from workflow.records import Actor
from workflow.signing import SIGNERS, is_same_person, require_role
from workflow.store import Store
from workflow.versions import Signature, SigningKind, Version, VersionStatus, signed, status_of

AUTHORS: Final = SIGNERS | {"coordinator"}


@dataclass(frozen=True, slots=True)
class Standing:
    """A kept version, who signed what under it, and how it stands."""

    version: Version
    signatures: tuple[Signature, ...]

    @property
    def status(self) -> VersionStatus:
        """Draft, waiting for approval, published or retired."""
        return status_of(self.version.hash, self.signatures)

    def by(self, kind: SigningKind) -> Signature | None:
        """The signature of that kind, if there is one."""
        return next((item for item in self.signatures if item.kind == kind), None)


def standings(store: Store) -> tuple[Standing, ...]:
    """Every kept version, by pathway and in the order they were first kept."""
    return tuple(
        Standing(version, tuple(store.signatures(version.hash))) for version in store.versions()
    )


class Publisher:
    """Carries out what people sign about versions, each in one transaction."""

    def __init__(self, store: Store, library: Library) -> None:
        self._store = store
        self._library = library

    def publish(self, pathway: Pathway, actor: Actor, reason: str, now: datetime) -> Standing:
        """The author has signed the version; it waits for another person's approval.

        The caller has checked the pathway. Raises ConflictError when the same version is kept with
        other content, RefusedError when it was signed before.
        """
        require_role(actor, AUTHORS, "publish a pathway")
        with self._store.begin() as transaction:
            self._refuse_other_content(pathway)
            self._library.keep(transaction, pathway, now)
            standing = self._standing(pathway.id, pathway.content_hash)
            if standing.status != "draft":
                msg = (
                    f"The version {pathway.version} of {pathway.id} is {standing.status} already; "
                    "nothing was signed. A change needs a new version number."
                )
                raise RefusedError(msg)
            signature = signed(standing.version.hash, "published", actor, reason, now)
            transaction.sign(signature)
            return Standing(standing.version, (*standing.signatures, signature))

    def approve(
        self, pathway_id: str, version: str, actor: Actor, reason: str, now: datetime
    ) -> Standing:
        """The version is published: new paths are enrolled on it. Another person than its author.

        Raises NotFoundError, RefusedError when it does not wait, NotPermittedError for the author.
        """
        require_role(actor, SIGNERS, "approve a pathway")
        with self._store.begin() as transaction:
            standing = self._standing(pathway_id, version)
            author = standing.by("published")
            if standing.status != "waiting" or author is None:
                msg = (
                    f"The version {standing.version.version} of {pathway_id} is {standing.status} "
                    "and does not wait for approval; see `allpath pathway list`."
                )
                raise RefusedError(msg)
            if is_same_person(actor.name, author.actor):
                msg = (
                    f"{actor.name} signed {pathway_id} {standing.version.version} as its author; "
                    "the approval must be another person's."
                )
                raise NotPermittedError(msg)
            signature = signed(standing.version.hash, "approved", actor, reason, now)
            transaction.sign(signature)
            return Standing(standing.version, (*standing.signatures, signature))

    def retire(
        self, pathway_id: str, version: str, actor: Actor, reason: str, now: datetime
    ) -> Standing:
        """The version takes no new paths; those on it stay. Raises RefusedError without a reason.

        Raises NotFoundError when it is not kept, RefusedError when it is retired already.
        """
        require_role(actor, SIGNERS, "retire a pathway")
        if not reason.strip():
            raise RefusedError("Retiring a version needs a reason; say why (--reason).")
        with self._store.begin() as transaction:
            standing = self._standing(pathway_id, version)
            if standing.status == "retired":
                msg = f"The version {standing.version.version} of {pathway_id} is retired already."
                raise RefusedError(msg)
            signature = signed(standing.version.hash, "retired", actor, reason, now)
            transaction.sign(signature)
            return Standing(standing.version, (*standing.signatures, signature))

    def _refuse_other_content(self, pathway: Pathway) -> None:
        for version in self._store.versions():
            same_name = (version.pathway_id, version.version) == (pathway.id, pathway.version)
            if same_name and version.hash != pathway.content_hash:
                msg = (
                    f"The version {pathway.version} of {pathway.id} is kept with other content "
                    f"({version.hash[:12]}; yours is {pathway.content_hash[:12]}); a version never "
                    "changes. Raise the version in the file, then publish it."
                )
                raise ConflictError(msg)

    def _standing(self, pathway_id: str, version: str) -> Standing:
        """The one kept version of that number or hash; raises NotFoundError naming those kept."""
        kept = [v for v in self._store.versions() if v.pathway_id == pathway_id]
        found = [v for v in kept if version in {v.version, v.hash}]
        if len(found) > 1:
            hashes = ", ".join(v.hash for v in found)
            msg = (
                f"{len(found)} drafts of {pathway_id} are called {version}; give a hash: {hashes}."
            )
            raise RefusedError(msg)
        if not found:
            known = ", ".join(v.version for v in kept) or "none"
            msg = f"There is no version {version} of {pathway_id} in the database; kept: {known}."
            raise NotFoundError(msg)
        return Standing(found[0], tuple(self._store.signatures(found[0].hash)))
