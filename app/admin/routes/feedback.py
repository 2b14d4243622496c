"""What people say of answers, as pages for managers."""

import uuid
from collections.abc import Sequence
from typing import Any

from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from app.admin import audit, feedback
from app.admin.routes.listing import listing
from app.audit.trail import Cursor
from app.chat.desk import desk_of
from app.chat.opinions import REASONS
from app.chat.routes.shown import frame_of
from app.identity.guards import SignedRequest, allows, requires
from app.identity.permissions import Permission
from app.web import pages

MANAGE = [requires(Permission.ACCESS), requires(Permission.MANAGE)]
FEEDBACK = "/bi-chat/manage/feedback"


@get(FEEDBACK, guards=MANAGE)
async def feedback_page(request: SignedRequest) -> Response[str]:
    """Show the newest opinions that the address asks for; for htmx those after a place, or the whole list anew."""
    database, asked = desk_of(request).database, feedback.Asked.of(request.query_params)
    people = await audit.people_of(database, request.user)

    async def read(after: Cursor | None) -> Sequence[feedback.Line]:
        feedback.check(asked, people)
        return await feedback.listed(database, request.user, asked, after=after)

    values = {"asked": asked, "people": people, "reasons": REASONS, "spans": feedback.SPANS}
    return await listing(request, "feedback", values, read, size=feedback.PAGE)


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
