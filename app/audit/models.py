"""What was done by whom. Nothing here refers to a session by foreign key: the audit outlives what it speaks of."""

import uuid
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Identified
from app.identity.models import Tenant


class AuditEntry(Identified, Base):
    """One thing done; `action` is a dotted word such as `login.succeeded`, `details` never holds secrets or message text."""

    __tablename__ = "bichat_audit_entries"
    __table_args__ = (
        Index("ix_bichat_audit_entries_tenant_created", "tenant_id", "created_at"),
        Index("ix_bichat_audit_entries_tenant_user_created", "tenant_id", "user_id", "created_at"),
    )

    tenant_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(Tenant.id))
    user_id: Mapped[uuid.UUID | None]
    action: Mapped[str]
    subject_id: Mapped[uuid.UUID | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)


class AuditedStatement(Identified, Base):
    """A statement that was sent to, or refused before, the business database.

    `outcome` is `ok` or a tool error code, `error` then the sentence that the model was told.
    """

    __tablename__ = "bichat_audited_statements"
    __table_args__ = (
        Index("ix_bichat_audited_statements_tenant_created", "tenant_id", "created_at"),
        Index("ix_bichat_audited_statements_tenant_user_created", "tenant_id", "user_id", "created_at"),
    )

    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Tenant.id))
    user_id: Mapped[uuid.UUID]
    session_id: Mapped[uuid.UUID | None]
    run_id: Mapped[uuid.UUID | None]
    sql: Mapped[str]
    parameters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    outcome: Mapped[str]
    error: Mapped[str | None]
    row_count: Mapped[int | None]
    duration_ms: Mapped[float]
