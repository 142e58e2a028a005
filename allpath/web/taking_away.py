"""A picture as a file that can be taken away, and its links on a page."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup
from starlette.responses import Response

from allpath.picture import FORMS, MEDIA, Form, Picture, rendered
from workflow.errors import NotFoundError

TITLES: Final[dict[str, str]] = {"csv": "CSV", "svg": "SVG", "png": "PNG", "pdf": "PDF"}
"""The forms in the order of their links."""


def file_of(picture: Picture, form: str) -> Response:
    """The picture in a form, to be kept as a file; raises NotFoundError for another form."""
    chosen = _form(form)
    headers = {"content-disposition": f'attachment; filename="{picture.name}.{chosen}"'}
    return Response(rendered(picture, chosen), media_type=MEDIA[chosen], headers=headers)


def inline(picture: Picture) -> Markup:
    """The picture as a part of a page."""
    return Markup(picture.svg)  # noqa: S704 - built as a tree by the drawing, which escapes each text


def _form(form: str) -> Form:
    for known in FORMS:
        if known == form:
            return known
    raise NotFoundError("A picture is there as CSV, SVG, PNG and PDF; take one of these.")
