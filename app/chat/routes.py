"""The pages of conversations: list, composer, turns, streams, stop, retry and questions."""

import contextlib
import uuid
from collections.abc import AsyncGenerator
from typing import Any

from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.params import FromPath
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from app.chat import pages as run_pages
from app.chat import questions, sessions, turns
from app.chat.desk import Desk, desk_of
from app.chat.models import Question
from app.chat.pages import Reader
from app.chat.stream import PageStream
from app.chat.turns import Added, Draft
from app.chat.view import QuestionView, SessionItem
from app.database import now
from app.errors import N_, BiChatError, Conflict, Invalid, NotFound, RateLimited, Unavailable
from app.identity.guards import SignedRequest, name_of, requires
from app.identity.permissions import Permission
from app.web import htmx, pages
from app.web.locale import translator

HTML = "text/html"
STREAM_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
ACCESS = [requires(Permission.ACCESS)]
STARTERS = 6


@get("/", guards=ACCESS)
async def front(request: SignedRequest) -> Response[str]:
    """Go to the chat."""
    return htmx.go(request, "/bi-chat")


@get(["/bichat", "/bichat/{rest:path}"], opt={"public": True, "anonymous": True})
async def old_prefix(request: SignedRequest) -> Response[str]:
    """Lead the other spelling of the prefix here."""
    path = pages.here(request).replace("/bichat", "/bi-chat", 1)
    return Response("", status_code=308, headers={"Location": path}, media_type=HTML)


@get("/bi-chat", guards=ACCESS)
async def index(request: SignedRequest) -> Response[str]:
    """Show the composer with questions to begin with, and the list."""
    return await _index(request)


@post("/bi-chat/sessions", guards=ACCESS)
async def new_session(request: SignedRequest) -> Response[str]:
    """Open an empty conversation."""
    title = _text(await request.form(), "title")[:200].strip()
    desk = desk_of(request)
    async with desk.database.writing() as db:
        session = sessions.create(db, request.user, title=title, is_typed=bool(title))
    return htmx.go(request, f"/bi-chat/sessions/{session.id}")


@get("/bi-chat/sessions/{session_id:uuid}", guards=ACCESS)
async def conversation(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[str]:
    """Show a conversation as it stands, the last run attached to its stream while it goes on."""
    return await _conversation(request, session_id)


@get("/bi-chat/sessions/{session_id:uuid}/turns", guards=ACCESS)
async def earlier_turns(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[str]:
    """Return the page of turns before the one named by `before`, as partials."""
    before = _uuid(request.query_params.get("before"))
    desk = desk_of(request)
    session = await sessions.shown(desk.database, request.user, session_id)
    reader = _reader(request, session.user_id)
    views = await run_pages.turn_views(desk.database, desk.templates, desk.rendered, reader, session_id, before=before)
    return pages.page(
        request, "chat/_turns.html", turns=views, session_id=session_id, earlier=_earlier(views), zone=request.user.time_zone
    )


@post("/bi-chat/messages", guards=ACCESS)
async def first_message(request: SignedRequest) -> Response[str]:
    """Send a question in a new conversation and move the browser there."""
    form = await request.form()
    try:
        added = await _send(request, form, None)
    except (Invalid, Conflict, RateLimited, Unavailable) as error:
        return await _refused(request, error, _text(form, "content"), None)
    return htmx.go(request, f"/bi-chat/sessions/{added.session_id}")


@post("/bi-chat/sessions/{session_id:uuid}/messages", guards=ACCESS)
async def message(request: SignedRequest, session_id: FromPath[uuid.UUID]) -> Response[str]:
    """Send a question; htmx gets the turn with its stream attached."""
    form = await request.form()
    try:
        added = await _send(request, form, session_id)
    except (Invalid, Conflict, RateLimited, Unavailable) as error:
        return await _refused(request, error, _text(form, "content"), session_id)
    if not htmx.is_htmx(request):
        return htmx.go(request, f"/bi-chat/sessions/{session_id}")
    return await _turn(request, added.session_id, added.run_id)


@get("/bi-chat/runs/{run_id:uuid}/events", guards=ACCESS)
async def run_events(request: SignedRequest, run_id: FromPath[uuid.UUID]) -> Stream:
    """Stream a run's partials after `Last-Event-ID`."""
    desk = desk_of(request)
    async with desk.database.reading() as db:
        run = await turns.find_run(db, request.user, run_id)
    session = await sessions.shown(desk.database, request.user, run.session_id)
    stream = PageStream(desk.database, desk.event_log, desk.templates, _reader(request, session.user_id), run)
    chunks = _watched(request, desk, stream, request.headers.get("last-event-id"))
    return Stream(chunks, media_type="text/event-stream", headers=STREAM_HEADERS)


async def _watched(
    request: SignedRequest, desk: Desk, stream: PageStream, last_event_id: str | None
) -> AsyncGenerator[bytes, None]:
    access = name_of(request, Permission.ACCESS)
    signed_in = request.auth
    watching = desk.watch.watching(
        request.user.user_id, stream.leave, permission=access, login_key=signed_in.login_key, token_id=request.user.token_id
    )
    with watching:
        async with contextlib.aclosing(stream.messages(last_event_id)) as messages:
            async for chunk in messages:
                yield chunk


@post("/bi-chat/runs/{run_id:uuid}/stop", guards=ACCESS)
async def stop(request: SignedRequest, run_id: FromPath[uuid.UUID]) -> Response[str]:
    """Stop a run; what was written is kept and marked."""
    desk = desk_of(request)
    run = await turns.stop(desk.database, desk.runner, request.user, run_id)
    if htmx.is_htmx(request):
        return Response("", status_code=204, media_type=HTML)
    return htmx.go(request, f"/bi-chat/sessions/{run.session_id}")


@post("/bi-chat/runs/{run_id:uuid}/retry", guards=ACCESS)
async def retry(request: SignedRequest, run_id: FromPath[uuid.UUID]) -> Response[str]:
    """Go on with a failed run; htmx gets the turn with its stream attached."""
    desk = desk_of(request)
    await _limit(request)
    run = await turns.retry(desk.database, desk.runner, request.user, run_id)
    if not htmx.is_htmx(request):
        return htmx.go(request, f"/bi-chat/sessions/{run.session_id}")
    return await _turn(request, run.session_id, run.id)


@post("/bi-chat/questions/{checkpoint_id:uuid}/answer", guards=ACCESS)
async def answer(request: SignedRequest, checkpoint_id: FromPath[uuid.UUID]) -> Response[str]:
    """Answer a question of the agent; htmx gets nothing to swap, for the stream brings the summary to every open tab."""
    desk, form = desk_of(request), await request.form()
    try:
        question = await questions.answer(desk.database, desk.runner, desk.event_log, request.user, checkpoint_id, _answers(form))
    except (Invalid, Conflict, Unavailable) as error:
        return await _question_refused(request, checkpoint_id, form, error)
    return await _settled(request, question)


@post("/bi-chat/questions/{checkpoint_id:uuid}/dismiss", guards=ACCESS)
async def dismiss(request: SignedRequest, checkpoint_id: FromPath[uuid.UUID]) -> Response[str]:
    """Skip a question of the agent."""
    desk = desk_of(request)
    try:
        question = await questions.dismiss(desk.database, desk.runner, desk.event_log, request.user, checkpoint_id)
    except (Conflict, Unavailable) as error:
        return await _question_refused(request, checkpoint_id, await request.form(), error)
    return await _settled(request, question)


HANDLERS: list[ControllerRouterHandler] = [
    front,
    old_prefix,
    index,
    new_session,
    conversation,
    earlier_turns,
    first_message,
    message,
    run_events,
    stop,
    retry,
    answer,
    dismiss,
]


async def _send(request: SignedRequest, form: FormMultiDict, session_id: uuid.UUID | None) -> Added:
    desk = desk_of(request)
    if any(getattr(part, "filename", "") for part in form.getall("attachments", [])):
        raise Invalid(N_("Files cannot be attached yet. Send the question without them."))
    request_id = _text(form, "request_id").strip()
    draft = Draft(_text(form, "content"), _request_id(request_id))
    await _limit(request)
    return await turns.add(
        desk.database, desk.runner, request.user, draft, session_id=session_id, max_chars=desk.settings.max_message_chars
    )


async def _limit(request: SignedRequest) -> None:
    desk = desk_of(request)
    await desk.limits.hit(desk.message_limit, str(request.user.user_id))


def _request_id(text: str) -> uuid.UUID | None:
    if not text:
        return None
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Invalid(
            N_("The request's id is not valid. Reload the page and send again."), details={"request_id": "not a UUID"}
        ) from error


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError as error:
        raise NotFound(N_("There is no such answer.")) from error


def _text(form: FormMultiDict, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _answers(form: FormMultiDict) -> dict[str, list[str]]:
    """Gather `answer.<id>` and `other.<id>` by question; own words win over a single choice, as they were typed on purpose."""
    given: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        kind, _, question_id = name.partition(".")
        if kind in {"answer", "other"} and question_id and isinstance(value, str) and value.strip():
            given.setdefault(question_id, []).append(value)
    return given


def _reader(request: SignedRequest, owner_id: uuid.UUID) -> Reader:
    return Reader(request.user, pages.locale(request), owner_id == request.user.user_id)


async def _frame(request: SignedRequest) -> dict[str, Any]:
    """Return what the frame of every chat page needs."""
    desk = desk_of(request)
    items = await sessions.recent(desk.database, request.user)
    groups = sessions.grouped(items, time_zone=request.user.time_zone, moment=now())
    return {"groups": groups, "current_id": None, "offline": desk.is_offline, "zone": request.user.time_zone}


async def _index(
    request: SignedRequest, *, draft: str = "", error: str = "", status_code: int = 200, **headers: str
) -> Response[str]:
    starters = desk_of(request).knowledge.starters(pages.locale(request), STARTERS)
    values = {**await _frame(request), "starters": starters, "draft": draft, "message": error}
    return pages.page(request, "chat/index.html", status_code=status_code, headers=headers, **values)


async def _conversation(
    request: SignedRequest, session_id: uuid.UUID, *, draft: str = "", error: str = "", status_code: int = 200, **headers: str
) -> Response[str]:
    desk = desk_of(request)
    session = await sessions.shown(desk.database, request.user, session_id)
    reader = _reader(request, session.user_id)
    views = await run_pages.turn_views(desk.database, desk.templates, desk.rendered, reader, session_id)
    last = views[-1].run if views else None
    item = SessionItem(session.id, session.title, session.pinned, session.active_at)
    values: dict[str, Any] = {
        **await _frame(request), "current_id": session_id, "session": item, "turns": views, "earlier": _earlier(views),
        "live_run": last if last and last.is_live else None, "can_write": reader.can_write, "draft": draft, "message": error,
    }  # fmt: skip
    return pages.page(request, "chat/session.html", status_code=status_code, headers=headers, **values)


def _earlier(views: list[Any]) -> uuid.UUID | None:
    return views[0].id if len(views) == turns.PAGE else None


async def _refused(request: SignedRequest, error: BiChatError, draft: str, session_id: uuid.UUID | None) -> Response[str]:
    """Say why a message was not sent and keep what was typed."""
    sentence = translator(pages.locale(request)).sentence(error)
    status = 422 if isinstance(error, Invalid) else error.status
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, RateLimited) else {}
    if htmx.is_htmx(request):
        return pages.page(request, "chat/_composer_error.html", status_code=status, headers=headers, message=sentence)
    if session_id is None:
        return await _index(request, draft=draft, error=sentence, status_code=status, **headers)
    return await _conversation(request, session_id, draft=draft, error=sentence, status_code=status, **headers)


async def _turn(request: SignedRequest, session_id: uuid.UUID, run_id: uuid.UUID) -> Response[str]:
    desk = desk_of(request)
    session = await sessions.shown(desk.database, request.user, session_id)
    row = next(row for row in await turns.page(desk.database, session_id) if row.run_id == run_id)
    async with desk.database.reading() as db:
        views = await run_pages.run_views(db, _reader(request, session.user_id), [run_id])
    turn = run_pages.turn_view(row, session_id, views[run_id])
    return pages.page(request, "chat/_turn.html", turn=turn, zone=request.user.time_zone)


async def _settled(request: SignedRequest, question: Question) -> Response[str]:
    if not htmx.is_htmx(request):
        return htmx.go(request, f"/bi-chat/sessions/{question.session_id}")
    step = questions.summary(question)
    return pages.page(request, "chat/_question_summary.html", step=step, run_id=question.run_id)


async def _question_refused(
    request: SignedRequest, checkpoint_id: uuid.UUID, form: FormMultiDict, error: BiChatError
) -> Response[str]:
    """Show the form again with what was chosen, or say why the question is no longer open."""
    desk, texts = desk_of(request), translator(pages.locale(request))
    async with desk.database.reading() as db:
        question = await questions.find(db, request.user, checkpoint_id)
    status = 422 if isinstance(error, Invalid) else error.status
    if not htmx.is_htmx(request) and not isinstance(error, Invalid):
        raise error
    if isinstance(error, Invalid):
        view: QuestionView = questions.form_view(question, _answers(form), error.details, texts.gettext)
        values: dict[str, Any] = {"question": view, "error": texts.sentence(error), "session_id": question.session_id}
        name = "chat/_question_form.html" if htmx.is_htmx(request) else "chat/question_page.html"
        return pages.page(request, name, status_code=status, **values)
    return pages.page(request, "chat/_composer_error.html", status_code=status, message=texts.sentence(error))
