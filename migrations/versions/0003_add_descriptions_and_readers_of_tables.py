"""Add descriptions and readers of tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add descriptions and readers of tables."""
    op.create_table(
        "bichat_table_permissions",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("table_name", sa.String(), nullable=False),
        sa.Column("role_ids", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["bichat_tenants.id"], name=op.f("fk_bichat_table_permissions_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bichat_table_permissions")),
        sa.UniqueConstraint("tenant_id", "table_name", name=op.f("uq_bichat_table_permissions_tenant_id_table_name")),
    )
    op.create_table(
        "bichat_table_notes",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("table_name", sa.String(), nullable=False),
        sa.Column("column_name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["bichat_tenants.id"], name=op.f("fk_bichat_table_notes_tenant_id")),
        sa.ForeignKeyConstraint(
            ["written_by"], ["bichat_users.id"], name=op.f("fk_bichat_table_notes_written_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bichat_table_notes")),
        sa.UniqueConstraint(
            "tenant_id", "table_name", "column_name", name=op.f("uq_bichat_table_notes_tenant_id_table_name_column_name")
        ),
    )
