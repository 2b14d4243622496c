"""The list, the composer and conversations as pages."""

import uuid
from typing import Any

from litestar import HttpMethod, Response, get, post, route
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from app.audit.record import record_opening
from app.chat import organising, search_index, sessions, summaries, turns
from app.chat import pages as run_pages
from app.chat.desk import desk_of
from app.chat.routes.shown import conversation_page, earlier_of, index_page, reader_of, summary_of
from app.errors import N_, Forbidden, NotFound
from app.identity.guards import SignedRequest, requires
from app.identity.permissions import Permission
from app.telemetry.bus import SessionCreated
from app.web import htmx, pages
from app.web.forms import id_of, text_of

HTML = "text/html"
METHODS = [HttpMethod.GET, HttpMethod.POST]
ANYBODY = {"public": True, "anonymous": True}
LONGEST_DRAFT = 500
PUT_AWAY = {"archived": "unarchive", "deleted": "restore"}
"""What may just have been done to a conversation, and what takes it back."""
ACCESS = [requires(Permission.ACCESS)]


@get("/", opt=ANYBODY)
async def front() -> Response[str]:
    """Go to the chat."""
    return Response("", status_code=303, headers={"Location": "/bi-chat"}, media_type=HTML)


@route(["/bichat", "/bichat/{rest:path}"], http_method=METHODS, opt=ANYBODY)
async def old_prefix(request: SignedRequest) -> Response[str]:
    """Lead the other spelling of the prefix here."""
    path = pages.here(request).replace("/bichat", "/bi-chat", 1)
    return Response("", status_code=308, headers={"Location": path}, media_type=HTML)


@get("/bi-chat", guards=ACCESS)
async def index(request: SignedRequest) -> Response[str]:
    """Show the composer with questions to begin with, and the list.

    `draft` is a question that a link offers to ask; `done` and `session` say which conversation was just put away, so that
    it can be brought back.
    """
    return await index_page(
        request, draft=request.query_params.get("draft", "")[:LONGEST_DRAFT], put_away=await _put_away(request)
    )


@post("/bi-chat/sessions", guards=ACCESS)
async def new_session(request: SignedRequest) -> Response[str]:
    """Open an empty conversation."""
    title = organising.fitting_title(text_of(await request.form(), "title"))
    desk = desk_of(request)
    async with desk.database.writing() as db:
        session = sessions.create(db, request.user, title=title, is_typed=bool(title))
        await search_index.title_changed(db, session)
    desk.bus.tell(SessionCreated(tenant_id=session.tenant_id, user_id=session.user_id, session_id=session.id))
    return htmx.go(request, f"/bi-chat/sessions/{session.id}")


@get("/bi-chat/sessions/{session_id:uuid}", guards=ACCESS)
async def conversation(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[str]:
    """Show a conversation as it stands, the last run attached to its stream while it goes on; `turn` is one to be shown.

    One that a summary replaced is shown among those.
    """
    turn = id_of(request.query_params.get("turn"))
    summary_id = await summaries.speaking_for(desk_of(request).database, session_id, turn) if turn else None
    if summary_id:
        return htmx.go(request, f"/bi-chat/summaries/{summary_id}?turn={turn}#turn-{turn}")
    return await conversation_page(request, session_id, turn=turn)


@get("/bi-chat/sessions/{session_id:uuid}/turns", guards=ACCESS)
async def earlier_turns(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[str]:
    """Return the turns before the one named by `before`: partials for htmx, else a page that goes on to the latest ones."""
    before = _before(request.query_params.get("before"))
    if not htmx.is_htmx(request):
        return await conversation_page(request, session_id, before=before)
    desk = desk_of(request)
    session = await sessions.shown(desk.database, request.user, session_id)
    await record_opening(desk.database, request.user, session_id, session.access.owner_id)
    reader = await reader_of(request, session.access)
    rows = await turns.page(desk.database, session_id, before=before)
    views = await run_pages.turn_views(desk.database, desk.templates, desk.rendered, reader, session_id, rows)
    return pages.page(
        request, "chat/_turns.html", turns=views, session_id=session_id, earlier=earlier_of(views), zone=request.user.time_zone,
        summary=await summary_of(request, session_id, rows, reader),
    )  # fmt: skip


HANDLERS: list[ControllerRouterHandler] = [
    front,
    old_prefix,
    index,
    new_session,
    conversation,
    earlier_turns,
]


async def _put_away(request: SignedRequest) -> dict[str, Any] | None:
    """Return what the address says was done, as long as it is still so."""
    done, text = request.query_params.get("done", ""), request.query_params.get("session", "")
    if done not in PUT_AWAY:
        return None
    try:
        session_id = uuid.UUID(text)
        async with desk_of(request).database.reading() as db:
            if done == "deleted":
                await organising.find_deleted(db, request.user, session_id)
            elif not (await sessions.find_own(db, request.user, session_id)).archived_at:
                return None
    except (ValueError, NotFound, Forbidden):
        return None
    return {"done": done, "undo": PUT_AWAY[done], "session_id": session_id}


def _before(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError as error:
        raise NotFound(N_("There is no such answer.")) from error
