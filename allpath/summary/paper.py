"""The summary set as PDF/UA-1 by typst, of the extra `print`.

What people typed reaches the template as JSON and is shown as text: it is never part of the
template, so no sign in it can mean anything. Typst itself refuses what breaks PDF/UA, such as a
picture without words.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from allpath.summary.content import Content, printed, summary_of
from allpath.summary.typesetter import require_typesetter
from workflow.errors import RefusedError
from workflow.found import Found
from workflow.store import Store

TEMPLATE: Final = Path(__file__).with_name("summary.typ")
STANDARD: Final = "ua-1"
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def summary_pdf(
    store: Store, found: Found, *, by: str, stripe: str, zone: ZoneInfo, now: datetime
) -> bytes:
    """The summary of a patient as PDF/UA-1; raises RefusedError where it cannot be set."""
    product = f"Allpath {version('allpath')}"
    content = printed(summary_of(store, found, stripe), by, now, zone, product)
    return set_as_pdf(content)


def _readable(content: Any) -> Any:  # noqa: ANN401 - plain data of any depth
    """The same with a mark in place of each control character, which no font can show."""
    if isinstance(content, str):
        return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", content)
    if isinstance(content, dict):
        return {key: _readable(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [_readable(value) for value in content]
    return content


def set_as_pdf(content: Content) -> bytes:
    """The content on paper; raises RefusedError where it cannot be set."""
    require_typesetter()
    import typst  # noqa: PLC0415 - heavy, and only there with the extra

    try:
        pdf = typst.compile(
            TEMPLATE,
            root=TEMPLATE.parent,
            format="pdf",
            sys_inputs={"content": json.dumps(_readable(content))},
            pdf_standards=STANDARD,
        )
    except typst.TypstError:
        # Its text may quote what the template was given; only the kind of fault is passed on.
        msg = (
            "The summary cannot be set as PDF/UA here; most likely no font of this machine has a "
            "character of a name or a note. Install a font for that script, or print the page."
        )
        raise RefusedError(msg) from None
    return pdf
