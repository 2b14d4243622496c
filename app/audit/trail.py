"""The record as it is read: a company's statements and acts together, newest first, filtered, a page at a time."""

import datetime as dt
import uuid
from collections.abc import AsyncGenerator
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, RowMapping, Select, and_, func, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from app.audit.models import AuditedStatement, AuditEntry
from app.database import Database, table_of
from app.errors import N_, Invalid
from app.identity.actor import Actor

Columns = ReadOnlyColumnCollection[str, Column[Any]]
PAGE = 50
BATCH = 1000
STATEMENT = "statement"
"""The `action` of a line that is a statement on the business database."""


class Kind(StrEnum):
    """What somebody looks for in the record."""

    RAN = "ran"
    REFUSED = "refused"
    SIGN_INS = "sign-ins"
    FILES = "files"
    READING = "reading"
    CHANGES = "changes"
    DELETES = "deletes"


STATEMENTS = {Kind.RAN, Kind.REFUSED}


class Filters(msgspec.Struct, frozen=True):
    """Which lines are wanted: of one person, of one kind, from `since` to before `until`, with `words` in their SQL."""

    user_id: uuid.UUID | None = None
    kind: Kind | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    words: str = ""


class Line(msgspec.Struct, frozen=True):
    """One thing done. A statement has `sql` and an `outcome`: `ok` or why it gave nothing; an act has `details`."""

    id: uuid.UUID
    at: dt.datetime
    action: str
    user_id: uuid.UUID | None
    subject_id: uuid.UUID | None = None
    session_id: uuid.UUID | None = None
    run_id: uuid.UUID | None = None
    sql: str = ""
    parameters: dict[str, Any] = {}
    outcome: str = ""
    error: str | None = None
    row_count: int | None = None
    duration_ms: float | None = None
    details: dict[str, Any] = {}

    @property
    def cursor(self) -> str:
        """Return the place of the line, for going on after it."""
        return f"{int(self.at.timestamp() * 1_000_000)}-{self.id.hex}"


class Cursor(msgspec.Struct, frozen=True):
    """A place in the record: everything after it is older."""

    at: dt.datetime
    id: uuid.UUID


def cursor_from(text: str) -> Cursor | None:
    """Return the place that `Line.cursor` named, None for none; raises `Invalid`."""
    if not text:
        return None
    micros, _, line = text.partition("-")
    try:
        at = dt.datetime.fromtimestamp(0, tz=dt.UTC) + dt.timedelta(microseconds=int(micros))
        return Cursor(at, uuid.UUID(line))
    except (ValueError, OverflowError) as error:
        raise Invalid(N_("There is no such place in the list. Start from its top."), details={"after": "not valid"}) from error


async def page(
    database: Database, actor: Actor, filters: Filters, *, after: Cursor | None = None, limit: int = PAGE
) -> list[Line]:
    """Return the newest lines of the actor's company after a place, one more than `limit` where there are more."""
    sources = [_Source(query, after) for query in _queries(actor, filters)]
    async with database.reading() as db:
        for source in sources:
            await source.fill(db, limit + 1)
    found = [line for source in sources for line in source.lines]
    return sorted(found, key=_place, reverse=True)[: limit + 1]


async def batches(database: Database, actor: Actor, filters: Filters, *, most: int) -> AsyncGenerator[list[Line]]:
    """Yield all lines, newest first, up to `most` and one more where there are more."""
    sources, left = [_Source(query, None) for query in _queries(actor, filters)], most + 1
    while left > 0:
        async with database.reading() as db:
            for source in sources:
                await source.fill(db, BATCH)
        if not any(source.lines for source in sources):
            return
        # What a source has not been asked for yet is older than the last line that it gave.
        surest = max((_place(source.lines[-1]) for source in sources if not source.is_dry), default=None)
        ready = sorted((line for source in sources for line in source.take(surest)), key=_place, reverse=True)[:left]
        yield ready
        left -= len(ready)


class _Source:
    """The lines of one table, read a batch at a time."""

    def __init__(self, query: Select[Any], after: Cursor | None) -> None:
        self.lines: list[Line] = []
        self.is_dry = False
        self._query = query
        self._after = after

    async def fill(self, db: AsyncSession, size: int) -> None:
        """Read the next lines unless some are waiting."""
        if self.lines or self.is_dry:
            return
        at, key = self._query.selected_columns["created_at"], self._query.selected_columns["id"]
        query = self._query.order_by(at.desc(), key.desc()).limit(size)
        if self._after:
            older = or_(at < self._after.at, and_(at == self._after.at, key < self._after.id))
            query = query.where(at <= self._after.at, older)
        self.lines = [_line(row) for row in (await db.execute(query)).mappings()]
        self.is_dry = len(self.lines) < size
        if self.lines:
            self._after = Cursor(self.lines[-1].at, self.lines[-1].id)

    def take(self, surest: tuple[dt.datetime, uuid.UUID] | None) -> list[Line]:
        """Return, and forget, the waiting lines that are not older than a place; all of them without one."""
        taken = [line for line in self.lines if surest is None or _place(line) >= surest]
        self.lines = self.lines[len(taken) :]
        return taken


def _place(line: Line) -> tuple[dt.datetime, uuid.UUID]:
    return line.at, line.id


def _queries(actor: Actor, filters: Filters) -> list[Select[Any]]:
    queries: list[Select[Any]] = []
    if filters.kind is None or filters.kind in STATEMENTS:
        queries.append(_statements(actor, filters))
    if filters.kind not in STATEMENTS and not filters.words:
        queries.append(_acts(actor, filters))
    return queries


def _statements(actor: Actor, filters: Filters) -> Select[Any]:
    said = table_of(AuditedStatement).c
    query = select(table_of(AuditedStatement)).where(*_common(said, actor, filters))
    if filters.user_id:
        query = query.where(said.user_id == filters.user_id)
    if filters.words:
        query = query.where(func.lower(said.sql).contains(filters.words.lower(), autoescape=True))
    if filters.kind in STATEMENTS:
        ran = said.outcome == "ok"
        query = query.where(ran if filters.kind is Kind.RAN else not_(ran))
    return query


def _acts(actor: Actor, filters: Filters) -> Select[Any]:
    """Return the query of the acts that are wanted. What an operator, or nobody known, did to a person counts as the person's."""
    done = table_of(AuditEntry).c
    query = select(table_of(AuditEntry)).where(*_common(done, actor, filters))
    if filters.user_id:
        query = query.where(
            or_(done.user_id == filters.user_id, and_(done.user_id.is_(None), done.subject_id == filters.user_id))
        )
    return query.where(_of_kind(done.action, filters.kind)) if filters.kind else query


def _common(columns: Columns, actor: Actor, filters: Filters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [columns.tenant_id == actor.tenant_id]
    if filters.since:
        conditions.append(columns.created_at >= filters.since)
    if filters.until:
        conditions.append(columns.created_at < filters.until)
    return conditions


def _of_kind(action: ColumnElement[str], kind: Kind) -> ColumnElement[bool]:
    kinds: dict[Kind, ColumnElement[bool]] = {
        Kind.SIGN_INS: or_(action.startswith("login."), action == "logout"),
        Kind.FILES: or_(action.startswith("export."), action.startswith("file."), action.endswith(".downloaded")),
        Kind.READING: action == "session.opened",
        Kind.DELETES: or_(action.endswith(".deleted"), action.endswith(".restored")),
    }
    return kinds[kind] if kind in kinds else not_(or_(*kinds.values()))


def _line(row: RowMapping) -> Line:
    values = dict(row)
    at, details = values.pop("created_at"), values.get("details", {})
    del values["tenant_id"]
    if "sql" in values:
        return Line(at=at, action=STATEMENT, **values)
    session = details.get("session_id")
    return Line(at=at, session_id=uuid.UUID(session) if session else None, **values)
