"""The walls around the business database as a page: the last check, and a button for the next."""

from typing import Any

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from app.admin import analytics
from app.admin.analytics import WallChecks
from app.chat.desk import desk_of
from app.chat.routes.shown import frame_of
from app.errors import N_, Conflict, RateLimited
from app.identity.guards import SignedRequest, requires
from app.identity.permissions import Permission
from app.web import htmx, pages
from app.web.limits import Limit
from app.web.locale import translator

MANAGE = [requires(Permission.ACCESS), requires(Permission.MANAGE)]
PAGE = "/bi-chat/manage/analytics"
TOO_OFTEN = N_("You are checking too often. Try again in %(seconds)s seconds.")
CHECKS = Limit("analytics checks", 6, 600, TOO_OFTEN)


@get(PAGE, guards=MANAGE)
async def analytics_page(request: SignedRequest) -> Response[str]:
    """Show the last check, or how far the present one is; for htmx this part alone."""
    return await _answer(request)


@post(PAGE, guards=MANAGE)
async def check_walls(request: SignedRequest) -> Response[str]:
    """Begin a check; 409 while one is running."""
    try:
        if not _checks(request).is_running:
            await request.app.state.limits.hit(CHECKS, str(request.user.tenant_id))
        _checks(request).start(request.user)
    except (Conflict, RateLimited) as error:
        return await _answer(request, translator(pages.locale(request)).sentence(error), status_code=error.status)
    return await _answer(request) if htmx.is_htmx(request) else htmx.go(request, PAGE)


HANDLERS: list[ControllerRouterHandler] = [analytics_page, check_walls]


def _checks(request: SignedRequest) -> WallChecks:
    checks: WallChecks = request.app.state.wall_checks
    return checks


async def _answer(request: SignedRequest, error: str = "", *, status_code: int = 200) -> Response[str]:
    checks = _checks(request)
    values: dict[str, Any] = {
        "last": await analytics.last(desk_of(request).database, request.user),
        "checks": checks,
        "error": error,
        "zone": request.user.time_zone,
    }
    if htmx.is_htmx(request):
        return pages.page(request, "admin/_walls.html", status_code=status_code, **values)
    return pages.page(request, "admin/analytics.html", status_code=status_code, **{**await frame_of(request), **values})
