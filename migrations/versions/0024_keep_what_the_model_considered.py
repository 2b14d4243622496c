"""Keep what the model considered."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Keep what the model considered."""
    with op.batch_alter_table("bichat_messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reasoning", sa.String(), nullable=True))
