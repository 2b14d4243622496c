"""The agent's loop: stream the model, run the tools it calls side by side, feed the results back, until it has answered.

The loop holds no state of its own: given the committed steps of a run it goes on from the last of them.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

import msgspec
import structlog

from app.agent.answer_writer import FINAL, AnswerWriter
from app.agent.context import fitting
from app.agent.context.blocks import shares
from app.agent.context.compiling import Compiled, Window
from app.agent.events import Asked, AssistantStep, Finished, LoopEvent, Status, Text, TextBlockEnd, Thinking, ToolEnd, ToolStart
from app.agent.model import (
    AssistantText,
    Model,
    ModelError,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    ReasoningDelta,
    TextDelta,
    ToolArgumentsDelta,
    ToolCall,
    ToolCallStarted,
    ToolOutput,
    UserText,
)
from app.agent.spans import executing
from app.agent.tool import AskedQuestion, Tool, ToolContext, ToolError, ToolOutcome
from app.agent.tools.registry import decode
from app.data.ledger import Ledger

log = structlog.get_logger()

ASK = "ask_user_question"
SIDE_BY_SIDE = 8
ANSWER_NOW = "You have used all your steps. Answer now, in text, with what you have, and say what is missing."


class Work(msgspec.Struct, frozen=True):
    """All that a run of the agent needs.

    `history` ends with the question; `steps` are the committed messages of this run, with `is_answered` telling that the
    last assistant message among them was the answer. `tool_timeout` is in seconds. `ledger` takes what tools begin on the
    business database. `run_key` makes ids of calls unique in the session. `window` is what the model can read at once; `told`
    hears how each of its calls was made to fit.
    """

    agent_name: str
    model: Model
    system: str
    history: Sequence[ModelMessage]
    steps: Sequence[ModelMessage]
    is_answered: bool
    tools: Mapping[str, Tool]
    context: ToolContext
    max_iterations: int
    tool_timeout: float
    model_name: str | None = None
    reasoning_effort: str | None = None
    run_key: str = "s"
    is_debugged: bool = False
    ledger: Ledger = msgspec.field(default_factory=Ledger)
    window: Window = Window()
    told: Callable[[Compiled], None] = lambda _compiled: None


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
            async with contextlib.aclosing(_call_tools(work, pending)) as ends:
                async for event in ends:
                    if isinstance(event, ToolEnd):
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
        async with contextlib.aclosing(_ask_model(work, messages)) as answer:
            async for event in answer:
                if isinstance(event, AssistantStep):
                    step = event
                yield event
        assert step is not None
        messages.append(AssistantText(step.text, step.tool_calls))
        is_answered, pending = step.is_final, step.tool_calls
        reason = step.finish_reason


def _unanswered(steps: Sequence[ModelMessage]) -> tuple[ToolCall, ...]:
    answered = {message.call_id for message in steps if isinstance(message, ToolOutput)}
    last = next((message for message in reversed(steps) if isinstance(message, AssistantText)), None)
    return tuple(call for call in last.tool_calls if call.id not in answered) if last else ()


async def _ask_model(work: Work, messages: Sequence[ModelMessage]) -> AsyncGenerator[LoopEvent, None]:
    number = sum(isinstance(message, AssistantText) for message in messages)
    is_last = number >= work.max_iterations
    request = _request(work, [*work.history, *messages], is_last=is_last)
    yield Status("thinking")
    started = time.perf_counter()
    writer = AnswerWriter()
    response: ModelResponse | None = None
    fitted: Compiled | None = None
    asking = fitting.stream(work.model, request, len(work.history) - 1, work.window)
    async with contextlib.aclosing(asking) as stream:
        async for event in stream:
            match event:
                case Compiled():
                    fitted = event
                    work.told(event)
                case ModelResponse():
                    response = event
                case ReasoningDelta(text):
                    yield Thinking(text)
                case TextDelta() | ToolCallStarted() | ToolArgumentsDelta():
                    if piece := writer.take(event):
                        if writer.is_first:
                            yield Status("writing")
                        yield Text(piece)
    if response is None or fitted is None:
        raise ModelError("network", "the model's stream ended without a response")
    step = _step(work.run_key, number, response, writer, (time.perf_counter() - started) * 1000, is_last=is_last)
    step = await _with_shares(step, fitted) if work.is_debugged else step
    if step.text and not step.is_final:
        yield TextBlockEnd(_text_blocks(messages))
    yield step


def _text_blocks(messages: Sequence[ModelMessage]) -> int:
    return sum(isinstance(message, AssistantText) and bool(message.content) for message in messages)


async def _with_shares(step: AssistantStep, fitted: Compiled) -> AssistantStep:
    """Return the step with what took how much of its context."""
    counted = await asyncio.to_thread(shares, fitted.blocks, fitted.before, step.response.model)
    return msgspec.structs.replace(step, blocks=counted)


def _request(work: Work, messages: Sequence[ModelMessage], *, is_last: bool) -> ModelRequest:
    return ModelRequest(
        system=work.system,
        messages=[*messages, *([UserText(ANSWER_NOW)] if is_last else [])],
        tools=[tool.spec() for tool in work.tools.values() if tool.allows(work.context.actor)],
        locale=work.context.locale,
        now=work.context.now,
        calendar=work.context.calendar,
        currency=work.context.actor.currency,
        may_call_tools=not is_last,
        model=work.model_name,
        reasoning_effort=work.reasoning_effort,
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
        raise ModelError("internal", "the model answered with nothing")
    reason = response.finish_reason if cut_short else "max_iterations" if is_last else "stop"
    return AssistantStep(number, writer.text, others, is_final, response, duration_ms, reason)


def _with_unique_ids(step: str, calls: Sequence[ToolCall]) -> tuple[ToolCall, ...]:
    """Prefix the model's ids by run and step: some servers count calls anew in every response."""
    return tuple(ToolCall(f"{step}_{index}_{call.id}"[:64], call.name, call.arguments) for index, call in enumerate(calls))


async def _call_tools(work: Work, calls: Sequence[ToolCall]) -> AsyncGenerator[LoopEvent, None]:
    questions = [call for call in calls if call.name == ASK]
    others = [call for call in calls if call.name != ASK]
    if others:
        yield Status(others[0].name)
        for call in others:
            yield ToolStart(call)
        for calls_at_once in _in_turn(work, others):
            async with contextlib.aclosing(_side_by_side(work, calls_at_once)) as ends:
                async for end in ends:
                    yield end
    for index, call in enumerate(questions):
        yield ToolStart(call)
        end, asked = await _call(work, call)
        if asked and index < len(questions) - 1:
            end, asked = _failed(call, ToolError("invalid_arguments", "ask all questions in one call"), 0.0), ()
        yield Asked(call, work.agent_name, asked) if asked else end


def _in_turn(work: Work, calls: Sequence[ToolCall]) -> tuple[list[ToolCall], list[ToolCall]]:
    """Return the calls that begin at once, and those that read what these have made."""
    late = [call for call in calls if (tool := work.tools.get(call.name)) and tool.reads_the_answer]
    return [call for call in calls if call not in late], late


async def _side_by_side(work: Work, calls: Sequence[ToolCall]) -> AsyncGenerator[ToolEnd, None]:
    room = asyncio.Semaphore(SIDE_BY_SIDE)

    async def bounded(call: ToolCall) -> ToolEnd:
        async with room:
            return (await _call(work, call))[0]

    tasks = [asyncio.create_task(bounded(call)) for call in calls]
    try:
        for ended in asyncio.as_completed(tasks):
            yield await ended
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _call(work: Work, call: ToolCall) -> tuple[ToolEnd, tuple[AskedQuestion, ...]]:
    started = time.perf_counter()
    try:
        with executing(call, work.tools, work.agent_name):
            outcome = await _outcome(work, call)
    except ToolError as error:
        return _failed(call, error, (time.perf_counter() - started) * 1000), ()
    elapsed = (time.perf_counter() - started) * 1000
    content = msgspec.json.encode(outcome.content).decode()
    return ToolEnd(call, content, None, elapsed, outcome.details, outcome.artifacts), outcome.questions


async def _outcome(work: Work, call: ToolCall) -> ToolOutcome:
    tool = work.tools.get(call.name)
    if tool is None:
        raise ToolError("not_found", f"there is no tool named {call.name!r}", f"Tools: {', '.join(work.tools)}.")
    if not tool.allows(work.context.actor):
        raise ToolError("permission_denied", f"the person may not use {call.name}", "Answer without it and say so.")
    arguments = decode(tool, call.arguments)
    ledger = work.ledger.part()
    try:
        async with asyncio.timeout(work.tool_timeout):
            return await tool.run(work.context.noting(ledger), arguments)
    except TimeoutError as error:
        ledger.time_out()
        raise ToolError("timeout", f"{call.name} took longer than {work.tool_timeout:g} s", "Ask for less.") from error
    except ToolError:
        raise
    except Exception as error:  # A tool is anybody's code: whatever it raises, the model is told and the run goes on.
        log.exception("tool failed", tool=call.name)
        raise ToolError("failed", f"{call.name} failed unexpectedly", "Try another way.") from error


def _failed(call: ToolCall, error: ToolError, duration_ms: float) -> ToolEnd:
    content = {"error": error.code, "message": error.message, **({"hint": error.hint} if error.hint else {})}
    details = {"message": error.message, **({"sql": error.sql} if error.sql else {})}
    return ToolEnd(call, msgspec.json.encode(content).decode(), error.code, duration_ms, details, ())
