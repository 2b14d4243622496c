"""The end of what was deleted: rows leave the database and their files the storage, once nobody can restore them any more."""

import datetime as dt
import uuid

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from app.chat.models import Message, Run, Session
from app.database import Database
from app.files.models import Artifact
from app.files.storage import FileStorage

KEPT = dt.timedelta(days=30)
"""For so long what was deleted can be restored."""
TOGETHER = 50


async def purge(database: Database, storage: FileStorage, moment: dt.datetime) -> int:
    """Remove what was deleted more than `KEPT` before `moment`: conversations with all they hold, and single artifacts.

    Returns how many of both there were. What was summarised as long ago goes too.
    """
    removed = 0
    while True:
        async with database.reading() as db:
            old = (await db.scalars(select(Session.id).where(Session.deleted_at < moment - KEPT).limit(TOGETHER))).all()
        if not old:
            break
        await remove(database, storage, Artifact.session_id.in_(old))
        async with database.writing() as db:
            await db.execute(delete(Session).where(Session.id.in_(old), Session.deleted_at < moment - KEPT))
        removed += len(old)
    await forget_summarised(database, storage, moment)
    return removed + await remove(database, storage, Artifact.deleted_at.is_not(None), Artifact.deleted_at < moment - KEPT)


SUMMARY = aliased(Message)


async def forget_summarised(database: Database, storage: FileStorage, moment: dt.datetime) -> int:
    """Remove what summaries replaced more than `KEPT` before `moment`, with its files; returns how many messages these were.

    Results that later answers show stay, without the run that read them.
    """
    replaced = select(Message.id, Message.run_id, Message.session_id).join(SUMMARY, SUMMARY.id == Message.summary_id)
    old = replaced.where(SUMMARY.created_at < moment - KEPT).order_by(SUMMARY.created_at).limit(TOGETHER)
    removed = 0
    while True:
        async with database.reading() as db:
            rows = (await db.execute(old)).all()
            shown = await _shown_later(db, {row.session_id for row in rows}, moment)
        if not rows:
            return removed
        run_ids = {row.run_id for row in rows if row.run_id}
        async with database.writing() as db:
            await db.execute(update(Artifact).where(Artifact.id.in_(shown)).values(run_id=None))
        await remove(database, storage, Artifact.run_id.in_(run_ids))
        async with database.writing() as db:
            await db.execute(delete(Run).where(Run.id.in_(run_ids)))
            await db.execute(delete(Message).where(Message.id.in_([row.id for row in rows])))
        removed += len(rows)


async def _shown_later(db: AsyncSession, session_ids: set[uuid.UUID], moment: dt.datetime) -> set[uuid.UUID]:
    """Return the results that tables and charts show which stay."""
    shown = (
        select(Artifact.details).outerjoin(Run, Run.id == Artifact.run_id).outerjoin(Message, Message.id == Run.user_message_id)
    )
    stays = or_(Message.summary_id.is_(None), SUMMARY.created_at >= moment - KEPT)
    kept = shown.outerjoin(SUMMARY, SUMMARY.id == Message.summary_id).where(
        Artifact.session_id.in_(session_ids), Artifact.kind.in_(("table", "chart")), stays
    )
    return {uuid.UUID(details["result_id"]) for details in await db.scalars(kept) if details.get("result_id")}


async def remove(database: Database, storage: FileStorage, *which: ColumnElement[bool]) -> int:
    """Remove artifacts with their files, the files first: what is cut short is found again the next time."""
    removed = 0
    while True:
        async with database.reading() as db:
            found = (await db.execute(select(Artifact.id, Artifact.details).where(*which).limit(TOGETHER))).all()
        if not found:
            return removed
        for row in found:
            if key := row.details.get("storage_key"):
                await storage.delete(key)
        async with database.writing() as db:
            await db.execute(delete(Artifact).where(Artifact.id.in_([row.id for row in found])))
        removed += len(found)


async def drop_unkept(database: Database, storage: FileStorage, artifact_id: uuid.UUID, key: str) -> None:
    """Remove a file whose artifact was not committed; one that was after all keeps its file."""
    async with database.reading() as db:
        is_kept = (await db.execute(select(Artifact.id).where(Artifact.id == artifact_id))).scalar_one_or_none()
    if is_kept is None:
        await storage.delete(key)
