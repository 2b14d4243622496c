"""What the tests of the managers' pages share."""

from sqlalchemy import select

from app.audit.models import AuditEntry
from tests.chat.conftest import Chat


async def actions(site: Chat) -> list[str]:
    """Return the actions that were recorded, oldest first."""
    async with site.database.reading() as db:
        return list(await db.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


async def details_of(site: Chat, action: str) -> dict[str, object]:
    """Return what was kept of the newest such act."""
    async with site.database.reading() as db:
        query = select(AuditEntry.details).where(AuditEntry.action == action).order_by(AuditEntry.id.desc()).limit(1)
        return dict((await db.scalars(query)).one())
