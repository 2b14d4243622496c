"""What programs need to know: the OpenAPI document, and the same as a page for people."""

from typing import Any

from litestar import get
from litestar.types import ControllerRouterHandler

from app.api import openapi
from app.api.openapi import Document
from app.identity.guards import SignedRequest, requires
from app.identity.permissions import Permission

ACCESS = [requires(Permission.ACCESS)]


@get("/bi-chat/openapi.json", guards=ACCESS)
async def document(request: SignedRequest) -> Document:
    """Return the description of the doors for programs."""
    return _document(request)


HANDLERS: list[ControllerRouterHandler] = [document]


def _document(request: SignedRequest) -> Document:
    state: Any = request.app.state
    if "openapi" not in state:
        state.openapi = openapi.document(request.app, state.permissions)
    found: Document = state.openapi
    return found
