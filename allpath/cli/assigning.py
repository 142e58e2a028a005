"""`allpath worklist assign`: who looks after a patient from now on."""

from __future__ import annotations

from typing import Annotated

import typer

from allpath.cli.printing import put, put_json
from allpath.cli.session import ActorName, Json, Key, Patient, open_session


def assign(
    ctx: typer.Context,
    patient: Patient,
    *,
    to: Annotated[
        str,
        typer.Option(
            "--to", help="An account, `nobody`, or the name of a person or team without one."
        ),
    ],
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept with your name.")],
    actor: ActorName = None,
    key: Key = "",
    as_json: Json = False,
) -> None:
    """Say who looks after a patient from now on; the worklist shows it and is filtered by it.

    Example: `allpath worklist assign P-7KM2QX --to cora --reason "takes over the ward"`
    """
    # Imported when used, so that the worklist itself opens no sooner.
    from allpath.assigning import assign as say, keeper_title, read_keeper  # noqa: PLC0415, I001 - see above
    from workflow.assigning import Assignment  # noqa: PLC0415 - see above

    session = open_session(ctx)
    who, store = session.actor(actor), session.allpath.store
    wanted = Assignment(
        session.path_id(patient),
        read_keeper(session.allpath, to),
        reason,
        who,
        session.now(),
        key,
    )
    said = say(session.allpath, wanted)
    title = keeper_title(said.looked_after_by, {a.name: a for a in store.accounts.every()})
    if as_json:
        put_json({"path_id": said.path_id, "looked_after_by": said.looked_after_by})
        return
    put(f"{title} looks after {said.path_id} from now on.")
