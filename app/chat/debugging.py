"""What an answer took, for the asker who wanted to know and may: each call of the model and of a tool, from what is stored."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import BindParameter, Row, bindparam, select

from app.agent.context.blocks import Share
from app.agent.tools.task import TASK
from app.chat.models import Message, ModelCall, Run
from app.chat.transcript import agent_of
from app.chat.usage_sum import told_cost
from app.database import Database
from app.identity.actor import Actor
from app.identity.permissions import Permission
from app.telemetry.tracing import trace_of


@dataclass(slots=True)
class DebugCall:
    """A call of the model: the provider's figures, `cost` in USD (None: no price is known), and the context.

    `is_estimated` tells that the provider gave no figures and the tokens were counted here. `agent` is the one that asked
    for a task it was given, empty where the analyst did.
    """

    provider: str
    model: str
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost: Decimal | None
    duration_ms: float
    finish_reason: str
    blocks: list[Share]
    is_estimated: bool
    agent: str = ""


@dataclass(slots=True)
class DebugTool:
    """A call of a tool; `error` is a code, None where it succeeded, `agent` as in `DebugCall`."""

    name: str
    duration_ms: float
    error: str | None
    agent: str = ""


@dataclass(slots=True)
class DebugView:
    """What one run took; the sums are those of its calls."""

    calls: list[DebugCall] = field(default_factory=list)
    tools: list[DebugTool] = field(default_factory=list)
    trace_id: str = ""

    @property
    def input_tokens(self) -> int:
        """Return the tokens that went to the model."""
        return sum(call.input_tokens for call in self.calls)

    @property
    def cached_tokens(self) -> int:
        """Return how many of these the provider had kept."""
        return sum(call.cached_tokens for call in self.calls)

    @property
    def output_tokens(self) -> int:
        """Return the tokens that the model wrote."""
        return sum(call.output_tokens for call in self.calls)

    @property
    def cost(self) -> Decimal | None:
        """Return what the calls cost, None where the price of any of them is not known."""
        known = [call.cost for call in self.calls if call.cost is not None]
        return sum(known, Decimal()) if known and len(known) == len(self.calls) else None

    @property
    def is_estimated(self) -> bool:
        """Tell whether the provider did not tell the tokens of some call."""
        return any(call.is_estimated for call in self.calls)

    @property
    def duration_ms(self) -> float:
        """Return how long the model and the tools worked, one after the other."""
        return sum(call.duration_ms for call in self.calls) + sum(tool.duration_ms for tool in self.tools)

    @property
    def shape(self) -> dict[str, Any]:
        """Return what programs get as `debug`."""
        total = self.input_tokens + self.output_tokens
        usage = {
            "promptTokens": self.input_tokens, "completionTokens": self.output_tokens, "totalTokens": total,
            "cachedTokens": self.cached_tokens, "cost": told_cost(self.cost), "isEstimated": self.is_estimated,
        }  # fmt: skip
        calls = [
            {
                "provider": call.provider, "model": call.model, "promptTokens": call.input_tokens,
                "cachedTokens": call.cached_tokens, "completionTokens": call.output_tokens, "cost": told_cost(call.cost),
                "durationMs": round(call.duration_ms), "finishReason": call.finish_reason, "isEstimated": call.is_estimated,
                "agentName": call.agent or None,
                "context": [_told(block) for block in call.blocks],
            }
            for call in self.calls
        ]  # fmt: skip
        tools = [
            {"name": each.name, "durationMs": round(each.duration_ms), "error": each.error, "agentName": each.agent or None}
            for each in self.tools
        ]
        return {"traceId": self.trace_id or None, "usage": usage, "calls": calls, "tools": tools}


def _told(share: Share) -> dict[str, Any]:
    return {
        "block": share.name, "tokens": share.tokens, "isEstimated": share.is_estimated, "hash": share.hash,
        "count": share.count, "shortened": share.shortened,
    }  # fmt: skip


ASKED = select(Run.id, Run.options, Run.traceparent).where(
    Run.id.in_(bindparam("ids", expanding=True)), Run.user_id == bindparam("user_id")
)
IN_RUNS: BindParameter[Any] = bindparam("ids", expanding=True)
CALLS = select(
    ModelCall.run_id, ModelCall.provider, ModelCall.model, ModelCall.input_tokens, ModelCall.cached_tokens,
    ModelCall.output_tokens, ModelCall.cost, ModelCall.duration_ms, ModelCall.finish_reason, ModelCall.context,
    ModelCall.is_estimated, ModelCall.agent_name,
).where(ModelCall.run_id.in_(IN_RUNS)).order_by(ModelCall.id)  # fmt: skip
TOOLS = select(
    Message.run_id, Message.tool_name, Message.duration_ms, Message.error_code, Message.task_call_id, Message.tool_calls,
).where(
    Message.run_id.in_(IN_RUNS), Message.role.in_(("assistant", "tool")), Message.deleted_at.is_(None)
).order_by(Message.id)  # fmt: skip


async def of(database: Database, actor: Actor, run_ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, DebugView]:
    """Return what those runs took which `actor` asked for in debug mode, as long as they may export: nobody else's."""
    ids = list(run_ids)
    if not ids or not actor.may(Permission.EXPORT):
        return {}
    asked = await database.rows(ASKED, {"ids": ids, "user_id": actor.user_id})
    return await _filled(database, {row.id: row.traceparent for row in asked if row.options.get("debug")})


async def of_run(database: Database, run: Row[Any]) -> DebugView:
    """Return what a run took that is known to be in debug mode, for its own asker."""
    return (await _filled(database, {run.id: run.traceparent}))[run.id]


async def _filled(database: Database, traceparents: Mapping[uuid.UUID, str | None]) -> Mapping[uuid.UUID, DebugView]:
    views = {run_id: DebugView(trace_id=trace_of(traceparent or "")) for run_id, traceparent in traceparents.items()}
    if not views:
        return {}
    for row in await database.rows(CALLS, {"ids": list(views)}):
        blocks = msgspec.convert(row.context or [], list[Share])
        views[row.run_id].calls.append(DebugCall(
            row.provider, row.model, row.input_tokens, row.cached_tokens, row.output_tokens, row.cost, row.duration_ms,
            row.finish_reason, blocks, row.is_estimated, row.agent_name,
        ))  # fmt: skip
    rows = await database.rows(TOOLS, {"ids": list(views)})
    agents = {
        (row.run_id, call["id"]): agent_of(call["arguments"])
        for row in rows
        for call in row.tool_calls or ()
        if call["name"] == TASK
    }
    for row in rows:
        if row.tool_name:
            agent = agents.get((row.run_id, row.task_call_id), "")
            views[row.run_id].tools.append(DebugTool(row.tool_name, row.duration_ms or 0.0, row.error_code, agent))
    return views
