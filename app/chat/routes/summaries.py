"""The first turns of a conversation put into a summary, unfolded again, and brought back."""

import uuid
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from msgspec.structs import replace

from app.audit.record import record_opening
from app.chat import compacting, sessions, summaries, turns
from app.chat import pages as run_pages
from app.chat.desk import desk_of
from app.chat.routes.shown import earlier_of, frame_of, reader_of, turns_partial
from app.errors import NotFound
from app.identity.guards import SignedRequest, requires
from app.identity.permissions import Permission
from app.web import htmx, pages
from app.web.forms import id_of

ACCESS = [requires(Permission.ACCESS)]


@post("/bi-chat/sessions/{session_id:uuid}/compact", guards=ACCESS)
async def compact(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[str]:
    """Summarise all but the last turns; htmx gets the conversation as it stands then, where it is open."""
    await compacting.compact(desk_of(request), request.user, session_id)
    is_here = htmx.current_path(request).startswith(f"/bi-chat/sessions/{session_id}")
    if htmx.is_htmx(request) and is_here:
        return await turns_partial(request, session_id)
    return htmx.go(request, f"/bi-chat/sessions/{session_id}")


@get("/bi-chat/summaries/{summary_id:uuid}", guards=ACCESS)
async def summarised(request: SignedRequest, summary_id: FromPath[uuid.UUID]) -> Response[str]:
    """Show the turns that a summary replaced: those around `turn`, those `before` one, or the last ones."""
    desk = desk_of(request)
    async with desk.database.reading() as db:
        found = await summaries.find(db, request.user, summary_id)
        access = await sessions.access_of(db, request.user, found.session_id)
    if not summaries.is_kept(found.created_at):
        raise NotFound(compacting.GONE)
    await record_opening(desk.database, request.user, found.session_id, access.owner_id)
    before, turn = id_of(request.query_params.get("before")), id_of(request.query_params.get("turn"))
    if turn:
        before = await run_pages.page_end(desk.database, found.session_id, turn, summary_id=summary_id)
    reader = replace(await reader_of(request, access), can_write=False)
    rows = await turns.page(desk.database, found.session_id, before=before, summary_id=summary_id)
    views = await run_pages.turn_views(desk.database, desk.templates, desk.rendered, reader, found.session_id, rows)
    earlier = earlier_of(views)
    values: dict[str, Any] = {
        "replaced_by": summary_id, "session_id": found.session_id, "turns": views, "earlier": earlier,
        "zone": reader.actor.time_zone, "behind": None if earlier else await summaries.behind(desk.database, summary_id),
        "is_earlier": before is not None,
    }  # fmt: skip
    if htmx.is_htmx(request):
        return pages.page(request, "chat/_summarised.html", **values)
    return pages.page(request, "chat/summarised_page.html", **{**await frame_of(request), **values})


@post("/bi-chat/summaries/{summary_id:uuid}/undo", guards=ACCESS)
async def undo(request: SignedRequest, summary_id: FromPath[uuid.UUID]) -> Response[str]:
    """Bring back what a summary replaced."""
    desk = desk_of(request)
    session_id = await compacting.undo(desk.database, request.user, summary_id)
    desk.feed.tell(request.user.user_id, session_id)
    if htmx.is_htmx(request):
        return await turns_partial(request, session_id)
    return htmx.go(request, f"/bi-chat/sessions/{session_id}")


HANDLERS: list[ControllerRouterHandler] = [compact, summarised, undo]
