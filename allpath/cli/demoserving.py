"""The pages of the demonstration: an account for each role, and a site that runs."""

from __future__ import annotations

from typing import Final

from allpath.cli.printing import heading, put, put_table
from allpath.cli.serving import open_door, require_assets, run_site
from allpath.cli.session import Session
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
_FIRST: Final = "enrols an authenticator app"


def serve_demo(session: Session, port: int) -> None:
    """The accounts are made, their passwords shown this once, and the pages served until Ctrl-C."""
    from allpath.accounts import keeping  # noqa: PLC0415 - imported when first used
    from allpath.accounts.passwords import by_chance  # noqa: PLC0415 - imported when first used

    require_assets()
    accounts, keeper = session.allpath.store.accounts, Actor("demo", "admin")
    with open_door("127.0.0.1", port) as door:
        made = [(name, display, role, by_chance()) for name, display, role in CAST]
        for name, display, role, password in made:
            keeping.add(
                accounts,
                keeper,
                session.now(),
                name=name,
                display=display,
                role=role,
                sites=(),
                password=password,
                is_one_time=False,  # the table below is all there is of them
            )
        put("")
        heading("Sign in")
        put_table(
            ("Name", "Signs as", "Role", "Password, shown this once", "At the first sign-in"),
            [(*row, _FIRST if row[2] == "admin" else "nothing to do") for row in made],
        )
        put("")
        run_site(session, door)
