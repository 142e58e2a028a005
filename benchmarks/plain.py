"""Serves the worklist of a database as its template alone makes it: `python -m benchmarks.plain`.

The first request goes to the product. From then on the template is rendered with the very same
rows, from memory: no session, no database, no decision.
"""

from __future__ import annotations

import sys
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse
from starlette.types import Receive, Scope, Send

from allpath.bootstrap import open_allpath
from allpath.settings import read_settings
from allpath.web.pages import FRAGMENTS, environment
from allpath.web.site import SQUEEZED, create_site


class Plain:
    """The product once, its template from then on."""

    def __init__(self, database: str) -> None:
        template = environment().get_template("worklist.html")
        self._render = template.render
        self._given: dict[str, Any] = {}  # Any: whatever the page shows
        template.render = self._kept  # type: ignore[method-assign]  # sees what a page is given
        self._site = create_site(open_allpath(read_settings({"ALLPATH_DATABASE": database})))
        self._plain = FastAPI()
        self._plain.add_api_route("/worklist", self._worklist, methods=["GET"])
        self._plain.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=SQUEEZED)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        await (self._plain if self._given else self._site)(scope, receive, send)

    def _worklist(self) -> HTMLResponse:
        FRAGMENTS.clear()  # nothing is remembered: every row is made by its template
        return HTMLResponse(self._render(**self._given))

    def _kept(self, **shown: Any) -> str:  # noqa: ANN401 - see above
        self._given.update(shown)
        return self._render(**shown)


if __name__ == "__main__":
    uvicorn.run(Plain(sys.argv[1]), port=int(sys.argv[2]), log_level="warning", lifespan="off")
