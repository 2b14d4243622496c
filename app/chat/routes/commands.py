"""Commands that are typed instead of a question: they are done here, and no model hears of them."""

import uuid
from typing import Any

from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from sqlalchemy import func, select

from app.chat import compacting, sessions, summaries
from app.chat.desk import desk_of
from app.chat.models import Message
from app.chat.routes import debugging
from app.chat.routes.shown import frame_of
from app.errors import N_, Invalid
from app.files.models import Artifact
from app.identity.guards import SignedRequest, requires
from app.identity.permissions import Permission
from app.web import htmx, pages

CLEAR, COMPACT, DEBUG = "/clear", "/compact", "/debug"
SHOWN = ("table", "chart", "export", "code_output")


def is_command(content: str) -> bool:
    """Tell whether a message is exactly a command; any other word after a slash is a question like others."""
    return content.strip().lower() in {CLEAR, COMPACT, DEBUG}


async def obey(request: SignedRequest, command: str, session_id: uuid.UUID | None) -> Response[str]:
    """Do what a command says, in a conversation or before it has begun.

    Raises `Invalid`, `NotFound`, `Forbidden`, and what summarising raises.
    """
    desk, command = desk_of(request), command.strip().lower()
    if command == DEBUG:
        debugging.toggle(request)
        return htmx.go(request, f"/bi-chat/sessions/{session_id}" if session_id else "/bi-chat")
    if session_id is None:
        raise Invalid(N_("There is nothing in this chat yet."))
    async with desk.database.reading() as db:
        reached = sessions.find_own if command == CLEAR else sessions.find_writable
        await reached(db, request.user, session_id)
    if command == CLEAR:
        return htmx.go(request, f"/bi-chat/sessions/{session_id}/clear")
    await compacting.compact(desk, request.user, session_id)
    summary = await summaries.of_session(desk.database, session_id)
    # Only a page that is loaded anew begins at its fragment, and what changes in the fragment alone is not loaded.
    at_summary = f"?summary={summary.id}#summary-{summary.id}" if summary else ""
    path = f"/bi-chat/sessions/{session_id}{at_summary}"
    return htmx.redirect(path) if htmx.is_htmx(request) else htmx.go(request, path)


@get("/bi-chat/sessions/{session_id:uuid}/clear", guards=[requires(Permission.ACCESS)])
async def ask_to_clear(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[str]:
    """Say what emptying a conversation takes away, and ask whether to."""
    questions = select(func.count()).where(Message.session_id == session_id, Message.role == "user", Message.deleted_at.is_(None))
    results = select(func.count()).where(
        Artifact.session_id == session_id, Artifact.kind.in_(SHOWN), Artifact.deleted_at.is_(None)
    )
    async with desk_of(request).database.reading() as db:
        session = await sessions.find_own(db, request.user, session_id)
        counts = {"questions": await db.scalar(questions) or 0, "results": await db.scalar(results) or 0}
    values: dict[str, Any] = {**await frame_of(request), "session": session, **counts}
    return pages.page(request, "chat/clear_page.html", **values)


HANDLERS: list[ControllerRouterHandler] = [ask_to_clear]
