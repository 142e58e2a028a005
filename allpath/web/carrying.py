"""What somebody typed into a form that came too late, carried over the sign-in and shown again.

It travels in the page itself: no cookie, no address and no table holds it. It is shown to whoever
the form's session belonged to and to nobody else, and they send it again themselves. That a page of
ours showed the form is known by the token of that session in it, which no other site can know.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

from allpath.web.forms import OWN_ACCOUNT
from allpath.web.refilling import CHECK, NEVER_FILLED, Pairs, form_of
from workflow.accounts import WebSession

FORM_AGAIN: Final = "/form-again"
LARGEST: Final = 100_000
"""In letters; the longest form is far shorter."""
_MOST_FIELDS: Final = 200
_SITE_PLAN: Final = "/sites/plan"
_ACCOUNTS: Final = "/admin/accounts"
_ASSIGNED: Final = "/worklist/assign"


@dataclass(frozen=True, slots=True)
class Carried:
    """A form on its way: to which address, of which session (its hash, its token), what it held."""

    to: str
    of: str
    of_csrf: str
    typed: str

    @property
    def form(self) -> str:
        """The form it was; the one that sets a plan is the last leaf of the one that tries it."""
        return _SITE_PLAN if self.to == f"{_SITE_PLAN}/set" else form_of(self.to)

    @property
    def page(self) -> str:
        """The page on which that form stands."""
        return page_of(self.form, self.pairs)

    @property
    def pairs(self) -> Pairs:
        """What stood in the fields; nothing where it cannot be read."""
        return read_pairs(self.typed)


def carried(sent: Pairs, to: str, session: WebSession) -> Carried | None:
    """A form that was sent, of a session; None where there is nothing in it, or far too much.

    Nor is one taken along that holds a new password.
    """
    if to.startswith(OWN_ACCOUNT) or len(sent) > _MOST_FIELDS:
        return None
    csrf = dict(sent).get("csrf", "")
    pairs = [[name, text] for name, text in sent if name not in NEVER_FILLED]
    typed = json.dumps(pairs, ensure_ascii=False, separators=(",", ":"))
    if not pairs or len(typed) > LARGEST:
        return None
    return Carried(to.removesuffix(CHECK), session.token_hash, csrf, typed)


def body_of(form: Carried) -> bytes:
    """The same as a form of its own."""
    fields = {"to": form.to, "of": form.of, "of_csrf": form.of_csrf, "typed": form.typed}
    return urlencode(fields).encode()


def page_of(form: str, pairs: Pairs) -> str:
    """The page on which a form stands; most stand at the address they are sent to."""
    typed = dict(pairs)
    if form.endswith("/record") and typed.get("fact"):
        return f"{form}?fact={quote(typed['fact'])}"
    if form == _SITE_PLAN:
        return f"{form}?site={quote(typed.get('site', ''), safe='')}"
    if form == _ASSIGNED and [name for name, _ in pairs].count("patient") == 1:
        return f"/patients/{quote(typed['patient'], safe='')}/assign"
    return "/admin" if form == _ACCOUNTS else form


def read_pairs(text: str) -> Pairs:
    """What stood in the fields of a form, from how it is written down."""
    try:
        found = json.loads(text)
        return tuple((str(name), str(said)) for name, said in found)
    except (ValueError, TypeError):
        return ()
