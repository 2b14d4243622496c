"""The offline analyst: a model that needs no key and no network, and answers only what validated queries answer."""

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence

import msgspec

from app.agent.model import (
    ModelEvent,
    ModelRequest,
    ModelResponse,
    TextDelta,
    ToolArgumentsDelta,
    ToolCall,
    ToolCallStarted,
    Usage,
)
from app.agent.offline.policy import decide
from app.agent.offline.turn import Call, Needed, Turn

FINAL = "final_answer"
WORD = re.compile(r"\s*\S+\s*")


class OfflineModel:
    """Answers from the transcript alone, so that the same conversation always goes the same way.

    `pause` is the time in seconds between the words of an answer.
    """

    provider = "offline"

    def __init__(self, pause: float = 0.012) -> None:
        self._pause = pause

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Yield the next calls, or the answer word by word."""
        turn = Turn(request)
        try:
            answer = decide(turn)
        except Needed as needed:
            for event in _calls(needed.calls):
                yield event
            return
        if turn.has(FINAL) and request.may_call_tools:
            call = ToolCall("answer", FINAL, _json({"answer": answer}))
            yield ToolCallStarted(0, call.id, FINAL)
            for word in WORD.findall(call.arguments):
                yield ToolArgumentsDelta(0, word)
                await asyncio.sleep(self._pause)
            yield _response("", (call,))
            return
        for word in WORD.findall(answer):
            yield TextDelta(word)
            await asyncio.sleep(self._pause)
        yield _response(answer, ())

    async def close(self) -> None:
        """Hold nothing, release nothing."""


def _calls(wanted: Sequence[Call]) -> list[ModelEvent]:
    calls = tuple(ToolCall(f"call_{index}", name, _json(arguments)) for index, (name, arguments) in enumerate(wanted))
    events: list[ModelEvent] = []
    for index, call in enumerate(calls):
        events += [ToolCallStarted(index, call.id, call.name), ToolArgumentsDelta(index, call.arguments)]
    return [*events, _response("", calls)]


def _response(text: str, calls: tuple[ToolCall, ...]) -> ModelResponse:
    return ModelResponse(text, calls, "tool_calls" if calls else "stop", "offline", "offline", Usage())


def _json(arguments: object) -> str:
    return msgspec.json.encode(arguments).decode()
