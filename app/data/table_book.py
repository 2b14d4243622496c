"""What each company says about its own tables, kept for some seconds: its descriptions, and who may read which table."""

import datetime as dt
import time
import uuid
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.record import record
from app.data.metadata import TableNotes
from app.data.models import TableNote, TablePermission
from app.database import Database, now
from app.errors import N_, Invalid
from app.identity.actor import Actor
from app.identity.models import Role, User
from app.identity.naming import full_name

FRESH_SECONDS = 3.0
"""How long what another process changed may go unseen."""
TABLE_LENGTH, COLUMN_LENGTH = 1000, 300
Described = Callable[[Database, uuid.UUID], Awaitable[Mapping[str, TableNotes]]]


class Note(msgspec.Struct, frozen=True):
    """A description that somebody of the company wrote."""

    text: str
    by: str
    at: dt.datetime


class Page(msgspec.Struct, frozen=True):
    """What one company says. `notes` are by table and column ('' is the table), `readers` names of roles by table.

    `described` is what its knowledge tells of tables, by name in lower case; `notes` come before it.
    """

    notes: Mapping[tuple[str, str], Note] = {}
    readers: Mapping[str, frozenset[str]] = {}
    described: Mapping[str, TableNotes] = {}

    def may_read(self, role: str | None, table: str) -> bool:
        """Tell whether people of a role may read `table`, in any case."""
        readers = self.readers.get(table.lower())
        return readers is None or role in readers


class TableBook:
    """The companies' own words and rules about their tables, in the application database; `described` asks their knowledge."""

    def __init__(self, database: Database, described: Described | None = None) -> None:
        self._database = database
        self._described = described
        self._kept: dict[uuid.UUID, tuple[float, Page]] = {}

    async def of(self, tenant_id: uuid.UUID) -> Page:
        """Return what a company says."""
        kept = self._kept.get(tenant_id)
        if kept is None or kept[0] < time.monotonic():
            kept = self._kept[tenant_id] = (time.monotonic() + FRESH_SECONDS, await self._read(tenant_id))
        return kept[1]

    def forget(self, tenant_id: uuid.UUID) -> None:
        """Read what a company says again at the next look."""
        self._kept.pop(tenant_id, None)

    async def roles(self, actor: Actor) -> Sequence[tuple[uuid.UUID, str]]:
        """Return the roles of the actor's company, by id and name."""
        rows = await self._database.rows(select(Role.id, Role.name).where(Role.tenant_id == actor.tenant_id).order_by(Role.name))
        return [(row.id, row.name) for row in rows]

    async def describe(self, actor: Actor, table: str, column: str, text: str) -> None:
        """Keep a description of a table (`column` is '') or column; an empty one gives way to that of the files.

        Raises `Invalid` when it is too long.
        """
        text, limit = " ".join(text.split()), COLUMN_LENGTH if column else TABLE_LENGTH
        if len(text) > limit:
            message = N_("A description here has at most %(limit)s characters; this one has %(length)s.")
            raise Invalid(message, limit=limit, length=len(text))
        place = {"table_name": table.lower(), "column_name": column.lower()}
        async with self._database.writing() as db:
            await db.execute(delete(TableNote).filter_by(tenant_id=actor.tenant_id, **place))
            if text:
                db.add(TableNote(tenant_id=actor.tenant_id, text=text, written_by=actor.user_id, written_at=now(), **place))
            record(db, actor, "table.described" if text else "table.description_reset", table=table, column=column)
        self.forget(actor.tenant_id)

    async def restrict(self, actor: Actor, table: str, role_ids: Collection[uuid.UUID] | None) -> None:
        """Let only these roles read a table; None lets everybody. Raises `Invalid` for a role of somebody else's."""
        async with self._database.writing() as db:
            names = await _names(db, actor, role_ids or ())
            await db.execute(delete(TablePermission).filter_by(tenant_id=actor.tenant_id, table_name=table.lower()))
            if role_ids is not None:
                listed = sorted(str(role_id) for role_id in role_ids)
                db.add(TablePermission(tenant_id=actor.tenant_id, table_name=table.lower(), role_ids=listed))
            record(db, actor, "table.restricted", table=table, roles=None if role_ids is None else names)
        self.forget(actor.tenant_id)

    async def _read(self, tenant_id: uuid.UUID) -> Page:
        notes = await self._database.rows(
            select(TableNote.table_name, TableNote.column_name, TableNote.text, TableNote.written_at)
            .add_columns(User.first_name, User.last_name, User.email)
            .outerjoin(User, User.id == TableNote.written_by)
            .where(TableNote.tenant_id == tenant_id)
        )
        rules = await self._database.rows(
            select(TablePermission.table_name, TablePermission.role_ids).where(TablePermission.tenant_id == tenant_id)
        )
        roles = await self._database.rows(select(Role.id, Role.name).where(Role.tenant_id == tenant_id)) if rules else ()
        names = {str(role.id): role.name for role in roles}
        return Page(
            {
                (row.table_name, row.column_name): Note(
                    row.text, full_name(row.first_name, row.last_name, row.email), row.written_at
                )
                for row in notes
            },
            {rule.table_name: frozenset(names[role] for role in rule.role_ids if role in names) for rule in rules},
            await self._described(self._database, tenant_id) if self._described else {},
        )


async def _names(db: AsyncSession, actor: Actor, role_ids: Collection[uuid.UUID]) -> list[str]:
    found = (await db.execute(select(Role.name).where(Role.tenant_id == actor.tenant_id, Role.id.in_(role_ids)))).scalars().all()
    if len(found) != len(set(role_ids)):
        raise Invalid(N_("There is no such role in your company."))
    return sorted(found)
