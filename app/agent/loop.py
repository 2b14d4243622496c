"""The agent's loop: stream the model, run the tools it calls side by side, feed the results back, until it has answered.

The loop holds no state of its own: given the committed steps of a run it goes on from the last of them.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Iterator, Sequence

import msgspec

from app.agent import hosted_calls
from app.agent.answer_writer import FINAL, AnswerWriter
from app.agent.calling import call_tools
from app.agent.context import fitting
from app.agent.context.blocks import shares
from app.agent.context.compiling import Compiled
from app.agent.events import Asked, AssistantStep, Finished, LoopEvent, Status, Text, TextBlockEnd, ToolEnd
from app.agent.model import (
    Abandoned,
    AssistantText,
    HostedStarted,
    ModelError,
    ModelEvent,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextDelta,
    ToolArgumentsDelta,
    ToolCall,
    ToolCallStarted,
    ToolOutput,
    TurnedTo,
)
from app.agent.reasoning import Reasoning
from app.agent.reminders import reminder
from app.agent.work import ASK, Work


async def run(work: Work) -> AsyncGenerator[LoopEvent, None]:
    """Yield what happens until `Finished` or `Asked`; raises `ModelError`.

    `AssistantStep` and `ToolEnd` are checkpoints: the caller commits them before it asks for the next event.
    """
    messages: list[ModelMessage] = list(work.steps)
    is_answered, pending = work.is_answered, _unanswered(work.steps)
    reason = "stop"
    while True:
        if pending:
            asked: Asked | None = None
            async with contextlib.aclosing(call_tools(work, pending, run)) as ends:
                async for event in ends:
                    if isinstance(event, ToolEnd) and event.within is None:
                        messages.append(ToolOutput(event.call.id, event.call.name, event.content))
                    if isinstance(event, Asked):
                        asked = event
                    yield event
            if asked:
                return
        if is_answered:
            yield Finished(reason)
            return
        step: AssistantStep | None = None
        async with contextlib.aclosing(hosted_calls.told(work, messages, _ask_model(work, messages))) as answer:
            async for event in answer:
                if isinstance(event, AssistantStep):
                    step = event
                yield event
        assert step is not None
        messages.append(AssistantText(step.text, step.tool_calls))
        messages += hosted_calls.outputs(step)
        is_answered, pending = step.is_final, hosted_calls.others(step)
        reason = step.finish_reason


def _unanswered(steps: Sequence[ModelMessage]) -> tuple[ToolCall, ...]:
    answered = {message.call_id for message in steps if isinstance(message, ToolOutput)}
    last = next((message for message in reversed(steps) if isinstance(message, AssistantText)), None)
    return tuple(call for call in last.tool_calls if call.id not in answered) if last else ()


async def _ask_model(work: Work, messages: Sequence[ModelMessage]) -> AsyncGenerator[LoopEvent, None]:
    number = sum(isinstance(message, AssistantText) for message in messages)
    is_last = number >= work.max_iterations
    reminded = reminder(number, work.max_iterations)
    request = _request(work, [*work.history, *messages, *([reminded] if reminded else [])], is_last=is_last)
    yield Status("thinking")
    started = time.perf_counter()
    writer, reasoning = AnswerWriter(), Reasoning()
    response: ModelResponse | None = None
    fitted: Compiled | None = None
    asking = fitting.stream(work.model, request, len(work.history) - 1, work.window)
    async with contextlib.aclosing(asking) as stream:
        async for event in stream:
            for shown in _shown(writer, reasoning, event):
                yield shown
            match event:
                case Compiled():
                    fitted = event
                    work.told(event)
                case ModelResponse():
                    response = event
                case Abandoned() | TurnedTo():
                    yield event
    if response is None or fitted is None:
        raise ModelError("network", "the model's stream ended without a response")
    step = _step(work.run_key, number, response, writer, (time.perf_counter() - started) * 1000, is_last=is_last)
    step = await _with_shares(step, fitted) if work.is_debugged else step
    if step.text and not step.is_final:
        yield TextBlockEnd(_text_blocks(messages))
    yield step


def _shown(writer: AnswerWriter, reasoning: Reasoning, event: Compiled | ModelEvent) -> Iterator[LoopEvent]:
    yield from reasoning.take(event, has_text=bool(writer.text))
    match event:
        case HostedStarted(name):
            yield Status(name)
        case TextDelta() | ToolCallStarted() | ToolArgumentsDelta():
            if piece := writer.take(event):
                if writer.is_first:
                    yield Status("writing")
                yield Text(piece)
        case _:
            pass


def _text_blocks(messages: Sequence[ModelMessage]) -> int:
    return sum(isinstance(message, AssistantText) and bool(message.content) for message in messages)


async def _with_shares(step: AssistantStep, fitted: Compiled) -> AssistantStep:
    """Return the step with what took how much of its context."""
    counted = await asyncio.to_thread(shares, fitted.blocks, fitted.before, step.response.model)
    return msgspec.structs.replace(step, blocks=counted)


def _request(work: Work, messages: Sequence[ModelMessage], *, is_last: bool) -> ModelRequest:
    """Return the next request. Sources are named in text only: where there are any, the answer is text and no call."""
    offered = [tool for tool in work.offered if not (work.hosted and tool.name == FINAL)]
    return ModelRequest(
        system=work.system,
        messages=messages,
        tools=[tool.spec() for tool in offered],
        locale=work.context.locale,
        now=work.context.now,
        calendar=work.context.calendar,
        currency=work.context.actor.currency,
        may_call_tools=not is_last,
        model=work.model_name,
        reasoning_effort=work.reasoning_effort,
        hosted=work.hosted,
        cache_key=work.cache_key,
        models_allowed=work.models_allowed,
        agent_name=work.agent_name if work.task_call_id else "",
        task_call_id=work.task_call_id,
    )


def _step(
    run_key: str, number: int, response: ModelResponse, writer: AnswerWriter, duration_ms: float, *, is_last: bool
) -> AssistantStep:
    calls = _with_unique_ids(f"{run_key}{number}", response.tool_calls)
    others = tuple(call for call in calls if call.name != FINAL)
    asks = any(call.name == ASK for call in others)
    answers = writer.final_index is not None and bool(writer.text)
    cut_short = response.finish_reason in {"length", "content_filter"}
    if cut_short or is_last:
        others, is_final = (), True
    elif answers:
        is_final = not asks
    else:
        others, is_final = calls, not calls
    if is_final and not others and not writer.text and not cut_short:
        raise ModelError("bad_response", "the model answered with nothing")
    others = (*hosted_calls.calls_of(f"{run_key}{number}", response), *others)
    reason = response.finish_reason if cut_short else "max_iterations" if is_last else "stop"
    return AssistantStep(number, writer.text, others, is_final, response, duration_ms, reason)


def _with_unique_ids(step: str, calls: Sequence[ToolCall]) -> tuple[ToolCall, ...]:
    """Prefix the model's ids by run and step: some servers count calls anew in every response."""
    return tuple(ToolCall(f"{step}_{index}_{call.id}"[:64], call.name, call.arguments) for index, call in enumerate(calls))
