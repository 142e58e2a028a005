"""`allpath cohort --figure`: a figure about the cohort as a table, or as a file to take away."""

from __future__ import annotations

from pathlib import Path

from allpath.cli.looking import record_look
from allpath.cli.printing import note, put, put_json, put_table
from allpath.cli.session import Session
from allpath.figures.catalogue import chosen, figure_of, title_of
from allpath.figures.counts import Basis
from allpath.figures.lives import lives_of
from allpath.pictures.picture import form_of, rendered
from allpath.problems import UsageError
from workflow.errors import NotFoundError, RefusedError


def put_figure(
    session: Session, name: str, pathway: str | None, out: Path | None, *, as_json: bool
) -> None:
    """One figure of everybody: its table here, or its file, which shows no count from 1 to 4."""
    title_of(name)
    allpath = session.allpath
    lives = lives_of(allpath, lambda _path: True)
    of = chosen(lives, name, pathway)
    if pathway is not None and of != pathway:
        raise NotFoundError(f"Nobody is on a pathway {pathway}.")
    is_exported = out is not None
    basis = Basis(lives.on(of), session.now(), session.settings.zone, is_exported=is_exported)
    picture = figure_of(allpath, basis, name).picture
    record_look(session, "cohort_exported" if is_exported else "cohort_drawn")
    if out is not None:
        try:
            form = form_of(out.name)
        except NotFoundError as error:
            raise UsageError(str(error)) from None
        try:
            out.write_bytes(rendered(picture, form))
        except OSError as error:
            msg = f"The figure cannot be written to {out} ({error.strerror}); name another --out."
            raise RefusedError(msg) from None
        note(f"The figure is in {out}.")
    elif as_json:
        put_json(
            {
                "figure": name,
                "pathway": of or None,
                "about": basis.about,
                "columns": list(picture.columns),
                "rows": [list(row) for row in picture.rows],
            }
        )
    else:
        put(basis.about)
        put_table(picture.columns, picture.rows)
        put(*picture.notes)
