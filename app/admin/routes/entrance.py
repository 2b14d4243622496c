"""Where management begins."""

from litestar import Response, get
from litestar.types import ControllerRouterHandler

from app.admin.routes import people
from app.identity.guards import SignedRequest
from app.web import htmx


@get("/bi-chat/manage", guards=people.MANAGE)
async def entrance(request: SignedRequest) -> Response[str]:
    """Lead to the first of the pages."""
    return htmx.go(request, people.PAGE)


HANDLERS: list[ControllerRouterHandler] = [entrance]
