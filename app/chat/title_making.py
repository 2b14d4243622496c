"""A title made on request: by the model from the first question and its answer, in the language of the conversation."""

import asyncio
import contextlib
import time
import uuid
from typing import Any

import structlog
from sqlalchemy import insert, select

from app.agent.analysts import title_prompt
from app.agent.model import AssistantText, ModelError, ModelMessage, ModelRequest, ModelResponse, UserText
from app.chat import budgets, search_index, sessions, titles
from app.chat.desk import Desk
from app.chat.models import Message, ModelCall, Session
from app.data.periods import Calendar
from app.database import new_id, now, table_of
from app.errors import N_, Unavailable
from app.identity.actor import Actor

log = structlog.get_logger()

SECONDS = 30
LONGEST_PART = 4000
"""Characters of a question or an answer that the model is shown."""


async def regenerate(desk: Desk, actor: Actor, session_id: uuid.UUID) -> Session:
    """Give a session a new title and return it; one that a person typed stays, and so does that of an empty session.

    Raises `NotFound`, `Forbidden`, `QuotaSpent`, and `Unavailable` when the model fails.
    """
    async with desk.database.reading() as db:
        session = await sessions.find_writable(db, actor, session_id)
        shown = (Message.session_id == session_id, Message.deleted_at.is_(None), Message.set_aside.is_(False))
        said = select(Message.role, Message.content).where(*shown, Message.role.in_(("user", "assistant")), Message.content != "")
        first = (await db.execute(said.order_by(Message.id).limit(2))).all()
    if session.title_is_typed or not first:
        return session
    title = titles.from_question(first[0].content)
    if not desk.is_offline:
        messages = [_message(row.role, row.content[:LONGEST_PART]) for row in first]
        title = titles.tidied(await _asked(desk, actor, session_id, messages)) or title
    async with desk.database.writing() as db:
        session = await sessions.find_writable(db, actor, session_id)
        if not session.title_is_typed:
            session.title, session.updated_at = title, now()
            await search_index.title_changed(db, session)
    return session


def _message(role: str, content: str) -> ModelMessage:
    return UserText(content) if role == "user" else AssistantText(content)


async def _asked(desk: Desk, actor: Actor, session_id: uuid.UUID, messages: list[ModelMessage]) -> str:
    """Have the model write a title, and note the call as every other one."""
    await budgets.check(desk.database, actor)
    calendar = Calendar(actor.time_zone, actor.first_weekday)
    asking = UserText("Write the title of this conversation.")
    request = ModelRequest(
        title_prompt(), [*messages, asking], (), actor.locale, now(), calendar, actor.currency, may_call_tools=False
    )
    started = time.perf_counter()
    response: ModelResponse | None = None
    try:
        async with asyncio.timeout(SECONDS), contextlib.aclosing(desk.model.stream(request)) as events:
            async for event in events:
                response = event if isinstance(event, ModelResponse) else response
    except (ModelError, TimeoutError) as error:
        log.warning("title could not be made", session_id=str(session_id), reason=str(error))
    if response is None:
        raise Unavailable(N_("The title could not be made. Try again, or type one."))
    values = _call(response, actor, session_id, (time.perf_counter() - started) * 1000)
    await desk.database.write(lambda db: db.execute(insert(table_of(ModelCall)), values))
    return response.text


def _call(response: ModelResponse, actor: Actor, session_id: uuid.UUID, duration_ms: float) -> dict[str, Any]:
    usage = response.usage
    return {
        "id": new_id(), "created_at": now(), "tenant_id": actor.tenant_id, "user_id": actor.user_id, "session_id": session_id,
        "run_id": None, "step": 0, "provider": response.provider, "model": response.model, "input_tokens": usage.input_tokens,
        "cached_tokens": usage.cached_tokens, "output_tokens": usage.output_tokens, "cost": None,
        "duration_ms": duration_ms, "finish_reason": response.finish_reason,
    }  # fmt: skip
