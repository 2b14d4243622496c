"""Summaries as people see them: in the place of the turns that they speak for, which stay within reach for a while."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.chat import purging
from app.chat.access import readable_by
from app.chat.markdown_blocks import MarkdownBlocks
from app.chat.models import Message, Session
from app.database import Database, now
from app.errors import N_, NotFound
from app.identity.actor import Actor

NO_SUMMARY = N_("There is no such summary in this conversation.")


@dataclass(slots=True)
class SummaryView:
    """A summary: `blocks` are its safe HTML, `turns` how many questions it replaced, `until` when these go.

    `is_kept` tells that they are still there, `is_latest` that it stands in the conversation itself, not behind another one.
    """

    id: uuid.UUID
    session_id: uuid.UUID
    content: str
    blocks: list[str]
    turns: int
    created_at: dt.datetime
    until: dt.datetime
    is_kept: bool
    is_latest: bool
    can_write: bool = False


COLUMNS: tuple[Any, ...] = (
    Message.id, Message.session_id, Message.content, Message.details, Message.created_at, Message.summary_id,
)  # fmt: skip
SUMMARY = select(*COLUMNS).join(Session, Session.id == Message.session_id).where(
    Message.role == "summary", Message.deleted_at.is_(None)
)  # fmt: skip
OF_SESSION = SUMMARY.where(Message.session_id == bindparam("session_id"), Message.summary_id.is_(None))
BEHIND = SUMMARY.where(Message.summary_id == bindparam("summary_id"))
SPOKEN_FOR = select(Message.summary_id).where(
    Message.id == bindparam("turn"), Message.session_id == bindparam("session_id"), Message.deleted_at.is_(None)
)


def is_kept(made_at: dt.datetime) -> bool:
    """Tell whether what a summary replaced is still there."""
    return made_at > now() - purging.KEPT


async def find(db: AsyncSession, actor: Actor, summary_id: uuid.UUID) -> Row[Any]:
    """Return a summary of a session that `actor` may read; raises `NotFound`."""
    reachable = SUMMARY.where(Message.id == summary_id, readable_by(actor))
    row = (await db.execute(reachable)).one_or_none()
    if row is None:
        raise NotFound(NO_SUMMARY)
    return row


async def of_session(database: Database, session_id: uuid.UUID, *, can_write: bool = False) -> SummaryView | None:
    """Return the summary that a session the caller has found begins with, None where there is none."""
    rows = await database.rows(OF_SESSION, {"session_id": session_id})
    return view(rows[0], can_write=can_write) if rows else None


async def behind(database: Database, summary_id: uuid.UUID) -> SummaryView | None:
    """Return the earlier summary that a later one replaced, if there was one."""
    rows = await database.rows(BEHIND, {"summary_id": summary_id})
    return view(rows[0]) if rows else None


async def speaking_for(database: Database, session_id: uuid.UUID, turn: uuid.UUID) -> uuid.UUID | None:
    """Return the summary that replaced a turn, None where it is shown as it is."""
    rows = await database.rows(SPOKEN_FOR, {"session_id": session_id, "turn": turn})
    found: uuid.UUID | None = rows[0].summary_id if rows else None
    return found


def view(row: Row[Any], *, can_write: bool = False) -> SummaryView:
    """Return a summary for templates."""
    markdown = MarkdownBlocks()
    markdown.feed(row.content)
    blocks = [*markdown.take_finished(), markdown.open_block]
    details, until = row.details or {}, row.created_at + purging.KEPT
    is_latest, kept = row.summary_id is None, is_kept(row.created_at)
    return SummaryView(
        row.id, row.session_id, row.content, blocks, details.get("turns", 0), row.created_at, until, kept, is_latest, can_write
    )
