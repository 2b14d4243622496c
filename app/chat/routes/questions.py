"""Questions of the agent, answered or skipped by a form."""

import uuid
from collections.abc import Mapping
from typing import Any

from litestar import Response, post
from litestar.datastructures import FormMultiDict
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from app.chat import approving, questions, sessions
from app.chat.desk import desk_of
from app.chat.models import Question, Run
from app.chat.routes.shown import reach_of
from app.chat.view import QuestionView
from app.data.reach import Reach
from app.errors import BiChatError, Conflict, Forbidden, Invalid, Unavailable
from app.identity.guards import SignedRequest, requires
from app.identity.permissions import Permission
from app.web import htmx, pages
from app.web.locale import translator

ACCESS = [requires(Permission.ACCESS)]


@post("/bi-chat/questions/{checkpoint_id:uuid}/answer", guards=ACCESS)
async def answer(request: SignedRequest, checkpoint_id: FromPath[uuid.UUID]) -> Response[str]:
    """Answer a question of the agent; htmx gets nothing to swap, for the stream brings the summary to every open tab."""
    desk, form = desk_of(request), await request.form()
    try:
        question = await questions.answer(desk.database, desk.runner, desk.event_log, request.user, checkpoint_id, _given(form))
    except (Invalid, Conflict, Forbidden, Unavailable) as error:
        return await _refused(request, checkpoint_id, form, error)
    return await _settled(request, question)


@post("/bi-chat/questions/{checkpoint_id:uuid}/dismiss", guards=ACCESS)
async def dismiss(request: SignedRequest, checkpoint_id: FromPath[uuid.UUID]) -> Response[str]:
    """Skip a question of the agent."""
    desk = desk_of(request)
    try:
        question = await questions.dismiss(desk.database, desk.runner, desk.event_log, request.user, checkpoint_id)
    except (Conflict, Forbidden, Unavailable) as error:
        return await _refused(request, checkpoint_id, await request.form(), error)
    return await _settled(request, question)


HANDLERS: list[ControllerRouterHandler] = [answer, dismiss]


async def _settled(request: SignedRequest, question: Question) -> Response[str]:
    if not htmx.is_htmx(request):
        return htmx.go(request, f"/bi-chat/sessions/{question.session_id}")
    step = questions.summary(question, await _reach(request, question))
    return pages.page(request, "chat/_question_summary.html", step=step, run_id=question.run_id)


async def _refused(request: SignedRequest, checkpoint_id: uuid.UUID, form: FormMultiDict, error: BiChatError) -> Response[str]:
    """Show the form again with what was chosen, or say why the question is no longer open."""
    async with desk_of(request).database.reading() as db:
        question = await questions.find(db, request.user, checkpoint_id)
    texts = translator(pages.locale(request))
    if isinstance(error, Invalid):
        view = await _form_again(request, question, _given(form), error)
        values: dict[str, Any] = {"question": view, "error": texts.sentence(error), "session_id": question.session_id}
        name = "chat/_question_form.html" if htmx.is_htmx(request) else "chat/question_page.html"
        return pages.page(request, name, status_code=422, **values)
    if not htmx.is_htmx(request):
        raise error
    return pages.page(request, "chat/_composer_error.html", status_code=error.status, message=texts.sentence(error))


async def _form_again(request: SignedRequest, question: Question, given: Mapping[str, list[str]], error: Invalid) -> QuestionView:
    reach = await _reach(request, question)
    async with desk_of(request).database.reading() as db:
        run = await db.get_one(Run, question.run_id)
        is_asker = run.user_id == request.user.user_id
        asked = approving.told_to(approving.asked_questions(question), reach, is_asker=is_asker)
        view = questions.form_view(question, asked, given, error.details, translator(pages.locale(request)).gettext)
        await approving.name_askers(db, request.user, [view])
    return view


async def _reach(request: SignedRequest, question: Question) -> Reach:
    session = await sessions.shown(desk_of(request).database, request.user, question.session_id)
    return await reach_of(request, session.access)


def _given(form: FormMultiDict) -> dict[str, list[str]]:
    """Return the chosen options (`answer.<id>`) and then the own words (`other.<id>`) by question."""
    given: dict[str, list[str]] = {}
    for kind in ("answer.", "other."):
        for name in sorted(set(form.keys())):
            if name.startswith(kind) and name != kind:
                values = [value for value in form.getall(name) if isinstance(value, str) and value.strip()]
                given.setdefault(name.removeprefix(kind), []).extend(values)
    return {question_id: values for question_id, values in given.items() if values}
