"""A business database in PostgreSQL: every statement in a read-only transaction of its tenant, under the server's limits."""

import asyncio
import contextlib
import datetime as dt
import time
from collections.abc import AsyncGenerator, Mapping
from typing import Any, Literal

import asyncpg

from app.data.engine import BoundStatement, Fetched, Relation
from app.data.errors import QueryError, no_connection
from app.data.fair_share import FairShare
from app.data.postgres_connection import Connection
from app.data.postgres_failures import CONNECTION_ERRORS, UNREACHABLE, typed_error
from app.data.postgres_schema import Isolation, quoted, read_relations
from app.data.postgres_values import argument, column_type, positional, value, zone_named
from app.data.results import ColumnType
from app.database import async_url

STATEMENTS = 8
STATEMENTS_OF_A_TENANT = 4
CONNECTIONS = STATEMENTS + 1
"""One more than statements, so that nobody waits for a statement's end to learn what the database holds."""
CONNECT_SECONDS = 10.0
CHUNK_ROWS = (10, 250)
"""Rows are fetched few at first and more while they prove short, so that a reply of long rows is cut in time."""
RESULT_BYTES = 4_000_000
"""A reply is cut at about this size, however few its rows."""
RECEIVED_BYTES = 4 * RESULT_BYTES
"""The server may send this much for one statement; what is longer was asked for in vain and is never held in memory."""
WORK_MEMORY = "32MB"
FRESH_SECONDS = 60.0
GRACE_SECONDS = 0.5
"""How long the server may take to notice its own time limit before the connection is given up."""


class PostgresSource:
    """The business database in one schema of a PostgreSQL database; connected when it is first used.

    With `isolation` "views" only views may be read that filter by `app.tenant_id`, which every transaction sets; with
    "single" every table and view of the schema that the role may read.
    """

    dialect: Literal["sqlite", "postgres"] = "postgres"

    def __init__(self, url: str, *, schema: str, isolation: Isolation) -> None:
        self.schemas: tuple[str, ...] = (schema,)
        self._url = async_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._schema = schema
        self._isolation: Isolation = isolation
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()
        self._reading = asyncio.Lock()
        self._places = FairShare(STATEMENTS, STATEMENTS_OF_A_TENANT)
        self._relations: Mapping[str, Relation] = {}
        self._fresh_until = 0.0

    async def relations(self) -> Mapping[str, Relation]:
        """Return what statements may read, looked up once a minute; a relation that has not changed stays the same object."""
        if time.monotonic() > self._fresh_until:
            async with self._reading:
                if time.monotonic() > self._fresh_until:
                    self._relations = await self._read()
                    self._fresh_until = time.monotonic() + FRESH_SECONDS
        return self._relations

    async def _read(self) -> Mapping[str, Relation]:
        known = self._relations
        try:
            async with asyncio.timeout(2 * CONNECT_SECONDS), self._connection() as connection:
                found = await read_relations(connection, self._schema, self._isolation)
        except TimeoutError as error:
            raise no_connection() from error
        return {name: known[name] if known.get(name) == relation else relation for name, relation in found.items()}

    def forget(self) -> None:
        """Look up what there is when it is next asked for."""
        self._fresh_until = 0.0

    async def run(self, statement: BoundStatement) -> Fetched:
        """Run one statement for its tenant; a cancelled task has the server cancel it."""
        async with (
            self._places.place(statement.tenant_id, statement.timeout),
            self._connection(RECEIVED_BYTES, statement.timeout) as connection,
            connection.transaction(readonly=True),
        ):
            await connection.execute(self._limits(statement))
            return await _fetch(connection, statement)

    async def stream(self, statement: BoundStatement, batch_rows: int) -> AsyncGenerator[Fetched]:
        """Run one statement and yield its rows in batches; closing the generator ends the statement."""
        async with (
            self._places.place(statement.tenant_id, statement.timeout),
            self._connection(RECEIVED_BYTES, statement.timeout) as connection,
            connection.transaction(readonly=True),
        ):
            await connection.execute(self._limits(statement))
            zone = zone_named(statement.time_zone)
            cursor, names, types = await _cursor(connection, statement, zone)
            left, has_more = statement.max_rows, True
            while has_more:
                connection.meter.allow(RECEIVED_BYTES)
                connection.deadline.set(statement.timeout, GRACE_SECONDS)
                wanted = min(batch_rows, left + 1)
                records = await _records(cursor, wanted)
                truncated = len(records) > left
                connection.deadline.clear()
                rows = [[value(cell, zone) for cell in record.values()] for record in records[:left]]
                left -= len(rows)
                has_more = len(records) == wanted and not truncated
                yield Fetched(names, types, rows, truncated)

    async def ping(self) -> None:
        """Ask for a constant."""
        async with self._connection() as connection:
            await connection.fetchval("SELECT 1")

    async def close(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    def _limits(self, statement: BoundStatement) -> str:
        """Return what the transaction is opened with: whose rows it sees, where its days begin, its limits and its names.

        SET LOCAL and not set_config(), which the analytics role may not call. Strings are read as the SQL policy reads
        them, whatever the database or the role is set to.
        """
        return (
            f"SET LOCAL app.tenant_id = '{statement.tenant_id}';"
            f"SET LOCAL TimeZone = '{zone_named(statement.time_zone)}';"
            f"SET LOCAL statement_timeout = {max(1, round(statement.timeout * 1000))};"
            f"SET LOCAL idle_in_transaction_session_timeout = {round((statement.timeout + CONNECT_SECONDS) * 1000)};"
            "SET LOCAL standard_conforming_strings = on;"
            f"SET LOCAL work_mem = '{WORK_MEMORY}';"
            f"SET LOCAL search_path = {quoted(self._schema)}"
        )

    @contextlib.asynccontextmanager
    async def _connection(
        self, received_bytes: float = float("inf"), seconds: float | None = None
    ) -> AsyncGenerator[asyncpg.pool.PoolConnectionProxy]:
        """Lend a connection on which the server may send so much and take so long."""
        try:
            async with self._opening:
                if self._pool is None:
                    self._pool = await asyncpg.create_pool(
                        self._url,
                        min_size=0,
                        max_size=CONNECTIONS,
                        statement_cache_size=0,
                        timeout=CONNECT_SECONDS,
                        connection_class=Connection,
                        server_settings={
                            "application_name": "bichat",
                            "default_transaction_read_only": "on",
                            "jit": "off",
                            "standard_conforming_strings": "on",
                        },
                    )
            connection = await self._pool.acquire(timeout=CONNECT_SECONDS)
        except UNREACHABLE as error:
            raise no_connection() from error
        meter, deadline = connection.meter, connection.deadline
        meter.allow(received_bytes)
        if seconds is not None:
            deadline.set(seconds, GRACE_SECONDS)
        try:
            yield connection
        except CONNECTION_ERRORS as error:
            if (task := asyncio.current_task()) and task.cancelling():
                raise asyncio.CancelledError from error
            raise _too_long() if meter.is_over else _too_late() if deadline.is_over else no_connection() from error
        except asyncpg.PostgresError as error:
            raise typed_error(error) from error
        finally:
            meter.allow(float("inf"))
            deadline.clear()
            with contextlib.suppress(*CONNECTION_ERRORS, asyncpg.PostgresError):
                await self._pool.release(connection, timeout=CONNECT_SECONDS)


async def _fetch(connection: asyncpg.pool.PoolConnectionProxy, statement: BoundStatement) -> Fetched:
    zone = zone_named(statement.time_zone)
    cursor, names, types = await _cursor(connection, statement, zone)
    rows, truncated = await _rows(cursor, statement.max_rows, zone)
    return Fetched(names, types, rows, truncated)


async def _cursor(
    connection: asyncpg.pool.PoolConnectionProxy, statement: BoundStatement, zone: dt.tzinfo
) -> tuple[Any, tuple[str, ...], tuple[ColumnType | None, ...]]:
    """Bind and open a statement; returns where its rows come from, their names and types."""
    sql, names = positional(statement.sql, statement.parameters)
    prepared = await connection.prepare(f"EXPLAIN {sql}" if statement.explain else sql)
    try:
        arguments = [
            argument(statement.parameters[name], kind.name, zone)
            for name, kind in zip(names, prepared.get_parameters(), strict=True)
        ]
        cursor = await prepared.cursor(*arguments)
    except (OverflowError, ValueError) as error:
        raise QueryError(
            "type_mismatch", str(error), "Give each value of params the type of the column it is compared with."
        ) from error
    attributes = prepared.get_attributes()
    return cursor, tuple(attribute.name for attribute in attributes), tuple(column_type(kind.type) for kind in attributes)


async def _rows(cursor: Any, limit: int, zone: dt.tzinfo) -> tuple[list[list[Any]], bool]:
    """Return at most `limit` rows and whether there were more: one more than that is asked for, never all."""
    rows: list[list[Any]] = []
    size = 0
    chunk_rows, most = CHUNK_ROWS
    while len(rows) <= limit and size <= RESULT_BYTES:
        wanted = min(chunk_rows, limit + 1 - len(rows))
        chunk_rows = min(most, chunk_rows * 2) if size < RESULT_BYTES / 8 else CHUNK_ROWS[0]
        chunk = await _records(cursor, wanted) if wanted else []
        for record in chunk:
            row = [value(cell, zone) for cell in record.values()]
            size += sum(len(cell) if isinstance(cell, str) else 8 for cell in row)
            rows.append(row)
        if len(chunk) < wanted or not wanted:
            break
    truncated = len(rows) > limit or size > RESULT_BYTES
    return rows[:limit], truncated


async def _records(cursor: Any, count: int) -> list[asyncpg.Record]:
    try:
        records: list[asyncpg.Record] = await cursor.fetch(count)
    except (ValueError, OverflowError, asyncpg.InternalClientError) as error:
        message = f"a value of the result cannot be read: {error}"
        raise QueryError("type_mismatch", message, "Cast such columns to text: CAST(column AS text).") from error
    return records


def _too_late() -> QueryError:
    return typed_error(asyncpg.QueryCanceledError("canceling statement due to statement timeout"))


def _too_long() -> QueryError:
    message = "a value or row of the result is too long"
    return QueryError("too_many_rows", message, "Aggregate, or select fewer columns.")
