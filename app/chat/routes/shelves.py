"""All conversations of a person on a page: looked through, and cleared up many at once."""

import uuid
from collections.abc import Sequence
from typing import Any

from litestar import Response, get, post
from litestar.types import ControllerRouterHandler

from app.chat import organising, purging, session_shelves
from app.chat.desk import desk_of
from app.chat.routes.shown import frame_of
from app.chat.session_shelves import Shelf
from app.errors import N_, Forbidden, NotFound
from app.identity.guards import SignedRequest, requires
from app.identity.permissions import Permission
from app.web import htmx, pages
from app.web.forms import text_of
from app.web.locale import translator

ACCESS = [requires(Permission.ACCESS)]
ACTIONS = {"archive", "unarchive", "delete", "restore", "remove"}
"""What is done to many at once; `remove` leaves nothing."""
NOTHING_CHOSEN = N_("Choose at least one chat, and what to do with it.")


@get("/bi-chat/chats", guards=ACCESS)
async def shelf(request: SignedRequest) -> Response[str]:
    """Show the conversations on the shelf `show`: `listed`, `archived` or `deleted`; `done` and `session` after a change."""
    query = request.query_params
    done = query.get("done", "") if query.get("done") in ACTIONS else ""
    number = int(query["page"]) if query.get("page", "").isdecimal() and len(query["page"]) < 7 else 1
    return await _page(request, _shelf(query.get("show")), number, done, _ids(query.getall("session", [])) if done else [])


@post("/bi-chat/chats", guards=ACCESS)
async def clear_up(request: SignedRequest) -> Response[str]:
    """Do `action` to the chosen `session`s and come back to the shelf; one that is gone meanwhile is passed over.

    To delete for good is asked once more, unless `sure`.
    """
    form = await request.form()
    action, chosen = text_of(form, "action"), _ids([each for each in form.getall("session", []) if isinstance(each, str)])
    show = _shelf(text_of(form, "show"))
    if action not in ACTIONS or not chosen:
        return await _page(request, show, 1, message=NOTHING_CHOSEN)
    if action == "remove" and text_of(form, "sure") != "yes":
        return await _asked(request, show, chosen)
    changed = [session_id for session_id in chosen if await _changed(request, action, session_id)]
    told = "".join(f"&session={session_id}" for session_id in changed)
    return htmx.go(request, f"/bi-chat/chats?show={show}" + (f"&done={action}{told}" if changed else ""))


HANDLERS: list[ControllerRouterHandler] = [shelf, clear_up]


async def _page(
    request: SignedRequest, shown: Shelf, number: int, done: str = "", changed: Sequence[uuid.UUID] = (), *, message: str = ""
) -> Response[str]:
    async with desk_of(request).database.reading() as db:
        page = await session_shelves.page(db, request.user, shown, number)
        shared = await session_shelves.shared_with(db, request.user) if shown is Shelf.LISTED and page.number == 1 else []
    values: dict[str, Any] = {"shelf": shown, "page": page, "shared": shared, "done": done, "changed": changed}
    return pages.page(
        request, "chat/shelf_page.html", status_code=422 if message else 200,
        undo=organising.UNDO.get(done, ""), message=translator(pages.locale(request)).gettext(message) if message else "",
        kept_days=purging.KEPT.days, **await frame_of(request), **values,
    )  # fmt: skip


async def _asked(request: SignedRequest, show: Shelf, chosen: Sequence[uuid.UUID]) -> Response[str]:
    """Ask whether to delete for good what cannot be brought back then."""
    async with desk_of(request).database.reading() as db:
        titles = await session_shelves.titles(db, request.user, chosen)
    values: dict[str, Any] = {"chosen": chosen, "titles": titles, "show": show}
    return pages.page(request, "chat/remove_page.html", **{**await frame_of(request), **values})


def _shelf(text: str | None) -> Shelf:
    return Shelf(text) if text in list(Shelf) else Shelf.LISTED


async def _changed(request: SignedRequest, action: str, session_id: uuid.UUID) -> bool:
    desk, actor = desk_of(request), request.user
    try:
        if action == "remove":
            await organising.remove(desk.database, desk.exports.exporter.storage, desk.runner, actor, session_id)
        else:
            await organising.change(desk.database, desk.runner, actor, session_id, action)
    except (NotFound, Forbidden):
        return False
    return True


def _ids(texts: list[str]) -> list[uuid.UUID]:
    try:
        return session_shelves.chosen(texts)
    except ValueError as error:
        raise NotFound(N_("There is no such conversation.")) from error
