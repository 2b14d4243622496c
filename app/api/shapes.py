"""What programs get of conversations: the shapes of contract §6, the same through every door.

A field that is `UNSET` is left out; times are ISO 8601 in UTC and ids UUIDs, both as text.
"""

import datetime as dt
import uuid
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from app.agent.tool import AskedQuestion
from app.chat.access import WRITERS, Role
from app.chat.approving import asked_questions, open_to
from app.chat.claims import Checked
from app.chat.models import Question, Session
from app.chat.sources import Cited
from app.data.reach import Reach
from app.identity.naming import initials


class Shape(msgspec.Struct, kw_only=True, frozen=True, rename="camel"):
    """A shape; its fields are camelCase outside."""


class Person(Shape, kw_only=True, frozen=True):
    """Somebody of the company."""

    id: str
    first_name: str
    last_name: str
    initials: str


class Access(Shape, kw_only=True, frozen=True):
    """What the asker may do with a session: they are its `owner`, an `editor` or `viewer`, or read it by `read_all`."""

    role: Role
    can_read: bool
    can_write: bool


class SessionShape(Shape, kw_only=True, frozen=True):
    """A conversation; `deletedAt` is there for one in the trash."""

    id: str
    title: str
    status: Literal["active", "archived"]
    pinned: bool
    created_at: str
    updated_at: str
    owner: Person
    access: Access
    deleted_at: str | UnsetType = UNSET


class AttachmentShape(Shape, kw_only=True, frozen=True):
    """A file that came with a message."""

    id: str
    filename: str
    mime_type: str
    size_bytes: int
    url: str | UnsetType = UNSET


class UserTurn(Shape, kw_only=True, frozen=True):
    """What a person asked."""

    id: str
    content: str
    attachments: list[AttachmentShape] = []
    author: Person | None
    created_at: str


class CitationShape(Shape, kw_only=True, frozen=True):
    """A source that an answer names."""

    id: str
    type: str
    title: str
    url: str
    excerpt: str | UnsetType = UNSET
    start_index: int
    end_index: int


class ToolCallShape(Shape, kw_only=True, frozen=True):
    """A call of a tool with its `result` or `error`, none while it goes on; `arguments` and `result` are JSON texts."""

    id: str
    name: str
    arguments: str
    agent_name: str | UnsetType = UNSET
    task_call_id: str | UnsetType = UNSET
    """The call of `task` that an agent made it for, which `agent_name` names then."""
    result: str | UnsetType = UNSET
    error: str | UnsetType = UNSET
    duration_ms: int | UnsetType = UNSET
    reasoning: str | UnsetType = UNSET
    """On `task`: what the agent that works on it considered."""


class ArtifactShape(Shape, kw_only=True, frozen=True):
    """A table, chart or file of a conversation."""

    id: str
    session_id: str
    message_id: str | UnsetType = UNSET
    type: Literal["chart", "table", "export", "attachment", "code_output"]
    name: str
    description: str | UnsetType = UNSET
    mime_type: str | UnsetType = UNSET
    url: str | UnsetType = UNSET
    size_bytes: int
    metadata: dict[str, Any] | UnsetType = UNSET
    created_at: str


class CodeOutput(Shape, kw_only=True, frozen=True):
    """What a program printed, drew or wrote; `type` is logs, image, csv, file, or error for a file that is lost."""

    type: str
    content: str
    filename: str | UnsetType = UNSET
    mime_type: str | UnsetType = UNSET
    size_bytes: int | UnsetType = UNSET


class ClaimShape(Shape, kw_only=True, frozen=True):
    """A number of an answer that was found in no result, and between which characters of `content` it stands."""

    text: str
    start_index: int
    end_index: int


class AssistantTurn(Shape, kw_only=True, frozen=True):
    """What the analyst answered so far; `explanation` is what it said between its tools, `reasoning` what it considered."""

    id: str
    role: Literal["assistant"] = "assistant"
    content: str
    explanation: str | UnsetType = UNSET
    reasoning: str | UnsetType = UNSET
    citations: list[CitationShape] = []
    tool_calls: list[ToolCallShape] = []
    artifacts: list[ArtifactShape] = []
    code_outputs: list[CodeOutput] = []
    debug: dict[str, Any] | UnsetType = UNSET
    unmatched_claims: list[ClaimShape] | UnsetType = UNSET
    created_at: str


class RunError(Shape, kw_only=True, frozen=True):
    """Why a run failed."""

    code: str
    message: str
    retryable: bool


class Turn(Shape, kw_only=True, frozen=True):
    """A question and its answer; `status` is the run's: queued, running, waiting, completed, stopped or failed."""

    id: str
    session_id: str
    created_at: str
    user_turn: UserTurn
    assistant_turn: AssistantTurn | UnsetType = UNSET
    run_id: str | UnsetType = UNSET
    status: str | UnsetType = UNSET
    error: RunError | UnsetType = UNSET


class SummaryShape(Shape, kw_only=True, frozen=True):
    """What stands in a conversation for so many `turns` at its beginning."""

    id: str
    content: str
    turns: int
    created_at: str


class MessageShape(Shape, kw_only=True, frozen=True):
    """Something that a person, who is its `author`, or the analyst said."""

    id: str
    session_id: str
    role: Literal["user", "assistant"]
    content: str
    author: Person | None
    attachments: list[AttachmentShape] = []
    explanation: str | UnsetType = UNSET
    reasoning: str | UnsetType = UNSET
    citations: list[CitationShape] = []
    tool_calls: list[ToolCallShape] = []
    artifacts: list[ArtifactShape] = []
    code_outputs: list[CodeOutput] = []
    debug: dict[str, Any] | UnsetType = UNSET
    unmatched_claims: list[ClaimShape] | UnsetType = UNSET
    created_at: str


class PendingQuestion(Shape, kw_only=True, frozen=True):
    """What the agent waits to hear."""

    checkpoint_id: str
    agent_name: str | UnsetType = UNSET
    turn_id: str
    status: str
    questions: list[AskedQuestion]


def claim_shapes(checked: Checked | None, reach: Reach) -> list[ClaimShape]:
    """Return what was not found, nothing for a reader who may not learn of it."""
    told = checked.unmatched if checked and checked.is_for(reach) else ()
    return [ClaimShape(text=claim.text, start_index=claim.start, end_index=claim.end) for claim in told]


def citation_shapes(cited: Cited | None) -> list[CitationShape]:
    """Return the places of an answer that name sources; the number of a page is its `id`."""
    if cited is None:
        return []
    numbers = {source.url: str(number) for number, source in enumerate(cited.numbered, 1)}
    return [
        CitationShape(
            id=numbers[found.url], type="url", title=found.title, url=found.url, start_index=found.start, end_index=found.end
        )
        for found in cited.citations
    ]


def iso(moment: dt.datetime) -> str:
    """Return a time as programs read it."""
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def person(user_id: uuid.UUID, first_name: str | None, last_name: str | None, email: str | None) -> Person:
    """Return somebody's shape; nobody's address is told."""
    letters = initials(first_name, last_name, email)
    return Person(id=str(user_id), first_name=first_name or "", last_name=last_name or "", initials=letters)


def session_shape(session: Session, owner: Person, role: Role) -> SessionShape:
    """Return a session that somebody may read as `role`."""
    return SessionShape(
        id=str(session.id),
        title=session.title,
        status="archived" if session.archived_at else "active",
        pinned=session.pinned,
        created_at=iso(session.created_at),
        updated_at=iso(session.updated_at),
        owner=owner,
        access=Access(role=role, can_read=True, can_write=role in WRITERS),
        deleted_at=iso(session.deleted_at) if session.deleted_at else UNSET,
    )


def pending_question(question: Question, turn_id: uuid.UUID, reach: Reach, *, is_asker: bool) -> PendingQuestion:
    """Return an open question with what its reader may learn and choose; `turn_id` is the message's that led to it."""
    return PendingQuestion(
        checkpoint_id=str(question.id),
        agent_name=question.agent_name,
        turn_id=str(turn_id),
        status=question.status,
        questions=list(open_to(asked_questions(question), reach, is_asker=is_asker)),
    )
