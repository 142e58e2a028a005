"""A picture with the table of what it shows, as SVG, PNG, PDF or CSV, for pages and commands.

PNG and PDF are made by the renderer of the extra `pictures`. A renderer without a face leaves all
words out and says nothing, so it is tried before its first picture, and refused.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache, lru_cache
from io import StringIO
from typing import Final, Literal, get_args

from allpath.audit.export import safe
from allpath.pictures.png import pdf, png
from workflow.drawing.svg import FACES
from workflow.errors import NotFoundError, RefusedError

Form = Literal["csv", "svg", "png", "pdf"]
FORMS: Final[tuple[Form, ...]] = get_args(Form)
MEDIA: Final[dict[Form, str]] = {
    "csv": "text/csv",
    "svg": "image/svg+xml",
    "png": "image/png",
    "pdf": "application/pdf",
}
_KEPT: Final = 64
"""So many rendered pictures are kept; the same content is the same picture."""
_PROBE: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20" width="40" height="20" '
    'font-family="{}"><text x="2" y="15" font-size="14">{}</text></svg>'
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and its table; `name` is that of its files, `notes` define what is shown."""

    name: str
    title: str
    svg: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def rendered(picture: Picture, form: Form) -> bytes:
    """The picture in a form; raises RefusedError without a renderer that has a face."""
    if form == "csv":
        return _table(picture).encode("utf-8-sig")
    if form == "svg":
        return picture.svg.encode()
    require_face(FACES)
    return _drawn(picture.svg, form)


def form_of(name: str) -> Form:
    """The form of that name, or of the ending of a file; raises NotFoundError for another."""
    for form in FORMS:
        if name.rpartition(".")[2].casefold() == form:
            return form
    raise NotFoundError("A picture is there as CSV, SVG, PNG and PDF; take one of these.")


def require_face(faces: str) -> None:
    """The renderer can draw letters of a face; raises RefusedError where they would be left out."""
    if not _has_letters(faces):
        msg = (
            "The renderer finds no face for the letters, and would leave all words out; install "
            "Liberation Sans, or take the picture as SVG."
        )
        raise RefusedError(msg)


@cache
def _has_letters(faces: str) -> bool:
    return png(_PROBE.format(faces, "Allpath")) != png(_PROBE.format(faces, ""))


@lru_cache(maxsize=_KEPT)
def _drawn(svg_text: str, form: Form) -> bytes:
    return png(svg_text) if form == "png" else pdf(svg_text)


def _table(picture: Picture) -> str:
    """The table for a spreadsheet, which takes no cell of it for a formula."""
    file = StringIO()
    writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(picture.columns)
    writer.writerows([[safe(cell) for cell in row] for row in picture.rows])
    return file.getvalue()
