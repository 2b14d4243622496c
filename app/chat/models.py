"""Sessions, the tree of their messages, runs, questions and model calls.

The transcript is the checkpoint: a run goes on from its last committed message. `(run_id, task_call_id, step)` is unique for
assistant steps and `(run_id, call_id)` for tool results, so two workers can never both commit one.
"""

import datetime as dt
import uuid
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, Numeric, UniqueConstraint, event, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.chat import word_index
from app.database import Base, Identified, table_of
from app.identity.models import Tenant, User


class RunStatus(StrEnum):
    """Where a run is; the values are the contract's `data-status`."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    STOPPED = "stopped"
    FAILED = "failed"


UNFINISHED = (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.WAITING)
UNFINISHED_SQL = "status IN ('queued', 'running', 'waiting')"
SUMMARY_SQL, REPLACED_SQL = "role = 'summary'", "summary_id IS NOT NULL"


def where(condition: str) -> dict[str, Any]:
    """Return what makes an index hold only the rows with `condition`."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Session(Identified, Base):
    """A conversation. `title_is_typed` protects a title that a person wrote; `active_at` orders the list.

    `link_role` is what its address lets everybody in the company do who has it: `viewer`, `editor` or nothing (None).
    """

    __tablename__ = "bichat_sessions"
    __table_args__ = (
        Index("ix_bichat_sessions_list", "tenant_id", "user_id", "pinned", "active_at", "id"),
        Index("ix_bichat_sessions_active_at", "active_at"),
    )

    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Tenant.id))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(User.id))
    title: Mapped[str] = mapped_column(default="")
    title_is_typed: Mapped[bool] = mapped_column(default=False)
    pinned: Mapped[bool] = mapped_column(default=False)
    head_message_id: Mapped[uuid.UUID | None]
    active_at: Mapped[dt.datetime]
    updated_at: Mapped[dt.datetime]
    archived_at: Mapped[dt.datetime | None]
    deleted_at: Mapped[dt.datetime | None]
    link_role: Mapped[str | None]


class SessionMember(Base):
    """Somebody besides the owner whose list holds a session. With the role `link` they may do what its address lets them."""

    __tablename__ = "bichat_session_members"
    __table_args__ = (
        CheckConstraint("role IN ('viewer', 'editor', 'link')", name="role"),
        Index("ix_bichat_session_members_user", "user_id", "session_id"),
    )

    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bichat_sessions.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Tenant.id))
    role: Mapped[str]
    added_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(User.id, ondelete="SET NULL"))
    created_at: Mapped[dt.datetime]


class Message(Identified, Base):
    """A node of a session's message tree: a question, an assistant step, a tool's result, or a summary of what it hides.

    `reasoning` is what the model told of its considerations before an assistant step, for people only.
    `tool_calls` is a list of `{id, name, arguments}`; `details` holds what the page shows of a tool's result. `partial`
    marks text that a stop or a failure cut off, `set_aside` what belongs to a version of a turn that is not shown now.
    `summary_id` names the summary that speaks for a message, so that neither the model nor the page shows it any more.
    A message of a sub-agent hangs beside the path of what was said: nothing hangs on it.
    """

    __tablename__ = "bichat_messages"
    __table_args__ = (
        CheckConstraint("role IN ('user', 'assistant', 'tool', 'summary')", name="role"),
        Index("ix_bichat_messages_session", "session_id", "id"),
        Index("uq_bichat_messages_run_step", "run_id", "task_call_id", "step", unique=True),
        Index("uq_bichat_messages_run_call", "run_id", "call_id", unique=True),
        Index("ix_bichat_messages_set_aside", "session_id", **where("set_aside")),
        Index("ix_bichat_messages_summaries", "session_id", **where(SUMMARY_SQL)),
        Index("ix_bichat_messages_summarised", "summary_id", **where(REPLACED_SQL)),
    )

    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Tenant.id))
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bichat_sessions.id", ondelete="CASCADE"))
    parent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("bichat_messages.id", ondelete="CASCADE"), index=True)
    run_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("bichat_runs.id", ondelete="CASCADE"))
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(User.id))
    role: Mapped[str]
    content: Mapped[str] = mapped_column(default="")
    reasoning: Mapped[str | None]
    step: Mapped[int | None]
    """Set on assistant messages, 0-based within the run or the task."""
    call_id: Mapped[str | None]
    """Set on tool results: the id of the call that they answer."""
    tool_name: Mapped[str | None]
    tool_calls: Mapped[list[Any] | None]
    error_code: Mapped[str | None]
    details: Mapped[dict[str, Any] | None]
    duration_ms: Mapped[float | None]
    task_call_id: Mapped[str] = mapped_column(default="", server_default="")
    """Set on messages of a sub-agent: the id of the call that gave it the task."""
    partial: Mapped[bool] = mapped_column(default=False)
    set_aside: Mapped[bool] = mapped_column(default=False, server_default=false())
    summary_id: Mapped[uuid.UUID | None]
    deleted_at: Mapped[dt.datetime | None]


class Run(Identified, Base):
    """The work on one question. `worked_ms` is time spent so far without waiting for answers.

    `owner` is the process that works on it until `lease_until`; `recoveries` counts take-overs without a step committed.
    """

    __tablename__ = "bichat_runs"
    __table_args__ = (
        CheckConstraint("status IN ('queued', 'running', 'waiting', 'completed', 'stopped', 'failed')", name="status"),
        Index("uq_bichat_runs_session_unfinished", "session_id", unique=True, **where(UNFINISHED_SQL)),
        Index("ix_bichat_runs_session", "session_id", "created_at"),
        Index("ix_bichat_runs_status", "status", "lease_until"),
        Index("ix_bichat_runs_user_message", "user_message_id"),
    )

    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Tenant.id))
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bichat_sessions.id", ondelete="CASCADE"))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(User.id))
    token_id: Mapped[uuid.UUID | None]
    user_message_id: Mapped[uuid.UUID]
    status: Mapped[str] = mapped_column(default=RunStatus.QUEUED)
    locale: Mapped[str]
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the asker chose: `model`, `reasoning_effort`, `debug`."""
    unmatched_claims: Mapped[int | None]
    """How many figures of the answer were found in no result; None where nothing was checked."""
    attempt: Mapped[int] = mapped_column(default=1)
    recoveries: Mapped[int] = mapped_column(default=0)
    owner: Mapped[str | None]
    lease_until: Mapped[dt.datetime | None]
    finish_reason: Mapped[str | None]
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]
    worked_ms: Mapped[float] = mapped_column(default=0.0)
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
    traceparent: Mapped[str | None]
    """The request that asked, in its trace (W3C Trace Context)."""
    stopped_by: Mapped[uuid.UUID | None]
    """Who asked last that it stop."""
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    """How often something that its answer shows was changed: a table refreshed, a chart drawn anew, a file renamed."""


class RunRequest(Base):
    """A request id that a person used, so that a repeated request is the same run (contract: 30 minutes)."""

    __tablename__ = "bichat_run_requests"

    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    request_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bichat_runs.id", ondelete="CASCADE"), index=True)
    content_hash: Mapped[str]
    created_at: Mapped[dt.datetime] = mapped_column(index=True)


class Question(Identified, Base):
    """A paused run's checkpoint, its id the `checkpointId`: a `question` of the agent, or calls that need `approval`."""

    __tablename__ = "bichat_questions"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'answered', 'dismissed', 'expired', 'cancelled')", name="status"),
        Index("uq_bichat_questions_run_call", "run_id", "call_id", unique=True),
        Index("ix_bichat_questions_expiry", "status", "expires_at"),
    )

    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Tenant.id))
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bichat_sessions.id", ondelete="CASCADE"), index=True)
    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bichat_runs.id", ondelete="CASCADE"))
    call_id: Mapped[str]
    kind: Mapped[str] = mapped_column(default="question", server_default="question")
    agent_name: Mapped[str]
    questions: Mapped[list[Any]]
    """As in the contract's `interrupt`: `{id, text, header, type, options: [{id, label, description}]}`."""
    status: Mapped[str] = mapped_column(default="open")
    answers: Mapped[dict[str, Any] | None]
    answered_by: Mapped[uuid.UUID | None]
    answered_at: Mapped[dt.datetime | None]
    expires_at: Mapped[dt.datetime]


class PromptVersion(Identified, Base):
    """What a company adds to the analyst's instructions; the one with the highest number speaks, an empty one adds nothing."""

    __tablename__ = "bichat_prompt_versions"
    __table_args__ = (UniqueConstraint("tenant_id", "number"),)

    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Tenant.id))
    number: Mapped[int]
    text: Mapped[str]
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey(User.id, ondelete="SET NULL"))
    restored_from: Mapped[int | None]
    """The number of the version whose text was taken again."""


class ModelCall(Identified, Base):
    """One answered call of a model. `cost` is in USD, None where no price is known.

    `is_estimated` marks tokens that we counted ourselves because the provider told none.
    """

    __tablename__ = "bichat_model_calls"
    __table_args__ = (
        Index("ix_bichat_model_calls_tenant_created", "tenant_id", "created_at"),
        Index("ix_bichat_model_calls_user_created", "tenant_id", "user_id", "created_at"),
    )

    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Tenant.id))
    user_id: Mapped[uuid.UUID]
    session_id: Mapped[uuid.UUID | None]
    run_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    step: Mapped[int]
    provider: Mapped[str]
    model: Mapped[str]
    input_tokens: Mapped[int]
    cached_tokens: Mapped[int]
    output_tokens: Mapped[int]
    is_estimated: Mapped[bool] = mapped_column(default=False, server_default=false())
    cost: Mapped[Decimal | None] = mapped_column(Numeric(14, 8))
    duration_ms: Mapped[float]
    finish_reason: Mapped[str]
    agent_name: Mapped[str] = mapped_column(default="", server_default="")
    """The agent that was given a task, empty where the analyst itself asked."""
    context: Mapped[list[Any] | None]
    """In debug mode what it was asked with: `{name, tokens, is_estimated}` of each block."""


class Feedback(Identified, Base):
    """What a person thinks of an answer, one verdict for each of both. `reason` is one of `app.chat.opinions.REASONS`."""

    __tablename__ = "bichat_feedback"
    __table_args__ = (
        CheckConstraint("verdict IN ('up', 'down')", name="verdict"),
        UniqueConstraint("run_id", "user_id"),
        Index("ix_bichat_feedback_list", "tenant_id", "created_at", "id"),
    )

    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Tenant.id))
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bichat_sessions.id", ondelete="CASCADE"), index=True)
    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bichat_runs.id", ondelete="CASCADE"))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(User.id))
    verdict: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    comment: Mapped[str] = mapped_column(default="")
    updated_at: Mapped[dt.datetime]


class SearchEntry(Base):
    """What search finds: a turn by its question and its answer, or a session by its title (`message_id` is None).

    `asked` and `told` hold stems without repetition; `position` grows with time. The engines' own indexes over them are in
    `app.chat.word_index`.
    """

    __tablename__ = "bichat_search"
    __table_args__ = (
        Index("uq_bichat_search_message", "message_id", unique=True),
        Index("uq_bichat_search_title", "session_id", unique=True, **where("message_id IS NULL")),
    )

    position: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    tenant_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(Tenant.id))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey(User.id))
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("bichat_sessions.id", ondelete="CASCADE"), index=True)
    message_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("bichat_messages.id", ondelete="CASCADE"))
    answer_id: Mapped[uuid.UUID | None]
    asked: Mapped[str]
    told: Mapped[str] = mapped_column(default="")


event.listen(table_of(SearchEntry), "after_create", word_index.create)
