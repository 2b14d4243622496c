"""Calls for embeddings: budgeted, priced, told and kept as every other call of a model."""

from collections.abc import Sequence
from typing import Any

import structlog
from sqlalchemy import insert

from app.agent import tokens
from app.agent.model import Usage
from app.agent.prices import Prices
from app.chat import budgets
from app.chat.auditing import settled
from app.chat.budgets import QuotaSpent
from app.chat.model_calls import EMBEDDED
from app.chat.models import ModelCall
from app.database import Database, new_id, now, table_of
from app.knowledge.metering import EmbeddingCall, Spender
from app.telemetry.bus import Bus, ModelAnswered, ModelAsked

log = structlog.get_logger()


class EmbeddingMeter:
    """Keeps the accounts of an embedder; tells a bus of its calls where there is one."""

    def __init__(self, database: Database, prices: Prices, bus: Bus | None = None) -> None:
        self._database = database
        self._prices = prices
        self._bus = bus

    async def allows(self, spender: Spender, model: str, texts: Sequence[str]) -> bool:
        """Tell whether the budgets of the day leave anything to send texts with."""
        try:
            await budgets.check(self._database, spender.actor)
        except QuotaSpent:
            log.warning("nothing is embedded: a budget of the day is used up", tenant_id=str(spender.actor.tenant_id))
            return False
        if self._bus:
            self._bus.tell(ModelAsked(**_whose(spender), model=model, estimated_tokens=_estimated(texts)))
        return True

    async def add(self, spender: Spender, call: EmbeddingCall) -> None:
        """Keep a call, however its asker ends; tokens that were not told are estimated, and marked so."""
        is_estimated = call.tokens is None
        usage = Usage(_estimated(call.texts) if call.tokens is None else call.tokens, is_estimated=is_estimated)
        cost = self._prices.cost_of(call.model, usage)
        used: dict[str, Any] = {
            "provider": call.provider, "model": call.model, "input_tokens": usage.input_tokens, "cached_tokens": 0,
            "output_tokens": 0, "is_estimated": is_estimated, "cost": cost, "finish_reason": EMBEDDED,
        }  # fmt: skip
        kept = {"id": new_id(), "created_at": now(), "step": 0, "duration_ms": call.ms, **_whose(spender), **used}
        await settled(self._database.write(lambda db: db.execute(insert(table_of(ModelCall)), kept)))
        if self._bus:
            self._bus.tell(ModelAnswered(**_whose(spender), **used, ms=call.ms))


def _whose(spender: Spender) -> dict[str, Any]:
    actor = spender.actor
    return {
        "tenant_id": actor.tenant_id, "user_id": actor.user_id, "session_id": spender.session_id, "run_id": spender.run_id,
    }  # fmt: skip


def _estimated(texts: Sequence[str]) -> int:
    return sum(tokens.estimate(text) for text in texts)
