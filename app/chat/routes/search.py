"""Searching in one's own conversations: from the field above the list, and on a page of its own."""

from litestar import Response, get
from litestar.types import ControllerRouterHandler

from app.chat import search
from app.chat.desk import desk_of
from app.identity.guards import SignedRequest, requires
from app.identity.permissions import Permission
from app.web import htmx, pages

LONGEST = 200


@get("/bi-chat/search", guards=[requires(Permission.ACCESS)])
async def found(request: SignedRequest) -> Response[str]:
    """Show what `q` finds from `after` on: as lines for htmx, else on a page."""
    words, after = request.query_params.get("q", "")[:LONGEST], request.query_params.get("after")
    result = await search.search(desk_of(request).database, request.user, words, after=after)
    name = "chat/_search_hits.html" if htmx.is_htmx(request) else "chat/search_page.html"
    return pages.page(
        request, name, hits=result.hits, after=result.after, words=words.strip(), is_further=bool(after), session_id=None,
        zone=request.user.time_zone,
    )  # fmt: skip


HANDLERS: list[ControllerRouterHandler] = [found]
