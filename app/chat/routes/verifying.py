"""“Mark as verified” under an answer."""

import uuid

from litestar import Response, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from app.chat import verifying
from app.chat.desk import desk_of
from app.errors import Invalid
from app.identity.guards import SignedRequest, requires
from app.identity.permissions import Permission
from app.web import htmx, pages
from app.web.locale import translator


@post("/bi-chat/runs/{run_id:uuid}/verify", guards=[requires(Permission.ACCESS)])
async def verify(request: SignedRequest, run_id: FromPath[uuid.UUID]) -> Response[str]:
    """Keep the statement that the answer rests on; htmx gets what became of it, a plain form the conversation."""
    try:
        session_id, saved = await verifying.verify(desk_of(request), request.user, run_id)
    except Invalid as error:
        if not htmx.is_htmx(request):
            raise
        sentence = translator(pages.locale(request)).sentence(error)
        return pages.page(request, "chat/_verified.html", status_code=422, run_id=run_id, status="", error=sentence)
    if not htmx.is_htmx(request):
        return htmx.go(request, f"/bi-chat/sessions/{session_id}#run-{run_id}")
    return pages.page(request, "chat/_verified.html", run_id=run_id, status=saved.status, error="")


HANDLERS: list[ControllerRouterHandler] = [verify]
