"""Calls of a model that cost something and are not in the database yet: of runs that were stopped, revoked, parked or cut off.

What an answered call used is committed with its step. A call that nobody waits for any more is never told what it used, so that
is estimated: the tokens of the request, and of what was written until then.
"""

import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable

import msgspec

from app.agent import estimating, tokens
from app.agent.model import (
    Abandoned,
    Model,
    ModelError,
    ModelEvent,
    ModelRequest,
    ModelResponse,
    ReasoningDelta,
    TextDelta,
    ToolArgumentsDelta,
    ToolCallStarted,
    TurnedTo,
    Usage,
)

INTERRUPTED = "interrupted"
"""The finish reason of a call that was not waited for."""
FREE = "offline"


class Unkept(msgspec.Struct, frozen=True):
    """A call by what it used, as far as that is known."""

    response: ModelResponse
    duration_ms: float
    agent_name: str = ""


class UnkeptCalls:
    """The calls of an attempt that are not stored yet.

    `is_lost` tells that an attempt before it died without a step: what the model is asked first, by each agent that goes on with
    its task, was asked then too. That is stored by `store` at once, as this attempt may die as well.
    """

    def __init__(self, *, is_lost: bool = False) -> None:
        self.all: list[Unkept] = []
        self.store: Callable[[Unkept], Awaitable[None]] | None = None
        self._is_lost = is_lost
        self._met: set[str] = set()

    def committed(self, response: ModelResponse | None = None, *, task_call_id: str = "") -> None:
        """Forget a call that was stored with its step; whatever is asked from now on is asked for the first time.

        Where something of a task was committed, that holds for its agent alone.
        """
        self._met.add(task_call_id)
        self._is_lost &= bool(task_call_id)
        self.all = [call for call in self.all if call.response is not response]

    def watched(self, model: Model, usual: str) -> "WatchedModel":
        """Return a model whose calls are noted; `usual` answers where a request names none."""
        return WatchedModel(model, self, usual)

    async def begin(self, request: ModelRequest, provider: str, model: str) -> None:
        """Store the same call of an attempt that died, where there was one."""
        if self._is_lost and self.store and request.task_call_id not in self._met:
            self._met.add(request.task_call_id)
            await self.store(Unkept(_estimated(request, "", provider, model), 0.0, request.agent_name))


class WatchedModel:
    """A model whose calls are noted until they are stored."""

    def __init__(self, model: Model, calls: UnkeptCalls, usual: str) -> None:
        self.provider = model.provider
        self._model = model
        self._calls = calls
        self._usual = usual

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Yield what the model yields."""
        if self.provider == FREE:
            async with contextlib.aclosing(self._model.stream(request)) as events:
                async for event in events:
                    yield event
            return
        name = request.model or self._usual
        await self._calls.begin(request, self.provider, name)
        provider, started, written, is_over = self.provider, time.perf_counter(), list[str](), False
        try:
            async with contextlib.aclosing(self._model.stream(request)) as events:
                async for event in events:
                    match event:
                        case ModelResponse():
                            is_over = True
                            self._calls.all.append(Unkept(event, _since(started), request.agent_name))
                        case Abandoned():
                            written.clear()
                        case TurnedTo():
                            provider, name = event.provider, event.model
                        case _:
                            written.append(_written(event))
                    yield event
        except ModelError:
            is_over = not any(written)  # What was refused costs nothing.
            raise
        finally:
            if not is_over:
                used = _estimated(request, "".join(written), provider, name)
                self._calls.all.append(Unkept(used, _since(started), request.agent_name))

    async def close(self) -> None:
        """Release the model's connections."""
        await self._model.close()


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000


def _written(event: ModelEvent) -> str:
    match event:
        case TextDelta(text) | ReasoningDelta(text) | ToolArgumentsDelta(_, text):
            return text
        case ToolCallStarted(_, _, name):
            return name
        case _:
            return ""


def _estimated(request: ModelRequest, written: str, provider: str, model: str) -> ModelResponse:
    usage = Usage(input_tokens=estimating.asked(request), output_tokens=tokens.estimate(written), is_estimated=True)
    return ModelResponse(written, (), INTERRUPTED, provider, model, usage)
