"""Who may open a conversation: seen by its readers, decided by its owner, left by its members."""

import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from app.audit.record import record_opening
from app.chat import sharing
from app.chat.desk import desk_of
from app.errors import BiChatError, Invalid
from app.identity import colleagues
from app.identity.colleagues import Colleague
from app.identity.guards import SignedRequest, requires
from app.identity.permissions import Permission
from app.web import htmx, pages
from app.web.forms import text_of
from app.web.locale import translator

ACCESS = [requires(Permission.ACCESS)]
LONGEST_WORDS = 200


@get("/bi-chat/sessions/{session_id:uuid}/sharing", guards=ACCESS)
async def members(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[str]:
    """Show who may open a conversation; its owner can change that."""
    return await _page(request, session_id)


@get("/bi-chat/sessions/{session_id:uuid}/colleagues", guards=ACCESS)
async def candidates(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[str]:
    """Offer people whose name or address holds the words of `email`."""
    words = request.query_params.get("email", "")[:LONGEST_WORDS]
    desk = desk_of(request)
    async with desk.database.reading() as db:
        found = await sharing.candidates(db, request.user, session_id, words, desk)
    if not htmx.is_htmx(request):
        return await _page(request, session_id, words=words, found=found)
    return pages.page(request, "chat/_share_candidates.html", found=found, words=words)


@post("/bi-chat/sessions/{session_id:uuid}/members", guards=ACCESS)
async def add(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[str]:
    """Let somebody in, by the address in `email` or the id in `member`, in the `role` of viewer or editor."""
    form, desk = await request.form(), desk_of(request)
    typed = text_of(form, "email").strip()[:LONGEST_WORDS]

    async def change() -> None:
        role = sharing.role_from(text_of(form, "role"))
        user_id = _member(text_of(form, "member"))
        if user_id is None:
            user_id = await sharing.named(desk, request.user, session_id, typed)
        await sharing.share(desk, request.user, session_id, user_id, role)

    return await _done(request, session_id, change, words=typed)


@post("/bi-chat/sessions/{session_id:uuid}/members/{user_id:uuid}/role", guards=ACCESS)
async def change_role(request: SignedRequest, session_id: FromPath[uuid.UUID], user_id: FromPath[uuid.UUID]) -> Response[str]:
    """Make a member a viewer or an editor."""
    form, desk = await request.form(), desk_of(request)

    async def change() -> None:
        role = sharing.role_from(text_of(form, "role"))
        await sharing.share(desk, request.user, session_id, user_id, role, must_be_in=True)

    return await _done(request, session_id, change)


@post("/bi-chat/sessions/{session_id:uuid}/members/{user_id:uuid}/remove", guards=ACCESS)
async def remove(request: SignedRequest, session_id: FromPath[uuid.UUID], user_id: FromPath[uuid.UUID]) -> Response[str]:
    """Let a member out."""
    return await _done(request, session_id, lambda: sharing.unshare(desk_of(request), request.user, session_id, user_id))


@post("/bi-chat/sessions/{session_id:uuid}/link", guards=ACCESS)
async def set_link(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[str]:
    """Say what the address is good for: field `role`, empty for nothing."""
    text = text_of(await request.form(), "role")

    async def change() -> None:
        await sharing.set_link(desk_of(request), request.user, session_id, sharing.role_from(text) if text else None)

    return await _done(request, session_id, change)


@post("/bi-chat/sessions/{session_id:uuid}/keep", guards=ACCESS)
async def keep(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[str]:
    """Put a conversation that was opened by its address into the list."""
    await sharing.keep(desk_of(request), request.user, session_id)
    return htmx.go(request, f"/bi-chat/sessions/{session_id}")


@post("/bi-chat/sessions/{session_id:uuid}/leave", guards=ACCESS)
async def leave(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[str]:
    """Leave a conversation that somebody shares."""
    await sharing.leave(desk_of(request), request.user, session_id)
    return htmx.go(request, "/bi-chat")


HANDLERS: list[ControllerRouterHandler] = [members, candidates, add, change_role, remove, set_link, keep, leave]


def _member(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError as error:
        raise Invalid(colleagues.NOBODY, details={"member": "not valid"}) from error


async def _done(
    request: SignedRequest, session_id: uuid.UUID, change: Callable[[], Awaitable[None]], *, words: str = ""
) -> Response[str]:
    """Make a change and show who may open the conversation then; 422 with what was typed where it is refused."""
    try:
        await change()
    except Invalid as error:
        return await _page(request, session_id, words=words, error=error)
    if htmx.is_htmx(request):
        return await _page(request, session_id)
    return htmx.go(request, f"/bi-chat/sessions/{session_id}/sharing")


async def _page(
    request: SignedRequest, session_id: uuid.UUID, *, words: str = "", found: Sequence[Colleague] = (),
    error: BiChatError | None = None,
) -> Response[str]:  # fmt: skip
    desk = desk_of(request)
    async with desk.database.reading() as db:
        shared = await sharing.of(db, request.user, session_id)
    await record_opening(desk.database, request.user, session_id, shared.access.owner_id)
    values: dict[str, Any] = {
        "shared": shared, "session_id": session_id, "found": found, "words": words,
        "message": translator(pages.locale(request)).sentence(error) if error else "",
        "address": f"{str(request.base_url).rstrip('/')}/bi-chat/sessions/{session_id}",
    }  # fmt: skip
    name = "chat/_sharing.html" if htmx.is_htmx(request) else "chat/sharing_page.html"
    return pages.page(request, name, status_code=422 if error else 200, **values)
