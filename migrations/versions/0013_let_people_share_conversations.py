"""Let people share conversations."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Let people share conversations."""
    op.create_table(
        "bichat_session_members",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('viewer', 'editor', 'link')", name=op.f("ck_bichat_session_members_role")),
        sa.ForeignKeyConstraint(
            ["added_by"], ["bichat_users.id"], name=op.f("fk_bichat_session_members_added_by"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["bichat_sessions.id"], name=op.f("fk_bichat_session_members_session_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["bichat_tenants.id"], name=op.f("fk_bichat_session_members_tenant_id")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["bichat_users.id"], name=op.f("fk_bichat_session_members_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", "user_id", name=op.f("pk_bichat_session_members")),
    )
    with op.batch_alter_table("bichat_session_members", schema=None) as batch_op:
        batch_op.create_index("ix_bichat_session_members_user", ["user_id", "session_id"], unique=False)

    with op.batch_alter_table("bichat_sessions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("link_role", sa.String(), nullable=True))
