"""What happens in a conversation as it happens: its runs from the moment one listens, as the stream for programs tells them."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncGenerator
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType
from sqlalchemy import Row, bindparam, select

from app.agent.tool import AskedQuestion
from app.api.caller import Caller
from app.api.shapes import ArtifactShape, CitationShape, ClaimShape, CodeOutput, Shape
from app.api.wire import Wire, head_ms, moment_ms
from app.audit.record import record_opening
from app.chat import session_watch, sessions
from app.chat.event_log import Follower
from app.chat.models import UNFINISHED, Run
from app.chat.run_logs import log_of
from app.chat.sessions import Shown
from app.data.reach import reach_of, reads_all

Cost = Annotated[Decimal, Meta(extra_json_schema={"type": "number"})]
POLL_SECONDS = 2.0
LATEST = (
    select(Run.id, Run.attempt, Run.status, Run.created_at, Run.user_id)
    .where(Run.session_id == bindparam("session_id"))
    .order_by(Run.created_at.desc())
    .limit(1)
)


class ToolChunk(Shape, kw_only=True, frozen=True):
    """A call of a tool that begins or has ended; `task_call_id` names the call of `task` that an agent makes it for."""

    call_id: str
    name: str
    agent_name: str
    arguments: str
    task_call_id: str | UnsetType = UNSET
    result: str | UnsetType = UNSET
    error: str | UnsetType = UNSET
    duration_ms: int | UnsetType = UNSET
    code_outputs: list[CodeOutput] | UnsetType = UNSET


class Interrupt(Shape, kw_only=True, frozen=True):
    """A question that the run waits with."""

    checkpoint_id: str
    agent_name: str | UnsetType = UNSET
    questions: list[AskedQuestion]


class Usage(Shape, kw_only=True, frozen=True):
    """What the model's calls used; `cost` is in USD."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cached_tokens: int
    cost: Cost | None


class MessageChunk(Shape, kw_only=True, frozen=True):
    """One event of the stream for programs; `type` says which fields are there, `timestamp` is in milliseconds."""

    type: str
    timestamp: float
    run_id: str | UnsetType = UNSET
    step: str | UnsetType = UNSET
    message: str | UnsetType = UNSET
    content: str | UnsetType = UNSET
    agent_name: str | UnsetType = UNSET
    task_call_id: str | UnsetType = UNSET
    text_block_seq: int | UnsetType = UNSET
    tool: ToolChunk | UnsetType = UNSET
    citation: CitationShape | UnsetType = UNSET
    artifact: ArtifactShape | UnsetType = UNSET
    interrupt: Interrupt | UnsetType = UNSET
    usage: Usage | UnsetType = UNSET
    error: str | UnsetType = UNSET
    code: str | UnsetType = UNSET
    retryable: bool | UnsetType = UNSET
    generation_ms: int | UnsetType = UNSET
    tools_used: list[str] | UnsetType = UNSET
    finish_reason: str | UnsetType = UNSET
    unmatched_claims: list[ClaimShape] | UnsetType = UNSET


class StreamEvent(MessageChunk, kw_only=True, frozen=True):
    """What `data` of an event holds; `type` says which fields are there."""

    session_id: str | UnsetType = UNSET
    checkpoint_id: str | UnsetType = UNSET
    questions: list[AskedQuestion] | UnsetType = UNSET
    debug: dict[str, Any] | UnsetType = UNSET


async def chunks(caller: Caller, session_id: uuid.UUID) -> AsyncGenerator[MessageChunk]:
    """Yield the events of the run at work, then those of each later one; raises `NotFound` once the session cannot be read.

    It ends when the reader may not read any more, or the process shuts down.
    """
    database = caller.desk.database
    session = await sessions.shown(database, caller.actor, session_id)
    await record_opening(database, caller.actor, session_id, session.access.owner_id)
    at_first = await _latest(caller, session_id)
    is_over = at_first is not None and at_first.status not in UNFINISHED and at_first.created_at < caller.asked_at
    seen = _key(at_first) if is_over else None
    news, left = asyncio.Event(), asyncio.Event()
    place = session_watch.to_read(session.access)
    with caller.watching(left.set, place), caller.desk.event_log.listening(news.set):
        while not left.is_set() and not caller.desk.runner.is_draining:
            news.clear()
            latest = await _latest(caller, session_id)
            if latest is None or _key(latest) == seen:
                await _wait(news, left)
                await sessions.shown(database, caller.actor, session_id)
                continue
            is_new = at_first is None or latest.id != at_first.id
            async with contextlib.aclosing(_of_run(caller, session, latest, left, from_start=is_new)) as of_run:
                async for chunk in of_run:
                    yield chunk
            seen = _key(await _latest(caller, session_id))


async def _wait(news: asyncio.Event, left: asyncio.Event) -> None:
    """Wait until work on some run begins here, the reader is to leave, or it is time to look whether it began elsewhere."""
    waiting = [asyncio.create_task(event.wait()) for event in (news, left)]
    await asyncio.wait(waiting, timeout=POLL_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    for each in waiting:
        each.cancel()


async def _of_run(
    caller: Caller, session: Shown, run: Row[Any], left: asyncio.Event, *, from_start: bool
) -> AsyncGenerator[MessageChunk]:
    desk = caller.desk
    log = await log_of(desk.database, desk.event_log, run.id)
    catalogue, actor = desk.queries.catalogue, caller.actor
    wire = Wire(
        str(run.id), str(session.id), caller.texts.gettext, debug=False, is_asker=run.user_id == actor.user_id,
        reach=await reach_of(catalogue, actor, is_own=session.access.is_own), reads_all=await reads_all(catalogue, actor),
        tools=desk.tools,
    )  # fmt: skip
    position = 0 if from_start else log.attempt_start
    follower = Follower(log, position)
    leaving = asyncio.create_task(_leave(left, follower))
    yield _chunk("stream_started", head_ms(log, position), {"runId": str(run.id)})
    try:
        async with contextlib.aclosing(follower.batches()) as batches:
            async for batch in batches:
                if not batch:
                    yield _chunk("ping", moment_ms(), {})
                for logged in batch:
                    for kind, payload in wire.told(logged, log.attempt) or ():
                        yield _chunk(kind, logged.at_ms, payload)
    finally:
        leaving.cancel()


async def _leave(left: asyncio.Event, follower: Follower) -> None:
    await left.wait()
    follower.leave()


async def _latest(caller: Caller, session_id: uuid.UUID) -> Row[Any] | None:
    rows = await caller.desk.database.rows(LATEST, {"session_id": session_id})
    return rows[0] if rows else None


def _key(run: Row[Any] | None) -> tuple[uuid.UUID, int] | None:
    return (run.id, run.attempt) if run else None


def _chunk(kind: str, at_ms: int, payload: dict[str, Any]) -> MessageChunk:
    return msgspec.convert({"type": kind, "timestamp": at_ms, **payload}, MessageChunk)
