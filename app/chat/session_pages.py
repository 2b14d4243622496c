"""Pages of the session list as programs read it: by offset, with a total; one's own, or those of the whole company."""

import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.chat.access import STANDING, known_of
from app.chat.models import Session
from app.chat.session_list import NEWEST
from app.identity.actor import Actor
from app.identity.models import User


class Wanted(msgspec.Struct, frozen=True):
    """Which page of which sessions: those of `owner_id`, or of everybody in the company (None)."""

    limit: int
    offset: int
    owner_id: uuid.UUID | None
    with_archived: bool = False


async def page(db: AsyncSession, actor: Actor, wanted: Wanted) -> tuple[Sequence[Row[Any]], int]:
    """Return sessions with `access.STANDING` and their owners' names and addresses, and how many there are in all.

    Pinned ones come first, then the latest.

    The caller has checked that `actor` may read sessions of others, if those are wanted.
    """
    which = [Session.tenant_id == actor.tenant_id, Session.deleted_at.is_(None)]
    if wanted.owner_id is not None:
        which.append(Session.user_id == wanted.owner_id)
    if not wanted.with_archived:
        which.append(Session.archived_at.is_(None))
    total = await db.scalar(select(func.count()).select_from(Session).where(and_(*which)))
    columns: tuple[Any, ...] = (Session, *STANDING, User.first_name, User.last_name, User.email)
    rows = select(*columns).join(User, User.id == Session.user_id).where(*which)
    part = rows.order_by(*NEWEST).limit(wanted.limit).offset(wanted.offset)
    return (await db.execute(part, known_of(actor))).all(), total or 0
