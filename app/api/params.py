"""What the methods for programs take and give back, besides the shapes of conversations."""

import uuid
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from app.api.shapes import ArtifactShape, PendingQuestion, Person, SessionShape, Shape, SummaryShape, Turn

PAGE = 50
MOST = 200
Limit = Annotated[int, Meta(ge=1, le=MOST)]
Offset = Annotated[int, Meta(ge=0, le=10_000_000)]


class Params(msgspec.Struct, kw_only=True, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Parameters; an unknown one is refused."""


class Nothing(Params, kw_only=True, frozen=True):
    """No parameters."""


class Page(Params, kw_only=True, frozen=True):
    """A part of a list."""

    limit: Limit = PAGE
    offset: Offset = 0


class ListParams(Page, kw_only=True, frozen=True):
    """A part of the list of sessions."""

    include_archived: bool = False


class ListAllParams(ListParams, kw_only=True, frozen=True):
    """A part of the list of the company's sessions, or of one person's."""

    user_id: uuid.UUID | None = None


class One(Params, kw_only=True, frozen=True):
    """A session."""

    id: uuid.UUID


class GetParams(One, kw_only=True, frozen=True):
    """A session with its latest turns, or with those before the turn `before`."""

    limit: Limit = PAGE
    before: uuid.UUID | None = None


class ShareParams(One, kw_only=True, frozen=True):
    """A colleague to let into a session, by `userId` or by `email`, or a member who gets another role."""

    role: Literal["viewer", "editor"]
    user_id: uuid.UUID | None = None
    email: Annotated[str, Meta(max_length=200)] = ""


class UnshareParams(One, kw_only=True, frozen=True):
    """A member of a session to be let out."""

    user_id: uuid.UUID


class CreateParams(Params, kw_only=True, frozen=True):
    """A new session; without a title it is named after its first question."""

    title: str = ""


class TitleParams(One, kw_only=True, frozen=True):
    """A session's new title."""

    title: str


class DeleteParams(One, kw_only=True, frozen=True):
    """A session for the trash, or with `permanent` for nobody any more."""

    permanent: bool = False


class ArtifactsParams(Page, kw_only=True, frozen=True):
    """A part of what a session has shown."""

    session_id: uuid.UUID


Given = str | list[str]


class SubmitParams(Params, kw_only=True, frozen=True):
    """The answers by question: an option's id, own words, or several of these."""

    session_id: uuid.UUID
    checkpoint_id: uuid.UUID
    answers: dict[str, Given]


class RejectParams(Params, kw_only=True, frozen=True):
    """A session whose question is skipped."""

    session_id: uuid.UUID


class SendParams(Params, kw_only=True, frozen=True):
    """A message to a session; files cannot come with it yet."""

    session_id: uuid.UUID
    content: str
    attachments: list[dict[str, Any]] = []


class Pong(Shape, kw_only=True, frozen=True):
    """The door is open."""

    ok: bool = True
    tenant_id: str


class SessionList(Shape, kw_only=True, frozen=True):
    """A part of a list, and how long the whole is."""

    sessions: list[SessionShape]
    total: int
    has_more: bool


class SessionResult(Shape, kw_only=True, frozen=True):
    """A session as it is now."""

    session: SessionShape


class Conversation(Shape, kw_only=True, frozen=True):
    """A session with turns, oldest first; `hasMore` tells that there are earlier ones, `summary` stands for those before all."""

    session: SessionShape
    turns: list[Turn]
    has_more: bool
    summary: SummaryShape | UnsetType = UNSET
    pending_question: PendingQuestion | UnsetType = UNSET


class Cleared(Shape, kw_only=True, frozen=True):
    """How much was removed."""

    success: bool = True
    deleted_messages: int
    deleted_artifacts: int


class Compacted(Cleared, kw_only=True, frozen=True):
    """The summary that was written, and how much went behind it: it can be unfolded for 30 days."""

    summary: str


class Deleted(Shape, kw_only=True, frozen=True):
    """It is gone."""

    ok: bool = True


class MemberShape(Shape, kw_only=True, frozen=True):
    """Somebody who was let into a session by name."""

    person: Person
    email: str
    role: Literal["viewer", "editor"]


class MemberList(Shape, kw_only=True, frozen=True):
    """Who may open a session; by its address the company may do what `link_role` says, if anything, and `keepers` list it."""

    owner: Person
    members: list[MemberShape]
    keepers: list[Person]
    link_role: Literal["viewer", "editor"] | UnsetType = UNSET


class ArtifactList(Shape, kw_only=True, frozen=True):
    """A part of what a session has shown; `nextOffset` is where the next one begins, if there is one."""

    artifacts: list[ArtifactShape]
    has_more: bool
    next_offset: int | None


class Accepted(Shape, kw_only=True, frozen=True):
    """The answer was taken and the run goes on; `operation` is `question_submit` or `question_reject`."""

    accepted: bool = True
    operation: str
    run_id: str
    started_at: str
    session: SessionShape
    turns: list[Turn]
