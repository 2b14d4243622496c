"""The GraphQL door: operations by POST, the schema as text, and subscriptions over `graphql-transport-ws`."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

import msgspec
from litestar import Response, WebSocket, get, post, websocket
from litestar.types import ControllerRouterHandler
from msgspec import UNSET, UnsetType

from app.api.bodies import decoded, encode
from app.api.caller import caller_of
from app.api.description import TEXT, Answer, ErrorBody, described
from app.api.graphql.socket import FORBIDDEN, PROTOCOL, UNAUTHORIZED, Conversation
from app.errors import N_
from app.identity.guards import PUBLIC, SignedRequest, allows, requires
from app.identity.permissions import Permission

PATHS = ["/bi-chat/graphql", "/bichat/graphql"]
ACCESS = [requires(Permission.ACCESS)]
OTHER_PROTOCOL = 4406


class Operation(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The body of a request (GraphQL over HTTP)."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None


class OperationError(msgspec.Struct, kw_only=True):
    """An error of an operation; `extensions` has the code that a call of a method would give."""

    message: str
    extensions: dict[str, Any]
    locations: list[dict[str, int]] | UnsetType = UNSET
    path: list[str | int] | UnsetType = UNSET


class OperationResult(msgspec.Struct, kw_only=True):
    """The answer to an operation (GraphQL specification, 7)."""

    data: dict[str, Any] | None
    errors: list[OperationError] | UnsetType = UNSET


class OperationRefusal(msgspec.Struct, kw_only=True):
    """The answer to what was not tried, as GraphQL tells errors and as every other door does."""

    data: None
    errors: list[OperationError]
    error: ErrorBody


OPERATING = described(
    "GraphQL", Answer(OperationResult, "The result, with the errors in it."), 400, 413, body=Operation, refusal=OperationRefusal
)
DEFINING = described("GraphQL", Answer(str, "The schema in its definition language.", TEXT))


@post(PATHS, guards=ACCESS, status_code=200, opt=OPERATING)
async def operate(request: SignedRequest) -> Response[bytes]:
    """Answer a query or a mutation."""
    operation: Operation = decoded(await request.body(), Operation, N_("The request's body does not fit: %(reason)s"))
    schema, answers = await asyncio.to_thread(_schema), await asyncio.to_thread(_answers)
    caller = caller_of(request)
    result = await schema.schema.answer(
        operation.query, variable_values=operation.variables, context_value=caller, operation_name=operation.operation_name
    )
    if refusal := answers.refusal_of(result):
        raise refusal
    return Response(encode(answers.result_of(caller, result)), media_type="application/json")


@get("/bi-chat/graphql/schema.graphql", guards=ACCESS, opt=DEFINING)
async def definition(request: SignedRequest) -> Response[str]:  # noqa: ARG001 - the guard reads it
    """Return the schema in its definition language."""
    schema = await asyncio.to_thread(_schema)
    return Response(schema.SDL, media_type="text/plain")


@websocket(PATHS, opt=PUBLIC)
async def subscribe(socket: WebSocket[Any, Any, Any]) -> None:
    """Follow conversations; who may not is told so by the code that the connection is closed with."""
    if PROTOCOL not in _protocols(socket):
        await socket.accept()
        await socket.close(OTHER_PROTOCOL, "Subprotocol not acceptable")
        return
    await socket.accept(subprotocols=PROTOCOL)
    if socket.scope["auth"] is None:
        await socket.close(UNAUTHORIZED, "Unauthorized")
    elif not allows(socket, Permission.ACCESS) or not _is_own_page(socket):
        await socket.close(FORBIDDEN, "Forbidden")
    else:
        schema, answers = await asyncio.to_thread(_schema), await asyncio.to_thread(_answers)
        await Conversation(socket, caller_of(socket), schema.schema, answers).run()


HANDLERS: list[ControllerRouterHandler] = [operate, definition, subscribe]


def _schema() -> Any:
    from app.api.graphql import schema  # noqa: PLC0415 - takes a second and megabytes that only this door needs

    return schema


def _answers() -> Any:
    from app.api.graphql import answers  # noqa: PLC0415 - the same

    return answers


def _protocols(socket: WebSocket[Any, Any, Any]) -> list[str]:
    return list(socket.scope.get("subprotocols") or ())


def _is_own_page(socket: WebSocket[Any, Any, Any]) -> bool:
    """Tell whether one of our own pages opened the connection: a browser sends its cookies from everywhere else too."""
    if socket.auth.login_key is None:
        return True
    origin = urlsplit(socket.headers.get("origin", ""))
    return bool(origin.netloc) and origin.netloc.lower() == socket.headers.get("host", "").lower()
