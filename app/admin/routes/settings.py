"""The company's settings as a page."""

import zoneinfo
from typing import Any

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from app.admin import settings_form
from app.chat.desk import desk_of
from app.chat.routes.shown import frame_of
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
    settings = await tenants.settings_of(desk_of(request).database, request.user.tenant_id)
    return await _answer(request, settings_form.fields_of(settings), done=request.query_params.get("done", ""))


@post(PAGE, guards=MANAGE)
async def change_settings(request: SignedRequest) -> Response[str]:
    """Keep the settings; 422 with the form where one is wrong."""
    form = await request.form()
    fields = {name: text_of(form, name) for name in TenantSettings.__struct_fields__}
    try:
        await tenants.change_settings(desk_of(request).database, request.user, settings_form.settings_in(fields))
    except Invalid as error:
        sentence, field = translator(pages.locale(request)).sentence(error), next(iter(error.details), "")
        return await _answer(request, fields, error=sentence, field=field, status_code=422)
    return Response("", status_code=303, headers={"Location": f"{PAGE}?done=saved"}, media_type="text/html")


HANDLERS: list[ControllerRouterHandler] = [settings_page, change_settings]


async def _answer(
    request: SignedRequest, fields: dict[str, str], *, done: str = "", error: str = "", field: str = "", status_code: int = 200
) -> Response[str]:
    """Show the form as it was filled in; `field` is the one that `error` is about."""
    values: dict[str, Any] = {
        "fields": fields, "done": done, "error": error, "field": field, "zones": sorted(zoneinfo.available_timezones()),
        "usual_model": desk_of(request).settings.openai_model,
    }  # fmt: skip
    return pages.page(request, "admin/settings.html", status_code=status_code, **{**await frame_of(request), **values})
