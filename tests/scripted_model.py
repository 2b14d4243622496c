"""A `Model` that plays a list of turns: text, reasoning, tool calls, failures, and gates that wait for the test."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from typing import Any

import msgspec

from app.agent.model import (
    ModelError,
    ModelEvent,
    ModelRequest,
    ModelResponse,
    ReasoningDelta,
    TextDelta,
    ToolArgumentsDelta,
    ToolCall,
    ToolCallStarted,
    Usage,
)


class Call(msgspec.Struct, frozen=True):
    """A tool call; `arguments` may be a malformed text, and come in `pieces` deltas."""

    name: str
    arguments: dict[str, Any] | str = {}
    id: str = ""
    pieces: int = 1


class Thought(msgspec.Struct, frozen=True):
    """A piece of the reasoning summary."""

    text: str


class Turn(msgspec.Struct, frozen=True):
    """One answer of the model; `finish_reason` follows from the parts unless given.

    A part is a text piece, a `Call`, a `Thought`, a `ModelError` to raise, an event to wait for, or seconds to sleep.
    """

    parts: tuple[Any, ...]
    finish_reason: str | None = None
    usage: Usage = Usage(10, 0, 5)


Part = str | Call | Thought | ModelError | asyncio.Event | float
Script = Turn | Part | Sequence[Part] | Callable[[ModelRequest], "Script"]


def final_answer(answer: str, pieces: int = 3) -> Call:
    """Return a call of `final_answer`."""
    return Call("final_answer", {"answer": answer}, pieces=pieces)


class ScriptedModel:
    """Plays one turn a request, in order; `requests` are those it got, `finished` counts the turns played to their end.

    When the script runs out it raises `ModelError("internal")`, which makes an unexpected request visible.
    """

    provider = "scripted"

    def __init__(self, turns: Iterable[Script] = ()) -> None:
        self._turns = list(turns)
        self.requests: list[ModelRequest] = []
        self.finished = 0
        self.cancelled = 0
        self.is_closed = False

    def add(self, *turns: Script) -> None:
        """Append turns to the script."""
        self._turns.extend(turns)

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        self.requests.append(request)
        if not self._turns:
            raise ModelError("internal", "the script has no more turns")
        turn = _turn(self._turns.pop(0), request)
        try:
            async for event in _play(turn, request):
                yield event
        except (GeneratorExit, asyncio.CancelledError):
            self.cancelled += 1
            raise
        self.finished += 1

    async def close(self) -> None:
        self.is_closed = True


def _turn(script: Script, request: ModelRequest) -> Turn:
    if callable(script):
        return _turn(script(request), request)
    if isinstance(script, Turn):
        return script
    if isinstance(script, str) or not isinstance(script, Sequence):
        return Turn((script,))
    return Turn(tuple(script))


async def _play(turn: Turn, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
    text: list[str] = []
    calls: list[ToolCall] = []
    for part in turn.parts:
        match part:
            case str():
                text.append(part)
                yield TextDelta(part)
            case Thought(thought):
                yield ReasoningDelta(thought)
            case Call():
                call = ToolCall(part.id or f"call_{len(calls)}", part.name, _json(part.arguments))
                yield ToolCallStarted(len(calls), call.id, call.name)
                for piece in _pieces(call.arguments, part.pieces):
                    yield ToolArgumentsDelta(len(calls), piece)
                calls.append(call)
            case ModelError():
                raise part
            case asyncio.Event():
                await part.wait()
            case int() | float():
                await asyncio.sleep(part)
            case _:
                raise TypeError(part)
    reason = turn.finish_reason or ("tool_calls" if calls else "stop")
    yield ModelResponse("".join(text), tuple(calls), reason, "scripted", request.model or "scripted", turn.usage)


def _json(arguments: dict[str, Any] | str) -> str:
    return arguments if isinstance(arguments, str) else msgspec.json.encode(arguments).decode()


def _pieces(text: str, count: int) -> list[str]:
    size = max(1, -(-len(text) // count))
    return [text[at : at + size] for at in range(0, len(text), size)]
