"""Say what people think of answers."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Say what people think of answers."""
    op.create_table(
        "bichat_feedback",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("verdict IN ('up', 'down')", name=op.f("ck_bichat_feedback_verdict")),
        sa.ForeignKeyConstraint(["run_id"], ["bichat_runs.id"], name=op.f("fk_bichat_feedback_run_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["bichat_sessions.id"], name=op.f("fk_bichat_feedback_session_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["bichat_tenants.id"], name=op.f("fk_bichat_feedback_tenant_id")),
        sa.ForeignKeyConstraint(["user_id"], ["bichat_users.id"], name=op.f("fk_bichat_feedback_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bichat_feedback")),
        sa.UniqueConstraint("run_id", "user_id", name=op.f("uq_bichat_feedback_run_id_user_id")),
    )
    with op.batch_alter_table("bichat_feedback", schema=None) as batch_op:
        batch_op.create_index("ix_bichat_feedback_list", ["tenant_id", "created_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_bichat_feedback_session_id"), ["session_id"], unique=False)
