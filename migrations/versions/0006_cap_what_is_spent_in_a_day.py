"""Cap what is spent in a day."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Cap what is spent in a day."""
    with op.batch_alter_table("bichat_model_calls", schema=None) as batch_op:
        batch_op.create_index("ix_bichat_model_calls_user_created", ["tenant_id", "user_id", "created_at"], unique=False)

    with op.batch_alter_table("bichat_tenants", schema=None) as batch_op:
        batch_op.add_column(sa.Column("cap_user_tokens", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("cap_user_cost", sa.Numeric(precision=12, scale=4), nullable=True))
        batch_op.add_column(sa.Column("cap_tenant_tokens", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("cap_tenant_cost", sa.Numeric(precision=12, scale=4), nullable=True))
