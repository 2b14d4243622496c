"""Tells the bus what happens in one run."""

import contextlib
import time
import uuid
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from sqlalchemy import Row

from app.agent import estimating
from app.agent.context.compiling import Compiled
from app.agent.events import AssistantStep, LoopEvent, ToolEnd, ToolStart
from app.agent.model import Abandoned, Model, ModelEvent, ModelRequest, ModelResponse, TurnedTo
from app.agent.prices import Prices
from app.agent.spans import provider
from app.chat.claims import Checked
from app.chat.unkept_calls import UnkeptCalls
from app.telemetry import tracing
from app.telemetry.bus import (
    AgentCompleted,
    AgentFailed,
    AgentStarted,
    Bus,
    ContextCompiled,
    ContextOverflowed,
    Interrupted,
    MessageSaved,
    ModelAnswered,
    ModelAsked,
    ModelStreaming,
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
        self.calls = UnkeptCalls(is_lost=run.recoveries > 0)
        self.whose: Whose = {
            "tenant_id": run.tenant_id, "user_id": run.user_id, "session_id": run.session_id, "run_id": run.id,
        }  # fmt: skip

    def heard(self, model: Model, prices: Prices, usual: str) -> Model:
        """Return a model that tells of its calls; `usual` answers where a request names none."""
        return self.calls.watched(HeardModel(model, self._bus, prices, usual, self.whose), usual)

    def started(self) -> None:
        """Tell that work begins."""
        self._bus.tell(AgentStarted(**self.whose, attempt=self._run.attempt))

    def completed(self, reason: str, worked_ms: float, *, is_kept: bool = False, checked: Checked | None = None) -> None:
        """Tell that the run ended without a failure.

        Besides whether the text of an unfinished step was committed, and what was `checked` of the answer's figures.
        """
        if is_kept:
            self._bus.tell(MessageSaved(**self.whose, role="assistant"))
        unmatched = len(checked.unmatched) if checked else 0
        self._bus.tell(AgentCompleted(**self.whose, reason=reason, worked_ms=worked_ms, unmatched_claims=unmatched))

    def failed(self, code: str, worked_ms: float, *, is_kept: bool) -> None:
        """Tell that the run failed, and whether the text of an unfinished step was committed."""
        if is_kept:
            self._bus.tell(MessageSaved(**self.whose, role="assistant"))
        tracing.current().fail(code)
        self._bus.tell(AgentFailed(**self.whose, code=code, worked_ms=worked_ms))

    def asked(self, checkpoint_id: uuid.UUID) -> None:
        """Tell that the run waits."""
        self._bus.tell(Interrupted(**self.whose, checkpoint_id=checkpoint_id))

    def compiled(self, compiled: Compiled) -> None:
        """Tell what a model is about to be sent, and what had to be done to have it fit."""
        window, model = compiled.window, compiled.request.model or compiled.window.model
        self._bus.tell(ContextCompiled(
            **self.whose, model=model, tokens=compiled.tokens, budget=window.budget, blocks=len(compiled.blocks),
            is_estimated=compiled.is_estimated, ms=compiled.ms,
        ))  # fmt: skip
        if compiled.is_changed or compiled.is_over:
            self._bus.tell(ContextOverflowed(
                **self.whose, model=model, strategy=window.strategy, budget=window.budget, tokens=compiled.tokens_before,
                tokens_left=compiled.tokens, shortened=compiled.shortened, summarised=compiled.summarised,
                dropped=compiled.dropped, is_over=compiled.is_over,
            ))  # fmt: skip

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
        name = request.model or self._usual
        self._bus.tell(ModelAsked(**self._whose, model=name, estimated_tokens=estimating.asked(request)))
        started, is_streaming = time.perf_counter(), False
        with tracing.ending(tracing.begin(f"chat {name}", "client", self._asked(name))) as span:
            async with contextlib.aclosing(self._model.stream(request)) as events:
                async for event in events:
                    if isinstance(event, ModelResponse):
                        self._answered(event, span, (time.perf_counter() - started) * 1000)
                    elif isinstance(event, Abandoned):
                        self._tell_answered(event.response, event.duration_ms)
                    elif isinstance(event, TurnedTo):
                        self._bus.tell(ModelAsked(**self._whose, model=event.model, estimated_tokens=estimating.asked(request)))
                    elif not is_streaming:
                        is_streaming = True
                        elapsed = (time.perf_counter() - started) * 1000
                        self._bus.tell(ModelStreaming(**self._whose, model=name, ms=elapsed))
                    yield event

    async def close(self) -> None:
        """Release the model's connections."""
        await self._model.close()

    def _asked(self, name: str) -> Mapping[str, tracing.Value]:
        return {
            "gen_ai.operation.name": "chat", "gen_ai.provider.name": provider(self.provider), "gen_ai.request.model": name,
            "gen_ai.conversation.id": str(self._whose["session_id"]),
        }  # fmt: skip

    def _answered(self, response: ModelResponse, span: tracing.Span, ms: float) -> None:
        usage, cost = response.usage, self._prices.cost_of_answer(response)
        span.note({
            "gen_ai.provider.name": provider(response.provider), "gen_ai.response.model": response.model,
            "gen_ai.response.finish_reasons": [response.finish_reason], "gen_ai.usage.input_tokens": usage.input_tokens,
            "gen_ai.usage.cache_read.input_tokens": usage.cached_tokens, "gen_ai.usage.output_tokens": usage.output_tokens,
            "bichat.usage.is_estimated": usage.is_estimated, "bichat.cost_usd": None if cost is None else float(cost),
        })  # fmt: skip
        self._tell_answered(response, ms)

    def _tell_answered(self, response: ModelResponse, ms: float) -> None:
        usage, cost = response.usage, self._prices.cost_of_answer(response)
        self._bus.tell(ModelAnswered(
            **self._whose, provider=response.provider, model=response.model, finish_reason=response.finish_reason,
            input_tokens=usage.input_tokens, cached_tokens=usage.cached_tokens,
            output_tokens=usage.output_tokens, is_estimated=usage.is_estimated, cost=cost, ms=ms,
        ))  # fmt: skip
