"""The pages of the demonstration: an account for each role, and a site that runs."""

from __future__ import annotations

import secrets
from typing import Final

from allpath.cli.printing import heading, put, put_table
from allpath.cli.serving import open_door, require_assets, run_site
from allpath.cli.session import Session
from workflow.accounts import Account
from workflow.records import Actor, Role

CAST: Final[tuple[tuple[str, str, Role], ...]] = (
    ("cora", "Cora Coordinator", "coordinator"),
    ("ada", "Dr Ada Sample", "clinician"),
    ("ben", "Dr Ben Second", "clinician"),
    ("lea", "Dr Lea Lead", "lead"),
    ("dora", "Dr Dora Director", "director"),
    ("aud", "Aud Auditor", "auditor"),
    ("vic", "Vic Viewer", "viewer"),
    ("ina", "Ina Admin", "admin"),
)
"""Who may sign in: two clinicians, for some steps need a second signature."""
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that look like another."""


def serve_demo(session: Session, port: int) -> None:
    """The accounts are made, their passwords shown this once, and the pages served until Ctrl-C."""
    require_assets()
    with open_door("127.0.0.1", port) as door:
        made = [(name, display, role, _password()) for name, display, role in CAST]
        for name, display, role, password in made:
            _add(session, name, display, role, password)
        put("")
        heading("Sign in")
        put_table(("Name", "Signs as", "Role", "Password, shown this once"), made)
        put("")
        run_site(session, door)


def _add(session: Session, name: str, display: str, role: Role, password: str) -> None:
    from allpath.accounts.passwords import hashed  # noqa: PLC0415 - imported when first used

    now = session.now()
    account = Account(name, display, role, (), hashed(password, name), "", now, now)
    session.allpath.store.accounts.add(account, Actor("demo", "admin"))


def _password() -> str:
    """Twenty letters by chance, in groups, to be copied or typed."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))
    return "-".join(groups)
