"""Tell who stopped an answer."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Tell who stopped an answer."""
    with op.batch_alter_table("bichat_runs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stopped_by", sa.Uuid(), nullable=True))
