"""A person's conversations on three shelves, to be looked through and cleared up together: in the list, archived, deleted."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec
from sqlalchemy import ColumnElement, Row, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.chat import access
from app.chat.models import Session, SessionMember
from app.chat.organising import in_trash_of
from app.identity.actor import Actor
from app.identity.models import Tenant, User
from app.identity.naming import full_name

PAGE = 50
MOST_SHARED = 200


class Shelf(StrEnum):
    """Where a conversation is kept; the values stand in addresses."""

    LISTED = "listed"
    ARCHIVED = "archived"
    DELETED = "deleted"


class Page(msgspec.Struct, frozen=True):
    """A part of a shelf: rows of id, title, `active_at` and `deleted_at`; which page of how many, and how many on each shelf.

    `idle_days` is after how many days without use the company removes chats, None for never.
    """

    rows: Sequence[Row[uuid.UUID, str, dt.datetime, dt.datetime | None]]
    number: int
    pages: int
    counts: Mapping[Shelf, int]
    idle_days: int | None


class Shared(msgspec.Struct, frozen=True):
    """A conversation that stands in a person's list and is somebody else's; `owner` is the name."""

    id: uuid.UUID
    title: str
    active_at: dt.datetime
    owner: str


async def page(db: AsyncSession, actor: Actor, shelf: Shelf, number: int) -> Page:
    """Return the page `number`, counted from one, of a shelf, the latest first; the last one for numbers past the end."""
    counts = {
        each: await db.scalar(select(func.count()).select_from(Session).where(_kept_on(each, actor))) or 0 for each in Shelf
    }
    pages = max(1, -(-counts[shelf] // PAGE))
    number = min(max(number, 1), pages)
    latest = Session.deleted_at if shelf is Shelf.DELETED else Session.active_at
    columns = select(Session.id, Session.title, Session.active_at, Session.deleted_at).where(_kept_on(shelf, actor))
    rows = await db.execute(columns.order_by(latest.desc(), Session.id.desc()).limit(PAGE).offset((number - 1) * PAGE))
    idle_days = await db.scalar(select(Tenant.retention_days).where(Tenant.id == actor.tenant_id))
    return Page(rows.all(), number, pages, counts, idle_days)


async def shared_with(db: AsyncSession, actor: Actor) -> Sequence[Shared]:
    """Return what others share with `actor`, the latest first."""
    columns = select(Session.id, Session.title, Session.active_at, User.first_name, User.last_name, User.email)
    shared = columns.join(SessionMember, SessionMember.session_id == Session.id).join(User, User.id == Session.user_id)
    latest = shared.where(*access.SHARED).order_by(Session.active_at.desc(), Session.id.desc()).limit(MOST_SHARED)
    rows = await db.execute(latest, {"tenant_id": actor.tenant_id, "user_id": actor.user_id})
    return [Shared(*row[:3], full_name(*row[3:])) for row in rows]


def _kept_on(shelf: Shelf, actor: Actor) -> ColumnElement[bool]:
    if shelf is Shelf.DELETED:
        return in_trash_of(actor)
    mine = and_(Session.tenant_id == actor.tenant_id, Session.user_id == actor.user_id, Session.deleted_at.is_(None))
    return and_(mine, Session.archived_at.is_not(None) if shelf is Shelf.ARCHIVED else Session.archived_at.is_(None))


async def titles(db: AsyncSession, actor: Actor, session_ids: Sequence[uuid.UUID]) -> list[str]:
    """Return the titles of those of the sessions that are the actor's own, deleted ones too."""
    own = Session.tenant_id == actor.tenant_id, Session.user_id == actor.user_id
    rows = await db.scalars(select(Session.title).where(*own, Session.id.in_(session_ids)).order_by(Session.id.desc()))
    return list(rows.all())


def chosen(texts: Sequence[str]) -> list[uuid.UUID]:
    """Read the ids of a form, at most a page of them; raises `ValueError`."""
    return [uuid.UUID(text) for text in texts[:PAGE]]
