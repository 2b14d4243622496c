"""Keep the choice of model on the account."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Keep the choice of model on the account."""
    with op.batch_alter_table("bichat_users", schema=None) as batch_op:
        batch_op.add_column(sa.Column("chosen_model", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("chosen_effort", sa.String(), server_default="", nullable=False))
