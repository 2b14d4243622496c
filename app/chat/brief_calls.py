"""A short text that the model writes beside the answers, such as a title: asked for, budgeted and noted as every other call."""

import asyncio
import contextlib
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
import structlog
from sqlalchemy import insert

from app.agent.context import fitting
from app.agent.context.compiling import Window
from app.agent.model import Abandoned, Model, ModelError, ModelMessage, ModelRequest, ModelResponse, UserText
from app.chat import budgets, company_rules
from app.chat.auditing import settled
from app.chat.desk import Desk
from app.chat.model_calls import spent
from app.chat.models import ModelCall
from app.chat.telling import HeardModel
from app.chat.unkept_calls import Unkept, UnkeptCalls
from app.data.periods import Calendar
from app.database import new_id, now, table_of
from app.errors import Unavailable
from app.identity.actor import Actor

log = structlog.get_logger()


class Wanted(msgspec.Struct, frozen=True):
    """What is wanted: `prompt` tells the model its task, `asking` ends the conversation it is shown.

    `failure` is the sentence for people when the model does not answer within `seconds`.
    """

    prompt: str
    asking: str
    failure: str
    seconds: float


async def ask(desk: Desk, actor: Actor, session_id: uuid.UUID, wanted: Wanted, messages: Sequence[ModelMessage]) -> str:
    """Have the model write a text about `messages`. Raises `RateLimited`, `QuotaSpent` or `Unavailable`."""
    await desk.limits.hit(desk.allowances.briefs.person, str(actor.user_id))
    await desk.limits.hit(desk.allowances.briefs.company, str(actor.tenant_id))
    await budgets.check(desk.database, actor)
    company = await company_rules.rules_of(desk.database, actor.tenant_id)
    request = ModelRequest(
        wanted.prompt, [*messages, UserText(wanted.asking)], (), actor.locale, now(),
        Calendar(actor.time_zone, actor.first_weekday), actor.currency, may_call_tools=False,
        model=company.model(None, desk.settings.openai_model), models_allowed=company.models_allowed,
    )  # fmt: skip
    calls, response = UnkeptCalls(), None
    window = Window(desk.settings.context_budget, "truncate", desk.settings.openai_model)
    model = calls.watched(_model(desk, actor, session_id), desk.settings.openai_model)
    asking = fitting.stream(model, request, len(messages), window)
    try:
        async with asyncio.timeout(wanted.seconds), contextlib.aclosing(asking) as events:
            async for event in events:
                response = event if isinstance(event, ModelResponse) else response
                if isinstance(event, Abandoned):
                    calls.all.append(Unkept(event.response, event.duration_ms))
    except (ModelError, TimeoutError) as error:
        log.warning("a short text could not be written", session_id=str(session_id), reason=str(error))
    finally:
        await settled(_keep(desk, actor, session_id, calls.all))
    if response is None:
        raise Unavailable(wanted.failure)
    return response.text


async def _keep(desk: Desk, actor: Actor, session_id: uuid.UUID, calls: Sequence[Unkept]) -> None:
    rows = [_call(actor, session_id, call.duration_ms) | spent(call.response, desk.prices) for call in calls]
    if rows:
        await desk.database.write(lambda db: db.execute(insert(table_of(ModelCall)), rows))


def _model(desk: Desk, actor: Actor, session_id: uuid.UUID) -> Model:
    whose = {"tenant_id": actor.tenant_id, "user_id": actor.user_id, "session_id": session_id}
    return HeardModel(desk.model, desk.bus, desk.prices, desk.settings.openai_model, whose)


def _call(actor: Actor, session_id: uuid.UUID, duration_ms: float) -> dict[str, Any]:
    return {
        "id": new_id(), "created_at": now(), "tenant_id": actor.tenant_id, "user_id": actor.user_id, "session_id": session_id,
        "run_id": None, "step": 0, "duration_ms": duration_ms,
    }  # fmt: skip
