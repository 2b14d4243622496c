"""`POST /bi-chat/rpc`: one method a call, by name, with typed parameters.

A method is a function of a caller and its parameters; adding one is a line of `FUNCTIONS`.
"""

import contextlib

import msgspec
from litestar import Request, Response, post
from litestar.exceptions import HTTPException
from litestar.handlers import BaseRouteHandler
from litestar.types import ControllerRouterHandler

from app.api import conversations, members, settling, summaries
from app.api.bodies import InvalidRequest, decoded, encode
from app.api.caller import caller_of
from app.api.calls import CallId, CallRefusal, Function, Method, answers_of, calls_of
from app.api.description import Answer, described
from app.errors import N_, BiChatError, Invalid
from app.identity.guards import Connection, SignedRequest, allows, requires
from app.identity.permissions import Permission
from app.web.security import facts_of


class UnknownMethod(BiChatError):
    """No method has this name."""

    code = "unknown_method"
    status = 404


class Envelope(msgspec.Struct, forbid_unknown_fields=True):
    """A call; its `id` comes back with the answer."""

    method: str
    id: CallId = None
    params: msgspec.Raw = msgspec.Raw(b"{}")


FUNCTIONS: dict[str, Function] = {
    "bichat.ping": conversations.ping,
    "bichat.session.list": conversations.listed,
    "bichat.session.listAll": conversations.listed_all,
    "bichat.session.get": conversations.get,
    "bichat.session.create": conversations.create,
    "bichat.session.updateTitle": conversations.rename,
    "bichat.session.regenerateTitle": conversations.regenerate_title,
    "bichat.session.pin": conversations.pin,
    "bichat.session.unpin": conversations.unpin,
    "bichat.session.archive": conversations.archive,
    "bichat.session.unarchive": conversations.unarchive,
    "bichat.session.clear": conversations.clear,
    "bichat.session.compact": conversations.compact,
    "bichat.session.uncompact": summaries.take_back,
    "bichat.session.delete": conversations.delete,
    "bichat.session.listDeleted": conversations.listed_deleted,
    "bichat.session.restore": conversations.restore,
    "bichat.session.artifacts": conversations.artifacts,
    "bichat.session.members": members.listed,
    "bichat.session.share": members.share,
    "bichat.session.unshare": members.unshare,
    "bichat.session.leave": members.leave,
    "bichat.question.submit": settling.submit,
    "bichat.question.reject": settling.reject,
}
METHODS = {name: Method(function) for name, function in FUNCTIONS.items()}
DESCRIBED = described(
    "Calls", Answer(answers_of(METHODS), "The result, or in the same envelope why there is none."), 413,
    body=calls_of(METHODS), refusal=CallRefusal,
)  # fmt: skip


async def name_refused(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Note the id of a call by somebody who may not call, so that its refusal bears it."""
    if isinstance(connection, Request) and not allows(connection, Permission.ACCESS):
        with contextlib.suppress(HTTPException):  # What is too large to be read is refused for who sent it.
            facts_of(connection.scope).call_id = _id_of(await connection.body())


@post("/bi-chat/rpc", guards=[name_refused, requires(Permission.ACCESS)], status_code=200, opt=DESCRIBED)
async def call(request: SignedRequest) -> Response[bytes]:
    """Call a method; what goes wrong is answered in the same envelope."""
    body = await request.body()
    envelope = _envelope(request, body)
    facts_of(request.scope).call_id = envelope.id
    method = METHODS.get(envelope.method)
    if method is None:
        raise UnknownMethod(N_("There is no method %(method)s."), method=envelope.method[:100])
    params = decoded(envelope.params, method.params, N_("The parameters do not fit: %(reason)s"))
    result = await method.function(caller_of(request), params)
    return Response(encode({"id": envelope.id, "result": result}), media_type="application/json")


HANDLERS: list[ControllerRouterHandler] = [call]


def _envelope(request: SignedRequest, body: bytes) -> Envelope:
    try:
        envelope: Envelope = decoded(body, Envelope, N_("This is not a call of a method: %(reason)s"))
    except Invalid as refused:
        facts_of(request.scope).call_id = _id_of(body)
        raise InvalidRequest(N_("This is not a call of a method: %(reason)s"), reason=refused.values["reason"]) from refused
    if bytes(envelope.params) == b"null":
        return msgspec.structs.replace(envelope, params=msgspec.Raw(b"{}"))
    return envelope


class _Named(msgspec.Struct):
    id: CallId = None


def _id_of(body: bytes) -> CallId:
    """Return the id of what is no call otherwise, so that its sender knows which one it was."""
    try:
        return msgspec.json.decode(body, type=_Named).id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
