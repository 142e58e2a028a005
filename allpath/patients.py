"""Who a path belongs to, as entered: opaque ids, identifiers with their check, settings."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from allpath.problems import UsageError
from allpath.settings import Settings
from workflow.errors import FactError, NotFoundError, StoreError
from workflow.pathway import Pathway
from workflow.store import Store

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Characters nobody mistakes for another on paper or over the telephone."""
_LENGTH: Final = 6
_TRIES: Final = 20
_NHS_DIGITS: Final = 10
_LONGEST_TITLE: Final = 20
_TITLE: Final = re.compile(r"(?:[^\W\d_][-' ]?)*")


def new_path_id(store: Store, actor: str = "", key: str = "") -> str:
    """An opaque id that no path has yet; it says nothing about the person.

    With a key of the caller's it is drawn from actor and key: a repeated request is the same.
    """
    if key:
        number = int.from_bytes(sha256(f"{actor}\n{key}".encode()).digest())
        digits = (number // len(ALPHABET) ** place % len(ALPHABET) for place in range(_LENGTH))
        return "P-" + "".join(ALPHABET[digit] for digit in digits)
    for _ in range(_TRIES):
        path_id = "P-" + "".join(secrets.choice(ALPHABET) for _ in range(_LENGTH))
        try:
            store.case(path_id)
        except NotFoundError:
            return path_id
    raise StoreError("No free path id was found; try again.")


def read_identifiers(items: Iterable[str]) -> dict[str, str]:
    """Identifiers typed as `mrn=999001`; raises UsageError, FactError for a wrong NHS number."""
    found: dict[str, str] = {}
    for item in items:
        system, equals, value = item.partition("=")
        system, value = system.strip().lower(), " ".join(value.split())
        if not equals or not value or not re.fullmatch(r"[a-z][a-z0-9_-]*", system):
            raise UsageError(f"{item!r} is not an identifier; write system=value, as mrn=999001.")
        if system in found:
            raise UsageError(f"The identifier {system} is given twice; give each system once.")
        found[system] = _nhs(value) if system == "nhs" else value
    if not found:
        msg = "A patient needs an identifier, so that nobody is enrolled twice: mrn=999001."
        raise UsageError(msg)
    return found


def read_title(text: str) -> str:
    """How a person is addressed, as `Dr` or `Ms`, without a stop; raises UsageError."""
    title = " ".join(text.replace(".", " ").split())
    if len(title) > _LONGEST_TITLE or not _TITLE.fullmatch(title):
        msg = f"A title is a short word as Dr or Ms, of at most {_LONGEST_TITLE} letters."
        raise UsageError(msg)
    return title


def _nhs(text: str) -> str:
    """Ten digits whose last one agrees with the others (modulus 11)."""
    digits = re.sub(r"[\s-]", "", text)
    if not re.fullmatch(rf"\d{{{_NHS_DIGITS}}}", digits):
        raise FactError("nhs", "nhs: an NHS number has ten digits; look at the source again.")
    total = sum(int(d) * w for d, w in zip(digits[:9], range(10, 1, -1), strict=True))
    if (11 - total % 11) % 11 != int(digits[9]):
        msg = "nhs: the check digit of the NHS number does not agree; look at the source again."
        raise FactError("nhs", msg)
    return digits


def enrolment_settings(
    pathway: Pathway, settings: Settings, *, active_set: str, region: str, site: str, time_zone: str
) -> dict[str, str]:
    """The settings of a new path: as given, else the site's defaults.

    Raises UsageError naming the variable when a default of the site does not fit the pathway.
    """
    chosen = {"time_zone": time_zone or settings.time_zone}
    if site or settings.site:
        chosen["site"] = site or settings.site
    for name, given, default, variable in (
        ("active_set", active_set, settings.active_set, "ALLPATH_ACTIVE_SET"),
        ("region", region, settings.region, "ALLPATH_REGION"),
    ):
        if not given and default and name in pathway.settings:
            _require_known(pathway, name, default, variable)
        if given or (default and name in pathway.settings):
            chosen[name] = given or default
    return chosen


def _require_known(pathway: Pathway, name: str, default: str, variable: str) -> None:
    known = pathway.settings[name].values
    if default not in known:
        raise UsageError(f"{variable} is {default}; {pathway.id} knows {', '.join(known)}.")
