"""Keep what companies know."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Keep what companies know."""
    op.create_table(
        "bichat_knowledge_state",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("next_position", sa.Integer(), nullable=False),
        sa.Column("chunks", sa.Integer(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("loaded_hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["bichat_tenants.id"], name=op.f("fk_bichat_knowledge_state_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_bichat_knowledge_state")),
    )
    op.create_table(
        "bichat_knowledge_vectors",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["bichat_tenants.id"], name=op.f("fk_bichat_knowledge_vectors_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "model", "hash", name=op.f("pk_bichat_knowledge_vectors")),
    )
    op.create_table(
        "bichat_knowledge_words",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.Column("postings", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["bichat_tenants.id"], name=op.f("fk_bichat_knowledge_words_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "word", name=op.f("pk_bichat_knowledge_words")),
    )
    op.create_table(
        "bichat_knowledge",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("sql", sa.String(), nullable=False),
        sa.Column("sql_key", sa.String(), nullable=False),
        sa.Column("details", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("is_from_file", sa.Boolean(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("file_hash", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('table', 'query', 'rule', 'metric', 'definition', 'gotcha', 'document', 'learning')",
            name=op.f("ck_bichat_knowledge_kind"),
        ),
        sa.CheckConstraint("status IN ('proposed', 'approved', 'retired')", name=op.f("ck_bichat_knowledge_status")),
        sa.ForeignKeyConstraint(["tenant_id"], ["bichat_tenants.id"], name=op.f("fk_bichat_knowledge_tenant_id")),
        sa.ForeignKeyConstraint(
            ["written_by"], ["bichat_users.id"], name=op.f("fk_bichat_knowledge_written_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bichat_knowledge")),
        sa.UniqueConstraint("tenant_id", "kind", "name", name=op.f("uq_bichat_knowledge_tenant_id_kind_name")),
    )
    with op.batch_alter_table("bichat_knowledge", schema=None) as batch_op:
        batch_op.create_index("ix_bichat_knowledge_sql_key", ["tenant_id", "sql_key"], unique=False)
        batch_op.create_index("ix_bichat_knowledge_updated", ["tenant_id", "updated_at"], unique=False)

    op.create_table(
        "bichat_knowledge_chunks",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("is_found", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["bichat_knowledge.id"], name=op.f("fk_bichat_knowledge_chunks_entry_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["bichat_tenants.id"], name=op.f("fk_bichat_knowledge_chunks_tenant_id")),
        sa.PrimaryKeyConstraint("tenant_id", "position", name=op.f("pk_bichat_knowledge_chunks")),
    )
    with op.batch_alter_table("bichat_knowledge_chunks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bichat_knowledge_chunks_entry_id"), ["entry_id"], unique=False)

    op.create_table(
        "bichat_knowledge_versions",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("sql", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["bichat_users.id"], name=op.f("fk_bichat_knowledge_versions_author_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["bichat_knowledge.id"], name=op.f("fk_bichat_knowledge_versions_entry_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["bichat_tenants.id"], name=op.f("fk_bichat_knowledge_versions_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bichat_knowledge_versions")),
        sa.UniqueConstraint("entry_id", "number", name=op.f("uq_bichat_knowledge_versions_entry_id_number")),
    )
