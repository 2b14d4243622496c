"""Conversations that nobody used for as long as their company keeps them: counted beforehand, and removed every hour.

They go for good at once, out of the trash and the archive too. Pinned ones stay, and so does one with a run that has not ended.
"""

import datetime as dt
import uuid
from collections.abc import Sequence

import msgspec
import structlog
from sqlalchemy import ColumnElement, and_, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.models import AuditEntry
from app.chat import purging
from app.chat.export_card import FILES
from app.chat.models import UNFINISHED, Run, Session
from app.database import Database
from app.files.models import Artifact
from app.files.storage import FileStorage
from app.identity.models import Tenant

log = structlog.get_logger()

TOGETHER = 100
SWEPT = "retention.swept"


class Due(msgspec.Struct, frozen=True):
    """How many conversations and files are due, last used before `before`; `next_at` is when the next one becomes due."""

    days: int
    before: dt.datetime
    sessions: int
    files: int
    next_at: dt.datetime | None


async def due(database: Database, tenant_id: uuid.UUID, days: int, moment: dt.datetime) -> Due:
    """Return what a company's keeping of so many `days` removes with the next sweep after `moment`."""
    before = moment - dt.timedelta(days=days)
    async with database.reading() as db:
        sessions = await db.scalar(select(func.count()).select_from(Session).where(_idle(tenant_id, before)))
        files = await _files(db, Artifact.session_id.in_(select(Session.id).where(_idle(tenant_id, before))))
        oldest = await db.scalar(select(func.min(Session.active_at)).where(_may_go(tenant_id), Session.active_at >= before))
    next_at = oldest + dt.timedelta(days=days) if oldest else None
    return Due(days, before, sessions or 0, files, next_at)


async def sweep(database: Database, storage: FileStorage, moment: dt.datetime) -> int:
    """Remove for every company what is due at `moment`; returns how many conversations these were."""
    async with database.reading() as db:
        keeping = (await db.execute(select(Tenant.id, Tenant.retention_days).where(Tenant.retention_days.is_not(None)))).all()
    removed = 0
    for tenant_id, days in keeping:
        assert days is not None
        removed += await _sweep(database, storage, tenant_id, days, moment)
    log.info("retention swept", companies=len(keeping), sessions=removed)
    return removed


async def _sweep(database: Database, storage: FileStorage, tenant_id: uuid.UUID, days: int, moment: dt.datetime) -> int:
    idle, removed = _idle(tenant_id, moment - dt.timedelta(days=days)), 0
    while claimed := await _claim(database, idle, moment):
        async with database.reading() as db:
            files = await _files(db, Artifact.session_id.in_(claimed))
        await purging.remove(database, storage, Artifact.session_id.in_(claimed))
        async with database.writing() as db:
            await db.execute(delete(Session).where(Session.id.in_(claimed)))
            told = {"days": days, "sessions": len(claimed), "files": files}
            db.add(AuditEntry(tenant_id=tenant_id, user_id=None, action=SWEPT, subject_id=tenant_id, details=told))
        log.info("idle conversations removed", tenant_id=str(tenant_id), **told)
        removed += len(claimed)
    return removed


async def _claim(database: Database, idle: ColumnElement[bool], moment: dt.datetime) -> Sequence[uuid.UUID]:
    """Put some of what is due out of everybody's reach, so that nothing is written into what is being removed."""
    async with database.writing() as db:
        some = (await db.scalars(select(Session.id).where(idle).order_by(Session.active_at).limit(TOGETHER))).all()
        still_idle = update(Session).where(Session.id.in_(some), idle)  # Somebody may use one of them at this moment.
        out = still_idle.values(deleted_at=func.coalesce(Session.deleted_at, moment)).returning(Session.id)
        return (await db.scalars(out, execution_options={"synchronize_session": False})).all()


def _idle(tenant_id: uuid.UUID, before: dt.datetime) -> ColumnElement[bool]:
    return and_(_may_go(tenant_id), Session.active_at < before)


def _may_go(tenant_id: uuid.UUID) -> ColumnElement[bool]:
    works = exists(select(Run.id).where(Run.session_id == Session.id, Run.status.in_(UNFINISHED)))
    return and_(Session.tenant_id == tenant_id, Session.pinned.is_(False), ~works)


async def _files(db: AsyncSession, which: ColumnElement[bool]) -> int:
    return await db.scalar(select(func.count()).select_from(Artifact).where(which, Artifact.kind.in_(FILES))) or 0
