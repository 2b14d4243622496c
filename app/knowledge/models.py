"""What companies know about their data, with its versions, and what search finds it by."""

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Identified, now
from app.identity.models import Tenant, User


class Entry(Identified, Base):
    """One thing that is known, found by its `kind` and `name`.

    `is_from_file` tells that `bichat knowledge` put it there, from `file`; `file_hash` is of what the file said, so that
    what people changed since stays until the file changes. `sql_key` is a query's statement however it is written, `uses`
    how often people found that it answers.
    """

    __tablename__ = "bichat_knowledge"
    __table_args__ = (
        UniqueConstraint("tenant_id", "kind", "name"),
        Index("ix_bichat_knowledge_sql_key", "tenant_id", "sql_key"),
        Index("ix_bichat_knowledge_updated", "tenant_id", "updated_at"),
        CheckConstraint(
            "kind IN ('table', 'query', 'rule', 'metric', 'definition', 'gotcha', 'document', 'learning')", name="kind"
        ),
        CheckConstraint("status IN ('proposed', 'approved', 'retired')", name="status"),
    )

    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Tenant.id))
    kind: Mapped[str]
    name: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    sql: Mapped[str] = mapped_column(default="")
    sql_key: Mapped[str] = mapped_column(default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status: Mapped[str] = mapped_column(default="approved")
    is_from_file: Mapped[bool] = mapped_column(Boolean, default=False)
    file: Mapped[str] = mapped_column(default="")
    file_hash: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(Integer, default=1)
    uses: Mapped[int] = mapped_column(Integer, default=0)
    written_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(User.id, ondelete="SET NULL"))
    updated_at: Mapped[dt.datetime] = mapped_column(default=now)


class EntryVersion(Identified, Base):
    """What an entry said and how it stood after `act`; `author_id` None is an operator."""

    __tablename__ = "bichat_knowledge_versions"
    __table_args__ = (UniqueConstraint("entry_id", "number"),)

    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Tenant.id))
    entry_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Entry.id, ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    act: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    sql: Mapped[str] = mapped_column(default="")
    status: Mapped[str]
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(User.id, ondelete="SET NULL"))


class Chunk(Base):
    """A piece of an entry that search finds; `position` counts up in its company, `hash` is of `title` and `text`."""

    __tablename__ = "bichat_knowledge_chunks"

    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Tenant.id), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    entry_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Entry.id, ondelete="CASCADE"), index=True)
    ordinal: Mapped[int] = mapped_column(Integer)
    title: Mapped[str]
    text: Mapped[str]
    hash: Mapped[str]
    is_found: Mapped[bool] = mapped_column(Boolean)
    """Whether its entry is approved."""


class WordPostings(Base):
    """Where a stem stands in a company's chunks, as `app.knowledge.postings` reads and writes it."""

    __tablename__ = "bichat_knowledge_words"

    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Tenant.id), primary_key=True)
    word: Mapped[str] = mapped_column(primary_key=True)
    postings: Mapped[bytes] = mapped_column(LargeBinary)


class KnowledgeState(Base):
    """One row a company, which is locked by whoever changes its knowledge.

    `revision` counts changes, `chunks` and `words` are those of what is approved, `loaded_hash` is of the folder loaded last
    by a start.
    """

    __tablename__ = "bichat_knowledge_state"

    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Tenant.id), primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, default=0)
    next_position: Mapped[int] = mapped_column(Integer, default=1)
    chunks: Mapped[int] = mapped_column(Integer, default=0)
    words: Mapped[int] = mapped_column(Integer, default=0)
    loaded_hash: Mapped[str] = mapped_column(default="")


class Vector(Base):
    """The embedding of a chunk's text, kept by the hash of what was embedded and the model that did: 32-bit floats."""

    __tablename__ = "bichat_knowledge_vectors"

    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Tenant.id), primary_key=True)
    model: Mapped[str] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(primary_key=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)
