"""Conversations: found, made and listed within the actor's reach."""

import datetime as dt
import itertools
import uuid
from collections.abc import Iterable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, and_, case, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.chat.models import Run, RunStatus, Session
from app.chat.view import SessionGroup, SessionItem
from app.database import new_id, now
from app.errors import N_, Forbidden, NotFound
from app.identity.actor import Actor
from app.identity.permissions import Permission

PAGE = 50


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


async def find_writable(db: AsyncSession, actor: Actor, session_id: uuid.UUID) -> Session:
    """Return a session that `actor` may write into; raises `NotFound`, or `Forbidden` for one that may only be read."""
    session = await find(db, actor, session_id)
    if session.user_id != actor.user_id:
        raise Forbidden(N_("You can read this conversation but not write in it."))
    return session


def create(db: AsyncSession, actor: Actor, *, title: str = "", is_typed: bool = False) -> Session:
    """Add a new session to the transaction and return it."""
    moment = now()
    session = Session(
        id=new_id(), tenant_id=actor.tenant_id, user_id=actor.user_id, title=title, title_is_typed=is_typed, pinned=False,
        created_at=moment, active_at=moment, updated_at=moment,
    )  # fmt: skip
    db.add(session)
    return session


async def recent(db: AsyncSession, actor: Actor, *, limit: int = PAGE) -> list[SessionItem]:
    """Return the actor's own sessions that are not archived: pinned first, then the latest."""
    state = case((Run.status == RunStatus.QUEUED, RunStatus.RUNNING), else_=Run.status)
    page = (
        select(Session.id, Session.title, Session.pinned, Session.active_at)
        .where(
            Session.tenant_id == actor.tenant_id, Session.user_id == actor.user_id,
            Session.deleted_at.is_(None), Session.archived_at.is_(None),
        )
        .order_by(Session.pinned.desc(), Session.active_at.desc(), Session.id.desc())
        .limit(limit)
        .subquery()
    )  # fmt: skip
    going = and_(Run.session_id == page.c.id, Run.status.in_((RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.WAITING)))
    statement = select(page, state.label("state")).outerjoin(Run, going)
    rows = await db.execute(statement.order_by(page.c.pinned.desc(), page.c.active_at.desc(), page.c.id.desc()))
    return [_item(row) for row in rows]


def _item(row: Row[Any]) -> SessionItem:
    return SessionItem(row.id, row.title, row.pinned, row.active_at, row.state or "")


def grouped(items: Sequence[SessionItem], *, time_zone: str, moment: dt.datetime) -> list[SessionGroup]:
    """Group a list that is in order by the day of its last activity in `time_zone`; `moment` is now."""
    zone = ZoneInfo(time_zone)
    today = moment.astimezone(zone).date()

    def group_of(item: SessionItem) -> tuple[str, dt.date | None]:
        day = item.active_at.astimezone(zone).date()
        if item.pinned:
            return "pinned", None
        if day == today:
            return "today", day
        if day == today - dt.timedelta(days=1):
            return "yesterday", day
        return ("this_month" if (day.year, day.month) == (today.year, today.month) else "month"), day.replace(day=1)

    groups: Iterable[Any] = itertools.groupby(items, key=group_of)
    return [SessionGroup(kind, day, list(members)) for (kind, day), members in groups]
