"""Asking a signer once more who they are, by a program of the site's own.

The program named by ALLPATH_REAUTHENTICATION is run before each signature, with the terminal of the
one who signs: it may ask for a password, a card, a code. It is told who signs and what for by the
variables ALLPATH_SIGNER, ALLPATH_SIGNER_ROLE and ALLPATH_SIGNS. When it ends with 0, the first line
it wrote to standard output says how the signer showed who they are, and is kept beside the
signature; when it ends otherwise nothing is signed.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

from workflow.errors import NotPermittedError
from workflow.records import Actor
from workflow.signatures import Voucher, not_checked

LONGEST: Final = 120
"""So many seconds a signer has to answer."""
_LONGEST_ANSWER: Final = 80


def voucher(program: Path | None) -> Voucher:
    """What asks a signer who they are: the program, or nobody where none is named."""
    if program is None:
        return not_checked

    def vouch(actor: Actor, what: str) -> str:
        return _asked(program, actor, what)

    return vouch


def _asked(program: Path, actor: Actor, what: str) -> str:
    told = {"ALLPATH_SIGNER": actor.name, "ALLPATH_SIGNER_ROLE": actor.role, "ALLPATH_SIGNS": what}
    try:
        done = subprocess.run(  # noqa: S603 - the site's own program, named in its settings
            [program],
            env={**os.environ, **told},
            stdout=subprocess.PIPE,
            timeout=LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _refused(actor, what, f"nobody answered within {LONGEST} seconds") from None
    except OSError as error:
        raise _refused(actor, what, f"{program} cannot be run ({error.strerror})") from None
    if done.returncode != 0:
        raise _refused(actor, what, f"{program.name} did not vouch for it")
    line = done.stdout.decode("utf-8", "replace").partition("\n")[0]
    answer = "".join(letter for letter in line if letter.isprintable()).strip()
    return answer[:_LONGEST_ANSWER] or program.name


def _refused(actor: Actor, what: str, why: str) -> NotPermittedError:
    msg = f"Nothing was signed: {actor.name} has to show who they are to {what}, and {why}."
    return NotPermittedError(msg)
