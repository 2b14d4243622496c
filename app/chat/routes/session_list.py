"""The list of conversations: its further pages, and one stream that keeps it up to date on every open page."""

import contextlib
import uuid
from collections.abc import AsyncGenerator
from typing import Any

from litestar import Request, Response, get
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from app.chat import following, session_list
from app.chat.desk import desk_of
from app.chat.following import Place
from app.chat.routes.beside import Beside
from app.chat.routes.shown import frame_of, list_of
from app.chat.session_feed import ListReader
from app.chat.stream import PING, STREAM_HEADERS, message
from app.identity.guards import SignedRequest, requires
from app.identity.permissions import Permission
from app.web import htmx, pages

OPEN = "/bi-chat/sessions/"
ACCESS = [requires(Permission.ACCESS)]


@get("/bi-chat/sessions", guards=ACCESS)
async def further_sessions(request: SignedRequest) -> Response[str]:
    """Return the lines of the list `after` a place; without scripts a page with the list from there on."""
    after = session_list.place_of(request.query_params.get("after", ""))
    if htmx.is_htmx(request):
        return pages.page(
            request, "chat/_session_groups.html", **await list_of(request, after), current_id=_open_one(request), after=after
        )
    frame = {**await frame_of(request), **await list_of(request, after)}
    return pages.page(request, "chat/sessions_page.html", **frame)


@get("/bi-chat/sessions/events", guards=ACCESS)
async def list_events(request: SignedRequest) -> Stream:
    """Stream what changes in the list, whose key on the page is `seen`, and in `current`, of which the page shows `shown`."""
    desk = desk_of(request)
    current = _known(request.query_params.get("current", ""))
    reader = ListReader(desk.database, desk.feed, request.user, current)
    shown = following.place_of(request.query_params.get("shown", ""))
    chunks = _list_chunks(request, reader, current, shown)
    return Stream(chunks, media_type="text/event-stream", headers=STREAM_HEADERS)


async def touch_list(request: Request[Any, Any, Any]) -> None:
    """Have the open lists of a person, and those that show the conversation, look again after something was done.

    It is the application's `after_response`.
    """
    user = request.scope.get("user")
    if user is not None and request.method == "POST":
        feed, session_id = desk_of(request).feed, request.path_params.get("session_id")
        feed.tell(user.user_id, session_id) if isinstance(session_id, uuid.UUID) else feed.touch(user.user_id)


HANDLERS: list[ControllerRouterHandler] = [further_sessions, list_events]


async def _list_chunks(
    request: SignedRequest, reader: ListReader, current: uuid.UUID | None, shown: Place | None
) -> AsyncGenerator[bytes]:
    """Yield the changes of the list, and of the conversation beside it, as server-sent events."""
    user, seen = request.user, request.query_params.get("seen", "")
    beside = Beside(request, current, shown) if current else None
    watching = desk_of(request).watch.watching(
        user.user_id, reader.leave, login_key=request.auth.login_key, token_id=user.token_id
    )
    with watching:
        async with contextlib.aclosing(reader.changes(seen)) as changes:
            async for change in changes:
                if change.is_new:
                    values = {**await list_of(request), "current_id": current}
                    yield message(pages.rendered(request, "chat/events/session_list.html", **values), "list")
                elif change.states:
                    yield message(pages.rendered(request, "chat/events/session_states.html", items=change.states), "list")
                else:
                    yield PING
                if beside and (html := await beside.changed()):
                    yield message(html, "list")


def _open_one(request: SignedRequest) -> uuid.UUID | None:
    """Return the conversation that is open beside the list."""
    path = htmx.current_path(request).partition("?")[0]
    return _known(path.removeprefix(OPEN)) if path.startswith(OPEN) else None


def _known(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
