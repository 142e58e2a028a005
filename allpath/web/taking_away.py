"""A picture as a file that can be taken away, and its links on a page."""

from __future__ import annotations

from markupsafe import Markup
from starlette.responses import Response

from allpath.pictures.picture import MEDIA, Picture, form_of, rendered


def file_of(picture: Picture, form: str) -> Response:
    """The picture in a form, to be kept as a file; raises NotFoundError for another form."""
    chosen = form_of(form)
    how = "inline" if chosen == "svg" else "attachment"  # a browser shows it, and so does a page
    headers = {"content-disposition": f'{how}; filename="{picture.name}.{chosen}"'}
    return Response(rendered(picture, chosen), media_type=MEDIA[chosen], headers=headers)


def inline(picture: Picture) -> Markup:
    """The picture as a part of a page."""
    return Markup(picture.svg)  # noqa: S704 - built as a tree by the drawing, which escapes each text
