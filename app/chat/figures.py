"""How busy the conversations are, in a few numbers for `/health`."""

import datetime as dt
from typing import Any

from sqlalchemy import Select, func, select

from app.chat.models import Run, RunStatus, Session
from app.database import Database, now

RECENT_RUNS = 200
"""The mean speaks of so many latest completed runs: of what it is like now, and without reading the whole table."""
ACTIVE_WITHIN = dt.timedelta(days=1)


async def figures(database: Database) -> dict[str, Any]:
    """Return the contract's `runs` and `sessions`; a session is active when something happened in it within a day."""
    counted = select(Run.status, func.count()).group_by(Run.status)
    latest = select(Run.worked_ms).where(Run.status == RunStatus.COMPLETED).order_by(Run.id.desc()).limit(RECENT_RUNS).subquery()
    async with database.reading() as db:
        statuses = dict((await db.execute(counted)).all())
        mean = await db.scalar(select(func.avg(latest.c.worked_ms)))
        sessions = await db.scalar(_lively())
    runs = {
        "active": statuses.get(RunStatus.RUNNING, 0) + statuses.get(RunStatus.QUEUED, 0),
        "completed": statuses.get(RunStatus.COMPLETED, 0),
        "failed": statuses.get(RunStatus.FAILED, 0),
        "averageMs": round(mean or 0.0, 1),
    }
    return {"runs": runs, "sessions": {"active": sessions or 0}}


async def active_sessions(database: Database) -> int:
    """Return in how many sessions something happened within a day."""
    async with database.reading() as db:
        return await db.scalar(_lively()) or 0


def _lively() -> Select[Any]:
    return (
        select(func.count()).select_from(Session).where(Session.active_at >= now() - ACTIVE_WITHIN, Session.deleted_at.is_(None))
    )
