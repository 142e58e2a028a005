"""Somebody who reads pages over one kept connection, and what comes over the wire to them."""

from __future__ import annotations

import gzip
import http.client
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_connection, create_server
from time import perf_counter_ns, sleep
from typing import Final, Self
from urllib.parse import urlencode

PASSWORD: Final = "correct horse battery staple"  # noqa: S105 - of a made-up person
NAME: Final = "cora"
COOKIE: Final = "__Host-allpath"
PATIENCE_SECONDS: Final = 60


@dataclass(frozen=True)
class Served:
    """A process that serves pages: at which port, and how long it took until it answered."""

    process: subprocess.Popen[bytes]
    port: int
    took: int

    @property
    def resident(self) -> int:
        """The memory it holds, in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) * 1024


@contextmanager
def serving(*command: str) -> Iterator[Served]:
    """The pages while `command`, whose last word is to be a port, serves them."""
    with create_server(("127.0.0.1", 0)) as door:
        port = int(door.getsockname()[1])
    began = perf_counter_ns()
    with subprocess.Popen([*command, str(port)], stdout=subprocess.DEVNULL) as process:  # noqa: S603 - a program of ours
        try:
            _wait_for(process, port)
            yield Served(process, port, perf_counter_ns() - began)
        finally:
            process.terminate()


def program(name: str) -> str:
    """A program that was installed beside this Python."""
    return str(Path(sys.executable).parent / name)


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(PATIENCE_SECONDS * 100):
        try:
            create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if process.poll() is not None:
                msg = f"{process.args!r} ended with {process.returncode} before it served anything"
                raise RuntimeError(msg) from None
            sleep(0.01)
        else:
            return
    raise TimeoutError(f"nothing is served at {port}")


class Reader:
    """A browser as the server sees it; keeps the session and the form token of the last page."""

    def __init__(self, served: Served, cookie: str = "") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", served.port)
        self._host = f"127.0.0.1:{served.port}"
        self.cookie = cookie
        self._token = ""
        self.received = 0
        """Bytes that came over the wire since the start, bodies and headers."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """The connection is closed."""
        self._connection.close()

    def sign_in(self) -> None:
        """The session begins."""
        self.get("/sign-in")
        self.post("/sign-in", name=NAME, password=PASSWORD)

    def get(self, target: str) -> str:
        """A page or a file is opened."""
        return self._ask("GET", target, None)

    def post(self, target: str, **fields: str) -> str:
        """A form of the last page is sent."""
        return self._ask("POST", target, urlencode({"csrf": self._token, **fields}))

    def _ask(self, method: str, target: str, body: str | None) -> str:
        headers = {"accept-encoding": "gzip", "sec-fetch-site": "same-origin"}
        if self.cookie:
            headers["cookie"] = f"{COOKIE}={self.cookie}"
        if body is not None:
            headers["content-type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, target, body, headers)
        answer = self._connection.getresponse()
        content = answer.read()
        self.received += len(content) + len(str(answer.headers))
        if answer.status >= http.client.BAD_REQUEST:
            raise RuntimeError(f"{method} {target} was answered with {answer.status}")
        for value in answer.headers.get_all("set-cookie") or ():
            self.cookie = value.partition("=")[2].partition(";")[0]
        if answer.headers.get("content-encoding") == "gzip":
            content = gzip.decompress(content)
        text = content.decode(errors="replace")
        if found := re.search(r'name="csrf" value="([^"]*)"', text):
            self._token = found.group(1)
        return text
