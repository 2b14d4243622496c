"""The pages and partials of conversations, as several routes answer with them."""

import uuid
from collections.abc import Sequence
from typing import Any

from litestar import Response
from sqlalchemy import Row

from app.audit.record import record_opening
from app.chat import following, session_feed, session_list, sessions, suggestions, summaries, turns
from app.chat import pages as run_pages
from app.chat.access import Access
from app.chat.desk import Desk, desk_of
from app.chat.pages import Reader
from app.chat.routes import choosing, debugging
from app.chat.session_list import Place
from app.chat.sessions import Shown
from app.chat.summaries import SummaryView
from app.chat.view import SessionItem, TurnView
from app.data import reach
from app.data.reach import Reach
from app.database import now
from app.identity.guards import SignedRequest, allows
from app.identity.permissions import Permission
from app.web import pages

STARTERS = 6


async def reader_of(request: SignedRequest, access: Access) -> Reader:
    """Return who reads a conversation that they have `access` to, and whether they may write in it."""
    reads_all = await reach.reads_all(desk_of(request).queries.catalogue, request.user)
    return Reader(request.user, pages.locale(request), access.can_write, await reach_of(request, access), reads_all)


async def reach_of(request: SignedRequest, access: Access) -> Reach:
    """Return the tables whose figures the asker may see in a conversation that they have `access` to."""
    return await reach.reach_of(desk_of(request).queries.catalogue, request.user, is_own=access.is_own)


async def index_page(
    request: SignedRequest, *, draft: str = "", error: str = "", put_away: dict[str, Any] | None = None, status_code: int = 200,
    headers: dict[str, str] | None = None,
) -> Response[str]:  # fmt: skip
    """Return the page of a conversation that has not begun; `draft` and `error` after a rejected form.

    `put_away` says what was done to the conversation that the person comes from: `done`, `undo` and `session_id`.
    """
    values = {
        **await frame_of(request),
        "starters": await _starters(request),
        "choices": await choosing.offered(request),
        "draft": draft,
        "message": error,
        "put_away": put_away,
    }
    return pages.page(request, "chat/index.html", status_code=status_code, headers=headers, **values)


async def conversation_page(
    request: SignedRequest, session_id: uuid.UUID, *, before: uuid.UUID | None = None, turn: uuid.UUID | None = None,
    draft: str = "", error: str = "",
    status_code: int = 200, headers: dict[str, str] | None = None,
) -> Response[str]:  # fmt: skip
    """Return a conversation as it stands, or its turns `before` one, or those around `turn`.

    `draft` and `error` are given after a rejected form.

    Raises `NotFound`.
    """
    desk = desk_of(request)
    session = await sessions.shown(desk.database, request.user, session_id)
    await record_opening(desk.database, request.user, session_id, session.access.owner_id, is_page=True)
    reader = await reader_of(request, session.access)
    if turn:
        before = await run_pages.page_end(desk.database, session_id, turn)
    rows = await turns.page(desk.database, session_id, before=before)
    path = None if before else following.path(rows, session.title)
    views = await run_pages.turn_views(desk.database, desk.templates, desk.rendered, reader, session_id, rows)
    last = views[-1].run if views else None
    values: dict[str, Any] = {
        **await frame_of(request), "current_id": session_id, "session": session, "turns": views, "earlier": earlier_of(views),
        "summary": await summary_of(request, session_id, rows, reader),
        "is_earlier": before is not None, "live_run": last if last and last.is_live else None, "can_write": reader.can_write,
        "access": session.access, "shown": path.place.text if path else "",
        "starters": [] if rows or before or not reader.can_write else await _starters(request),
        "choices": await choosing.offered(request) if reader.can_write else None,
        "draft": draft, "message": error, "suggestions": [] if before else await suggestions.after_last(desk, reader, rows),
    }  # fmt: skip
    return pages.page(request, "chat/session.html", status_code=status_code, headers=headers, **values)


async def _starters(request: SignedRequest) -> list[str]:
    """Return questions to begin with."""
    known = await desk_of(request).knowledge.of(request.user.tenant_id)
    return known.starters(pages.locale(request), STARTERS)


def earlier_of(views: list[TurnView]) -> uuid.UUID | None:
    """Return the turn before which older ones may be had, or None."""
    return views[0].id if len(views) == turns.PAGE else None


async def summary_of(
    request: SignedRequest, session_id: uuid.UUID, rows: Sequence[Row[Any]], reader: Reader
) -> SummaryView | None:
    """Return the summary that stands before the rows of a page, None where there is none or turns come before the page."""
    if len(rows) == turns.PAGE or (rows and rows[-1].summary_id is None):
        return None
    return await summaries.of_session(desk_of(request).database, session_id, can_write=reader.can_write)


async def turn_partial(request: SignedRequest, session_id: uuid.UUID, run_id: uuid.UUID) -> Response[str]:
    """Return one turn, attached to its stream while it goes on."""
    desk = desk_of(request)
    session = await sessions.shown(desk.database, request.user, session_id)
    turn = await run_pages.turn_of(desk.database, await reader_of(request, session.access), session_id, run_id)
    return pages.page(request, "chat/_turn.html", turn=turn, zone=request.user.time_zone)


async def added_turn(request: SignedRequest, session_id: uuid.UUID, run_id: uuid.UUID) -> Response[str]:
    """Return a turn for the end of the page, unless the list's stream has brought it there already."""
    desk = desk_of(request)
    session = await sessions.shown(desk.database, request.user, session_id)
    turn = await run_pages.turn_of(desk.database, await reader_of(request, session.access), session_id, run_id)
    return pages.page(request, "chat/events/turn.html", turn=turn, zone=request.user.time_zone)


async def turns_partial(request: SignedRequest, session_id: uuid.UUID) -> Response[str]:
    """Return the latest turns of a conversation as they stand."""
    session = await sessions.shown(desk_of(request).database, request.user, session_id)
    return pages.page(request, "chat/_turns.html", **await latest_turns(request, session))


async def latest_turns(request: SignedRequest, session: Shown) -> dict[str, Any]:
    """Return what `chat/_turns.html` shows of the end of a conversation."""
    desk = desk_of(request)
    reader = await reader_of(request, session.access)
    rows = await turns.page(desk.database, session.id)
    views = await run_pages.turn_views(desk.database, desk.templates, desk.rendered, reader, session.id, rows)
    return {
        "turns": views, "session_id": session.id, "earlier": earlier_of(views), "zone": request.user.time_zone,
        "summary": await summary_of(request, session.id, rows, reader),
        "suggestions": await suggestions.after_last(desk, reader, rows),
        "starters": [] if rows or not reader.can_write else await _starters(request),
    }  # fmt: skip


async def frame_of(request: SignedRequest) -> dict[str, Any]:
    """Return what the frame of every page with the list needs."""
    desk = desk_of(request)
    return {
        **await list_of(request), "current_id": None, "offline": desk.is_offline, "zone": request.user.time_zone,
        "can_manage": allows(request, Permission.MANAGE), "debugging": debugging.is_on(request),
    }  # fmt: skip


async def list_of(request: SignedRequest, after: Place | None = None) -> dict[str, Any]:
    """Return a page of the list: its `groups`, its `list_key`, and as `further` the place where the next page begins, or None."""
    desk, locale = desk_of(request), pages.locale(request)
    items = await session_list.recent(desk.database, request.user, after=after)
    for item in items:
        item.html = _item(desk, locale, item)
    groups = session_list.grouped(items, after=after, time_zone=request.user.time_zone, moment=now())
    last = items[-1] if len(items) == session_list.PAGE else None
    return {
        "groups": groups,
        "further": session_list.Place(last.pinned, last.active_at, last.id).text if last else None,
        "list_key": session_feed.key_of(items),
    }


def _item(desk: Desk, locale: str, item: SessionItem) -> str:
    """Return a line of the list; the same line is on every page, so it is rendered once."""
    key = ("session item", item.id, item.title, item.pinned, item.state, item.owner, locale)
    html = desk.rendered.get(key)
    if html is None:
        html = desk.templates.render(locale, "chat/_session_item.html", item=item, current_id=None)
        desk.rendered.keep(key, html)
    return html
