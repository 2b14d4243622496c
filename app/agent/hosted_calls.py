"""What the provider's tools did, told in the loop like the calls of the agent's own tools."""

import contextlib
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence

import msgspec

from app.agent import hosted_outcomes
from app.agent.events import AssistantStep, LoopEvent, ToolStart
from app.agent.hosted import HostedCall
from app.agent.model import ModelMessage, ModelResponse, ToolCall, ToolOutput
from app.agent.tool import Tool, ToolContext, ToolError, ToolOutcome
from app.agent.work import Work


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


async def told(
    work: Work, messages: Sequence[ModelMessage], events: AsyncGenerator[LoopEvent, None]
) -> AsyncGenerator[LoopEvent, None]:
    """Yield `events`; a step with what became of the calls of the provider's tools in it, and after it their ends.

    `messages` are those that the model has seen in this run. The files of a step are in the storage when it is told: whoever
    does not commit it takes them out again.
    """
    async with contextlib.aclosing(events):
        async for event in events:
            if not (isinstance(event, AssistantStep) and event.response.hosted):
                yield event
                continue
            ended = await hosted_outcomes.ended(work.context, [*work.history, *messages], list(_pairs(event)))
            step = msgspec.structs.replace(event, ended=ended)
            yield step
            for end in step.ended:
                yield ToolStart(end.call)
                yield end


def outputs(step: AssistantStep) -> list[ToolOutput]:
    """Return what the model is told later of these calls."""
    return [ToolOutput(end.call.id, end.call.name, end.content) for end in step.ended]


def others(step: AssistantStep) -> tuple[ToolCall, ...]:
    """Return the calls of a step that are still to be made: the provider's own come first."""
    return step.tool_calls[len(step.ended) :]


def _pairs(step: AssistantStep) -> Iterator[tuple[ToolCall, HostedCall]]:
    return zip(step.tool_calls, step.response.hosted, strict=False)
