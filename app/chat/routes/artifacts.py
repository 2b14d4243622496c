"""What a conversation shows beside its words, as a list: renamed, deleted and restored there."""

import uuid
from collections.abc import Callable

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.record import record_opening
from app.chat import artifact_changes, artifact_list, artifacts, sessions
from app.chat.desk import desk_of
from app.chat.routes.shown import reach_of
from app.errors import N_, Invalid
from app.files.models import Artifact
from app.identity.actor import Actor
from app.identity.guards import SignedRequest, requires
from app.identity.permissions import Permission
from app.web import htmx, pages
from app.web.forms import text_of
from app.web.locale import translator

ACCESS = [requires(Permission.ACCESS)]
LARGEST_OFFSET = 1_000_000
Change = Callable[[AsyncSession, Actor, Artifact], None]


@get("/bi-chat/sessions/{session_id:uuid}/artifacts", guards=ACCESS)
async def artifact_panel(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[str]:
    """Show the list, or its lines after `offset`: partials for htmx, else a page of its own."""
    offset = _offset(request.query_params.get("offset", ""))
    return await _list(request, session_id, offset)


@post("/bi-chat/artifacts/{artifact_id:uuid}/rename", guards=ACCESS)
async def rename_artifact(request: SignedRequest, artifact_id: FromPath[uuid.UUID]) -> Response[str]:
    """Give it another name, field `name`; 422 with the form for one that does not do."""
    name = text_of(await request.form(), "name")
    try:
        return await _changed(request, artifact_id, lambda db, actor, found: artifact_changes.rename(db, actor, found, name))
    except Invalid as error:
        return await _refused(request, artifact_id, name, error)


@post("/bi-chat/artifacts/{artifact_id:uuid}/delete", guards=ACCESS)
async def delete_artifact(request: SignedRequest, artifact_id: FromPath[uuid.UUID]) -> Response[str]:
    """Take it out of the conversation."""
    return await _changed(request, artifact_id, artifact_changes.delete)


@post("/bi-chat/artifacts/{artifact_id:uuid}/restore", guards=ACCESS)
async def restore_artifact(request: SignedRequest, artifact_id: FromPath[uuid.UUID]) -> Response[str]:
    """Put it back."""
    return await _changed(request, artifact_id, artifact_changes.restore)


HANDLERS: list[ControllerRouterHandler] = [artifact_panel, rename_artifact, delete_artifact, restore_artifact]


def _offset(text: str) -> int:
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > len(str(LARGEST_OFFSET)):
        raise Invalid(N_("There is no such place in the list. Start from its top."), details={"offset": "not valid"})
    return int(text)


async def _list(
    request: SignedRequest, session_id: uuid.UUID, offset: int = 0, *, refused: uuid.UUID | None = None, name: str = "",
    error: str = "",
) -> Response[str]:  # fmt: skip
    desk = desk_of(request)
    session = await sessions.shown(desk.database, request.user, session_id)
    await record_opening(desk.database, request.user, session_id, session.access.owner_id)
    reach = await reach_of(request, session.access)
    async with desk.database.reading() as db:
        shown, following = await artifact_list.items(db, request.user, session_id, offset=offset, reach=reach)
    template = "chat/artifacts/_panel_items.html" if offset else "chat/artifacts/_panel_list.html"
    name_of_page = template if htmx.is_htmx(request) else "chat/artifacts_page.html"
    return pages.page(
        request, name_of_page, status_code=422 if error else 200, items=shown, following=following, session_id=session_id,
        can_write=session.access.can_write, zone=request.user.time_zone, refused=refused, given=name, error=error,
    )  # fmt: skip


async def _changed(request: SignedRequest, artifact_id: uuid.UUID, change: Change) -> Response[str]:
    """Change an artifact of the own conversation; htmx gets its line and what the turn shows now."""
    desk = desk_of(request)
    async with desk.database.writing() as db:
        artifact, access = await artifact_changes.find(db, request.user, artifact_id)
        change(db, request.user, artifact)
        await artifacts.revise(db, artifact)
    if not htmx.is_htmx(request):
        return htmx.go(request, f"/bi-chat/sessions/{access.session_id}/artifacts")
    reach = await reach_of(request, access)
    async with desk.database.reading() as db:
        item = await artifact_list.item(db, request.user, artifact, reach=reach)
        shown = await artifacts.load(db, request.user, [artifact_id], locale=pages.locale(request), reach=reach)
    return pages.page(
        request, "chat/artifacts/_panel_change.html", item=item, artifact=shown.get(artifact_id), can_write=True, refused=None,
        given="", error="", zone=request.user.time_zone, focused=True,
    )  # fmt: skip


async def _refused(request: SignedRequest, artifact_id: uuid.UUID, name: str, error: Invalid) -> Response[str]:
    sentence = translator(pages.locale(request)).sentence(error)
    async with desk_of(request).database.reading() as db:
        artifact, access = await artifacts.find(db, request.user, artifact_id)
    reach = await reach_of(request, access)
    async with desk_of(request).database.reading() as db:
        item = await artifact_list.item(db, request.user, artifact, reach=reach)
    if not htmx.is_htmx(request):
        return await _list(request, access.session_id, refused=artifact_id, name=name, error=sentence)
    return pages.page(
        request, "chat/artifacts/_panel_change.html", status_code=422, item=item, artifact=None, can_write=True,
        refused=artifact_id, given=name, error=sentence, zone=request.user.time_zone, focused=True,
    )  # fmt: skip
