"""An SVG as PNG or PDF, by the renderer of the extra `pictures`."""

from __future__ import annotations

from typing import Any, Final

from workflow.errors import RefusedError

SCALE: Final = 2
"""Pixels of the PNG for one of the SVG, so that small text stays sharp in print."""


def png(svg_text: str) -> bytes:
    """The picture in pixels; raises RefusedError where the renderer is not installed."""
    made: bytes = _renderer("PNG").svg_to_png(svg_text, scale=SCALE)
    return made


def pdf(svg_text: str) -> bytes:
    """The picture as one sheet of its size; raises RefusedError without the renderer."""
    made: bytes = _renderer("PDF").svg_to_pdf(svg_text)
    return made


def _renderer(form: str) -> Any:  # noqa: ANN401 - a module that may be missing
    try:
        import vl_convert  # noqa: PLC0415 - heavy, and only there with the extra
    except ImportError:
        msg = (
            f"{form} needs a renderer that is not installed here; "
            "`pip install 'allpath[pictures]'` brings it. SVG works without."
        )
        raise RefusedError(msg) from None
    return vl_convert
