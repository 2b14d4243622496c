"""What programs need to know: the OpenAPI document, and the same as a page for people."""

from typing import Any

from litestar import Response, get
from litestar.types import ControllerRouterHandler

from app.api import openapi, reading
from app.api.openapi import Document
from app.identity.guards import SignedRequest, requires
from app.identity.permissions import Permission
from app.web import csrf, pages

ACCESS = [requires(Permission.ACCESS)]


@get("/bi-chat/openapi.json", guards=ACCESS)
async def document(request: SignedRequest) -> Document:
    """Return the description of the doors for programs."""
    return _document(request)


@get("/bi-chat/programs", guards=ACCESS)
async def page(request: SignedRequest) -> Response[str]:
    """Show the same to people, with calls to copy."""
    origin = str(request.base_url).rstrip("/")
    values: dict[str, Any] = {
        "reading": reading.read(_document(request), origin),
        "csrf_cookie": csrf.COOKIE,
        "csrf_header": csrf.HEADER,
    }
    return pages.page(request, "api/programs.html", **values)


HANDLERS: list[ControllerRouterHandler] = [document, page]


def _document(request: SignedRequest) -> Document:
    state: Any = request.app.state
    if "openapi" not in state:
        state.openapi = openapi.document(request.app, state.permissions)
    found: Document = state.openapi
    return found
