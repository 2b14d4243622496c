"""Name the agent of a call of the model."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Name the agent of a call of the model."""
    with op.batch_alter_table("bichat_model_calls", schema=None) as batch_op:
        batch_op.add_column(sa.Column("agent_name", sa.String(), server_default="", nullable=False))
