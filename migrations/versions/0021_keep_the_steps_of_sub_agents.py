"""Keep the steps of sub-agents."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Keep the steps of sub-agents."""
    with op.batch_alter_table("bichat_messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("task_call_id", sa.String(), server_default="", nullable=False))
        batch_op.drop_index("uq_bichat_messages_run_step")
        batch_op.create_index("uq_bichat_messages_run_step", ["run_id", "task_call_id", "step"], unique=True)
