"""Say why a statement was refused."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Say why a statement was refused."""
    with op.batch_alter_table("bichat_audited_statements", schema=None) as batch_op:
        batch_op.add_column(sa.Column("error", sa.String(), nullable=True))
