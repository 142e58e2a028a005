"""`allpath patient summary`: one patient on paper, as PDF/UA."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from allpath.cli.looking import record_look, who_looks
from allpath.cli.printing import note, put_json
from allpath.cli.session import AsOf, Json, KnownAt, Patient, open_session
from allpath.summary.typesetter import require_typesetter
from workflow.errors import RefusedError


def summary(
    ctx: typer.Context,
    patient: Patient,
    *,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write the PDF to this file.")
    ] = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    as_json: Json = False,
) -> None:
    """Print a patient's summary: where, since when, what next and why not, as PDF/UA.

    Each sheet carries identity, page, who printed it and when, versions and a fingerprint of the
    content. Without `--output` the file is named after the path id. `--json` answers with the
    content alone, and writes no file.

    Example: `allpath patient summary P-7KM2QX --output summary.pdf`
    """
    require_typesetter()
    from allpath.summary.content import summary_of  # noqa: PLC0415 - loads the drawing
    from allpath.summary.paper import summary_pdf  # noqa: PLC0415 - loads the drawing

    session = open_session(ctx)
    found = session.look(patient, as_of, known_at)
    store, path_id = session.allpath.store, found.case.path.path_id
    record_look(session, "patient_printed", path_id)
    stripe = session.settings.stripe
    if as_json:
        put_json(summary_of(store, found, stripe))
        return
    actor = who_looks(session)
    content = summary_pdf(
        store,
        found,
        by=f"{actor.name} ({actor.role})",
        stripe=stripe,
        zone=session.settings.zone,
        now=session.now(),
    )
    output = output or Path(f"{path_id}.pdf")
    try:
        output.write_bytes(content)
    except OSError as error:
        msg = f"The summary cannot be written to {output} ({error.strerror}); name another file."
        raise RefusedError(msg) from None
    note(f"The summary is in {output}.")
