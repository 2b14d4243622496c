"""The application database: engines, the declarative base and the column types that both engines share."""

import contextlib
import datetime as dt
import uuid
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

import uuid_utils.compat
from sqlalchemy import (
    JSON,
    Connection,
    DateTime,
    Dialect,
    Executable,
    MetaData,
    Row,
    Table,
    TypeDecorator,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.util import greenlet_spawn

from app.engines import inline_connection, postgres_engine, sqlite_engine, writing_engine
from app.group_commit import GroupCommit

T = TypeVar("T")

FAILURES = (SQLAlchemyError, OSError)
"""What is raised while the database is away: drivers tell of a refused connection in the words of the system."""
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
SQLITE_READERS = 4
NOON = dt.time(12, tzinfo=dt.UTC)


def new_id() -> uuid.UUID:
    """Return a UUIDv7 (RFC 9562): ids sort by the time they were made."""
    return uuid_utils.compat.uuid7()


class _Clock:
    """How far `now` is ahead of the real time, or behind it."""

    ahead = dt.timedelta()


def now() -> dt.datetime:
    """Return the present moment, aware, in UTC."""
    return dt.datetime.now(dt.UTC) + _Clock.ahead


@contextlib.contextmanager
def clock_at(day: dt.date) -> Generator[None]:
    """Have `now` tell noon of a day in this whole process, and go on from there: for measuring on data of another time."""
    _Clock.ahead = dt.datetime.combine(day, NOON) - dt.datetime.now(dt.UTC)
    try:
        yield
    finally:
        _Clock.ahead = dt.timedelta()


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An aware UTC datetime on every engine; a naive value is a programming error."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002 - signature is SQLAlchemy's
        """Refuse naive values and store the rest as UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a naive datetime cannot be stored"
            raise TypeError(message)
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002 - signature is SQLAlchemy's
        """Give SQLite's naive values their zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


Json = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    """Base of all tables; ids are UUIDv7 made by the application."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        dt.datetime: UtcDateTime(), dict[str, Any]: Json, list[Any]: Json, uuid.UUID: Uuid(),
    }  # fmt: skip


def table_of(model: type[Base]) -> Table:
    """Return the table of a model, for statements that need no objects."""
    table = model.__table__
    assert isinstance(table, Table)
    return table


class Identified:
    """A row with an id of its own and the time it was made."""

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)


class _InThisThread(AsyncSession):
    """A session whose connection has its answers at once: nothing waits for it."""

    async def execute(self, statement: Any, params: Any = None, **options: Any) -> Any:
        return self.sync_session.execute(statement, params, **options)


class Database:
    """The application database.

    SQLite has one writer: a pool of one connection is the queue, so writers wait in order instead of polling the file
    lock. Readers run beside it on the write-ahead log. On both engines they have connections of their own that cannot
    write, and no transaction: beginning and ending one costs more than most reads.
    """

    def __init__(self, url: str) -> None:
        self.url = async_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._inline: Connection | None = None
        self._together: GroupCommit | None = None
        if self.is_sqlite:
            self._together = GroupCommit(writing_engine(self.url))
            self.writer = sqlite_engine(self.url, size=1, read_only=False)
            self.reader = sqlite_engine(self.url, size=SQLITE_READERS, read_only=True)
        else:
            self.writer = postgres_engine(self.url, read_only=False)
            self.reader = postgres_engine(self.url, read_only=True)

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncSession]:
        """Open a session for reading; what it changes is never committed."""
        async with AsyncSession(self.reader, expire_on_commit=False, autoflush=False) as session:
            yield session

    @contextlib.asynccontextmanager
    async def glancing(self) -> AsyncGenerator[AsyncSession]:
        """Open a session for a few short, indexed reads; SQLite answers them in this thread, as `rows` tells."""
        if not self.is_sqlite:
            async with self.reading() as session:
                yield session
            return
        session = _InThisThread(expire_on_commit=False, autoflush=False)
        session.sync_session.bind = self._in_this_thread()
        try:
            yield session
        finally:
            session.sync_session.close()

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncGenerator[AsyncSession]:
        """Open a transaction that commits at the end of the block and rolls back when it raises."""
        async with AsyncSession(self.writer, expire_on_commit=False) as session, session.begin():
            yield session

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run a short change in one transaction, committed when this returns; what `work` raises undoes it.

        On SQLite changes that wait at the same time share a commit; they must not read more than they need.
        """
        if self._together is not None:
            return await self._together.run(work)
        async with self.writer.begin() as connection:
            return await connection.run_sync(work)

    async def rows(self, query: Executable, parameters: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        """Run a short, indexed read and return its rows.

        SQLite answers it in this thread: handing it to another one takes ten times as long as the read itself. For
        PostgreSQL taking a connection, asking and giving it back are one switch of greenlets, not three, and where the
        connection turns out to be gone the read is asked again on another.
        """
        if not self.is_sqlite:
            return await greenlet_spawn(self._read, query, parameters)
        rows: Sequence[Row[Any]] = self._in_this_thread().execute(query, parameters).all()
        return rows

    def _in_this_thread(self) -> Connection:
        if self._inline is None:
            self._inline = inline_connection(self.url)
        return self._inline

    def _read(self, query: Executable, parameters: Mapping[str, Any] | None) -> Sequence[Row[Any]]:
        try:
            return self._ask(query, parameters)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        return self._ask(query, parameters)

    def _ask(self, query: Executable, parameters: Mapping[str, Any] | None) -> Sequence[Row[Any]]:
        with self.reader.sync_engine.connect() as connection:
            found: Sequence[Row[Any]] = connection.execute(query, parameters).all()
        return found

    async def ping(self) -> None:
        """Ask the database for a constant; raises SQLAlchemy's error when it is gone."""
        async with self.reader.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close all connections."""
        if self._together is not None:
            await self._together.close()
        if self._inline is not None:
            self._inline.close()
            self._inline.engine.dispose()
            self._inline = None
        await self.writer.dispose()
        await self.reader.dispose()


def async_url(url: str) -> URL:
    """Give `url` the async driver that BiChat uses; accepts `postgres://`, `postgresql://` and `sqlite://`."""
    parsed = make_url(url.replace("postgres://", "postgresql://", 1) if url.startswith("postgres://") else url)
    driver = {"postgresql": "postgresql+asyncpg", "sqlite": "sqlite+aiosqlite"}[parsed.get_backend_name()]
    return parsed.set(drivername=driver)


def sqlite_path(url: str) -> str | None:
    """Return the file of an SQLite `url`, or None for another engine or an in-memory database."""
    parsed = make_url(url)
    return parsed.database if parsed.get_backend_name() == "sqlite" else None
