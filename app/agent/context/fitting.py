"""A model asked with what fits into its window; where the provider says that it does not, once more with less."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Final

import msgspec

from app.agent.context.compiling import Compiled, Window, compiled
from app.agent.faults import Code
from app.agent.model import Abandoned, Model, ModelError, ModelEvent, ModelRequest, TurnedTo

TOO_LONG: Final = "context_length"


async def stream(
    model: Model, request: ModelRequest, question_at: int, window: Window
) -> AsyncGenerator[Compiled | ModelEvent, None]:
    """Yield what was compiled of `request`, then what the model says to it; raises `ModelError`.

    A provider whose window is smaller than we were told gets half of what may be left out: that comes as a second `Compiled`.
    """
    fitted = await _compiled(request, question_at, window)
    yield fitted
    if fitted.is_over:
        code: Code = "question_length" if fitted.has_long_question else TOO_LONG
        raise ModelError(code, f"{fitted.tokens} tokens do not fit into {window.budget}")
    has_begun = False
    try:
        async with contextlib.aclosing(model.stream(fitted.request)) as events:
            async for event in events:
                has_begun |= not isinstance(event, Abandoned | TurnedTo)
                yield event
    except ModelError as error:
        if has_begun or error.code != TOO_LONG:
            raise
        less = await asyncio.to_thread(_with_half, fitted, request, question_at)
        if less.is_over or not less.is_changed:
            raise
    else:
        return
    yield less
    async with contextlib.aclosing(model.stream(less.request)) as events:
        async for event in events:
            yield event


async def _compiled(request: ModelRequest, question_at: int, window: Window) -> Compiled:
    """Compile on the event loop what is short enough to be done in no time, and elsewhere what has to be counted."""
    size = len(request.system) + sum(len(message.content) for message in request.messages)
    if size <= window.budget // 4:
        return compiled(request, question_at, window)
    return await asyncio.to_thread(compiled, request, question_at, window)


def _with_half(refused: Compiled, request: ModelRequest, question_at: int) -> Compiled:
    """Return the request compiled to what must stay of the refused one and half of the rest."""
    model = request.model or refused.window.model
    pinned = sum(block.count(model) for block in refused.pinned)
    rest = sum(block.count(model) for block in refused.blocks) - pinned
    return compiled(request, question_at, msgspec.structs.replace(refused.window, budget=pinned + rest // 2))
