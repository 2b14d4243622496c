"""What programs need to know: the OpenAPI document, and the same as a page for people."""

import asyncio
from typing import Any

from litestar import Response, get
from litestar.types import ControllerRouterHandler
from markupsafe import Markup

from app.api import openapi, reading
from app.api.openapi import Document
from app.identity.guards import SignedRequest, requires
from app.identity.permissions import Permission
from app.web import csrf, pages
from app.web.templating import Templates

MOST = 20
"""So many of these are kept: there are three languages, and few addresses that a server is asked at."""
ACCESS = [requires(Permission.ACCESS)]


@get("/bi-chat/openapi.json", guards=ACCESS)
async def document(request: SignedRequest) -> Document:
    """Return the description of the doors for programs."""
    return _document(request)


@get("/bi-chat/programs", guards=ACCESS)
async def page(request: SignedRequest) -> Response[str]:
    """Show the same to people, with calls to copy."""
    return pages.page(request, "api/programs.html", reference=Markup(await _reference(request)))  # noqa: S704 - from a template


HANDLERS: list[ControllerRouterHandler] = [document, page]


async def _reference(request: SignedRequest) -> str:
    """Return what is the same for everybody of a language at an address, made once: it takes a tenth of a second."""
    state: Any = request.app.state
    if "reference" not in state:
        state.reference = {}
    made: dict[tuple[str, str], str] = state.reference
    key = pages.locale(request), str(request.base_url).rstrip("/")
    if key not in made:
        if len(made) >= MOST:
            made.clear()
        document = _document(request)
        made[key] = await asyncio.to_thread(_written, state.templates, document, *key)
    return made[key]


def _written(templates: Templates, document: Document, locale: str, origin: str) -> str:
    values = {"reading": reading.read(document, origin), "csrf_cookie": csrf.COOKIE, "csrf_header": csrf.HEADER}
    return templates.render(locale, "api/_reference.html", **values)


def _document(request: SignedRequest) -> Document:
    state: Any = request.app.state
    if "openapi" not in state:
        state.openapi = openapi.document(request.app, state.permissions)
    found: Document = state.openapi
    return found
