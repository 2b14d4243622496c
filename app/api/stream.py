"""`POST /bi-chat/stream` and its companions: the chat for programs, over the same functions as the pages."""

import contextlib
import uuid
from collections.abc import AsyncGenerator
from typing import Any

from litestar import Request, get, post
from litestar.response import Stream
from litestar.types import ControllerRouterHandler
from sqlalchemy import Row, select

from app.api.bodies import decoded, from_query
from app.api.shapes import iso
from app.api.stream_shapes import (
    SENDING,
    STATUS,
    STOPPING,
    TAIL,
    Asked,
    Followed,
    Going,
    SendBody,
    Snapshot,
    StopBody,
    Stopped,
)  # fmt: skip
from app.api.wire import Wire, frame, frames, head_ms, moment_ms
from app.audit.record import record_opening
from app.chat import session_watch, sessions, turns
from app.chat.access import Access
from app.chat.admission import admit
from app.chat.desk import Desk, desk_of
from app.chat.event_log import Follower, RunLog
from app.chat.models import UNFINISHED, Run
from app.chat.run_logs import log_of
from app.chat.turns import Draft
from app.data.reach import reach_of, reads_all
from app.errors import N_, Invalid
from app.identity.guards import SignedRequest, allows, check, client_address, requires
from app.identity.permissions import Permission
from app.identity.watch import Place
from app.web import pages
from app.web.locale import translator

HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
ACCESS = [requires(Permission.ACCESS)]
MAX_BODY = 32 * 1024 * 1024
DEBUG_NEEDS = N_("Debug mode needs the permission %(permission)s.")
NOT_YET = N_("%(field)s is not available yet; leave it out.")


VOID_ID = "0-void"
"""The id of events before a place that no id names: coming back with it starts over."""
Head = list[tuple[str, dict[str, Any]]]
"""What is sent before the run's events: types and payloads."""


@post("/bi-chat/stream", guards=ACCESS, request_max_body_size=MAX_BODY, status_code=200, opt=SENDING)
async def send(request: SignedRequest) -> Stream:
    """Send a message and stream the run that answers it."""
    desk, body = desk_of(request), await _body(request, SendBody)
    _refuse_unbuilt(request, body)
    options = {"model": body.model, "reasoning_effort": body.reasoning_effort, "debug": body.debug_mode}
    chosen = {name: value for name, value in options.items() if value}
    draft = Draft(body.content, body.request_id, chosen, body.replace_from_message_id)
    await admit(desk, request.user, client_address(request), body.request_id)
    added = await turns.add(
        desk.database, desk.runner, request.user, draft, session_id=body.session_id, max_chars=desk.settings.max_message_chars
    )
    head = [("session", {"sessionId": str(added.session_id)})] if added.made_session else []
    head.append(("stream_started", {"runId": str(added.run_id)}))
    session = await sessions.shown(desk.database, request.user, added.session_id)
    tail_of = await _tail_of(request, added.run_id, session.access, debug=body.debug_mode, is_asker=True)
    return _stream(request, tail_of, None, head=head, from_start=True)


@get("/bi-chat/stream/events", guards=ACCESS, opt=TAIL)
async def tail(request: SignedRequest) -> Stream:
    """Follow a run after `Last-Event-ID`, or from the start of its present attempt."""
    desk = desk_of(request)
    asked: Followed = from_query(request.query_params, Followed)
    run, access = await turns.find_run(desk.database, request.user, asked.run_id)
    await record_opening(desk.database, request.user, run.session_id, access.owner_id)
    last_event_id = request.headers.get("last-event-id") or asked.last_event_id
    is_asker = run.user_id == request.user.user_id
    tail_of = await _tail_of(request, run.id, access, debug=_may_debug(request, run), is_asker=is_asker)
    return _stream(request, tail_of, last_event_id, head=[], from_start=False)


@get("/bi-chat/stream/status", guards=ACCESS, opt=STATUS)
async def status(request: SignedRequest) -> Going:
    """Tell whether a run of the session is going, and what it has written so far."""
    desk, asked = desk_of(request), from_query(request.query_params, Asked)
    async with desk.database.reading() as db:
        session = await sessions.find(db, request.user, asked.session_id)
        unfinished = select(Run).where(Run.session_id == session.id, Run.status.in_(UNFINISHED))
        run = (await db.execute(unfinished)).scalar_one_or_none()
    await record_opening(desk.database, request.user, session.id, session.user_id)
    if run is None:
        return Going(active=False)
    log = desk.event_log.find(run.id)
    partial = log.text_since_step() if log else ""
    return Going(
        active=True,
        run_id=str(run.id),
        started_at=iso(run.started_at or run.created_at),
        snapshot=Snapshot(partial_content=partial),
    )


@post("/bi-chat/stream/stop", guards=ACCESS, status_code=200, opt=STOPPING)
async def stop(request: SignedRequest) -> Stopped:
    """Stop the session's run if one is going; asking again changes nothing."""
    desk, body = desk_of(request), await _body(request, StopBody)
    async with desk.database.reading() as db:
        session = await sessions.find_writable(db, request.user, body.session_id)
        unfinished = select(Run.id).where(Run.session_id == session.id, Run.status.in_(UNFINISHED))
        run_id = (await db.execute(unfinished)).scalar_one_or_none()
    if run_id:
        await turns.stop(desk.database, desk.runner, request.user, run_id)
    return Stopped(stopped=run_id is not None)


HANDLERS: list[ControllerRouterHandler] = [send, tail, status, stop]


async def _body(request: Request[Any, Any, Any], kind: type[Any]) -> Any:
    return decoded(await request.body(), kind, N_("The request's body does not fit: %(reason)s"))


def _refuse_unbuilt(request: SignedRequest, body: SendBody) -> None:
    if body.attachments:
        raise Invalid(NOT_YET, details={"attachments": "not available"}, field="attachments")
    if body.replace_from_message_id and not body.session_id:
        raise Invalid(N_("replaceFromMessageId needs the sessionId of its conversation."), details={"sessionId": "missing"})
    if body.debug_mode:
        check(request, Permission.EXPORT, DEBUG_NEEDS)


def _stream(request: SignedRequest, tail_of: "_Tail", last_event_id: str | None, *, head: Head, from_start: bool) -> Stream:
    chunks = tail_of.chunks(request, last_event_id, head=head, from_start=from_start)
    return Stream(chunks, media_type="text/event-stream", headers=HEADERS)


def _may_debug(request: SignedRequest, run: Row[Any]) -> bool:
    """Tell whether the asker of a run in debug mode follows it, and still may."""
    is_own = run.user_id == request.user.user_id
    return is_own and bool(run.options.get("debug")) and allows(request, Permission.EXPORT)


async def _tail_of(request: SignedRequest, run_id: uuid.UUID, access: Access, *, debug: bool, is_asker: bool) -> "_Tail":
    desk, user = desk_of(request), request.user
    catalogue = desk.queries.catalogue
    reach, is_open = await reach_of(catalogue, user, is_own=access.is_own), await reads_all(catalogue, user)
    translate = translator(pages.locale(request)).gettext
    wire = Wire(
        str(run_id), str(access.session_id), translate, debug=debug, reach=reach, reads_all=is_open,
        is_asker=is_asker, tools=desk.tools,
    )  # fmt: skip
    return _Tail(desk, run_id, wire, session_watch.to_read(access))


class _Tail:
    """One program's stream of one run."""

    def __init__(self, desk: Desk, run_id: uuid.UUID, wire: Wire, place: Place | None) -> None:
        """Follow a run for a reader, until they are let out of its conversation."""
        self._desk = desk
        self._run_id = run_id
        self._wire = wire
        self._place = place

    async def chunks(
        self, request: SignedRequest, last_event_id: str | None, *, head: Head, from_start: bool
    ) -> AsyncGenerator[bytes, None]:
        log = await log_of(self._desk.database, self._desk.event_log, self._run_id)
        last_event_id, _, part = (last_event_id or "").partition(".")
        position, void = self._start(log, last_event_id, from_start=from_start)
        if part.isdecimal() and not void:
            head, position = self._cut(log, last_event_id, int(part[:2]), position)
        for logged in log.events:
            if logged.index < position:
                self._wire.see(logged)
        last_id = log.start_id if position == log.attempt_start and not void else VOID_ID
        if void:
            head = [*head, ("reset", {"textBlockSeq": 0})]
        if head:
            yield frames(last_id, head_ms(log, position), head)
        follower = Follower(log, position)
        user = request.user
        watching = self._desk.watch.watching(
            user.user_id, follower.leave, place=self._place, login_key=request.auth.login_key, token_id=user.token_id
        )
        with watching:
            async with contextlib.aclosing(follower.batches()) as batches:
                async for batch in batches:
                    last_id = batch[-1].id if batch else last_id
                    chunk = self._wire.batch(batch, log.attempt) if batch else frame(last_id, "ping", moment_ms(), {})
                    if chunk:
                        yield chunk
                    if self._wire.is_over:
                        return

    def _cut(self, log: RunLog, event_id: str, part: int, position: int) -> tuple[Head, int]:
        """Return what comes first and the index to begin at for a reader who has only some frames of an event."""
        if event_id == log.start_id:
            return [("stream_started", {"runId": str(self._run_id)})], position
        self._wire.sent_parts = part
        return [], position - 1

    @staticmethod
    def _start(log: RunLog, last_event_id: str, *, from_start: bool) -> tuple[int, bool]:
        """Return the index to begin at, and whether what the reader may have is void."""
        first = log.events[0].index if log.events else 0
        if last_event_id:
            position = log.position_after(last_event_id)
            return (first, True) if position is None else (position, False)
        return (first if from_start or log.is_closed else log.attempt_start), False
