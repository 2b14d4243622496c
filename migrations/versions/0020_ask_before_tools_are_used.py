"""Ask before tools are used."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Ask before tools are used."""
    with op.batch_alter_table("bichat_questions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(), server_default="question", nullable=False))

    with op.batch_alter_table("bichat_tenants", schema=None) as batch_op:
        json = sa.JSON().with_variant(JSONB(), "postgresql")
        batch_op.add_column(sa.Column("tool_policies", json, server_default=sa.text("'{}'"), nullable=False))
