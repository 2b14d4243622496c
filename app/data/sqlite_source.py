"""A business database in an SQLite file: each statement in a worker process, behind the walls of `sqlite_limits`."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import msgspec

from app.data.engine import BoundStatement, Fetched, Relation
from app.data.errors import QueryError, no_connection
from app.data.fair_share import FairShare
from app.data.sqlite_failures import typed_error
from app.data.sqlite_messages import Failure, Opening, Question, Rows
from app.data.sqlite_schema import Isolation, Schema, read_schema
from app.data.sqlite_workers import WorkerPool

WORKERS = 4
WORKERS_OF_A_TENANT = 2


class SqliteSource:
    """The business database in one SQLite file. It is opened when it is first used, and again when the file is replaced.

    With `isolation` "views" only the views mapped in `_bichat_views` may be read, each filtered by the statement's
    tenant; with "single" every table and view of the file.
    """

    dialect: Literal["sqlite", "postgres"] = "sqlite"
    schemas: tuple[str, ...] = ("main",)

    def __init__(self, path: Path, *, isolation: Isolation, functions: frozenset[str]) -> None:
        self._path = path.absolute()
        self._isolation: Isolation = isolation
        self._functions = functions
        self._places = FairShare(WORKERS, WORKERS_OF_A_TENANT)
        self._workers = WorkerPool()
        self._reading = asyncio.Lock()
        self._opened: tuple[Schema, Opening] | None = None

    async def relations(self) -> Mapping[str, Relation]:
        """Return what statements may read."""
        schema, _opening = await self._current()
        return schema.relations

    def forget(self) -> None:
        """Read the file's schema anew when it is next asked for."""
        self._opened = None

    async def run(self, statement: BoundStatement) -> Fetched:
        """Run one statement in a process of its own; a cancelled task kills it."""
        _schema, opening = await self._current()
        async with self._places.place(statement.tenant_id, statement.timeout):
            reply = await self._workers.ask(_question(statement), opening)
        return _fetched(reply, statement)

    async def stream(self, statement: BoundStatement, batch_rows: int) -> AsyncGenerator[Fetched]:
        """Run one statement and give its rows in batches; leaving before the last one kills its process."""
        _schema, opening = await self._current()
        question = msgspec.structs.replace(_question(statement), batch_rows=batch_rows)
        async with (
            self._places.place(statement.tenant_id, statement.timeout),
            contextlib.aclosing(self._workers.stream(question, opening)) as replies,
        ):
            async for reply in replies:
                yield _fetched(reply, statement)

    async def ping(self) -> None:
        """Open the file and read from it."""
        await asyncio.to_thread(_probe, self._path)

    async def close(self) -> None:
        """End the workers; statements that still run are left to their tasks."""
        await self._workers.close()

    async def _current(self) -> tuple[Schema, Opening]:
        """Return what the file holds, read again when it is another one."""
        version = self._version()
        if self._opened is None or self._opened[0].version != version:
            async with self._reading:
                if self._opened is None or self._opened[0].version != version:
                    schema = await asyncio.to_thread(_read, self._path, version, self._isolation)
                    self._opened = schema, self._opening(schema)
        return self._opened

    def _version(self) -> tuple[int, int, int]:
        try:
            facts = self._path.stat()
        except OSError as error:
            raise no_connection() from error
        return facts.st_ino, facts.st_mtime_ns, facts.st_size

    def _opening(self, schema: Schema) -> Opening:
        views = tuple((view.public, view.inner) for view in schema.views)
        return Opening(
            str(self._path),
            self._isolation,
            tuple(schema.relations),
            views,
            schema.secrets,
            schema.existing,
            self._functions,
        )


def _read(path: Path, version: tuple[int, int, int], isolation: Isolation) -> Schema:
    connection = _open(path)
    try:
        return read_schema(connection, version, isolation)
    except sqlite3.Error as error:
        raise no_connection() from error
    finally:
        connection.close()


def _probe(path: Path) -> None:
    connection = _open(path)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error as error:
        raise no_connection() from error
    finally:
        connection.close()


def _open(path: Path) -> sqlite3.Connection:
    try:
        return sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None)
    except sqlite3.Error as error:
        raise no_connection() from error


def _question(statement: BoundStatement) -> Question:
    return Question(
        statement.sql,
        statement.parameters,
        str(statement.tenant_id),
        statement.max_rows,
        statement.timeout,
        statement.explain,
    )


def _fetched(reply: Rows | Failure, statement: BoundStatement) -> Fetched:
    if isinstance(reply, Failure):
        raise _timeout(statement.timeout) if reply.is_late else typed_error(reply.message, reply.name)
    return Fetched(reply.names, ("text" if statement.explain else None,) * len(reply.names), reply.rows, reply.truncated)


def _timeout(seconds: float) -> QueryError:
    message = f"the query was stopped after {seconds:g} s"
    return QueryError("timeout", message, "Ask for a shorter period, aggregate before joining, or read fewer tables.")
