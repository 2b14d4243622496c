"""What is kept of every answered call of a model, whatever it was asked for."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.agent.model import ModelResponse
from app.agent.prices import Prices
from app.chat.event_log import UsageSum
from app.chat.models import ModelCall
from app.database import Database


def spent(response: ModelResponse, prices: Prices) -> dict[str, Any]:
    """Return the columns of `ModelCall` that tell what answered and what it used and cost."""
    usage = response.usage
    return {
        "provider": response.provider, "model": response.model, "input_tokens": usage.input_tokens,
        "cached_tokens": usage.cached_tokens, "output_tokens": usage.output_tokens, "is_estimated": usage.is_estimated,
        "cost": prices.cost_of_answer(response), "finish_reason": response.finish_reason,
    }  # fmt: skip


WRITERS = (
    select(ModelCall.run_id, ModelCall.model)
    .where(ModelCall.run_id.in_(bindparam("run_ids", expanding=True)), ModelCall.provider != "offline")
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


async def writers(db: AsyncSession, run_ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, str]:
    """Return the model that answered last in each run; the offline analyst is none."""
    return {row.run_id: row.model for row in await db.execute(WRITERS, {"run_ids": run_ids})}
