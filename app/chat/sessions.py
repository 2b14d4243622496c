"""Conversations: found and made within the actor's reach."""

import uuid
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.chat.models import Session
from app.database import Database, new_id, now
from app.errors import N_, Forbidden, NotFound
from app.identity.actor import Actor
from app.identity.permissions import Permission


def readable_by(actor: Actor) -> ColumnElement[bool]:
    """Return the condition for sessions that `actor` may open: their own, and their tenant's with ReadAll."""
    mine = Session.user_id == actor.user_id
    reach = true() if actor.may(Permission.READ_ALL) else mine
    return and_(Session.tenant_id == actor.tenant_id, reach, Session.deleted_at.is_(None))


async def find(db: AsyncSession, actor: Actor, session_id: uuid.UUID) -> Session:
    """Return a session that `actor` may read; raises `NotFound`."""
    session = (await db.execute(select(Session).where(Session.id == session_id, readable_by(actor)))).scalar_one_or_none()
    if session is None:
        raise NotFound(N_("There is no such conversation."))
    return session


SHOWN = select(Session.id, Session.user_id, Session.title, Session.pinned, Session.active_at).where(
    Session.id == bindparam("session_id"), Session.tenant_id == bindparam("tenant_id"), Session.deleted_at.is_(None)
)


async def shown(database: Database, actor: Actor, session_id: uuid.UUID) -> Row[Any]:
    """Return what a page shows of a session that `actor` may read, as `find` does but quicker; raises `NotFound`."""
    rows = await database.rows(SHOWN, {"session_id": session_id, "tenant_id": actor.tenant_id})
    if not rows or not may_read(actor, rows[0].user_id):
        raise NotFound(N_("There is no such conversation."))
    return rows[0]


async def find_writable(db: AsyncSession, actor: Actor, session_id: uuid.UUID) -> Session:
    """Return a session that `actor` may write into; raises `NotFound`, or `Forbidden` for one that may only be read."""
    session = await find(db, actor, session_id)
    check_writable(actor, session.user_id)
    return session


def may_read(actor: Actor, owner_id: uuid.UUID) -> bool:
    """Tell whether `actor` may read a session of their tenant that belongs to `owner_id`."""
    return owner_id == actor.user_id or actor.may(Permission.READ_ALL)


def needed_to_read(actor: Actor, owner_id: uuid.UUID) -> Permission:
    """Return the permission without which `actor` may not go on reading a session that belongs to `owner_id`."""
    return Permission.ACCESS if owner_id == actor.user_id else Permission.READ_ALL


def check_writable(actor: Actor, owner_id: uuid.UUID | None) -> None:
    """Raise `NotFound` for a session that `actor` may not read (None: there is none), `Forbidden` for one only read."""
    if owner_id is None or not may_read(actor, owner_id):
        raise NotFound(N_("There is no such conversation."))
    if owner_id != actor.user_id:
        raise Forbidden(N_("You can read this conversation but not write in it."))


def new_row(actor: Actor, *, title: str = "", is_typed: bool = False) -> dict[str, Any]:
    """Return the columns of a new session."""
    moment = now()
    return {
        "id": new_id(), "tenant_id": actor.tenant_id, "user_id": actor.user_id, "title": title, "title_is_typed": is_typed,
        "pinned": False, "created_at": moment, "active_at": moment, "updated_at": moment,
    }  # fmt: skip


def create(db: AsyncSession, actor: Actor, *, title: str = "", is_typed: bool = False) -> Session:
    """Add a new session to the transaction and return it."""
    session = Session(**new_row(actor, title=title, is_typed=is_typed))
    db.add(session)
    return session
