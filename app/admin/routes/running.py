"""What answers cost and which are being worked on, as pages."""

import uuid
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from app.admin import active, costly, unmatched, usage, usage_file
from app.audit.record import record
from app.chat.desk import desk_of
from app.chat.routes.shown import frame_of
from app.database import now
from app.errors import NotFound
from app.identity.guards import SignedRequest, allows, requires
from app.identity.permissions import Permission
from app.web import pages
from app.web.locale import translator

MANAGE = [requires(Permission.ACCESS), requires(Permission.MANAGE)]
USAGE = "/bi-chat/manage/usage"
RUNS = "/bi-chat/manage/runs"
USUAL_SPAN = 30


@get(USAGE, guards=MANAGE)
async def usage_page(request: SignedRequest) -> Response[str]:
    """Show what was used in the days that the address asks for."""
    span = _span(request)
    database = desk_of(request).database
    found = await usage.report(database, request.user, span)
    reads_all = allows(request, Permission.READ_ALL)
    values: dict[str, Any] = {
        "found": found, "span": span, "spans": usage.SPANS, "zone": request.user.time_zone,
        "chats": await costly.conversations(database, request.user, span, reads_all=reads_all),
        "unpriced": await costly.of_unknown_cost(database, request.user, span, reads_all=reads_all),
        "unmatched": await unmatched.unmatched(database, request.user, span, reads_all=reads_all),
    }  # fmt: skip
    return pages.page(request, "admin/usage.html", **{**await frame_of(request), **values})


@get(USAGE + ".csv", guards=MANAGE)
async def usage_csv(request: SignedRequest) -> Stream:
    """Send it by day, person, model and conversation as a file; that is recorded."""
    database, span = desk_of(request).database, _span(request)
    async with database.writing() as db:
        record(db, request.user, "usage.downloaded", days=span)
    headers = {"Content-Disposition": f'attachment; filename="usage-{now():%Y-%m-%d}.csv"', "Cache-Control": "no-store"}
    return Stream(usage_file.as_csv(database, request.user, span), media_type="text/csv", headers=headers)


@get(RUNS, guards=MANAGE)
async def runs_page(request: SignedRequest) -> Response[str]:
    """Show the answers that are being worked on."""
    return await _runs(request, done=request.query_params.get("done", ""))


@post(RUNS + "/{active_id:uuid}/stop", guards=MANAGE)
async def stop_run(request: SignedRequest, active_id: FromPath[uuid.UUID]) -> Response[str]:
    """Stop one; 404 with the list where it is over."""
    desk = desk_of(request)
    try:
        await active.stop(desk.database, desk.runner, request.user, active_id, names=request.app.state.permissions)
    except NotFound as error:
        return await _runs(request, error=translator(pages.locale(request)).sentence(error), status_code=404)
    return Response("", status_code=303, headers={"Location": f"{RUNS}?done=stopped"}, media_type="text/html")


HANDLERS: list[ControllerRouterHandler] = [usage_page, usage_csv, runs_page, stop_run]


async def _runs(request: SignedRequest, *, done: str = "", error: str = "", status_code: int = 200) -> Response[str]:
    found = await active.listed(desk_of(request).database, request.user)
    values: dict[str, Any] = {"runs": found, "done": done, "error": error, "zone": request.user.time_zone}
    return pages.page(request, "admin/runs.html", status_code=status_code, **{**await frame_of(request), **values})


def _span(request: SignedRequest) -> int:
    asked = request.query_params.get("days", "")
    return next((span for span in usage.SPANS if str(span) == asked), USUAL_SPAN)
