"""A business database in an SQLite file: read-only connections in threads, each behind the walls of `sqlite_limits`."""

import asyncio
import concurrent.futures
import queue
import sqlite3
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from app.data.engine import BoundStatement, Fetched, Relation
from app.data.errors import QueryError, no_connection
from app.data.sqlite_failures import typed_error
from app.data.sqlite_limits import TENANT_FUNCTION, bound, scrub, table_authorizer, view_authorizer
from app.data.sqlite_schema import Schema, read_schema

CONNECTIONS = 4
OPERATIONS_BETWEEN_LOOKS = 5_000
RESULT_BYTES = 4_000_000
"""A reply is cut at this size, however few its rows."""
PLAN_ROWS = 200


class SqliteSource:
    """The business database in one SQLite file. It is opened when it is first used, and again when the file is replaced.

    With `isolation` "views" only the views mapped in `_bichat_views` may be read, each filtered by the statement's
    tenant; with "single" every table and view of the file.
    """

    dialect: Literal["sqlite", "postgres"] = "sqlite"
    schemas: tuple[str, ...] = ("main",)

    def __init__(self, path: Path, *, isolation: Literal["views", "single"], functions: frozenset[str]) -> None:
        self._path = path
        self._isolation: Literal["views", "single"] = isolation
        self._functions = functions
        self._threads = concurrent.futures.ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="analytics")
        self._idle: queue.SimpleQueue[_Connection] = queue.SimpleQueue()
        self._schema: Schema | None = None

    async def relations(self) -> Mapping[str, Relation]:
        """Return what statements may read."""
        schema = await asyncio.get_running_loop().run_in_executor(self._threads, self._current_schema)
        return schema.relations

    async def run(self, statement: BoundStatement) -> Fetched:
        """Run one statement in a thread of its own; a cancelled task interrupts it."""
        job = _Job(statement)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._work, job)
        except asyncio.CancelledError:
            job.cancel()
            raise

    async def ping(self) -> None:
        """Open the file and read from it."""
        await asyncio.get_running_loop().run_in_executor(self._threads, self._probe)

    async def close(self) -> None:
        """Close the connections; statements that still run are waited for."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        self._drop_idle()

    def _work(self, job: "_Job") -> Fetched:
        schema = self._current_schema()
        connection = self._take(schema)
        try:
            return connection.run(job)
        finally:
            if connection.schema is self._schema:
                self._idle.put(connection)
            else:
                connection.close()

    def _take(self, schema: Schema) -> "_Connection":
        while True:
            try:
                connection = self._idle.get_nowait()
            except queue.Empty:
                return _Connection(self._open(), schema, self._functions)
            if connection.schema is schema:
                return connection
            connection.close()

    def _current_schema(self) -> Schema:
        try:
            facts = self._path.stat()
        except OSError as error:
            raise no_connection() from error
        version = (facts.st_ino, facts.st_mtime_ns, facts.st_size)
        if self._schema is None or self._schema.version != version:
            connection = self._open()
            try:
                self._schema = read_schema(connection, version, self._isolation)
            except sqlite3.Error as error:
                raise no_connection() from error
            finally:
                connection.close()
        return self._schema

    def _probe(self) -> None:
        connection = self._open()
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.Error as error:
            raise no_connection() from error
        finally:
            connection.close()

    def _open(self) -> sqlite3.Connection:
        uri = f"file:{quote(str(self._path))}?mode=ro"
        try:
            return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, cached_statements=0)
        except sqlite3.Error as error:
            raise no_connection() from error

    def _drop_idle(self) -> None:
        while not self._idle.empty():
            self._idle.get_nowait().close()


class _Job:
    """A statement under way, its deadline, and whether somebody has called it off."""

    def __init__(self, statement: BoundStatement) -> None:
        self.statement = statement
        self.deadline = float("inf")
        self.is_cancelled = False
        self.connection: sqlite3.Connection | None = None

    def start(self, connection: sqlite3.Connection) -> None:
        """Begin to count the time: waiting for a free connection is not the statement's fault."""
        self.connection = connection
        self.deadline = time.monotonic() + self.statement.timeout

    def cancel(self) -> None:
        """End the statement: at once if it runs, else before it begins."""
        self.is_cancelled = True
        if self.connection is not None:
            self.connection.interrupt()

    def is_over(self) -> bool:
        """Tell SQLite, which asks every few thousand operations, whether to stop."""
        return self.is_cancelled or time.monotonic() > self.deadline


class _Connection:
    """One read-only connection behind its walls, used by one thread at a time."""

    def __init__(self, connection: sqlite3.Connection, schema: Schema, functions: frozenset[str]) -> None:
        self.schema = schema
        self._tenant = ""
        self._connection = connection
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        connection.create_function(TENANT_FUNCTION, 0, lambda: self._tenant, deterministic=True)
        bound(connection)
        if schema.isolation == "views":
            connection.set_authorizer(view_authorizer(schema.views, schema.existing, functions))
        else:
            connection.set_authorizer(table_authorizer(schema.relations, schema.existing, functions))

    def run(self, job: _Job) -> Fetched:
        """Run the job's statement as its tenant."""
        self._tenant = str(job.statement.tenant_id)
        self._connection.set_progress_handler(job.is_over, OPERATIONS_BETWEEN_LOOKS)
        job.start(self._connection)
        try:
            return self._plan(job) if job.statement.explain else self._fetch(job)
        except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
            if job.is_over():
                raise _timeout(job.statement.timeout) from None
            raise typed_error(scrub(str(error), self.schema.secrets)) from None
        finally:
            job.connection = None
            self._connection.set_progress_handler(None, 0)
            self._tenant = ""

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _fetch(self, job: _Job) -> Fetched:
        cursor = self._connection.execute(job.statement.sql, dict(job.statement.parameters))
        try:
            names = tuple(part[0] for part in cursor.description or ())
            rows: list[list[Any]] = []
            size = 0
            for row in cursor:
                size += sum(len(value) if isinstance(value, str | bytes) else 8 for value in row)
                if len(rows) == job.statement.max_rows or size > RESULT_BYTES:
                    return Fetched(names, (None,) * len(names), rows, truncated=True)
                rows.append(list(row))
            return Fetched(names, (None,) * len(names), rows, truncated=False)
        finally:
            cursor.close()

    def _plan(self, job: _Job) -> Fetched:
        cursor = self._connection.execute(f"EXPLAIN QUERY PLAN {job.statement.sql}", dict(job.statement.parameters))
        depth = {0: -1}
        rows = []
        for node, parent, _unused, text in cursor.fetchmany(PLAN_ROWS):
            depth[node] = depth.get(parent, -1) + 1
            rows.append([f"{'  ' * depth[node]}{scrub(text, self.schema.secrets)}"])
        cursor.close()
        return Fetched(("plan",), ("text",), rows, truncated=False)


def _timeout(seconds: float) -> QueryError:
    message = f"the query was stopped after {seconds:g} s"
    return QueryError("timeout", message, "Ask for a shorter period, aggregate before joining, or read fewer tables.")
