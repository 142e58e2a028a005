"""The pages while they are served, with a worker beside them, from the first request to Ctrl-C."""

from __future__ import annotations

import signal
import socket
from contextlib import nullcontext
from pathlib import Path

from allpath.cli.printing import note, put
from allpath.cli.session import Session
from allpath.cli.worker import at_work_beside
from allpath.problems import UsageError
from allpath.settings import QUEUED
from workflow.errors import StoreError


def require_assets(folder: Path | None = None) -> None:
    """What the pages take from elsewhere is in its place; raises StoreError where it is not."""
    from allpath.web.assets import VENDOR, missing  # noqa: PLC0415 - imported when first used

    if names := missing(folder or VENDOR):
        msg = (
            f"The pages are not built, without {', '.join(names)}. Install npm (Node.js) and run "
            "`make install` again; every other command works without it."
        )
        raise StoreError(msg)


def open_door(host: str, port: int) -> socket.socket:
    """Where browsers come in; raises UsageError where somebody else is at that place."""
    try:
        door = socket.create_server((host, port), backlog=128)
    except OSError as error:
        msg = f"Nothing can be served at {host}:{port} ({error.strerror}); try another --port."
        raise UsageError(msg) from None
    # Else each page waits some 40 ms for the browser to say that it has the headers.
    door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return door


def run_site(session: Session, door: socket.socket, *, with_worker: bool = True) -> None:
    """The pages are served until Ctrl-C; then requests, worker and database end in this order."""
    import uvicorn  # noqa: PLC0415 - imported when first used

    from allpath.web.site import create_site  # noqa: PLC0415 - imported when first used

    host, port = door.getsockname()[:2]
    config = uvicorn.Config(
        create_site(session.allpath), log_level="warning", server_header=False, lifespan="off"
    )
    if with_worker and session.settings.dispatcher == QUEUED:
        note("Due work goes through the queue: start `allpath worker` beside the pages.")
        with_worker = False
    server = uvicorn.Server(config)

    def stop(*_: object) -> None:
        server.should_exit = True

    # Before the server listens to them itself, and when it hands on the one that stopped it.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    put(f"Allpath is at http://{host}:{port}; stop it with Ctrl-C.")
    with at_work_beside(session) if with_worker else nullcontext():
        server.run(sockets=[door])
    put("Allpath has stopped.")
