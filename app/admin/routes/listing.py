"""A list that managers narrow by a form and read on in parts: as a page, and as partials of it."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from litestar import Response

from app.audit import trail
from app.audit.trail import Cursor
from app.chat.routes.shown import frame_of
from app.errors import Invalid
from app.identity.guards import SignedRequest
from app.web import htmx, pages
from app.web.locale import translator


class Line(Protocol):
    """A line of a list; `cursor` is the place after it."""

    @property
    def cursor(self) -> str:
        """Return the place as an address holds it."""
        ...


async def listing(
    request: SignedRequest,
    name: str,
    values: dict[str, Any],
    read: Callable[[Cursor | None], Awaitable[Sequence[Line]]],
    *,
    size: int,
) -> Response[str]:
    """Answer with `admin/{name}.html`; htmx gets what comes after a place, or the whole list anew.

    `read` returns the lines after a place, one more than `size` where there are more; what it raises as `Invalid` is told.
    """
    place = request.query_params.get("after", "")
    shown: dict[str, Any] = {
        "lines": [], "more": "", "error": "", "zone": request.user.time_zone, "is_later": bool(place), **values,
    }  # fmt: skip
    try:
        lines = await read(trail.cursor_from(place))
    except Invalid as error:
        shown["error"] = translator(pages.locale(request)).sentence(error)
    else:
        shown |= {"lines": lines[:size], "more": lines[size - 1].cursor if len(lines) > size else ""}
    status = 422 if shown["error"] else 200
    if htmx.is_htmx(request):
        part = "items" if place and not shown["error"] else "list"
        return pages.page(request, f"admin/_{name}_{part}.html", status_code=status, **shown)
    return pages.page(request, f"admin/{name}.html", status_code=status, **{**await frame_of(request), **shown})
