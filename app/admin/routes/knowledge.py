"""What a company knows as pages: the list, an entry with its versions, and what managers do with it."""

import uuid
from collections.abc import Sequence
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from app.admin import knowledge
from app.admin.routes.listing import listing
from app.audit.trail import Cursor
from app.chat.desk import desk_of
from app.chat.routes.shown import frame_of
from app.errors import Conflict, Invalid
from app.identity.guards import SignedRequest, requires
from app.identity.permissions import Permission
from app.knowledge import editing
from app.knowledge.adding import BY_HAND
from app.knowledge.drafts import KINDS, STATUSES
from app.knowledge.editing import Said
from app.web import pages
from app.web.forms import text_of
from app.web.locale import translator

MANAGE = [requires(Permission.ACCESS), requires(Permission.MANAGE)]
KNOWLEDGE = "/bi-chat/manage/knowledge"
ENTRY = KNOWLEDGE + "/{entry_id:uuid}"
LONGEST_NUMBER = 9
LIMITS = {"title": editing.MOST_TITLE, "text": editing.MOST_TEXT}


@get(KNOWLEDGE, guards=MANAGE)
async def knowledge_page(request: SignedRequest) -> Response[str]:
    """Show what the address asks for; for htmx entries after a place, or the whole list anew."""
    database, asked = desk_of(request).database, knowledge.Asked.of(request.query_params)

    async def read(after: Cursor | None) -> Sequence[knowledge.Line]:
        knowledge.check(asked)
        return await knowledge.listed(database, request.user, asked, after=after)

    values = {"asked": asked, "kinds": KINDS, "statuses": STATUSES, "waiting": await knowledge.waiting(database, request.user)}
    return await listing(request, "knowledge", values, read, size=knowledge.PAGE)


@get(KNOWLEDGE + "/new", guards=MANAGE)
async def new_page(request: SignedRequest) -> Response[str]:
    """Show the form for something to write down."""
    return await _new(request, BY_HAND[0], Said("", ""))


@post(KNOWLEDGE + "/new", guards=MANAGE)
async def add_entry(request: SignedRequest) -> Response[str]:
    """Write something down; 422 with the form where it does not do."""
    form = await request.form()
    kind, typed = text_of(form, "kind"), Said(text_of(form, "title"), text_of(form, "text"))
    try:
        entry_id = await desk_of(request).library.add(request.user, kind, typed)
    except Invalid as error:
        return await _new(request, kind, typed, error=error)
    return _done(request, entry_id, "added")


@get(ENTRY, guards=MANAGE)
async def entry_page(request: SignedRequest, entry_id: FromPath[uuid.UUID]) -> Response[str]:
    """Show an entry, and what the asked version changed."""
    return await _answer(request, entry_id, done=request.query_params.get("done", ""))


@post(ENTRY, guards=MANAGE)
async def edit_entry(request: SignedRequest, entry_id: FromPath[uuid.UUID]) -> Response[str]:
    """Make a version of what was typed; 422 where it does not do, 409 where somebody else did meanwhile."""
    desk, form = desk_of(request), await request.form()
    typed = Said(text_of(form, "title"), text_of(form, "text"), text_of(form, "sql"))
    based_on = _number(text_of(form, "based_on"))
    try:
        await desk.library.edit(desk.queries, request.user, entry_id, typed, based_on=based_on)
    except (Invalid, Conflict) as error:
        return await _answer(request, entry_id, error=error, typed=typed)
    return _done(request, entry_id, "saved")


@post(ENTRY + "/status", guards=MANAGE)
async def set_status(request: SignedRequest, entry_id: FromPath[uuid.UUID]) -> Response[str]:
    """Approve or retire an entry."""
    status = text_of(await request.form(), "status")
    await desk_of(request).library.set_status(request.user, entry_id, status)
    return _done(request, entry_id, status)


@post(ENTRY + "/restore", guards=MANAGE)
async def restore_entry(request: SignedRequest, entry_id: FromPath[uuid.UUID]) -> Response[str]:
    """Take an earlier version again, as a new one."""
    desk, number = desk_of(request), _number(text_of(await request.form(), "version"))
    try:
        await desk.library.restore(desk.queries, request.user, entry_id, number)
    except Invalid as error:
        return await _answer(request, entry_id, error=error)
    return _done(request, entry_id, "restored")


HANDLERS: list[ControllerRouterHandler] = [
    knowledge_page, new_page, add_entry, entry_page, edit_entry, set_status, restore_entry,
]  # fmt: skip


async def _new(request: SignedRequest, kind: str, typed: Said, *, error: Invalid | None = None) -> Response[str]:
    values: dict[str, Any] = {
        "kinds": BY_HAND, "kind": kind, "typed": typed, "limits": LIMITS, "field": next(iter(error.details), "") if error else "",
        "error": translator(pages.locale(request)).sentence(error) if error else "",
    }  # fmt: skip
    status = 422 if error else 200
    return pages.page(request, "admin/knowledge_new.html", status_code=status, **{**await frame_of(request), **values})


async def _answer(
    request: SignedRequest, entry_id: uuid.UUID, *, done: str = "", error: Invalid | Conflict | None = None,
    typed: Said | None = None,
) -> Response[str]:  # fmt: skip
    found = await knowledge.detail(desk_of(request).database, request.user, entry_id)
    asked = request.query_params.get("version", "")
    shown, diff = knowledge.changed(found.versions, _number(asked)) if asked else (None, [])
    values: dict[str, Any] = {
        "entry": found.entry, "body": found.body, "category": found.category, "versions": found.versions, "shown": shown,
        "diff": diff, "done": done, "typed": typed, "limits": LIMITS,
        "error": translator(pages.locale(request)).sentence(error) if error else "", "zone": request.user.time_zone,
        "field": next(iter(error.details), "") if error else "",
    }  # fmt: skip
    status = (409 if isinstance(error, Conflict) else 422) if error else 200
    return pages.page(request, "admin/knowledge_entry.html", status_code=status, **{**await frame_of(request), **values})


def _done(request: SignedRequest, entry_id: uuid.UUID, what: str) -> Response[str]:
    request.app.state.table_book.forget(request.user.tenant_id)
    location = f"{KNOWLEDGE}/{entry_id}?done={what}"
    return Response("", status_code=303, headers={"Location": location}, media_type="text/html")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER else 0
