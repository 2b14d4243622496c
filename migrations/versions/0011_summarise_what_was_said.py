"""Summarise what was said."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Summarise what was said."""
    with op.batch_alter_table("bichat_messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("summary_id", sa.Uuid(), nullable=True))
        for name, column, which in (
            ("ix_bichat_messages_summaries", "session_id", "role = 'summary'"),
            ("ix_bichat_messages_summarised", "summary_id", "summary_id IS NOT NULL"),
        ):
            batch_op.create_index(
                name, [column], unique=False, sqlite_where=sa.text(which), postgresql_where=sa.text(which)
            )  # fmt: skip
