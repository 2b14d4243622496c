"""Sending a question: from the page of a new conversation, or in one."""

import uuid
from typing import Any

from litestar import Response, post
from litestar.datastructures import FormMultiDict
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from app.chat import turns
from app.chat.admission import admit
from app.chat.desk import desk_of
from app.chat.routes import choosing, commands
from app.chat.routes.shown import added_turn, conversation_page, index_page
from app.chat.turns import Added, Draft
from app.errors import N_, BiChatError, Conflict, Forbidden, Invalid, RateLimited, Unavailable
from app.identity.guards import SignedRequest, client_address, requires
from app.identity.permissions import Permission
from app.web import htmx, pages
from app.web.forms import text_of
from app.web.locale import translator

ACCESS = [requires(Permission.ACCESS)]
REFUSALS = (Invalid, Forbidden, Conflict, RateLimited, Unavailable)
"""What is said beside the composer, where the text is kept."""


@post("/bi-chat/messages", guards=ACCESS)
async def first_message(request: SignedRequest) -> Response[str]:
    """Send a question in a new conversation and move the browser there."""
    form = await request.form()
    typed = text_of(form, "content")
    try:
        if commands.is_command(typed):
            return await commands.obey(request, typed, None)
        added = await _send(request, form, None)
    except REFUSALS as error:
        return await _refused(request, error, typed, None)
    return htmx.go(request, f"/bi-chat/sessions/{added.session_id}")


@post("/bi-chat/sessions/{session_id:uuid}/messages", guards=ACCESS)
async def message(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[str]:
    """Send a question; htmx gets the turn with its stream attached."""
    form = await request.form()
    typed = text_of(form, "content")
    try:
        if commands.is_command(typed):
            return await commands.obey(request, typed, session_id)
        added = await _send(request, form, session_id)
    except REFUSALS as error:
        return await _refused(request, error, typed, session_id)
    if added.session_id != session_id or not htmx.is_htmx(request):
        return htmx.go(request, f"/bi-chat/sessions/{added.session_id}")
    return await added_turn(request, added.session_id, added.run_id)


HANDLERS: list[ControllerRouterHandler] = [first_message, message]


async def count_message(request: SignedRequest, request_id: uuid.UUID | None = None) -> None:
    """Count one message against limits and budgets unless this request was sent before; raises `RateLimited`."""
    await admit(desk_of(request), request.user, client_address(request), request_id)


async def _send(request: SignedRequest, form: FormMultiDict, session_id: uuid.UUID | None) -> Added:
    desk = desk_of(request)
    if any(getattr(part, "filename", "") for part in form.getall("attachments", [])):
        raise Invalid(N_("Files cannot be attached yet. Send the question without them."))
    draft = Draft(text_of(form, "content"), request_id_of(form), await choosing.options_of(request, form))
    await count_message(request, draft.request_id)
    added = await turns.add(
        desk.database, desk.runner, request.user, draft, session_id=session_id, max_chars=desk.settings.max_message_chars
    )
    await choosing.keep(request, form)
    return added


def request_id_of(form: FormMultiDict) -> uuid.UUID | None:
    """Return the id that a page gave its request, None where it gave none; raises `Invalid`."""
    text = text_of(form, "request_id").strip()
    if not text:
        return None
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Invalid(
            N_("The request's id is not valid. Reload the page and send again."), details={"request_id": "not a UUID"}
        ) from error


async def _refused(request: SignedRequest, error: BiChatError, draft: str, session_id: uuid.UUID | None) -> Response[str]:
    """Say why a message was not sent and keep what was typed."""
    sentence = translator(pages.locale(request)).sentence(error)
    status = 422 if isinstance(error, Invalid) else error.status
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, RateLimited) else {}
    if htmx.is_htmx(request):
        values: dict[str, Any] = {"message": sentence, "seconds": getattr(error, "retry_after", 0)}
        if "model" in error.details:
            values["offered"] = {"now": await choosing.offered(request)}
        return pages.page(request, "chat/_composer_error.html", status_code=status, headers=headers, **values)
    if session_id is None:
        return await index_page(request, draft=draft, error=sentence, status_code=status, headers=headers)
    return await conversation_page(request, session_id, draft=draft, error=sentence, status_code=status, headers=headers)
