"""Keep what a call was made of."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Keep what a call was made of."""
    with op.batch_alter_table("bichat_model_calls", schema=None) as batch_op:
        batch_op.add_column(sa.Column("context", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=True))
