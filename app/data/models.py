"""What a company says about its own tables: descriptions over those of files, and which roles may read which tables."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Identified, now
from app.identity.models import Tenant, User


class TableNote(Identified, Base):
    """A description of a table, or of a column of it. Names are in lower case; the table itself has the column name ''."""

    __tablename__ = "bichat_table_notes"
    __table_args__ = (UniqueConstraint("tenant_id", "table_name", "column_name"),)

    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Tenant.id))
    table_name: Mapped[str]
    column_name: Mapped[str]
    text: Mapped[str]
    written_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(User.id, ondelete="SET NULL"))
    written_at: Mapped[dt.datetime] = mapped_column(default=now)


class TablePermission(Identified, Base):
    """The roles that may read a table; a table without a row may be read by everybody.

    The ids are a list and not rows of their own, so that a role that goes leaves the table closed.
    """

    __tablename__ = "bichat_table_permissions"
    __table_args__ = (UniqueConstraint("tenant_id", "table_name"),)

    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Tenant.id))
    table_name: Mapped[str]
    role_ids: Mapped[list[Any]]
