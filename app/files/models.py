"""Stored outcomes of a conversation: results of queries, and the files people bring or take away."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Identified
from app.identity.models import Tenant


class Artifact(Identified, Base):
    """A stored outcome of a run.

    A query's result keeps its columns, SQL, parameters and timing in `details` and its rows in `content`
    (JSON, one array a row). `tool_call_id` says which call made it, so a repeated commit is the same artifact.
    """

    __tablename__ = "bichat_artifacts"
    __table_args__ = (
        CheckConstraint("kind IN ('result', 'table', 'chart', 'export', 'attachment', 'code_output')", name="kind"),
        Index("ix_bichat_artifacts_session", "session_id", "created_at"),
    )

    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Tenant.id))
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bichat_sessions.id", ondelete="CASCADE"))
    run_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("bichat_runs.id", ondelete="CASCADE"), index=True)
    tool_call_id: Mapped[str | None]
    kind: Mapped[str]
    name: Mapped[str]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    content: Mapped[bytes | None] = mapped_column(deferred=True)
    deleted_at: Mapped[dt.datetime | None]


class Attachment(Identified, Base):
    """A file that came with a message; its bytes live in the file storage under `storage_key`."""

    __tablename__ = "bichat_attachments"

    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Tenant.id))
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bichat_sessions.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("bichat_messages.id", ondelete="CASCADE"), index=True)
    file_name: Mapped[str]
    mime_type: Mapped[str]
    size_bytes: Mapped[int]
    storage_key: Mapped[str]
    deleted_at: Mapped[dt.datetime | None]
