"""What the provider's tools did, told in the loop like the calls of the agent's own tools."""

import contextlib
from collections.abc import AsyncGenerator, Iterable, Iterator
from typing import Any

import msgspec

from app.agent.events import AssistantStep, LoopEvent, ToolEnd, ToolStart
from app.agent.hosted import HostedCall
from app.agent.model import ModelResponse, ToolCall, ToolOutput
from app.agent.tool import Tool, ToolContext, ToolError, ToolOutcome


class _Nothing(msgspec.Struct):
    """The provider knows what it takes."""


async def _run(_context: ToolContext, _arguments: _Nothing) -> ToolOutcome:
    """Refuse: only the provider runs its tools."""
    raise ToolError("not_found", "the provider runs this tool itself")


def as_tools(names: Iterable[str]) -> dict[str, Tool]:
    """Return the provider's tools as ones that a company can decide about."""
    return {name: Tool(name, "A tool of the model's provider.", _Nothing, _run) for name in names}


def calls_of(step: str, response: ModelResponse) -> tuple[ToolCall, ...]:
    """Return what the provider's tools did as calls; `step` makes their ids unique."""
    return tuple(
        ToolCall(f"{step}_h{index}", call.name, msgspec.json.encode(call.arguments).decode())
        for index, call in enumerate(response.hosted)
    )


async def told(events: AsyncGenerator[LoopEvent, None]) -> AsyncGenerator[LoopEvent, None]:
    """Yield `events`, and after a step the beginning and the end of each call of the provider's tools in it."""
    async with contextlib.aclosing(events):
        async for event in events:
            yield event
            if isinstance(event, AssistantStep):
                for call, done in _pairs(event):
                    yield ToolStart(call)
                    yield ToolEnd(call, _content(done), done.error, 0.0, _details(done))


def outputs(step: AssistantStep) -> list[ToolOutput]:
    """Return what the model is told later of these calls."""
    return [ToolOutput(call.id, call.name, _content(done)) for call, done in _pairs(step)]


def others(step: AssistantStep) -> tuple[ToolCall, ...]:
    """Return the calls of a step that are still to be made: the provider's own come first."""
    return step.tool_calls[len(step.response.hosted) :]


def _pairs(step: AssistantStep) -> Iterator[tuple[ToolCall, HostedCall]]:
    return zip(step.tool_calls, step.response.hosted, strict=False)


def _content(done: HostedCall) -> str:
    return msgspec.json.encode({"done": done.arguments, **({"error": done.error} if done.error else {})}).decode()


def _details(done: HostedCall) -> dict[str, Any]:
    return {"facts": [fact for name in ("query", "url", "pattern") if (fact := done.arguments.get(name))]}
