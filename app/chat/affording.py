"""Calls of a model that agents make at the same time: together they pass a budget of the day no further than one would alone."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from decimal import Decimal

from app.agent import estimating
from app.agent.model import Model, ModelError, ModelEvent, ModelRequest, Usage
from app.agent.prices import Prices
from app.chat.budgets import Left
from app.chat.unkept_calls import UnkeptCalls

OUTPUT = 1_000
"""Tokens that a call is taken to write while nobody knows."""
Spent = tuple[str, Usage]
"""A model's name, and what a call of it used or may use."""


class AffordedModel:
    """A model that is asked while other calls are under way only where the budget has room for these too; others wait.

    The first call is let through: whoever asks for it has looked at the budget before. Raises `ModelError` (`quota`) where what
    has ended meanwhile left nothing.
    """

    def __init__(
        self, model: Model, calls: UnkeptCalls, left: Callable[[], Awaitable[Left]], prices: Prices, usual: str
    ) -> None:  # fmt: skip
        """Look at what is `left` of the budgets by what is stored, and at `calls` that are not stored yet."""
        self.provider = model.provider
        self._model = model
        self._calls = calls
        self._left = left
        self._prices = prices
        self._usual = usual
        self._going: dict[object, Spent] = {}
        self._is_asked = False
        self._ended = asyncio.Event()
        self._door = asyncio.Lock()

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Yield what the model yields, once it may be asked."""
        name, key = request.model or self._usual, object()
        async with self._door:
            if self._is_asked:
                await self._wait_for_room()
            self._is_asked = True
            self._going[key] = name, Usage(input_tokens=estimating.asked(request), output_tokens=OUTPUT)
        try:
            async with contextlib.aclosing(self._model.stream(request)) as events:
                async for event in events:
                    yield event
        finally:
            del self._going[key]
            self._ended.set()

    async def close(self) -> None:
        """Release the model's connections."""
        await self._model.close()

    async def _wait_for_room(self) -> None:
        while True:
            self._ended.clear()
            left = await self._left_now()
            if left.is_none:
                raise ModelError("quota", "a budget of the day is used up")
            if not (self._going and self._without(left, self._going.values()).is_none):
                return
            await self._ended.wait()

    async def _left_now(self) -> Left:
        """Return what is left when the calls are counted that have ended and are being stored."""
        while True:
            ended = tuple(self._calls.all)
            left = await self._left()
            if ended == tuple(self._calls.all):
                return self._without(left, [(call.response.model, call.response.usage) for call in ended])

    def _without(self, left: Left, calls: Iterable[Spent]) -> Left:
        spent = list(calls)
        tokens = sum(usage.input_tokens + usage.output_tokens for _, usage in spent)
        cost = sum((self._prices.cost_of(name, usage) or Decimal() for name, usage in spent), Decimal())
        return left.without(tokens, cost)
