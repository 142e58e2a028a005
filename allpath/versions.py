"""Which version of a pathway a person means: a shipped id, a file, ID@VERSION, or a hash."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from allpath.problems import UsageError
from workflow.errors import NotFoundError
from workflow.loading import load_file, load_shipped, shipped
from workflow.pathway import Pathway
from workflow.publishing import standings
from workflow.versions import LIKELY_HASH, Version, VersionStatus, read_version, version_of

if TYPE_CHECKING:  # a command that needs no database opens none
    from allpath.bootstrap import Allpath


def find_version(allpath: Allpath, text: str) -> Pathway:
    """The version meant; raises NotFoundError, UsageError when several are, PathwayError.

    A shipped id means the shipped file, `ID@VERSION` and the beginning of a hash a kept version.
    """
    if text in shipped():
        return load_shipped(text)
    if "@" in text and not Path(text).exists():
        pathway_id, _, version = text.partition("@")
        return _kept(allpath, text, lambda v: (v.pathway_id, v.version) == (pathway_id, version))
    if re.fullmatch(rf"[0-9a-f]{{{LIKELY_HASH},64}}", text) and not Path(text).exists():
        return _kept(allpath, text, lambda v: v.hash.startswith(text))
    if Path(text).suffix or Path(text).exists():
        return load_file(Path(text))
    return load_shipped(text)


def find_kept_version(allpath: Allpath, pathway_id: str, text: str) -> Pathway:
    """The version of this pathway that a version number or the beginning of a hash names."""

    def is_meant(version: Version) -> bool:
        by_hash = len(text) >= LIKELY_HASH and version.hash.startswith(text)
        return version.pathway_id == pathway_id and (version.version == text or by_hash)

    return _kept(allpath, f"{pathway_id}@{text}", is_meant)


@dataclass(frozen=True, slots=True)
class Listed:
    """A version with how it stands, how many paths are on it, and whether this program ships it."""

    pathway: Pathway
    status: VersionStatus
    paths: int
    is_shipped: bool


def every_version(allpath: Allpath) -> list[Listed]:
    """Every version that is kept or shipped, by pathway, in the order they were kept."""
    paths = allpath.store.paths_per_version()
    ship = {load_shipped(name).content_hash: load_shipped(name) for name in shipped()}
    kept = {item.version.hash: item for item in standings(allpath.store)}
    found = [
        Listed(read_version(item.version), item.status, paths.get(key, 0), is_shipped=key in ship)
        for key, item in kept.items()
    ]
    new = [
        Listed(ship[key], "draft", paths.get(key, 0), is_shipped=True)
        for key in ship
        if key not in kept
    ]
    return sorted([*found, *new], key=lambda item: item.pathway.id)


def _kept(allpath: Allpath, text: str, is_meant: Callable[[Version], bool]) -> Pathway:
    meant = {version.hash: version for version in allpath.store.versions() if is_meant(version)}
    meant |= {item.hash: item for item in _shipped_versions(allpath) if is_meant(item)}
    if not meant:
        msg = f"No version {text} is kept or shipped; `allpath pathway list` shows those there are."
        raise NotFoundError(msg)
    if len(meant) > 1:
        listed = ", ".join(hash_[:12] for hash_ in meant)
        raise UsageError(f"{text} means {len(meant)} versions: {listed}. Give more of the hash.")
    (content_hash,) = meant
    return allpath.orchestrator.library.by_hash(content_hash) or read_version(meant[content_hash])


def _shipped_versions(allpath: Allpath) -> list[Version]:
    return [version_of(load_shipped(name), allpath.now()) for name in shipped()]
