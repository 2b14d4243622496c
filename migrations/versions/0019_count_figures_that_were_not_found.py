"""Count figures that were not found."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Count figures that were not found."""
    with op.batch_alter_table("bichat_runs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unmatched_claims", sa.Integer(), nullable=True))
