"""Let turns have versions."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Let turns have versions."""
    with op.batch_alter_table("bichat_messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("set_aside", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.create_index(
            "ix_bichat_messages_set_aside",
            ["session_id"],
            unique=False,
            sqlite_where=sa.text("set_aside"),
            postgresql_where=sa.text("set_aside"),
        )
