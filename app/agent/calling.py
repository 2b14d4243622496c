"""Run the tools that the model calls: side by side and bounded, each failure a typed result for the model."""

import asyncio
import contextlib
import itertools
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any

import msgspec
import structlog

from app.agent import approvals
from app.agent.delegating import Run, delegate
from app.agent.events import Asked, LoopEvent, Status, ToolEnd, ToolStart
from app.agent.model import ToolCall
from app.agent.spans import executing
from app.agent.tool import AskedQuestion, Tool, ToolContext, ToolError, ToolOutcome
from app.agent.tools.registry import decode
from app.agent.tools.task import Arguments
from app.agent.work import ASK, Work
from app.data.ledger import Ledger

log = structlog.get_logger()

SIDE_BY_SIDE = 8
AGENTS_AT_ONCE = 4
Give = Callable[[Arguments], Awaitable[ToolOutcome]]
"""Has an agent work on a task."""


async def call_tools(work: Work, calls: Sequence[ToolCall], run: Run) -> AsyncGenerator[LoopEvent, None]:
    """Yield what happens to the calls of a step, `ToolEnd` as each ends and `Asked` last, when it pauses the run.

    Calls behind a question are made when it is answered. `run` is the loop, for calls that another agent works on.
    """
    questions = [call for call in calls if call.name == ASK]
    unapproved = [call for call in calls if call.name != ASK and _is_asked_first(work, call)]
    others = [call for call in calls if call.name != ASK and call not in unapproved]
    if unapproved:
        others = _in_turn(work, others)[0]
    held = _held(work, calls, others)
    async with contextlib.aclosing(_made(work, [call for call in others if call not in held], run)) as events:
        async for event in events:
            yield event
    if unapproved:
        yield approvals.form(unapproved[: approvals.MOST_CALLS], work.agent_name, work.context.locale)
        return
    for index, call in enumerate(questions):
        yield ToolStart(call)
        end, asked = await _call(work, call)
        if asked and index < len(questions) - 1:
            end, asked = _failed(call, ToolError("invalid_arguments", "ask all questions in one call"), 0.0), ()
        if asked:
            yield Asked(call, work.agent_name, asked)
            return
        yield end
    async with contextlib.aclosing(_made(work, held, run)) as events:
        async for event in events:
            yield event


def _held(work: Work, calls: Sequence[ToolCall], others: Sequence[ToolCall]) -> list[ToolCall]:
    """Return those of `others` that stand behind a question, unless the person has decided on them already."""
    behind = itertools.dropwhile(lambda call: call.name != ASK, calls)
    return [call for call in behind if call in others and call.id not in work.approvals.decisions]


async def _made(work: Work, calls: Sequence[ToolCall], run: Run) -> AsyncGenerator[LoopEvent, None]:
    """Yield what happens to calls for which nobody is asked."""
    if not calls:
        return
    yield Status(calls[0].name)
    for call in calls:
        yield ToolStart(call)
    for calls_at_once in _in_turn(work, calls):
        async with contextlib.aclosing(_side_by_side(work, calls_at_once, run)) as events:
            async for event in events:
                yield event


def _is_asked_first(work: Work, call: ToolCall) -> bool:
    """Tell whether the person is asked before a call; not where it would fail anyway."""
    tool = work.tools.get(call.name)
    if tool is None or not (work.can_ask and tool.allows(work.context.actor) and work.approvals.asks(tool, call)):
        return False
    try:
        decode(tool, call.arguments)
        work.approvals.check_length(tool, call)
    except ToolError:
        return False
    return True


def _in_turn(work: Work, calls: Sequence[ToolCall]) -> tuple[list[ToolCall], list[ToolCall]]:
    """Return the calls that begin at once, and those that read what these have made."""
    late = [call for call in calls if (tool := work.tools.get(call.name)) and tool.reads_the_answer]
    return [call for call in calls if call not in late], late


async def _side_by_side(work: Work, calls: Sequence[ToolCall], run: Run) -> AsyncGenerator[LoopEvent, None]:
    """Yield what happens to calls that are at work together; who tells something goes on when it was taken."""
    heard: asyncio.Queue[tuple[LoopEvent, asyncio.Event] | asyncio.Task[ToolEnd]] = asyncio.Queue()
    room, agents = asyncio.Semaphore(SIDE_BY_SIDE), asyncio.Semaphore(AGENTS_AT_ONCE)

    async def tell(event: LoopEvent) -> None:
        taken = asyncio.Event()
        heard.put_nowait((event, taken))
        await taken.wait()

    async def bounded(call: ToolCall) -> ToolEnd:
        tool = work.tools.get(call.name)
        is_task = tool is not None and tool.delegates
        async with agents if is_task else room:
            return (await _call(work, call, lambda arguments: delegate(work, call.id, arguments, run, tell)))[0]

    tasks = [asyncio.create_task(bounded(call)) for call in calls]
    for task in tasks:
        task.add_done_callback(heard.put_nowait)
    left = len(tasks)
    try:
        while left:
            news = await heard.get()
            if isinstance(news, asyncio.Task):
                left -= 1
                yield news.result()
            else:
                yield news[0]
                news[1].set()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _call(work: Work, call: ToolCall, give: Give | None = None) -> tuple[ToolEnd, tuple[AskedQuestion, ...]]:
    started = time.perf_counter()
    try:
        with executing(call, work.tools, work.agent_name):
            outcome = await _outcome(work, call, give)
    except ToolError as error:
        return _failed(call, error, (time.perf_counter() - started) * 1000), ()
    elapsed = (time.perf_counter() - started) * 1000
    content = msgspec.json.encode(outcome.content).decode()
    return ToolEnd(call, content, None, elapsed, outcome.details, outcome.artifacts), outcome.questions


async def _outcome(work: Work, call: ToolCall, give: Give | None) -> ToolOutcome:
    tool = work.tools.get(call.name)
    if tool is None:
        raise ToolError("not_found", f"there is no tool named {call.name!r}", f"Tools: {', '.join(work.tools)}.")
    if not tool.allows(work.context.actor):
        raise ToolError("permission_denied", f"the person may not use {call.name}", "Answer without it and say so.")
    work.approvals.check_tool(tool)
    arguments = decode(tool, call.arguments)
    if work.can_ask:
        work.approvals.check_length(tool, call)
    work.approvals.check(tool, call)
    if tool.delegates and give:
        return await _of_agent(arguments, give)
    return await outcome_of(tool, work.context, arguments, work.ledger, work.tool_timeout)


async def outcome_of(tool: Tool, context: ToolContext, arguments: Any, ledger: Ledger, seconds: float) -> ToolOutcome:
    """Run a tool within its time, its statements noted in `ledger`; raises `ToolError` whatever goes wrong."""
    noted = ledger.part()
    try:
        async with asyncio.timeout(seconds):
            return _plain(await tool.run(context.noting(noted), arguments))
    except TimeoutError as error:
        noted.time_out()
        raise ToolError("timeout", f"{tool.name} took longer than {seconds:g} s", "Ask for less.") from error
    except ToolError:
        raise
    except Exception as error:  # A tool is anybody's code: whatever it raises, the model is told and the run goes on.
        log.exception("tool failed", tool=tool.name)
        raise ToolError("failed", f"{tool.name} failed unexpectedly", "Try another way.") from error


def _plain(outcome: ToolOutcome) -> ToolOutcome:
    """Return an outcome of plain JSON values, as they are sent to the model and stored; raises for what is none."""
    content, details = msgspec.json.decode(msgspec.json.encode((outcome.content, outcome.details)))
    return msgspec.structs.replace(outcome, content=content, details=details)


async def _of_agent(arguments: Arguments, give: Give) -> ToolOutcome:
    try:
        return await give(arguments)
    except ToolError:
        raise
    except Exception as error:  # Whatever goes wrong in an agent's work, the one that gave the task is told and goes on.
        log.exception("agent failed", agent=arguments.agent)
        raise ToolError("agent_failed", f"{arguments.agent} failed unexpectedly", "Do it yourself.") from error


def _failed(call: ToolCall, error: ToolError, duration_ms: float) -> ToolEnd:
    content: dict[str, str | bool] = {"error": error.code, "message": error.message}
    if error.hint:
        content["hint"] = error.hint
    details: dict[str, Any] = {"message": error.message, **({"sql": error.sql, "reads": list(error.reads)} if error.sql else {})}
    if error.is_refusal:
        content["refused"] = details["refused"] = True
    return ToolEnd(call, msgspec.json.encode(content).decode(), error.code, duration_ms, details, ())
