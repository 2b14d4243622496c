"""What readers think of an answer, said below it or on a page of its own."""

import uuid
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from app.chat import opinions
from app.chat.desk import desk_of
from app.chat.opinions import Opinion
from app.errors import Invalid
from app.identity.guards import SignedRequest, requires
from app.identity.permissions import Permission
from app.web import htmx, pages
from app.web.forms import text_of
from app.web.locale import translator

ACCESS = [requires(Permission.ACCESS)]


@get("/bi-chat/runs/{run_id:uuid}/feedback", guards=ACCESS)
async def form(request: SignedRequest, run_id: FromPath[uuid.UUID]) -> Response[str]:
    """Offer the form for the verdict of the address: below the answer for htmx, else on a page; `as=closed` closes it."""
    desk = desk_of(request)
    run = await opinions.find_answer(desk.database, request.user, run_id)
    said = (await opinions.of(desk.database, request.user, [run_id])).get(run_id)
    if request.query_params.get("as") == "closed":
        return _closed(request, run.session_id, run_id, said)
    verdict = request.query_params.get("verdict", "") or (said.verdict if said else "")
    verdict = verdict if verdict in opinions.REASONS else "down"
    typed = said if said and said.verdict == verdict else Opinion(verdict, comment=said.comment if said else "")
    return _form(request, run.session_id, run_id, typed, said)


@post("/bi-chat/runs/{run_id:uuid}/feedback", guards=ACCESS)
async def give(request: SignedRequest, run_id: FromPath[uuid.UUID]) -> Response[str]:
    """Keep the verdict with its reason and comment; 422 with the form for one that does not do."""
    desk, fields = desk_of(request), await request.form()
    typed = Opinion(text_of(fields, "verdict"), text_of(fields, "reason"), text_of(fields, "comment"))
    run = await opinions.find_answer(desk.database, request.user, run_id)
    try:
        said = await opinions.give(desk.database, request.user, run_id, typed)
    except Invalid as error:
        before = (await opinions.of(desk.database, request.user, [run_id])).get(run_id)
        return _form(request, run.session_id, run_id, typed, before, error)
    return _closed(request, run.session_id, run_id, said, thanks=True)


@post("/bi-chat/runs/{run_id:uuid}/feedback/remove", guards=ACCESS)
async def remove(request: SignedRequest, run_id: FromPath[uuid.UUID]) -> Response[str]:
    """Forget what was said."""
    desk = desk_of(request)
    run = await opinions.find_answer(desk.database, request.user, run_id)
    await opinions.take_back(desk.database, request.user, run_id)
    return _closed(request, run.session_id, run_id, None)


HANDLERS: list[ControllerRouterHandler] = [form, give, remove]


def _closed(
    request: SignedRequest, session_id: uuid.UUID, run_id: uuid.UUID, said: Opinion | None, *, thanks: bool = False
) -> Response[str]:
    if not htmx.is_htmx(request):
        return htmx.go(request, f"/bi-chat/sessions/{session_id}#run-{run_id}")
    return pages.page(request, "chat/_feedback.html", run_id=run_id, feedback=said, thanks=thanks)


def _form(
    request: SignedRequest, session_id: uuid.UUID, run_id: uuid.UUID, typed: Opinion, said: Opinion | None,
    error: Invalid | None = None,
) -> Response[str]:  # fmt: skip
    if typed.verdict not in opinions.REASONS:
        typed = Opinion("down", comment=typed.comment)
    values: dict[str, Any] = {
        "run_id": run_id, "session_id": session_id, "feedback": said, "typed": typed, "reasons": opinions.REASONS,
        "longest": opinions.MOST_CHARS, "field": next(iter(error.details), "") if error else "",
        "error": translator(pages.locale(request)).sentence(error) if error else "",
    }  # fmt: skip
    status = 422 if error else 200
    template = "chat/_feedback.html" if htmx.is_htmx(request) else "chat/feedback_page.html"
    return pages.page(request, template, status_code=status, **values)
