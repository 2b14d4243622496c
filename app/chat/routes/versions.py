"""Asking a question in another way, asking it again, and going back to what was asked before."""

import uuid
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from app.chat import turns, versions
from app.chat.desk import desk_of
from app.chat.routes import choosing
from app.chat.routes.messages import count_message, request_id_of
from app.chat.routes.shown import frame_of, turns_partial
from app.chat.turns import Draft
from app.chat.versions import Question
from app.errors import BiChatError, Conflict, Invalid, RateLimited, Unavailable
from app.identity.guards import SignedRequest, requires
from app.identity.permissions import Permission
from app.web import htmx, pages
from app.web.forms import text_of
from app.web.locale import translator

ACCESS = [requires(Permission.ACCESS)]


@get("/bi-chat/turns/{message_id:uuid}/edit", guards=ACCESS)
async def edit(request: SignedRequest, message_id: FromPath[uuid.UUID]) -> Response[str]:
    """Offer a question for editing: a form in its place for htmx, else on a page."""
    question = await versions.find(desk_of(request).database, request.user, message_id)
    return await _form(request, question, question.content)


@get("/bi-chat/turns/{message_id:uuid}/question", guards=ACCESS)
async def asked(request: SignedRequest, message_id: FromPath[uuid.UUID]) -> Response[str]:
    """Return the question as it stands, after its editing was given up."""
    question = await versions.find(desk_of(request).database, request.user, message_id)
    if not htmx.is_htmx(request):
        return htmx.go(request, f"/bi-chat/sessions/{question.session_id}#turn-{message_id}")
    return pages.page(request, "chat/_asked.html", question_id=message_id, content=question.content, can_write=True)


@post("/bi-chat/turns/{message_id:uuid}/versions", guards=ACCESS)
async def another(request: SignedRequest, message_id: FromPath[uuid.UUID]) -> Response[str]:
    """Ask a question anew: in the words of the form, or as it was where the form has none."""
    desk, form = desk_of(request), await request.form()
    question = await versions.find(desk.database, request.user, message_id)
    typed = text_of(form, "content") if "content" in form else question.content
    try:
        draft = Draft(typed, request_id_of(form), await choosing.options_of(request, form), replaces=message_id)
        await count_message(request, draft.request_id)
        limit = desk.settings.max_message_chars
        added = await turns.add(desk.database, desk.runner, request.user, draft, session_id=question.session_id, max_chars=limit)
    except (Invalid, Conflict, RateLimited, Unavailable) as error:
        return await _form(request, question, typed, error)
    await choosing.keep(request, form)
    if not htmx.is_htmx(request):
        return htmx.go(request, f"/bi-chat/sessions/{added.session_id}#turn-{added.message_id}")
    return await turns_partial(request, added.session_id)


@get("/bi-chat/turns/{message_id:uuid}/show", guards=ACCESS)
async def offer(request: SignedRequest, message_id: FromPath[uuid.UUID]) -> Response[str]:
    """Offer a version on a page, where there are no scripts."""
    question = await versions.find(desk_of(request).database, request.user, message_id)
    values: dict[str, Any] = {"question_id": question.id, "session_id": question.session_id, "content": question.content}
    return pages.page(request, "chat/show_version_page.html", **await frame_of(request), **values)


@post("/bi-chat/turns/{message_id:uuid}/show", guards=ACCESS)
async def show(request: SignedRequest, message_id: FromPath[uuid.UUID]) -> Response[str]:
    """Show this version of a question and what was said after it."""
    desk = desk_of(request)
    question = await versions.show(desk.database, request.user, message_id)
    desk.feed.tell(request.user.user_id, question.session_id)
    if not htmx.is_htmx(request):
        return htmx.go(request, f"/bi-chat/sessions/{question.session_id}#turn-{message_id}")
    return await turns_partial(request, question.session_id)


HANDLERS: list[ControllerRouterHandler] = [edit, asked, another, offer, show]


async def _form(request: SignedRequest, question: Question, typed: str, error: BiChatError | None = None) -> Response[str]:
    values: dict[str, Any] = {
        "question_id": question.id,
        "session_id": question.session_id,
        "typed": typed,
        "message": "",
        "seconds": getattr(error, "retry_after", 0),
    }
    status, headers = 200, dict[str, str]()
    if error:
        values["message"] = translator(pages.locale(request)).sentence(error)
        status = 422 if isinstance(error, Invalid) else error.status
        headers = {"Retry-After": str(error.retry_after)} if isinstance(error, RateLimited) else {}
    if htmx.is_htmx(request):
        return pages.page(request, "chat/_edit_question.html", status_code=status, headers=headers, **values)
    frame = await frame_of(request)
    return pages.page(request, "chat/edit_question_page.html", status_code=status, headers=headers, **frame, **values)
