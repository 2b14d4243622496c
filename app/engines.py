"""How the application database is connected to: pools for PostgreSQL and SQLite, for reading alone or for changes too."""

import functools
import math
import re
import time
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

STATEMENTS = 400
"""How many prepared statements a connection to PostgreSQL keeps."""
RESTED_SECONDS = 5.0
"""How long a connection to PostgreSQL may rest before it is asked whether it is alive."""
NUL = "\x00"
ESCAPED_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
"""How JSON writes it: an odd number of backslashes stands before the rest."""


def postgres_engine(url: URL, *, read_only: bool) -> AsyncEngine:
    """Return a pool of connections to PostgreSQL; those that only read cannot write and open no transactions."""
    settings = {"default_transaction_read_only": "on"} if read_only else {}
    engine = create_async_engine(
        url,
        pool_size=10,
        max_overflow=10,
        pool_use_lifo=True,
        connect_args={"server_settings": settings, "prepared_statement_cache_size": STATEMENTS},
        isolation_level="AUTOCOMMIT" if read_only else None,
        **_options(),
    )
    _check_rested(engine.sync_engine)
    _leave_nul_out(engine.sync_engine)
    return engine


def sqlite_engine(url: URL, *, size: int, read_only: bool) -> AsyncEngine:
    """Return a pool of `size` connections to an SQLite file."""
    engine = create_async_engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_timeout=60,
        connect_args={"isolation_level": None},
        isolation_level="AUTOCOMMIT" if read_only else None,
        **_options(),
    )

    _prepare_connections(engine.sync_engine, read_only=read_only)
    _stop_once(engine.sync_engine)
    if not read_only:

        @event.listens_for(engine.sync_engine, "begin")
        def _begin(connection: Any) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def inline_connection(url: URL) -> Connection:
    """Return a connection for short reads in the thread that serves."""
    engine = create_engine(url.set(drivername="sqlite"), isolation_level="AUTOCOMMIT", **_options())
    _prepare_connections(engine, read_only=True, patience_ms=1000)
    return engine.connect()


def writing_engine(url: URL) -> Engine:
    """Return what the thread that writes to an SQLite file connects by; it opens its transactions itself."""
    engine = create_engine(url.set(drivername="sqlite"), isolation_level="AUTOCOMMIT", poolclass=NullPool, **_options())
    _prepare_connections(engine, read_only=False)
    return engine


def _prepare_connections(engine: Engine, *, read_only: bool, patience_ms: int = 10_000) -> None:
    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute(f"PRAGMA busy_timeout={patience_ms}")
        cursor.execute("PRAGMA foreign_keys=ON")
        if read_only:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()


def _stop_once(engine: Engine) -> None:
    """Let a connection's thread be told to end only once, whoever else waits for that.

    Who is cancelled while a statement runs closes the connection, and who is cancelled again meanwhile stops its thread: the
    closing would tell the ended thread to end and wait for it for ever, a task that hangs until the process ends.
    """

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: object) -> None:
        driver = connection.driver_connection
        driver.stop = functools.cache(driver.stop)


def _check_rested(engine: Engine) -> None:
    """Have a connection that was not used for a while show that it is alive before it is used again.

    Asking at every use would cost as much as a read. What the server closed itself is known without asking.
    """

    @event.listens_for(engine, "checkin")
    def _note(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["rests_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _check(connection: Any, record: ConnectionPoolEntry, _fairy: object) -> None:
        has_rested = time.monotonic() - record.info.get("rests_since", math.inf) > RESTED_SECONDS
        if connection.driver_connection.is_closed():
            raise DisconnectionError
        if has_rested:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error


def _leave_nul_out(engine: Engine) -> None:
    """Leave the sign NUL out of what is bound: PostgreSQL takes it in no text, and models, tools and requests may bring it."""

    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def _bind(*given: Any) -> tuple[str, Any]:
        _, _, statement, parameters, *_ = given
        return statement, _without_nul(parameters)


def _without_nul(bound: Any) -> Any:
    if isinstance(bound, list | tuple):
        return type(bound)(map(_without_nul, bound))
    return bound.replace(NUL, "") if isinstance(bound, str) and NUL in bound else bound


def as_json(value: Any) -> str:
    """Return a value as it is stored: without the sign NUL."""
    text = msgspec.json.encode(value).decode()
    return ESCAPED_NUL.sub(r"\1", text) if "\\u0000" in text else text


def _options() -> dict[str, Any]:
    """Return what every engine has: one JSON codec, and errors that do not quote what was bound, such as message text."""
    return {
        "hide_parameters": True,
        "json_serializer": as_json,
        "json_deserializer": msgspec.json.decode,
    }
