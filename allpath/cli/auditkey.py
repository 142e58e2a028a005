"""`allpath audit key`: the key that signs heads of the log, and its public half for others."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from allpath.cli.printing import note, put, put_json
from allpath.cli.session import Json, Session
from allpath.problems import UsageError

if TYPE_CHECKING:  # read when it is used
    from allpath.audit.keys import PublicKey

app = typer.Typer(add_completion=False, rich_markup_mode="markdown", no_args_is_help=True)

PublicKeys = Annotated[
    list[Path] | None,
    typer.Option(
        "--public-key",
        metavar="FILE",
        help="Public key of the log; again for a second one. Default: beside the signing key.",
    ),
]


@app.callback()
def _group() -> None:
    """The key that signs heads of the log."""


@app.command()
def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the key is to lie.")],
    *,
    name: Annotated[
        str, typer.Option(help="What the log is called outside, like ward.example/allpath.")
    ] = "allpath",
    as_json: Json = False,
) -> None:
    """Make a key in a file that you alone may read, and its public half beside it.

    Example: `allpath audit key new log.key --name ward.example/allpath`
    """
    from allpath.audit.keys import new_key, public_file  # noqa: PLC0415 - read when needed

    public = new_key(file, name)
    if as_json:
        put_json({"key_file": str(file), "public_key": str(public)})
        return
    put(f"The signing key is in {file}, its public half in {public_file(file)}.")
    note(
        f"Name it: ALLPATH_SIGNING_KEY_FILE={file}",
        "Keep a copy of it in a safe place, apart from every backup of the database, and give the "
        "public half to whoever is to check the log, before they need it.",
    )


def public_keys(session: Session, given: list[Path] | None) -> tuple[PublicKey, ...]:
    """The public keys named, else the one beside the signing key.

    Raises UsageError when there is neither, StoreError when one cannot be read.
    """
    from allpath.audit.keys import public_file, read_public_keys  # noqa: PLC0415 - read when needed

    key_file = session.settings.audit.key_file
    files = given or ([public_file(key_file)] if key_file else [])
    if not files:
        msg = "Name the public key of the log with --public-key, or set ALLPATH_SIGNING_KEY_FILE."
        raise UsageError(msg)
    return tuple(key for file in files for key in read_public_keys(file))
