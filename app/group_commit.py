"""One thread that writes to an SQLite file: what waits together is committed together.

A commit costs the same for one change as for twenty, and handing a whole change to the thread costs one hop instead of
one a statement.
"""

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

T = TypeVar("T")
MOST_TOGETHER = 64

Work = Callable[[Connection], Any]
Waiting = tuple[Work, asyncio.AbstractEventLoop, "asyncio.Future[Any]"]


class GroupCommit:
    """Runs changes in order. `engine` must not open transactions itself (isolation level `AUTOCOMMIT`)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a transaction and return what it returns after the commit; what it raises undoes only itself.

        A change that was handed over is carried out even when the caller is cancelled meanwhile.
        """
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="writer", daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._queue.put((work, loop, future))
        return await future

    async def close(self) -> None:
        """Carry out what waits and end the thread."""
        if self._thread is not None:
            self._queue.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None

    def _serve(self) -> None:
        with self._engine.connect() as connection:
            is_over = False
            while not is_over:
                waiting = [self._queue.get()]
                with contextlib.suppress(queue.Empty):
                    while len(waiting) < MOST_TOGETHER:
                        waiting.append(self._queue.get_nowait())
                is_over = None in waiting
                batch = [one for one in waiting if one is not None]
                outcomes = _commit(connection, [work for work, _, _ in batch]) if batch else []
                for (_, loop, future), outcome in zip(batch, outcomes, strict=True):
                    with contextlib.suppress(RuntimeError):  # The loop has ended; nobody waits any more.
                        loop.call_soon_threadsafe(_resolve, future, outcome)


def _commit(connection: Connection, batch: Sequence[Work]) -> list[Any]:
    """Return what each change returned or raised, all committed."""
    if len(batch) == 1:
        return [_commit_one(connection, batch[0])]
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        outcomes = [_undoable(connection, work) for work in batch]
        connection.exec_driver_sql("COMMIT")
    except SQLAlchemyError as error:
        with contextlib.suppress(SQLAlchemyError):
            connection.exec_driver_sql("ROLLBACK")
        return [_Raised(error)] * len(batch)
    return outcomes


def _commit_one(connection: Connection, work: Work) -> Any:
    """Commit a change that has nothing beside it to save from its failure."""
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        outcome = work(connection)
        connection.exec_driver_sql("COMMIT")
    except Exception as error:  # noqa: BLE001 - handed to whoever waits, whatever it is
        with contextlib.suppress(SQLAlchemyError):
            connection.exec_driver_sql("ROLLBACK")
        return _Raised(error)
    return outcome


def _undoable(connection: Connection, work: Work) -> Any:
    connection.exec_driver_sql("SAVEPOINT change")
    try:
        outcome = work(connection)
    except Exception as error:  # noqa: BLE001 - handed to whoever waits, whatever it is
        connection.exec_driver_sql("ROLLBACK TO change")
        outcome = _Raised(error)
    connection.exec_driver_sql("RELEASE change")
    return outcome


class _Raised:
    def __init__(self, error: Exception) -> None:
        self.error = error


def _resolve(future: "asyncio.Future[Any]", outcome: Any) -> None:
    if future.done():
        return
    if isinstance(outcome, _Raised):
        future.set_exception(outcome.error)
    else:
        future.set_result(outcome)
