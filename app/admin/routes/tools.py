"""What the company decides about the analyst's tools, as a form of its settings."""

from litestar import Response, post
from litestar.types import ControllerRouterHandler

from app.admin.routes import settings
from app.chat import tool_policies
from app.chat.desk import desk_of
from app.identity.guards import SignedRequest
from app.web.forms import text_of

NAMED = "tool."


@post(f"{settings.PAGE}/tools", guards=settings.MANAGE)
async def change_tools(request: SignedRequest) -> Response[str]:
    """Keep what the form says of each tool."""
    form, desk = await request.form(), desk_of(request)
    wanted = {name.removeprefix(NAMED): text_of(form, name) for name in set(form.keys()) if name.startswith(NAMED)}
    await tool_policies.change(desk.database, request.user, desk.tools, wanted)
    location = f"{settings.PAGE}?done=tools"
    return Response("", status_code=303, headers={"Location": location}, media_type="text/html")


HANDLERS: list[ControllerRouterHandler] = [change_tools]
