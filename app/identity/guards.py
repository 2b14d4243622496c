"""Who may call a route.

Every route needs somebody signed in unless its `opt` says `public`; with `anonymous` nobody even looks who it is.
"""

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import structlog
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.handlers import BaseRouteHandler
from litestar.types import Scope

from app.errors import N_, Forbidden, Unauthorized
from app.identity import login_sessions, sign_in
from app.identity.actor import Actor
from app.identity.permissions import Permission
from app.identity.sign_in import SignIn
from app.web import csrf
from app.web.errors import OURS
from app.web.limits import Allowance
from app.web.locale import negotiated
from app.web.security import set_cookie

SignedRequest: TypeAlias = Request[Actor, SignIn, State]
"""The request of a route that is not public: `request.user` is the `Actor`, `request.auth` how they signed in."""
Connection = ASGIConnection[Any, Any, Any, Any]

PUBLIC = {"public": True}
"""`opt` of a route that anybody may call."""
BEARER = "bearer "
DOORS = re.compile(r"/bi-?chat/(?:stream|rpc|graphql)(?:/|$)")
"""Where programs come, whichever way they are signed in."""
NEEDS = N_("You may not do this: it needs the permission %(permission)s.")
NO_SIGN_IN = N_("Sign in first.")
NO_ACCESS = N_("%(email)s does not have access to the chat yet. Ask your administrator for a role.")


async def identify(connection: Connection, handler: BaseRouteHandler) -> None:
    """Find out who asks and check that our own pages made the request; the application's first guard."""
    if handler.opt.get("anonymous", False):
        return
    signed_in, token = await _look(connection), bearer(connection)
    is_public = handler.opt.get("public", False)
    if signed_in is None and not is_public:
        raise Unauthorized(NO_SIGN_IN)
    if signed_in:
        structlog.contextvars.bind_contextvars(user_id=str(signed_in.actor.user_id))
        if token is not None or DOORS.match(connection.scope["path"]):
            await count(connection, connection.app.state.allowances.calls)
    if isinstance(connection, Request) and token is None:
        await csrf.check(connection)


async def identify_astray(error: Exception, scope: Scope) -> None:
    """Find out who asks for a page that there is not: strangers are led to the sign-in instead (see `app.web.errors`)."""
    known: Mapping[str, object] = scope
    if isinstance(error, NotFoundException) and "user" not in known and OURS.match(scope["path"]):
        with contextlib.suppress(Exception):  # Whatever goes wrong here, the answer is that nothing is there.
            await _look(ASGIConnection(scope))


async def _look(connection: Connection) -> SignIn | None:
    """Note who is signed in, and count tokens that are none; raises `RateLimited`."""
    state = connection.app.state
    signed_in = await _signed_in(connection)
    connection.scope["user"] = signed_in.actor if signed_in else None
    connection.scope["auth"] = signed_in
    if signed_in is None and bearer(connection) is not None:
        await state.limits.hit(state.allowances.strangers, client_address(connection))
    return signed_in


async def count(connection: Connection, allowance: Allowance) -> None:
    """Count one for whoever is signed in, their company and their address; raises `RateLimited`."""
    await connection.app.state.limits.spend(allowance, connection.scope["user"], client_address(connection))


def client_address(connection: Connection) -> str:
    """Return the network address that a request comes from, as far as the server believes it."""
    return connection.client.host if connection.client else ""


@dataclass(frozen=True, slots=True)
class Requires:
    """A guard that lets people with one permission through."""

    permission: Permission

    async def __call__(self, connection: Connection, _handler: BaseRouteHandler) -> None:
        """Raise `Forbidden` without the permission."""
        check(connection, self.permission)


def requires(permission: Permission) -> Requires:
    """Return the guard for routes that need `permission`."""
    return Requires(permission)


def check(connection: Connection, permission: Permission, sentence: str = NEEDS) -> None:
    """Raise `Forbidden` with `sentence` unless the person has `permission`, which is told as this installation names it."""
    if allows(connection, permission):
        return
    name = _names(connection).get(permission, permission.value)
    if permission is Permission.ACCESS:
        raise Forbidden(NO_ACCESS, details={"permission": name}, email=connection.scope["user"].email)
    raise Forbidden(sentence, permission=name)


def allows(connection: Connection, permission: Permission) -> bool:
    """Tell whether somebody is signed in who has `permission`."""
    actor: Actor | None = connection.scope.get("user")
    return actor is not None and actor.may(permission)


def _names(connection: Connection) -> Mapping[Permission, str]:
    """Return what the permissions are called in this installation, as of this request."""
    names: Mapping[Permission, str] = connection.app.state.permissions
    return names


async def _signed_in(connection: Connection) -> SignIn | None:
    database = connection.app.state.database
    names = _names(connection)
    asked = negotiated(connection.cookies, connection.headers.get("accept-language", ""))
    token = bearer(connection)
    if token is not None:
        return await sign_in.by_token(database, token, asked, names=names)
    key = connection.cookies.get(login_sessions.COOKIE)
    if not key:
        return None
    found = await sign_in.by_login_key(database, key, asked, names=names)
    if found and found.is_due and found.login_key:
        await login_sessions.renew(database, found.login_key)
        send_key(connection, key)
    return found


def send_key(connection: Connection, key: str) -> None:
    """Have the browser keep the session's key; an empty one makes it forget."""
    lifetime = int(login_sessions.LIFETIME.total_seconds()) if key else 0
    set_cookie(connection.scope, connection.app.state.settings, login_sessions.COOKIE, key, max_age=lifetime)


def bearer(connection: Connection) -> str | None:
    """Return the token that a request brings."""
    header: str = connection.headers.get("authorization", "")
    return header[len(BEARER) :].strip() if header[: len(BEARER)].lower() == BEARER else None
