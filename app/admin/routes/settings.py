"""The company's settings as a page."""

import zoneinfo
from typing import Any

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from app.admin import settings_form
from app.chat import retention, tool_policies
from app.chat.desk import desk_of
from app.chat.retention import Due
from app.chat.routes.shown import frame_of
from app.database import now
from app.errors import Invalid
from app.identity import tenants
from app.identity.guards import SignedRequest, requires
from app.identity.permissions import Permission
from app.identity.tenants import TenantSettings
from app.web import pages
from app.web.forms import text_of
from app.web.locale import translator

MANAGE = [requires(Permission.ACCESS), requires(Permission.MANAGE)]
PAGE = "/bi-chat/manage/settings"


@get(PAGE, guards=MANAGE)
async def settings_page(request: SignedRequest) -> Response[str]:
    """Show the settings."""
    database, tenant_id = desk_of(request).database, request.user.tenant_id
    settings = await tenants.settings_of(database, tenant_id)
    days = settings.retention_days
    due = await retention.due(database, tenant_id, days, now()) if days else None
    return await _answer(request, settings_form.fields_of(settings), done=request.query_params.get("done", ""), due=due)


@post(PAGE, guards=MANAGE)
async def change_settings(request: SignedRequest) -> Response[str]:
    """Keep the settings; 422 with the form where one is wrong.

    Where chats would be removed because of it, the form comes back and says how many; `confirmed` repeats the days then.
    """
    form, database = await request.form(), desk_of(request).database
    fields = {name: text_of(form, name) for name in TenantSettings.__struct_fields__}
    try:
        wanted = tenants.checked(settings_form.settings_in(fields))
        due = await _newly_due(request, wanted.retention_days)
        if due and text_of(form, "confirmed") != str(due.days):
            return await _answer(request, fields, asked=due)
        await tenants.change_settings(database, request.user, wanted)
    except Invalid as error:
        sentence, field = translator(pages.locale(request)).sentence(error), next(iter(error.details), "")
        return await _answer(request, fields, error=sentence, field=field, status_code=422)
    return Response("", status_code=303, headers={"Location": f"{PAGE}?done=saved"}, media_type="text/html")


HANDLERS: list[ControllerRouterHandler] = [settings_page, change_settings]


async def _newly_due(request: SignedRequest, days: int | None) -> Due | None:
    """Return what goes that would have been kept so far, None for nothing."""
    database, tenant_id = desk_of(request).database, request.user.tenant_id
    before = (await tenants.settings_of(database, tenant_id)).retention_days
    if days is None or (before is not None and before <= days):
        return None
    due = await retention.due(database, tenant_id, days, now())
    return due if due.sessions else None


async def _answer(
    request: SignedRequest, fields: dict[str, str], *, done: str = "", error: str = "", field: str = "", status_code: int = 200,
    due: Due | None = None, asked: Due | None = None,
) -> Response[str]:  # fmt: skip
    """Show the form as it was filled in; `field` is the one that `error` is about.

    `due` tells what is removed next as it is set now, `asked` what would be, which is to be confirmed.
    """
    settings = desk_of(request).settings
    values: dict[str, Any] = {
        "fields": fields, "done": done, "error": error, "field": field, "zones": sorted(zoneinfo.available_timezones()),
        "due": due, "asked": asked, "usual_model": settings.openai_model,
        "other_model": settings.fallback_model if settings.has_fallback else "",
        "tools": await tool_policies.listed(desk_of(request).database, request.user, desk_of(request).tools),
    }  # fmt: skip
    return pages.page(request, "admin/settings.html", status_code=status_code, **{**await frame_of(request), **values})
