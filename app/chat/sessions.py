"""Conversations: found and made within the actor's reach."""

import datetime as dt
import uuid
from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.chat import access
from app.chat.access import STANDING, Access, known_of
from app.chat.models import Session
from app.database import Database, new_id, now
from app.errors import NotFound
from app.identity.actor import Actor
from app.identity.models import User
from app.identity.naming import full_name

REACHED = (Session.id == bindparam("session_id"), Session.tenant_id == bindparam("tenant_id"), Session.deleted_at.is_(None))


async def found(db: AsyncSession, actor: Actor, session_id: uuid.UUID) -> tuple[Session, Access]:
    """Return a session that `actor` may read, and what they may do with it; raises `NotFound`."""
    rows = await db.execute(select(Session, *STANDING).where(*REACHED), {"session_id": session_id, **known_of(actor)})
    row = rows.one_or_none()
    allowed = access.of(actor, row)
    assert row is not None
    return row.Session, allowed


async def find(db: AsyncSession, actor: Actor, session_id: uuid.UUID) -> Session:
    """Return a session that `actor` may read; raises `NotFound`."""
    session, _ = await found(db, actor, session_id)
    return session


async def find_writable(db: AsyncSession, actor: Actor, session_id: uuid.UUID) -> Session:
    """Return a session that `actor` may write into; raises `NotFound`, or `Forbidden` for one that may only be read."""
    session, allowed = await found(db, actor, session_id)
    access.check_writable(allowed)
    return session


async def find_own(db: AsyncSession, actor: Actor, session_id: uuid.UUID) -> Session:
    """Return a session of the actor's own; raises `NotFound`, or `Forbidden` for somebody else's that may be read."""
    session, allowed = await found(db, actor, session_id)
    access.check_own(allowed)
    return session


async def access_of(db: AsyncSession, actor: Actor, session_id: uuid.UUID) -> Access:
    """Return what `actor` may do with a session; raises `NotFound`."""
    rows = await db.execute(select(*STANDING).where(*REACHED), {"session_id": session_id, **known_of(actor)})
    return access.of(actor, rows.one_or_none())


class Shown(msgspec.Struct, frozen=True):
    """What a page shows of a session, and what its reader may do with it."""

    id: uuid.UUID
    title: str
    pinned: bool
    active_at: dt.datetime
    access: Access
    owner: str = ""
    """The owner's name."""
    may_be_kept: bool = False
    """Whether its address lets the reader in, who may put it into their list."""


SHOWN = (
    select(
        *STANDING, Session.title, Session.pinned, Session.active_at, User.first_name, User.last_name,
        User.email,
    )
    .join(User, User.id == Session.user_id)
    .where(*REACHED)
)  # fmt: skip


async def shown(database: Database, actor: Actor, session_id: uuid.UUID) -> Shown:
    """Return what a page shows of a session that `actor` may read, as `find` does but quicker; raises `NotFound`."""
    rows = await database.rows(SHOWN, {"session_id": session_id, **known_of(actor)})
    row = rows[0] if rows else None
    allowed = access.of(actor, row)
    assert row is not None
    owner = full_name(row.first_name, row.last_name, row.email)
    may_be_kept = not allowed.is_own and row.member_role is None and row.link_role is not None
    return Shown(session_id, row.title, row.pinned, row.active_at, allowed, owner, may_be_kept)


async def may_go_on(database: Database, actor: Actor, run: Row[Any]) -> bool:
    """Tell whether the asker of a run may still write in its session, which may be somebody else's (`owner_id`)."""
    if run.owner_id == actor.user_id:
        return True
    try:
        session = await shown(database, actor, run.session_id)
    except NotFound:
        return False
    return session.access.can_write


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
