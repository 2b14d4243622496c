"""Find what a person did."""

from alembic import op

revision = "0004"
down_revision = "0003"

COLUMNS = ["tenant_id", "user_id", "created_at"]


def upgrade() -> None:
    """Find what a person did."""
    op.create_index("ix_bichat_audit_entries_tenant_user_created", "bichat_audit_entries", COLUMNS)
    op.create_index("ix_bichat_audited_statements_tenant_user_created", "bichat_audited_statements", COLUMNS)
