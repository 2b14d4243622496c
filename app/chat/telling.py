"""Tells the bus what happens in one run."""

import contextlib
import time
import uuid
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from sqlalchemy import Row

from app.agent import estimating
from app.agent.events import AssistantStep, LoopEvent, ToolEnd, ToolStart
from app.agent.model import Model, ModelEvent, ModelRequest, ModelResponse
from app.agent.prices import Prices
from app.telemetry.bus import (
    AgentCompleted,
    AgentFailed,
    AgentStarted,
    Bus,
    Interrupted,
    MessageSaved,
    ModelAnswered,
    ModelAsked,
    ToolCompleted,
    ToolStarted,
)

Whose = Mapping[str, Any]


class Telling:
    """What `bus` hears of the attempt at `run`."""

    def __init__(self, bus: Bus, run: Row[Any]) -> None:
        """Tell of a run, whose ids every event has."""
        self._bus = bus
        self._run = run
        self.whose: Whose = {
            "tenant_id": run.tenant_id, "user_id": run.user_id, "session_id": run.session_id, "run_id": run.id,
        }  # fmt: skip

    def heard(self, model: Model, prices: Prices, usual: str) -> Model:
        """Return a model that tells of its calls, where anybody listens; `usual` answers where a request names none."""
        return HeardModel(model, self._bus, prices, usual, self.whose) if self._bus.is_heard else model

    def started(self) -> None:
        """Tell that work begins."""
        self._bus.tell(AgentStarted(**self.whose, attempt=self._run.attempt))

    def completed(self, reason: str, worked_ms: float) -> None:
        """Tell that the run ended without a failure."""
        self._bus.tell(AgentCompleted(**self.whose, reason=reason, worked_ms=worked_ms))

    def failed(self, code: str) -> None:
        """Tell that the run failed."""
        self._bus.tell(AgentFailed(**self.whose, code=code))

    def asked(self, checkpoint_id: uuid.UUID) -> None:
        """Tell that the run waits."""
        self._bus.tell(Interrupted(**self.whose, checkpoint_id=checkpoint_id))

    def taken(self, event: LoopEvent) -> None:
        """Tell of an event of the agent, which is committed by now where it had to be."""
        match event:
            case AssistantStep():
                self._bus.tell(MessageSaved(**self.whose, role="assistant"))
            case ToolStart(call):
                self._bus.tell(ToolStarted(**self.whose, tool=call.name, call_id=call.id))
            case ToolEnd(call):
                ended = ToolCompleted(**self.whose, tool=call.name, call_id=call.id, error=event.error, ms=event.duration_ms)
                self._bus.tell(ended)
                self._bus.tell(MessageSaved(**self.whose, role="tool"))
            case _:
                pass


class HeardModel:
    """A model whose calls are told."""

    def __init__(self, model: Model, bus: Bus, prices: Prices, usual: str, whose: Whose) -> None:
        """Tell `bus` of each call of `model`, on behalf of those whom the ids `whose` name."""
        self.provider = model.provider
        self._model = model
        self._bus = bus
        self._prices = prices
        self._usual = usual
        self._whose = whose

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Yield what the model yields."""
        self._bus.tell(ModelAsked(**self._whose, model=request.model or self._usual, estimated_tokens=estimating.asked(request)))
        started = time.perf_counter()
        async with contextlib.aclosing(self._model.stream(request)) as events:
            async for event in events:
                if isinstance(event, ModelResponse):
                    self._answered(event, (time.perf_counter() - started) * 1000)
                yield event

    async def close(self) -> None:
        """Release the model's connections."""
        await self._model.close()

    def _answered(self, response: ModelResponse, ms: float) -> None:
        usage = response.usage
        self._bus.tell(ModelAnswered(
            **self._whose, model=response.model, input_tokens=usage.input_tokens, cached_tokens=usage.cached_tokens,
            output_tokens=usage.output_tokens, is_estimated=usage.is_estimated,
            cost=self._prices.cost_of(response.model, usage), ms=ms,
        ))  # fmt: skip
