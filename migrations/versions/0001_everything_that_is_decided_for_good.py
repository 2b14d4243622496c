"""Everything that is decided for good."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Everything that is decided for good."""
    op.create_table(
        "bichat_tenants",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("time_zone", sa.String(), nullable=False),
        sa.Column("first_weekday", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("default_locale", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("default_locale IN ('en', 'ru', 'uz')", name=op.f("ck_bichat_tenants_default_locale")),
        sa.CheckConstraint("first_weekday BETWEEN 0 AND 6", name=op.f("ck_bichat_tenants_first_weekday")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bichat_tenants")),
        sa.UniqueConstraint("name", name=op.f("uq_bichat_tenants_name")),
    )
    op.create_table(
        "bichat_audit_entries",
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("details", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["bichat_tenants.id"], name=op.f("fk_bichat_audit_entries_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bichat_audit_entries")),
    )
    op.create_index("ix_bichat_audit_entries_tenant_created", "bichat_audit_entries", ["tenant_id", "created_at"], unique=False)
    op.create_table(
        "bichat_audited_statements",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("sql", sa.String(), nullable=False),
        sa.Column("parameters", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=True),
        sa.Column("duration_ms", sa.Double(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["bichat_tenants.id"], name=op.f("fk_bichat_audited_statements_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bichat_audited_statements")),
    )
    op.create_index(
        "ix_bichat_audited_statements_tenant_created", "bichat_audited_statements", ["tenant_id", "created_at"], unique=False
    )
    op.create_table(
        "bichat_model_calls",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("input_tokens", sa.Integer(), nullable=False),
        sa.Column("cached_tokens", sa.Integer(), nullable=False),
        sa.Column("output_tokens", sa.Integer(), nullable=False),
        sa.Column("cost", sa.Numeric(precision=14, scale=8), nullable=True),
        sa.Column("duration_ms", sa.Double(), nullable=False),
        sa.Column("finish_reason", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["bichat_tenants.id"], name=op.f("fk_bichat_model_calls_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bichat_model_calls")),
    )
    op.create_index(op.f("ix_bichat_model_calls_run_id"), "bichat_model_calls", ["run_id"], unique=False)
    op.create_index("ix_bichat_model_calls_tenant_created", "bichat_model_calls", ["tenant_id", "created_at"], unique=False)
    op.create_table(
        "bichat_roles",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("permissions", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("is_built_in", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["bichat_tenants.id"], name=op.f("fk_bichat_roles_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bichat_roles")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_bichat_roles_tenant_id_name")),
    )
    op.create_table(
        "bichat_users",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("role_id", sa.Uuid(), nullable=True),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("first_name", sa.String(), nullable=False),
        sa.Column("last_name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("locale IN ('en', 'ru', 'uz')", name=op.f("ck_bichat_users_locale")),
        sa.ForeignKeyConstraint(["role_id"], ["bichat_roles.id"], name=op.f("fk_bichat_users_role_id")),
        sa.ForeignKeyConstraint(["tenant_id"], ["bichat_tenants.id"], name=op.f("fk_bichat_users_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bichat_users")),
        sa.UniqueConstraint("email", name=op.f("uq_bichat_users_email")),
    )
    op.create_index(op.f("ix_bichat_users_tenant_id"), "bichat_users", ["tenant_id"], unique=False)
    op.create_table(
        "bichat_api_tokens",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("permissions", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["bichat_tenants.id"], name=op.f("fk_bichat_api_tokens_tenant_id")),
        sa.ForeignKeyConstraint(["user_id"], ["bichat_users.id"], name=op.f("fk_bichat_api_tokens_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bichat_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_bichat_api_tokens_token_hash")),
    )
    op.create_index("ix_bichat_api_tokens_user", "bichat_api_tokens", ["user_id"], unique=False)
    op.create_table(
        "bichat_login_sessions",
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["bichat_users.id"], name=op.f("fk_bichat_login_sessions_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_bichat_login_sessions")),
    )
    op.create_index(op.f("ix_bichat_login_sessions_expires_at"), "bichat_login_sessions", ["expires_at"], unique=False)
    op.create_index(op.f("ix_bichat_login_sessions_user_id"), "bichat_login_sessions", ["user_id"], unique=False)
    op.create_table(
        "bichat_sessions",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("title_is_typed", sa.Boolean(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("head_message_id", sa.Uuid(), nullable=True),
        sa.Column("active_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["bichat_tenants.id"], name=op.f("fk_bichat_sessions_tenant_id")),
        sa.ForeignKeyConstraint(["user_id"], ["bichat_users.id"], name=op.f("fk_bichat_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bichat_sessions")),
    )
    op.create_index("ix_bichat_sessions_active_at", "bichat_sessions", ["active_at"], unique=False)
    op.create_index(
        "ix_bichat_sessions_list", "bichat_sessions", ["tenant_id", "user_id", "pinned", "active_at", "id"], unique=False
    )
    op.create_table(
        "bichat_runs",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_id", sa.Uuid(), nullable=True),
        sa.Column("user_message_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("options", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("recoveries", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finish_reason", sa.String(), nullable=True),
        sa.Column("error_code", sa.String(), nullable=True),
        sa.Column("error_message", sa.String(), nullable=True),
        sa.Column("worked_ms", sa.Double(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('queued', 'running', 'waiting', 'completed', 'stopped', 'failed')", name=op.f("ck_bichat_runs_status")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["bichat_sessions.id"], name=op.f("fk_bichat_runs_session_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["bichat_tenants.id"], name=op.f("fk_bichat_runs_tenant_id")),
        sa.ForeignKeyConstraint(["user_id"], ["bichat_users.id"], name=op.f("fk_bichat_runs_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bichat_runs")),
    )
    op.create_index("ix_bichat_runs_session", "bichat_runs", ["session_id", "created_at"], unique=False)
    op.create_index("ix_bichat_runs_status", "bichat_runs", ["status", "lease_until"], unique=False)
    op.create_index(
        "uq_bichat_runs_session_unfinished",
        "bichat_runs",
        ["session_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('queued', 'running', 'waiting')"),
        postgresql_where=sa.text("status IN ('queued', 'running', 'waiting')"),
    )
    op.create_table(
        "bichat_artifacts",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("tool_call_id", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("details", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('result', 'table', 'chart', 'export', 'attachment', 'code_output')", name=op.f("ck_bichat_artifacts_kind")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["bichat_runs.id"], name=op.f("fk_bichat_artifacts_run_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["bichat_sessions.id"], name=op.f("fk_bichat_artifacts_session_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["bichat_tenants.id"], name=op.f("fk_bichat_artifacts_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bichat_artifacts")),
    )
    op.create_index(op.f("ix_bichat_artifacts_run_id"), "bichat_artifacts", ["run_id"], unique=False)
    op.create_index("ix_bichat_artifacts_session", "bichat_artifacts", ["session_id", "created_at"], unique=False)
    op.create_table(
        "bichat_messages",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=True),
        sa.Column("call_id", sa.String(), nullable=True),
        sa.Column("tool_name", sa.String(), nullable=True),
        sa.Column("tool_calls", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=True),
        sa.Column("error_code", sa.String(), nullable=True),
        sa.Column("details", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=True),
        sa.Column("duration_ms", sa.Double(), nullable=True),
        sa.Column("partial", sa.Boolean(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('user', 'assistant', 'tool', 'summary')", name=op.f("ck_bichat_messages_role")),
        sa.ForeignKeyConstraint(["author_id"], ["bichat_users.id"], name=op.f("fk_bichat_messages_author_id")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["bichat_messages.id"], name=op.f("fk_bichat_messages_parent_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["bichat_runs.id"], name=op.f("fk_bichat_messages_run_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["bichat_sessions.id"], name=op.f("fk_bichat_messages_session_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["bichat_tenants.id"], name=op.f("fk_bichat_messages_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bichat_messages")),
    )
    op.create_index(op.f("ix_bichat_messages_parent_id"), "bichat_messages", ["parent_id"], unique=False)
    op.create_index("ix_bichat_messages_session", "bichat_messages", ["session_id", "id"], unique=False)
    op.create_index("uq_bichat_messages_run_call", "bichat_messages", ["run_id", "call_id"], unique=True)
    op.create_index("uq_bichat_messages_run_step", "bichat_messages", ["run_id", "step"], unique=True)
    op.create_table(
        "bichat_questions",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("agent_name", sa.String(), nullable=False),
        sa.Column("questions", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("answers", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'answered', 'dismissed', 'expired', 'cancelled')", name=op.f("ck_bichat_questions_status")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["bichat_runs.id"], name=op.f("fk_bichat_questions_run_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["bichat_sessions.id"], name=op.f("fk_bichat_questions_session_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["bichat_tenants.id"], name=op.f("fk_bichat_questions_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bichat_questions")),
    )
    op.create_index("ix_bichat_questions_expiry", "bichat_questions", ["status", "expires_at"], unique=False)
    op.create_index(op.f("ix_bichat_questions_session_id"), "bichat_questions", ["session_id"], unique=False)
    op.create_index("uq_bichat_questions_run_call", "bichat_questions", ["run_id", "call_id"], unique=True)
    op.create_table(
        "bichat_run_requests",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["bichat_runs.id"], name=op.f("fk_bichat_run_requests_run_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["bichat_users.id"], name=op.f("fk_bichat_run_requests_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "request_id", name=op.f("pk_bichat_run_requests")),
    )
    op.create_index(op.f("ix_bichat_run_requests_created_at"), "bichat_run_requests", ["created_at"], unique=False)
    op.create_index(op.f("ix_bichat_run_requests_run_id"), "bichat_run_requests", ["run_id"], unique=False)
    op.create_table(
        "bichat_attachments",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("mime_type", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("storage_key", sa.String(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["bichat_messages.id"], name=op.f("fk_bichat_attachments_message_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["bichat_sessions.id"], name=op.f("fk_bichat_attachments_session_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tenant_id"], ["bichat_tenants.id"], name=op.f("fk_bichat_attachments_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bichat_attachments")),
    )
    op.create_index(op.f("ix_bichat_attachments_message_id"), "bichat_attachments", ["message_id"], unique=False)
    op.create_index(op.f("ix_bichat_attachments_session_id"), "bichat_attachments", ["session_id"], unique=False)
