"""Write down what was done by whom, in the transaction that does it."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.contextvars import get_contextvars

from app.audit.models import AuditEntry
from app.database import Database, now
from app.identity import acts
from app.identity.actor import Actor
from app.identity.acts import Act

OPENED = "session.opened"
OPENED_AGAIN_AFTER = dt.timedelta(minutes=10)
LET_IN_OR_OUT = (
    "session.shared", "session.unshared", "session.member_role_changed", "session.left", "session.link_opened",
    "session.link_closed",
)  # fmt: skip


def record(db: AsyncSession, actor: Actor, action: str, subject_id: uuid.UUID | None = None, **details: Any) -> None:
    """Add an entry. `action` is a dotted word such as `session.deleted`; `details` never holds secrets or message text."""
    door = {"token_id": str(actor.token_id)} if actor.token_id else {}
    _keep(db, Act(action, actor.tenant_id, actor.user_id, subject_id, {**details, **door}))


async def record_opening(
    database: Database, actor: Actor, session_id: uuid.UUID, owner_id: uuid.UUID, *, is_page: bool = False
) -> None:
    """Note that somebody else's session was opened: every page of it, and what fetches parts of it once in some minutes.

    Whoever was let in or out meanwhile makes what follows an opening of its own.
    """
    if owner_id == actor.user_id or (not is_page and await _is_open(database, actor, session_id)):
        return
    async with database.writing() as db:
        record(db, actor, OPENED, session_id, session_id=str(session_id), owner_id=str(owner_id))


async def _is_open(database: Database, actor: Actor, session_id: uuid.UUID) -> bool:
    """Tell whether the last opening by `actor` holds for what they fetch now."""
    latest = select(func.max(AuditEntry.created_at)).where(
        AuditEntry.tenant_id == actor.tenant_id,
        AuditEntry.created_at > now() - OPENED_AGAIN_AFTER,
        AuditEntry.subject_id == session_id,
    )
    opened = latest.where(AuditEntry.action == OPENED, AuditEntry.user_id == actor.user_id).scalar_subquery()
    changed = latest.where(AuditEntry.action.in_(LET_IN_OR_OUT)).scalar_subquery()
    last = (await database.rows(select(opened.label("opened_at"), changed.label("changed_at"))))[0]
    return last.opened_at is not None and (last.changed_at is None or last.opened_at > last.changed_at)


def start_recording() -> None:
    """Keep what happens to people and their access too; called once by whatever puts the program together."""
    acts.listen(_keep)


def _keep(db: AsyncSession, act: Act) -> None:
    """Add an entry; where a request is being answered its id is kept too, as the log names it."""
    request = {"request_id": value} if (value := get_contextvars().get("request_id")) else {}
    db.add(
        AuditEntry(
            tenant_id=act.tenant_id, user_id=act.user_id, action=act.action, subject_id=act.subject_id,
            details={**act.details, **request},
        )
    )  # fmt: skip
