"""Write down what was done by whom, in the transaction that does it."""

import uuid
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.models import AuditEntry
from app.identity import acts
from app.identity.actor import Actor
from app.identity.acts import Act


def record(db: AsyncSession, actor: Actor, action: str, subject_id: uuid.UUID | None = None, **details: Any) -> None:
    """Add an entry. `action` is a dotted word such as `session.deleted`; `details` never holds secrets or message text."""
    _keep(db, Act(action, actor.tenant_id, actor.user_id, subject_id, details))


def start_recording() -> None:
    """Keep what happens to people and their access too; called once by whatever puts the program together."""
    acts.listen(_keep)


def _keep(db: AsyncSession, act: Act) -> None:
    db.add(
        AuditEntry(
            tenant_id=act.tenant_id, user_id=act.user_id, action=act.action, subject_id=act.subject_id, details=act.details
        )
    )
