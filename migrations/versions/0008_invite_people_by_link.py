"""Invite people by link."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Invite people by link."""
    op.create_table(
        "bichat_invitations",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("is_first", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["bichat_tenants.id"], name=op.f("fk_bichat_invitations_tenant_id")),
        sa.ForeignKeyConstraint(["user_id"], ["bichat_users.id"], name=op.f("fk_bichat_invitations_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bichat_invitations")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_bichat_invitations_key_hash")),
        sa.UniqueConstraint("user_id", name=op.f("uq_bichat_invitations_user_id")),
    )
