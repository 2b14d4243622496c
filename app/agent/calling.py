"""Run the tools that the model calls: side by side and bounded, each failure a typed result for the model."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Sequence

import msgspec
import structlog

from app.agent import approvals
from app.agent.events import Asked, LoopEvent, Status, ToolEnd, ToolStart
from app.agent.model import ToolCall
from app.agent.spans import executing
from app.agent.tool import AskedQuestion, ToolError, ToolOutcome
from app.agent.tools.registry import decode
from app.agent.work import ASK, Work

log = structlog.get_logger()

SIDE_BY_SIDE = 8


async def call_tools(work: Work, calls: Sequence[ToolCall]) -> AsyncGenerator[LoopEvent, None]:
    """Yield what happens to the calls of a step, `ToolEnd` as each ends and `Asked` last, when it pauses the run."""
    questions = [call for call in calls if call.name == ASK]
    unapproved = [call for call in calls if call.name != ASK and _is_asked_first(work, call)]
    others = [call for call in calls if call.name != ASK and call not in unapproved]
    if unapproved:
        others = _in_turn(work, others)[0]
    if others:
        yield Status(others[0].name)
        for call in others:
            yield ToolStart(call)
        for calls_at_once in _in_turn(work, others):
            async with contextlib.aclosing(_side_by_side(work, calls_at_once)) as ends:
                async for end in ends:
                    yield end
    if unapproved:
        yield approvals.form(unapproved, work.agent_name, work.context.locale)
        return
    for index, call in enumerate(questions):
        yield ToolStart(call)
        end, asked = await _call(work, call)
        if asked and index < len(questions) - 1:
            end, asked = _failed(call, ToolError("invalid_arguments", "ask all questions in one call"), 0.0), ()
        yield Asked(call, work.agent_name, asked) if asked else end


def _is_asked_first(work: Work, call: ToolCall) -> bool:
    """Tell whether the person is asked before a call; not where it would fail anyway."""
    tool = work.tools.get(call.name)
    if tool is None or not (work.can_ask and tool.allows(work.context.actor) and work.approvals.asks(tool, call)):
        return False
    try:
        decode(tool, call.arguments)
    except ToolError:
        return False
    return True


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
    work.approvals.check_tool(tool)
    arguments = decode(tool, call.arguments)
    work.approvals.check(tool, call)
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
    details: dict[str, str | bool] = {"message": error.message, **({"sql": error.sql} if error.sql else {})}
    if error.is_refusal:
        details["refused"] = True
    return ToolEnd(call, msgspec.json.encode(content).decode(), error.code, duration_ms, details, ())
