"""The schema of the GraphQL door: the functions behind the methods, by other names."""

import types
from collections.abc import AsyncGenerator, Callable
from typing import Any

import msgspec
import strawberry
from graphql import GraphQLError
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import MaxAliasesLimiter, MaxTokensLimiter, QueryDepthLimiter
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

from app.api import conversations, live, messages, sending, summaries
from app.api.caller import Caller
from app.api.graphql.types import type_of, value_of
from app.api.live import Interrupt, MessageChunk
from app.api.messages import MessagesParams
from app.api.params import PAGE, Compacted, CreateParams, ListParams, One, SendParams, SubmitParams
from app.api.sending import Sent
from app.api.shapes import AssistantTurn, MessageShape, SessionShape, Shape, SummaryShape, Turn, UserTurn
from app.api.summaries import UnfoldParams
from app.errors import N_, Invalid

Info = strawberry.Info[Caller, None]

MAX_DEPTH = 8
MAX_ALIASES = 15
MAX_TOKENS = 2000
BY_POST = {OperationType.QUERY, OperationType.MUTATION}
NO_OPERATION = "There is no operation of this name, or none at all."
FOLLOW = "Subscriptions need a connection of the protocol graphql-transport-ws."


class SendMessageResponse(Shape, kw_only=True, frozen=True):
    """What became of a message: an answer, or a question that waits for one."""

    user_turn: UserTurn
    assistant_turn: AssistantTurn | None
    interrupt: Interrupt | None


SESSIONS, MESSAGES, TURNS = (types.GenericAlias(list, (type_of(shape),)) for shape in (SessionShape, MessageShape, Turn))


def _resolved(kind: Any, make: Callable[..., Any]) -> Callable[[Callable[..., Any]], Any]:
    """Return the decorator of a resolver of `kind`, which its docstring describes."""
    return lambda function: make(graphql_type=kind, description=function.__doc__)(function)


@strawberry.input
class AttachmentInput:
    """A file that comes with a message."""

    id: strawberry.ID | None = None
    file_name: str
    mime_type: str
    size_bytes: int
    data: str


@strawberry.type
class Query:
    """What can be read."""

    @_resolved(SESSIONS, strawberry.field)
    async def sessions(self, info: Info, limit: int | None = PAGE, offset: int | None = 0) -> Any:
        """Return one's own sessions: pinned first, then the latest."""
        page = await conversations.listed(info.context, _params(ListParams, **_part(limit, offset)))
        return page.sessions

    @_resolved(type_of(SessionShape) | None, strawberry.field)
    async def session(self, info: Info, id: strawberry.ID) -> Any:  # noqa: A002 - the argument's name
        """Return a session that one may read."""
        return (await conversations.one(info.context, _params(One, id=id))).session

    @_resolved(MESSAGES, strawberry.field)
    async def messages(self, info: Info, session_id: strawberry.ID, limit: int | None = PAGE, offset: int | None = 0) -> Any:
        """Return what was said in a session, the oldest first."""
        return await messages.listed(info.context, _params(MessagesParams, sessionId=session_id, **_part(limit, offset)))

    @_resolved(type_of(SummaryShape) | None, strawberry.field)
    async def summary(self, info: Info, session_id: strawberry.ID) -> Any:
        """Return the summary that stands for the first turns of a session, if there is one."""
        return await summaries.of_session(info.context, _params(One, id=session_id))

    @_resolved(TURNS, strawberry.field)
    async def summarised(
        self, info: Info, summary_id: strawberry.ID, limit: int | None = PAGE, before: strawberry.ID | None = None
    ) -> Any:
        """Return the last turns that a summary replaced, or those before one, the oldest first."""
        params = _params(UnfoldParams, id=summary_id, limit=PAGE if limit is None else limit, before=before)
        return await summaries.unfolded(info.context, params)


@strawberry.type
class Mutation:
    """What can be changed."""

    @_resolved(type_of(SessionShape), strawberry.mutation)
    async def create_session(self, info: Info, title: str | None = None) -> Any:
        """Open an empty conversation."""
        return (await conversations.create(info.context, _params(CreateParams, title=title or ""))).session

    @_resolved(type_of(SendMessageResponse), strawberry.mutation)
    async def send_message(
        self, info: Info, session_id: strawberry.ID, content: str, attachments: list[AttachmentInput] | None = None
    ) -> Any:
        """Send a message and wait for its answer."""
        files = [strawberry.asdict(file) for file in attachments or ()]
        params = _params(SendParams, sessionId=session_id, content=content, attachments=files)
        return _response(await sending.send(info.context, params))

    @_resolved(type_of(SendMessageResponse), strawberry.mutation)
    async def resume_with_answer(self, info: Info, session_id: strawberry.ID, checkpoint_id: strawberry.ID, answers: JSON) -> Any:
        """Answer a question and wait for what follows."""
        params = _params(SubmitParams, sessionId=session_id, checkpointId=checkpoint_id, answers=answers)
        return _response(await sending.resume(info.context, params))

    @_resolved(type_of(SessionShape), strawberry.mutation)
    async def archive_session(self, info: Info, id: strawberry.ID) -> Any:  # noqa: A002 - the argument's name
        """Take a session out of the list."""
        return (await conversations.archive(info.context, _params(One, id=id))).session

    @_resolved(type_of(SessionShape), strawberry.mutation)
    async def pin_session(self, info: Info, id: strawberry.ID) -> Any:  # noqa: A002 - the argument's name
        """Keep a session above the others."""
        return (await conversations.pin(info.context, _params(One, id=id))).session

    @_resolved(type_of(Compacted), strawberry.mutation)
    async def compact_session(self, info: Info, id: strawberry.ID) -> Any:  # noqa: A002 - the argument's name
        """Put all but the last turns of a session into a summary."""
        return await conversations.compact(info.context, _params(One, id=id))

    @_resolved(type_of(SessionShape), strawberry.mutation)
    async def uncompact_session(self, info: Info, id: strawberry.ID) -> Any:  # noqa: A002 - the argument's name
        """Bring back what the summary of a session replaced."""
        return (await summaries.take_back(info.context, _params(One, id=id))).session


@strawberry.type
class Subscription:
    """What can be followed."""

    @_resolved(type_of(MessageChunk), strawberry.subscription)
    async def message_stream(self, info: Info, session_id: strawberry.ID) -> AsyncGenerator[Any]:
        """Follow the runs of a session as they happen: the one at work, then each later one."""
        async for chunk in live.chunks(info.context, _params(One, id=session_id).id):
            yield chunk


class Schema(strawberry.Schema):
    """A schema that leaves errors to whoever answers with them."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Do nothing: `app.api.graphql.answers` logs them."""

    async def answer(self, query: str, **options: Any) -> ExecutionResult:
        """Execute a query or a mutation; what is neither becomes an error of the result."""
        try:
            return await self.execute(query, allowed_operation_types=BY_POST, **options)
        except (MissingQueryError, CannotGetOperationTypeError):
            return ExecutionResult(data=None, errors=[GraphQLError(NO_OPERATION)])
        except InvalidOperationTypeError:
            return ExecutionResult(data=None, errors=[GraphQLError(FOLLOW)])


schema = Schema(
    Query,
    Mutation,
    Subscription,
    config=StrawberryConfig(default_resolver=value_of),
    extensions=[
        lambda: QueryDepthLimiter(MAX_DEPTH),
        lambda: MaxAliasesLimiter(MAX_ALIASES),
        lambda: MaxTokensLimiter(MAX_TOKENS),
    ],
)
SDL = schema.as_str()


def _params(kind: Any, **values: Any) -> Any:
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        raise Invalid(N_("The parameters do not fit: %(reason)s"), reason=str(error)) from error


def _part(limit: int | None, offset: int | None) -> dict[str, int]:
    return {"limit": PAGE if limit is None else limit, "offset": offset or 0}


def _response(sent: Sent) -> SendMessageResponse:
    turn, asked = sent.turn, sent.interrupt
    return SendMessageResponse(
        user_turn=turn.user_turn,
        assistant_turn=turn.assistant_turn or None,
        interrupt=Interrupt(checkpoint_id=asked.checkpoint_id, agent_name=asked.agent_name, questions=asked.questions)
        if asked
        else None,
    )
