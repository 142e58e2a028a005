"""Whether the typesetter of the extra `print` is here; asked before anything of it is loaded."""

from __future__ import annotations

from importlib.util import find_spec

from workflow.errors import RefusedError


def require_typesetter() -> None:
    """The typesetter is here; raises RefusedError that names the extra where it is not."""
    if find_spec("typst") is None:
        msg = (
            "A summary needs a typesetter that is not installed here; "
            "`pip install 'allpath[print]'` brings it. The page itself can be printed without."
        )
        raise RefusedError(msg)
