"""More than one machine: due work goes through a queue in the PostgreSQL database itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from threading import Event, Thread
from typing import Any

from allpath.bootstrap import Allpath, database_of
from allpath.settings import Settings
from scheduler.metronome import beat_until
from scheduler.worker import Worker
from storage.database import Database
from storage.postgresql import PostgresDatabase
from storage.transaction import SqlTransaction
from workflow.errors import StoreError
from workflow.store import Transaction


def server_of(settings: Settings) -> PostgresDatabase:
    """The PostgreSQL database of the settings; raises StoreError for a file."""
    database: Database = database_of(settings)
    if not isinstance(database, PostgresDatabase):
        msg = (
            "ALLPATH_DISPATCHER=procrastinate needs a PostgreSQL database; set ALLPATH_DATABASE to "
            "one, or leave the dispatcher out: workers on one machine share a file as it is."
        )
        raise StoreError(msg)
    return database


def queue() -> Any:  # noqa: ANN401 - a module that an extra brings
    """The module of the queue; raises StoreError where the extra is not installed."""
    try:
        from scheduler import distributed  # noqa: PLC0415 - an extra brings what it needs
    except ImportError:
        msg = (
            "The queue needs a part of Allpath that is not installed; install it with "
            "`pip install 'allpath[distributed]'`, or set ALLPATH_DISPATCHER=local."
        )
        raise StoreError(msg) from None
    return distributed


def install_queue(settings: Settings) -> bool:
    """The queue has its tables; answers whether it got them now. The tables' owner does this."""
    database = server_of(settings)
    with closing(database.connect()) as connection, database.complaints():
        database.begin_alone(connection)
        (found,) = connection.execute("SELECT to_regclass('procrastinate_jobs')").fetchone()
        if found is None:
            connection.execute(queue().schema())
        database.commit(connection)
    return found is None


def queue_dispatcher(allpath: Allpath) -> Any:  # noqa: ANN401 - see queue
    """Whoever puts into the queue what is due, on the connection of our own transaction."""
    parameters = server_of(allpath.settings).parameters()
    return queue().QueueDispatcher(allpath.store, _connection_of, parameters)


def _connection_of(transaction: Transaction) -> Any:  # noqa: ANN401 - a connection of a driver
    if not isinstance(transaction, SqlTransaction):
        raise TypeError("the queue lies in the database, so the transaction is one of it")
    return transaction.cursor.connection


def work(
    allpath: Allpath,
    calls: Mapping[str, tuple[Callable[[], None], float]],
    at_work: Worker,
    *,
    stopped: Event,
    side_by_side: int,
) -> None:
    """What is due is put into the queue at an even pace, and taken from it, until stopped."""
    metronome = Thread(target=beat_until, args=(stopped, calls), daemon=True)
    metronome.start()
    try:
        queue().work_until_stopped(
            server_of(allpath.settings).parameters(),
            allpath.store,
            allpath.orchestrator,
            allpath.clock,
            name=at_work.name,
            is_holding=lambda: at_work.is_holding,
            side_by_side=side_by_side,
        )
    finally:
        stopped.set()
        metronome.join()
