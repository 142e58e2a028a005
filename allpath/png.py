"""An SVG as PNG, by the renderer of the extra `pictures`."""

from __future__ import annotations

from typing import Final

from workflow.errors import RefusedError

SCALE: Final = 2
"""Pixels of the PNG for one of the SVG, so that small text stays sharp in print."""


def png(svg_text: str) -> bytes:
    """The picture in pixels; raises RefusedError where the renderer is not installed."""
    try:
        import vl_convert  # noqa: PLC0415 - heavy, and only there with the extra
    except ImportError:
        msg = (
            "PNG needs a renderer that is not installed here; "
            "`pip install 'allpath[pictures]'` brings it. SVG works without."
        )
        raise RefusedError(msg) from None
    return vl_convert.svg_to_png(svg_text, scale=SCALE)
