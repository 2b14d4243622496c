"""Whether a person's next questions are answered in debug mode: kept in their browser until they close it."""

from app.errors import N_, Forbidden
from app.identity.guards import SignedRequest, allows
from app.identity.permissions import Permission
from app.web.security import set_cookie

COOKIE = "bichat_debug"
ON = "on"


def is_on(request: SignedRequest) -> bool:
    """Tell whether questions are asked in debug mode, which needs the permission at each of them."""
    return request.cookies.get(COOKIE) == ON and allows(request, Permission.EXPORT)


def toggle(request: SignedRequest) -> None:
    """Turn debug mode on or off; raises `Forbidden`."""
    if not allows(request, Permission.EXPORT):
        raise Forbidden(N_("You are not allowed to see debug information."))
    value, age = ("", 0) if is_on(request) else (ON, None)
    set_cookie(request.scope, request.app.state.settings, COOKIE, value, max_age=age)
