"""The record as a page, and as a file."""

from typing import Any

from litestar import Response, get
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from app.admin import audit
from app.admin.audit import Asked, Person
from app.audit import trail
from app.audit.record import record
from app.audit.trail import Filters, Kind
from app.chat.desk import desk_of
from app.chat.routes.shown import frame_of
from app.database import now
from app.errors import Invalid
from app.identity.guards import SignedRequest, allows, requires
from app.identity.permissions import Permission
from app.web import htmx, pages
from app.web.locale import translator

MANAGE = [requires(Permission.ACCESS), requires(Permission.MANAGE)]


@get("/bi-chat/manage/audit", guards=MANAGE)
async def audit_page(request: SignedRequest) -> Response[str]:
    """Show the newest lines that the address asks for; for htmx those after a place, or the whole list anew."""
    database, asked = desk_of(request).database, audit.Asked.of(request.query_params)
    people = await audit.people_of(database, request.user)
    try:
        filters = audit.filters_from(asked, request.user, people)
        after = trail.cursor_from(request.query_params.get("after", ""))
    except Invalid as error:
        sentence = translator(pages.locale(request)).sentence(error)
        return await _answer(request, asked, people, {"lines": [], "error": sentence, "field": next(iter(error.details), "")})
    lines = await trail.page(database, request.user, filters, after=after)
    shown = audit.shown(lines[: trail.PAGE], people)
    more = lines[trail.PAGE - 1].cursor if len(lines) > trail.PAGE else ""
    return await _answer(request, asked, people, {"lines": shown, "more": more, "is_later": after is not None})


@get("/bi-chat/manage/audit.csv", guards=MANAGE)
async def audit_file(request: SignedRequest) -> Stream:
    """Send the lines that the address asks for as a file; that too is recorded."""
    database, asked = desk_of(request).database, audit.Asked.of(request.query_params)
    people = await audit.people_of(database, request.user)
    filters: Filters = audit.filters_from(asked, request.user, people)
    async with database.writing() as db:
        record(db, request.user, "audit.downloaded", filters=asked.address)
    name = f"audit-{now():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Stream(audit.as_csv(database, request.user, filters, people), media_type="text/csv", headers=headers)


HANDLERS: list[ControllerRouterHandler] = [audit_page, audit_file]


async def _answer(request: SignedRequest, asked: Asked, people: list[Person], found: dict[str, Any]) -> Response[str]:
    values: dict[str, Any] = {
        "error": "", "field": "", "more": "", "is_later": False, "asked": asked, "zone": request.user.time_zone,
        "can_read_all": allows(request, Permission.READ_ALL), **found,
    }  # fmt: skip
    status = 422 if found.get("error") else 200
    if htmx.is_htmx(request):
        name = "admin/_audit_items.html" if values["is_later"] else "admin/_audit_list.html"
        return pages.page(request, name, status_code=status, **values)
    values |= {**await frame_of(request), "people": people, "kinds": list(Kind)}
    return pages.page(request, "admin/audit.html", status_code=status, **values)
