"""A run as its reader follows, stops and retries it."""

import contextlib
import functools
import uuid
from collections.abc import AsyncGenerator

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from app.audit.record import record_opening
from app.chat import retrying, session_watch, suggestions, turns
from app.chat.access import Access
from app.chat.desk import desk_of
from app.chat.routes.messages import count_message
from app.chat.routes.shown import reader_of, turn_partial
from app.chat.stream import STREAM_HEADERS, PageStream
from app.identity.guards import SignedRequest, requires
from app.identity.permissions import Permission
from app.web import htmx

HTML = "text/html"
ACCESS = [requires(Permission.ACCESS)]


@get("/bi-chat/runs/{run_id:uuid}/events", guards=ACCESS)
async def run_events(request: SignedRequest, run_id: FromPath[uuid.UUID]) -> Stream:
    """Stream a run's partials after `Last-Event-ID`."""
    desk = desk_of(request)
    run, access = await turns.find_run(desk.database, request.user, run_id)
    await record_opening(desk.database, request.user, run.session_id, access.owner_id)
    reader = await reader_of(request, access)
    suggest = functools.partial(suggestions.after, desk, reader)
    stream = PageStream(desk.database, desk.event_log, desk.templates, reader, run, suggest=suggest)
    chunks = _watched(request, stream, access, request.headers.get("last-event-id"))
    return Stream(chunks, media_type="text/event-stream", headers=STREAM_HEADERS)


@post("/bi-chat/runs/{run_id:uuid}/stop", guards=ACCESS)
async def stop(request: SignedRequest, run_id: FromPath[uuid.UUID]) -> Response[str]:
    """Stop a run; what was written is kept and marked."""
    desk = desk_of(request)
    run = await turns.stop(desk.database, desk.runner, request.user, run_id)
    if htmx.is_htmx(request):
        return Response("", status_code=204, media_type=HTML)
    return htmx.go(request, f"/bi-chat/sessions/{run.session_id}")


@post("/bi-chat/runs/{run_id:uuid}/retry", guards=ACCESS)
async def retry(request: SignedRequest, run_id: FromPath[uuid.UUID]) -> Response[str]:
    """Go on with a failed run; htmx gets the turn with its stream attached."""
    desk = desk_of(request)
    await count_message(request)
    run = await retrying.retry(desk.database, desk.runner, request.user, run_id)
    if not htmx.is_htmx(request):
        return htmx.go(request, f"/bi-chat/sessions/{run.session_id}")
    return await turn_partial(request, run.session_id, run.id)


HANDLERS: list[ControllerRouterHandler] = [run_events, stop, retry]


async def _watched(
    request: SignedRequest, stream: PageStream, access: Access, last_event_id: str | None
) -> AsyncGenerator[bytes, None]:
    user, login_key = request.user, request.auth.login_key
    watching = desk_of(request).watch.watching(
        user.user_id, stream.leave, place=session_watch.to_read(access), login_key=login_key, token_id=user.token_id
    )
    with watching:
        async with contextlib.aclosing(stream.messages(last_event_id)) as messages:
            async for chunk in messages:
                yield chunk
