"""The end of what was deleted: rows leave the database and their files the storage, once nobody can restore them any more."""

import datetime as dt
import uuid

from sqlalchemy import ColumnElement, delete, select

from app.chat.models import Session
from app.database import Database
from app.files.models import Artifact
from app.files.storage import FileStorage

KEPT = dt.timedelta(days=30)
"""For so long what was deleted can be restored."""
TOGETHER = 50


async def purge(database: Database, storage: FileStorage, moment: dt.datetime) -> int:
    """Remove what was deleted more than `KEPT` before `moment`: conversations with all they hold, and single artifacts.

    Returns how many of both there were.
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
    return removed + await remove(database, storage, Artifact.deleted_at.is_not(None), Artifact.deleted_at < moment - KEPT)


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
