"""Proofs asked for while the product runs: one at a time, in a process of its own, and kept.

The solver takes minutes and much memory; in a process of its own it keeps nobody waiting, and gives
the memory back. What came of it is kept as long as the product runs, and belongs to one hash.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Lock, Thread
from typing import Final

from allpath import clock
from workflow.errors import RefusedError
from workflow.pathway import Pathway
from workflow.proof.finding import Proof
from workflow.strict_yaml import Where

LONGEST_SECONDS: Final = 120.0
"""What is not shown by then counts as unknown."""
_NO_SOLVER: Final = "Proving needs the solver z3; install Allpath with its extra, allpath[proof]."
_BROKEN: Final = "The proof ended without an answer, so nothing is claimed; ask for it again."


@dataclass(frozen=True, slots=True)
class Attempt:
    """A proof somebody asked for: by whom and when, and what came of it; None while it runs."""

    by: str
    at: datetime
    proof: Proof | None = None
    problem: str = ""

    @property
    def is_running(self) -> bool:
        """Whether it still runs."""
        return self.proof is None and not self.problem


class Proofs:
    """The proofs asked for since the product was started, by the hash of their version."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: dict[str, Attempt] = {}
        self._waiting: Thread | None = None

    def of(self, content_hash: str) -> Attempt | None:
        """The last attempt for a version, running or ended; None where nobody asked."""
        with self._lock:
            return self._kept.get(content_hash)

    def wait(self) -> None:
        """Until the proof that runs has ended."""
        if self._waiting is not None:
            self._waiting.join()

    def begin(self, pathway: Pathway, by: str, now: datetime, today: date, seconds: float) -> None:
        """The proof begins; raises RefusedError while one runs.

        Both end with the product: whoever stops it does not wait for a proof.
        """
        with self._lock:
            if any(attempt.is_running for attempt in self._kept.values()):
                msg = "A proof is running already; ask again when it has ended."
                raise RefusedError(msg)
            self._kept[pathway.content_hash] = Attempt(by, now)
        context = get_context("spawn")
        receiver, sender = context.Pipe(duplex=False)
        arguments = (sender, pathway, today, seconds)
        prover = context.Process(target=_prove, args=arguments, daemon=True)
        prover.start()
        sender.close()  # else its end would not be noticed here
        waited = (pathway.content_hash, receiver)
        self._waiting = Thread(target=self._keep, args=waited, daemon=True)
        self._waiting.start()

    def _keep(self, content_hash: str, receiver: Connection) -> None:
        try:
            proof, problem = receiver.recv()
        except EOFError:
            proof, problem = None, _BROKEN
        finally:
            receiver.close()
        with self._lock:
            attempt = self._kept[content_hash]
            self._kept[content_hash] = replace(attempt, proof=proof, problem=problem)


def _prove(sender: Connection, pathway: Pathway, today: date, seconds: float) -> None:
    """The proof, in a process of its own; or what keeps it from being made."""
    try:
        from workflow.proof import prover  # noqa: PLC0415 - the solver takes its time to load
    except ImportError:
        sender.send((None, _NO_SOLVER))
        return
    proof = prover.prove(pathway, _located, today=today, clock=clock.stopwatch, seconds=seconds)
    sender.send((proof, ""))


def _located(where: Where) -> str:
    """The field of a place; a kept version has no lines."""
    return ".".join(str(part) for part in where)
