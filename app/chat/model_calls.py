"""What is kept of every answered call of a model, whatever it was asked for."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, case, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.agent.model import ModelResponse
from app.agent.prices import Prices
from app.chat.models import Message, ModelCall
from app.chat.unkept_calls import INTERRUPTED
from app.chat.usage_sum import UsageSum
from app.database import Database, new_id, now, table_of


def spent(response: ModelResponse, prices: Prices) -> dict[str, Any]:
    """Return the columns of `ModelCall` that tell what answered and what it used and cost."""
    usage = response.usage
    return {
        "provider": response.provider, "model": response.model, "input_tokens": usage.input_tokens,
        "cached_tokens": usage.cached_tokens, "output_tokens": usage.output_tokens, "is_estimated": usage.is_estimated,
        "cost": prices.cost_of_answer(response), "finish_reason": response.finish_reason,
    }  # fmt: skip


EMBEDDED = "embedded"
"""The finish reason of a call that answered with vectors instead of words."""
WRITERS = (
    select(ModelCall.run_id, ModelCall.model)
    .where(ModelCall.run_id.in_(bindparam("run_ids", expanding=True)))
    .where(ModelCall.provider != "offline", ModelCall.finish_reason != EMBEDDED)
    .order_by(ModelCall.id)
)


async def sum_of(database: Database, run_id: uuid.UUID) -> UsageSum:
    """Return what the calls of a run used."""
    sums = (func.sum(column) for column in (ModelCall.input_tokens, ModelCall.cached_tokens, ModelCall.output_tokens))
    costs = func.sum(ModelCall.cost), func.count() - func.count(ModelCall.cost), func.count(case((ModelCall.is_estimated, 1)))
    async with database.glancing() as db:
        *tokens, cost, unknown, estimated = (await db.execute(select(*sums, *costs).where(ModelCall.run_id == run_id))).one()
    given, cached, written = (int(value or 0) for value in tokens)
    return UsageSum(given, cached, written, None if unknown else cost, is_estimated=bool(estimated))


async def keep_lost(db: AsyncSession, run_ids: Sequence[uuid.UUID]) -> None:
    """Keep the calls that the last attempts at runs died in, which nobody takes over any more.

    Each attempt since the last step asked for the same, and each but the last was kept by the next one: as that one is kept too.
    """
    calls = table_of(ModelCall)
    for run_id in run_ids:
        committed = select(func.max(Message.created_at)).where(Message.run_id == run_id, Message.role != "user")
        since = (await db.execute(committed)).scalar_one_or_none()
        lost = select(calls).where(calls.c.run_id == run_id, calls.c.finish_reason == INTERRUPTED)
        lost = lost.where(calls.c.created_at > since) if since else lost
        if call := (await db.execute(lost.order_by(calls.c.created_at.desc()).limit(1))).mappings().one_or_none():
            await db.execute(insert(calls).values(**{**call, "id": new_id(), "created_at": now()}))


async def writers(db: AsyncSession, run_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, str]:
    """Return the model that answered last in each run; the offline analyst is none."""
    return {row.run_id: row.model for row in await db.execute(WRITERS, {"run_ids": run_ids})}
