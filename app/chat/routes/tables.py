"""A table as its reader sorts, searches, pages, copies and refreshes it; all of it works by plain links and forms."""

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict, MultiDict
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from app.audit.record import record_opening
from app.chat import artifacts, refreshing, strips, table_states, table_views, tables
from app.chat.access import Access
from app.chat.artifact_view import TableState, TableView
from app.chat.charts import result_of
from app.chat.desk import desk_of
from app.chat.routes.shown import reach_of
from app.data.comparison import Changes
from app.errors import N_, Invalid, NotFound, RateLimited
from app.files.models import Artifact
from app.identity.guards import SignedRequest, requires
from app.identity.permissions import Permission
from app.web import htmx, pages
from app.web.limits import Limit
from app.web.locale import translator
from app.web.security import set_cookie

REFRESHED = "refreshed_table"
"""The cookie that has the table's own page say once what a refresh without scripts changed."""
ACCESS = [requires(Permission.ACCESS)]
REFRESHES = Limit("refreshes", 30, 60, N_("You are refreshing too often. Try again in %(seconds)s seconds."))


@get("/bi-chat/artifacts/{artifact_id:uuid}/table", guards=ACCESS)
async def table(request: SignedRequest, artifact_id: FromPath[uuid.UUID]) -> Response[str]:
    """Show a table as the address asks for it: the part that changes for htmx, else on a page of its own."""
    shown, result, access = await _found(request, artifact_id)
    given = _lists(request.query_params)
    view = await _view(request, shown, result, access, table_states.state_of(given, len(result.details["columns"])))
    if request.cookies.get(REFRESHED) == str(artifact_id) and not htmx.is_htmx(request):
        view.changes = view.changes or Changes()
        set_cookie(request.scope, request.app.state.settings, REFRESHED, "", max_age=0)
    if htmx.is_htmx(request):
        return pages.page(request, "chat/artifacts/_table_answer.html", table=view, zone=request.user.time_zone)
    return _page(request, view, access)


@get("/bi-chat/artifacts/{artifact_id:uuid}/table.tsv", guards=ACCESS)
async def table_as_tsv(request: SignedRequest, artifact_id: FromPath[uuid.UUID]) -> Response[str]:
    """Return the whole result as found and sorted, for the clipboard."""
    _, result, access = await _found(request, artifact_id)
    if not tables.is_within(result, await reach_of(request, access)):
        raise NotFound(N_("There is no such table."))
    state = table_states.state_of(_lists(request.query_params), len(result.details["columns"]))
    text = await asyncio.to_thread(tables.as_tsv, result, state, pages.locale(request))
    return Response(text, media_type="text/tab-separated-values", headers={"Cache-Control": "no-store"})


@post("/bi-chat/artifacts/{artifact_id:uuid}/refresh", guards=ACCESS)
async def refresh(request: SignedRequest, artifact_id: FromPath[uuid.UUID]) -> Response[str]:
    """Run the statement again and show what it gives now; where it fails the table stays and the reason is told."""
    desk = desk_of(request)
    given = _lists(await request.form())
    _, before, access = await _found(request, artifact_id)
    state = table_states.state_of(given, len(before.details["columns"]))
    try:
        await desk.limits.hit(REFRESHES, str(request.user.user_id))
        refreshed = await refreshing.refresh(desk.database, desk.queries, request.user, artifact_id)
    except (Invalid, RateLimited) as error:
        return await _failed(request, artifact_id, error)
    if not htmx.is_htmx(request):
        set_cookie(request.scope, request.app.state.settings, REFRESHED, str(artifact_id), max_age=60)
        return htmx.go(request, f"/bi-chat/artifacts/{artifact_id}/table?{urlencode(state.fields)}".rstrip("?"))
    is_alike = len(refreshed.result.details["columns"]) == len(before.details["columns"])
    view = await _view(request, refreshed.table, refreshed.result, access, state if is_alike else TableState())
    view.changes = view.changes or Changes()
    return await _refreshed(request, view, refreshed, access)


HANDLERS: list[ControllerRouterHandler] = [table, table_as_tsv, refresh]


def _lists(given: MultiDict[Any] | FormMultiDict) -> Mapping[str, Sequence[str]]:
    """Return all texts by name; files are left out."""
    return {name: [value for value in given.getall(name) if isinstance(value, str)] for name in set(given.keys())}


async def _found(request: SignedRequest, artifact_id: uuid.UUID) -> tuple[Artifact, Artifact, Access]:
    """Return a table, its result, and what the reader may do in their session; raises `NotFound`."""
    database = desk_of(request).database
    async with database.reading() as db:
        shown, access = await artifacts.find(db, request.user, artifact_id)
        if shown.kind not in {"table", "result"}:
            raise NotFound(N_("There is no such table."))
        result = shown if shown.kind == "result" else await result_of(db, request.user, shown)
    await record_opening(database, request.user, access.session_id, access.owner_id)
    return shown, result, access


async def _refreshed(request: SignedRequest, view: TableView, refreshed: refreshing.Refreshed, access: Access) -> Response[str]:
    """Return the table, and all of its answer that shows the same figures or was written with those before."""
    reach = await reach_of(request, access)
    async with desk_of(request).database.reading() as db:
        await strips.tell_once(db, [refreshed.table], {view.id: view})
        loaded = await artifacts.load(db, request.user, refreshed.followers, locale=pages.locale(request), reach=reach)
    return pages.page(
        request, "chat/artifacts/_table_refreshed.html", table=view, followers=list(loaded.values()),
        run_id=refreshed.table.run_id, zone=request.user.time_zone, can_write=True,
    )  # fmt: skip


async def _view(request: SignedRequest, shown: Artifact, result: Artifact, access: Access, state: TableState) -> TableView:
    if not tables.is_within(result, await reach_of(request, access)):
        return table_views.hidden_view(shown)
    work = (shown, result, pages.locale(request), state)
    return await asyncio.to_thread(table_views.table_view, *work) if tables.is_large(result) else table_views.table_view(*work)


async def _failed(request: SignedRequest, artifact_id: uuid.UUID, error: Invalid | RateLimited) -> Response[str]:
    message = translator(pages.locale(request)).sentence(error)
    status = 422 if isinstance(error, Invalid) else error.status
    headers = {"HX-Retarget": f"#table-{artifact_id}-notice", "HX-Reswap": "innerHTML"}
    if htmx.is_htmx(request):
        return pages.page(request, "chat/artifacts/_table_failure.html", status_code=status, headers=headers, message=message)
    shown, result, access = await _found(request, artifact_id)
    view = await _view(request, shown, result, access, TableState())
    return _page(request, view, access, failure=message, status_code=status)


def _page(request: SignedRequest, view: TableView, access: Access, *, failure: str = "", status_code: int = 200) -> Response[str]:
    values: dict[str, Any] = {
        "artifact": view,
        "session_id": access.session_id,
        "failure": failure,
        "zone": request.user.time_zone,
    }
    return pages.page(request, "chat/table_page.html", status_code=status_code, can_write=access.can_write, **values)
