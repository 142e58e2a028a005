"""The pathway viewer: which versions there are and how they stand, the picture, and every rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from allpath.pictures.pathway import overview_picture
from allpath.versions import Listed, every_version
from allpath.web.about_version import about_version
from allpath.web.pages import Visit, page
from allpath.web.taking_away import file_of
from allpath.web.visiting import AVisit
from workflow.drawing.graph import telling
from workflow.drawing.overview import overview
from workflow.errors import NotFoundError
from workflow.pathway import Pathway
from workflow.reading_copy.compose import reading_copy
from workflow.reading_copy.document import (
    Block,
    Document,
    Entries,
    Line,
    Link,
    Listing,
    Paragraph,
    Section,
    Strong,
)
from workflow.versions import Signature


@dataclass(frozen=True, slots=True)
class Shown:
    """One version on the list."""

    listed: Listed
    tag: str
    is_old: bool
    signatures: tuple[Signature, ...]

    @property
    def signed(self) -> tuple[Signature, ...]:
        """The last signature of each kind that stands under the version, the first signed first."""
        return tuple({each.kind: each for each in self.signatures}.values())


def add_to(router: APIRouter) -> None:
    """The routes of this module."""
    router.add_api_route("/pathways", pathways, methods=["GET"])
    router.add_api_route("/pathways/{version}", pathway, methods=["GET"])
    address = "/pathways/{version}/overview.{form}"
    router.add_api_route(address, pathway_picture, methods=["GET"])


def pathways(visit: AVisit) -> Response:
    """Every version that is kept or shipped, how it stands, and who signed it."""
    return page(visit, "pathways.html", "Pathways", versions=_versions(visit))


def pathway(visit: AVisit, version: str) -> Response:
    """One version: its picture, its text twin, and every rule in words."""
    shown = one_version(visit, version)
    found = shown.listed.pathway
    return page(
        visit,
        "pathway.html",
        f"{found.title} {found.version}",
        shown=shown,
        pathway=found,
        told=telling(overview(found)),
        **about_version(visit, shown.listed),
        document=_document(found.content_hash, found),
        kind_of=_kind,
        piece_of=_piece,
    )


def pathway_picture(visit: AVisit, version: str, form: str) -> Response:
    """The whole pathway as a picture of its own, or its table."""
    found = one_version(visit, version).listed.pathway
    return file_of(overview_picture(found), form)


def _versions(visit: Visit) -> list[Shown]:
    today = visit.now.astimezone(visit.zone).date()
    tags = {"published": "green", "waiting": "yellow", "draft": "blue", "retired": "grey"}
    return [
        Shown(
            item,
            tags[item.status],
            today > item.pathway.reviewed.expires,
            tuple(visit.allpath.store.signatures(item.pathway.content_hash)),
        )
        for item in every_version(visit.allpath)
    ]


def one_version(visit: Visit, version: str) -> Shown:
    """The version of that hash; raises NotFoundError."""
    for shown in _versions(visit):
        if shown.listed.pathway.content_hash == version:
            return shown
    raise NotFoundError("There is no such version of a pathway; see the list of pathways.")


_DOCUMENTS: Final[dict[str, Document]] = {}


def _document(content_hash: str, found: Pathway) -> Document:
    """The reading copy, composed once for each version: the same hash is the same document."""
    if content_hash not in _DOCUMENTS:
        _DOCUMENTS[content_hash] = reading_copy(found)
    return _DOCUMENTS[content_hash]


def _kind(block: Block) -> str:
    """What a block of the document is, for the template."""
    if isinstance(block, Section):
        return "section"
    if isinstance(block, Paragraph):
        return "paragraph"
    if isinstance(block, Listing):
        return "listing"
    return "entries" if isinstance(block, Entries) else "table"


def _piece(line: Line) -> list[tuple[str, str, str]]:
    """The pieces of a line as kind, words and target."""
    return [
        ("text", piece, "")
        if isinstance(piece, str)
        else ("link", piece.words, piece.target)
        if isinstance(piece, Link)
        else ("strong" if isinstance(piece, Strong) else "code", piece.words, "")
        for piece in line
    ]
