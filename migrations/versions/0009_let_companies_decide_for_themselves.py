"""Let companies decide for themselves."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Let companies decide for themselves."""
    op.create_table(
        "bichat_prompt_versions",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("restored_from", sa.Integer(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_id"], ["bichat_users.id"], name=op.f("fk_bichat_prompt_versions_author_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["bichat_tenants.id"], name=op.f("fk_bichat_prompt_versions_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bichat_prompt_versions")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_bichat_prompt_versions_tenant_id_number")),
    )
    with op.batch_alter_table("bichat_tenants", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "models_allowed", sa.JSON().with_variant(JSONB(), "postgresql"), server_default=sa.text("'[]'"), nullable=False
            )
        )
        batch_op.add_column(sa.Column("retention_days", sa.Integer(), nullable=True))
