"""One conversation named, pinned, archived, cleared, deleted and brought back, from its menu or its head."""

import uuid
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from app.chat import organising, sessions, sharing, title_making
from app.chat.access import check_own
from app.chat.desk import desk_of
from app.chat.models import Session
from app.chat.routes.shown import frame_of, turns_partial
from app.errors import Invalid
from app.identity.guards import SignedRequest, requires
from app.identity.permissions import Permission
from app.web import htmx, pages
from app.web.forms import text_of
from app.web.locale import translator

ACCESS = [requires(Permission.ACCESS)]


@get("/bi-chat/sessions/{session_id:uuid}/menu", guards=ACCESS)
async def menu(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[str]:
    """Offer what can be done with a conversation."""
    return await _menu(request, session_id)


@get("/bi-chat/sessions/{session_id:uuid}/title", guards=ACCESS)
async def title_form(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[str]:
    """Return the title as a form in the place of the heading, or as a heading again with `as=heading`."""
    async with desk_of(request).database.reading() as db:
        session = await sessions.find_own(db, request.user, session_id)
    if not htmx.is_htmx(request):
        return await _menu(request, session_id)
    template = "chat/_heading.html" if request.query_params.get("as") == "heading" else "chat/_title_form.html"
    return pages.page(request, template, session=session, can_write=True, typed=session.title, message="", place="title")


@post("/bi-chat/sessions/{session_id:uuid}/title", guards=ACCESS)
async def rename(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[str]:
    """Give it the title of the field `title`; 422 with the form for one that does not do. `place` says where the form is."""
    form = await request.form()
    title = text_of(form, "title")
    try:
        async with desk_of(request).database.writing() as db:
            await organising.rename(db, request.user, session_id, title)
    except Invalid as error:
        return await _refused(request, session_id, title, text_of(form, "place"), error)
    return await _changed(request, session_id, "renamed")


@post("/bi-chat/sessions/{session_id:uuid}/new-title", guards=ACCESS)
async def new_title(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[str]:
    """Have the model name it; a title that somebody typed stays."""
    await title_making.regenerate(desk_of(request), request.user, session_id)
    return await _changed(request, session_id, "renamed")


@post("/bi-chat/sessions/{session_id:uuid}/pin", guards=ACCESS)
async def pin(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[str]:
    """Keep it above the others."""
    return await _do(request, session_id, "pin", "pinned")


@post("/bi-chat/sessions/{session_id:uuid}/unpin", guards=ACCESS)
async def unpin(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[str]:
    """Let it stand among the others."""
    return await _do(request, session_id, "unpin", "unpinned")


@post("/bi-chat/sessions/{session_id:uuid}/archive", guards=ACCESS)
async def archive(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[str]:
    """Take it out of the list, stopping what goes on in it."""
    return await _do(request, session_id, "archive", "archived")


@post("/bi-chat/sessions/{session_id:uuid}/unarchive", guards=ACCESS)
async def unarchive(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[str]:
    """Put it back into the list."""
    return await _do(request, session_id, "unarchive", "unarchived")


@post("/bi-chat/sessions/{session_id:uuid}/delete", guards=ACCESS)
async def delete(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[str]:
    """Put it into the trash, stopping what goes on in it."""
    return await _do(request, session_id, "delete", "deleted")


@post("/bi-chat/sessions/{session_id:uuid}/restore", guards=ACCESS)
async def restore(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[str]:
    """Bring it back from the trash."""
    return await _do(request, session_id, "restore", "restored")


@post("/bi-chat/sessions/{session_id:uuid}/clear", guards=ACCESS)
async def clear(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[str]:
    """Empty it, stopping what goes on in it; its title stays."""
    desk = desk_of(request)
    await organising.stop_unfinished(desk.database, desk.runner, request.user, session_id)
    async with desk.database.writing() as db:
        await organising.clear(db, request.user, session_id)
    if htmx.is_htmx(request):
        return await turns_partial(request, session_id)
    return htmx.go(request, f"/bi-chat/sessions/{session_id}")


HANDLERS: list[ControllerRouterHandler] = [
    menu, title_form, rename, new_title, pin, unpin, archive, unarchive, delete, restore, clear,
]  # fmt: skip


async def _do(request: SignedRequest, session_id: uuid.UUID, action: str, done: str) -> Response[str]:
    desk = desk_of(request)
    await organising.change(desk.database, desk.runner, request.user, session_id, action)
    return await _changed(request, session_id, done, undo=organising.UNDO.get(action, ""))


async def _changed(request: SignedRequest, session_id: uuid.UUID, done: str, *, undo: str = "") -> Response[str]:
    """Say what was done, with a way to take it back; who stands in a conversation that is gone is led out of it."""
    is_here = htmx.current_path(request).startswith(f"/bi-chat/sessions/{session_id}")
    gone = done in {"archived", "deleted"}
    if not htmx.is_htmx(request) or (is_here and gone):
        return htmx.go(request, f"/bi-chat?done={done}&session={session_id}" if gone else f"/bi-chat/sessions/{session_id}")
    async with desk_of(request).database.reading() as db:
        session = await db.get_one(Session, session_id)
    values: dict[str, Any] = {**await frame_of(request), "current_id": session_id if is_here else None}
    return pages.page(
        request, "chat/_organised.html", session=session, done=done, undo=undo, is_here=is_here, can_write=True,
        **values,
    )  # fmt: skip


async def _menu(request: SignedRequest, session_id: uuid.UUID, *, typed: str | None = None, message: str = "") -> Response[str]:
    async with desk_of(request).database.reading() as db:
        session, allowed = await sessions.found(db, request.user, session_id)
        if not (await sharing.of(db, request.user, session_id)).is_listed:
            check_own(allowed)
    values: dict[str, Any] = {"session": session, "is_own": allowed.is_own, "can_write": allowed.can_write, "message": message}
    values["typed"] = session.title if typed is None else typed
    values["can_export"] = request.user.may(Permission.EXPORT)
    status = 422 if message else 200
    if htmx.is_htmx(request):
        return pages.page(request, "chat/_session_menu.html", status_code=status, **values)
    return pages.page(request, "chat/session_menu_page.html", status_code=status, **await frame_of(request), **values)


async def _refused(request: SignedRequest, session_id: uuid.UUID, typed: str, place: str, error: Invalid) -> Response[str]:
    sentence = translator(pages.locale(request)).sentence(error)
    if place != "title" or not htmx.is_htmx(request):
        return await _menu(request, session_id, typed=typed, message=sentence)
    async with desk_of(request).database.reading() as db:
        session = await sessions.find_own(db, request.user, session_id)
    return pages.page(
        request, "chat/_title_form.html", status_code=422, session=session, typed=typed, message=sentence, place="title"
    )
