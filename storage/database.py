"""What the store needs of a database, whatever its name: the one thing both of them satisfy."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from sqlalchemy.engine import Dialect

from workflow.errors import AllpathError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Condition:
    """How a database is run: by which program, how it survives a crash, and what to mind.

    `notes` are sentences about the connected role, or whatever else needs attention.
    """

    product: str
    version: str
    driver: str
    journal_mode: str
    synchronous: str
    encrypted: bool
    notes: tuple[str, ...] = ()


class Database(Protocol):
    """One database. A connection is the driver's own and ends no transaction by itself."""

    @property
    def name(self) -> str:
        """What the database is called in a sentence, without any password."""
        ...

    @property
    def url(self) -> str:
        """The address, without any password."""
        ...

    @property
    def driver(self) -> Any:  # noqa: ANN401 - a driver is a module without types
        """The driver, a module of Python's database interface with `Error` in it."""
        ...

    @property
    def dialect(self) -> Dialect:
        """How SQL is written for this database."""
        ...

    def create(self) -> None:
        """There is a place for the tables; StoreError when there is none and none can be made."""
        ...

    def makes_tables(self) -> bool:
        """Whether an empty database gets its tables from whoever comes first."""
        ...

    def connect(self) -> Any:  # noqa: ANN401 - see driver
        """A connection that checks all rules; StoreError when the database cannot be used."""
        ...

    def is_usable(self, connection: Any) -> bool:  # noqa: ANN401 - see driver
        """Whether the connection still leads somewhere, as far as this side knows."""
        ...

    def settle(self, connection: Any) -> None:  # noqa: ANN401 - see driver
        """The tables are there; what the database keeps of its own settings suits this program."""
        ...

    def patiently(self, action: Callable[[], T]) -> T:
        """The outcome of what decides nothing, tried again while others are in the way."""
        ...

    def begin(self, connection: Any) -> None:  # noqa: ANN401 - see driver
        """A write transaction has begun."""
        ...

    def begin_alone(self, connection: Any) -> None:  # noqa: ANN401 - see driver
        """A write transaction has begun that changes the tables, and no other one like it."""
        ...

    def begin_read(self, connection: Any) -> None:  # noqa: ANN401 - see driver
        """A transaction has begun that sees one moment and writes nothing."""
        ...

    def commit(self, connection: Any) -> None:  # noqa: ANN401 - see driver
        """What was written is on the disk."""
        ...

    def undo(self, connection: Any) -> None:  # noqa: ANN401 - see driver
        """Nothing of the transaction is left; the driver's Error when the connection is broken."""
        ...

    def is_in_transaction(self, connection: Any) -> bool:  # noqa: ANN401 - see driver
        """Whether a transaction has begun and not ended on this connection."""
        ...

    def revision(self, connection: Any) -> str | None:  # noqa: ANN401 - see driver
        """The revision of the tables, None where there are none; StoreError when not ours."""
        ...

    def condition(self, connection: Any) -> Condition:  # noqa: ANN401 - see driver
        """How the database is run."""
        ...

    def forget_removed(self, *, everywhere: bool = False) -> bool:
        """What was removed is overwritten on the disk too, as far as this program can see to it.

        `everywhere`: also what was removed when nobody overwrote it. False: others were in the way.
        """
        ...

    def complaints(self) -> AbstractContextManager[None]:
        """What the driver complains of inside this block is said in one sentence with a cure."""
        ...

    def explain(self, error: BaseException) -> AllpathError:
        """What the driver's error means for this database, and what to do."""
        ...
