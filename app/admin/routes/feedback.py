"""What people say of answers, as pages for managers."""

import uuid
from typing import Any

from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from app.admin import audit, feedback
from app.audit import trail
from app.chat.desk import desk_of
from app.chat.opinions import REASONS
from app.chat.routes.shown import frame_of
from app.errors import Invalid
from app.identity.guards import SignedRequest, allows, requires
from app.identity.permissions import Permission
from app.web import htmx, pages
from app.web.locale import translator

MANAGE = [requires(Permission.ACCESS), requires(Permission.MANAGE)]
FEEDBACK = "/bi-chat/manage/feedback"


@get(FEEDBACK, guards=MANAGE)
async def feedback_page(request: SignedRequest) -> Response[str]:
    """Show the newest opinions that the address asks for; for htmx those after a place, or the whole list anew."""
    database, asked = desk_of(request).database, feedback.Asked.of(request.query_params)
    people = await audit.people_of(database, request.user)
    values: dict[str, Any] = {
        "asked": asked,
        "people": people,
        "lines": [],
        "more": "",
        "error": "",
        "zone": request.user.time_zone,
    }
    try:
        feedback.check(asked, people)
        after = trail.cursor_from(request.query_params.get("after", ""))
    except Invalid as error:
        values["error"] = translator(pages.locale(request)).sentence(error)
    else:
        lines = await feedback.listed(database, request.user, asked, after=after)
        values |= {"lines": lines[: feedback.PAGE], "is_later": after is not None}
        values["more"] = lines[feedback.PAGE - 1].cursor if len(lines) > feedback.PAGE else ""
    status = 422 if values["error"] else 200
    if htmx.is_htmx(request):
        part = "items" if request.query_params.get("after") and not values["error"] else "list"
        return pages.page(request, f"admin/_feedback_{part}.html", status_code=status, **values)
    values |= {"reasons": REASONS, "spans": feedback.SPANS}
    return pages.page(request, "admin/feedback.html", status_code=status, **{**await frame_of(request), **values})


@get(FEEDBACK + "/{feedback_id:uuid}", guards=MANAGE)
async def trace_page(request: SignedRequest, feedback_id: FromPath[uuid.UUID]) -> Response[str]:
    """Show how the answer came about that an opinion is of."""
    desk = desk_of(request)
    found = await feedback.trace(
        desk.database, desk.queries.catalogue, request.user, feedback_id,
        locale=pages.locale(request), reads_all=allows(request, Permission.READ_ALL),
    )  # fmt: skip
    values: dict[str, Any] = {**await frame_of(request), "trace": found, "zone": request.user.time_zone}
    return pages.page(request, "admin/trace.html", **values)


HANDLERS: list[ControllerRouterHandler] = [feedback_page, trace_page]
