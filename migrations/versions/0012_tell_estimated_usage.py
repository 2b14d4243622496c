"""Tell where tokens were estimated because the provider told none."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Tell where tokens were estimated because the provider told none."""
    with op.batch_alter_table("bichat_model_calls", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_estimated", sa.Boolean(), server_default=sa.false(), nullable=False))
