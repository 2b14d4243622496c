"""Have another agent work on a task: its own loop, with its own tools and steps, whose outcome is the result of the call.

What it does is told to the outer loop one by one, and it goes on only when that was taken: its steps are committed as the
run's own are, and after a crash it goes on from the last of them.
"""

import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Sequence
from typing import Any

import msgspec

from app.agent.events import AssistantStep, Delegated, Finished, LoopEvent, Status, Thinking, ThinkingEnd, ToolEnd, ToolStart
from app.agent.model import Abandoned, AssistantText, ModelError, ModelMessage, ToolOutput, TurnedTo, UserText, object_of
from app.agent.tool import ToolError, ToolOutcome
from app.agent.tools.task import Arguments
from app.agent.work import Begun, SubAgent, Work

Run = Callable[[Work], AsyncGenerator[LoopEvent, None]]
Tell = Callable[[LoopEvent], Awaitable[None]]
"""Returns when the event was taken."""

LONGEST_SUMMARY = 8_000
MOST_RESULTS, MOST_COLUMNS, LONGEST_NAME, LONGEST_TEXT = 20, 30, 60, 200
"""What is told of results: the last ones, so many columns of each, and so many characters of a column and of other texts."""
STORED: tuple[str, ...] = ("result_id", "row_count", "truncated")
MADE: tuple[str, ...] = ("artifact_id", "file_name", "url", "description", "row_count", "truncated")
HINTS = {
    "max_iterations": "The agent used all its steps: what it says may not be all. Go on from its results.",
    "length": "The agent's answer was cut off.",
    "content_filter": "The provider refused to let the agent finish.",
}
FAILED = "Give the task once more if that may help, or do it yourself with the results that are stored."


async def delegate(work: Work, call_id: str, arguments: Arguments, run: Run, tell: Tell) -> ToolOutcome:
    """Return what an agent made of a task; raises `ToolError` (`not_found`, `agent_failed`)."""
    agent = work.agents.get(arguments.agent)
    if agent is None:
        raise unknown(arguments.agent, work.agents)
    begun = work.begun.get(call_id, Begun())
    within = Delegated(call_id, agent.name)
    messages, shown = list(begun.steps), [dict(details) for details in begun.shown]
    try:
        async with contextlib.aclosing(run(_part(work, agent, call_id, arguments, begun))) as events:
            async for event in events:
                match event:
                    case AssistantStep():
                        messages.append(AssistantText(event.text, event.tool_calls))
                        await tell(msgspec.structs.replace(event, within=within))
                    case ToolEnd():
                        messages.append(ToolOutput(event.call.id, event.call.name, event.content))
                        shown.append(event.details)
                        await tell(msgspec.structs.replace(event, within=within))
                    case ToolStart() | Thinking() | ThinkingEnd():
                        await tell(msgspec.structs.replace(event, within=within))
                    case Abandoned() | TurnedTo():
                        await tell(event)
                    case Status(step) if step != "writing":
                        await tell(event)
                    case Finished(reason):
                        return _outcome(agent, reason, messages, shown)
                    case _:
                        pass
    except ModelError as error:
        raise ToolError("agent_failed", f"{agent.name} could not go on: its model failed ({error.code})", FAILED) from error
    raise ToolError("agent_failed", f"{agent.name} did not finish", FAILED)


def unknown(name: str, agents: Collection[str]) -> ToolError:
    """Return what is told where a task is for an agent that is none of `agents`."""
    return ToolError("not_found", f"there is no agent named {name!r}", f"Agents: {', '.join(agents)}.")


def _part(work: Work, agent: SubAgent, call_id: str, arguments: Arguments, begun: Begun) -> Work:
    """Return the work on a task. Ids of its calls begin with what is the run's, the step's and the call's own in `call_id`."""
    return msgspec.structs.replace(
        work, agent_name=agent.name, system=agent.system, history=[UserText(arguments.instructions)], steps=begun.steps,
        is_answered=begun.is_answered, tools=agent.tools, max_iterations=agent.max_iterations, model_name=agent.model_name,
        run_key=f"{'_'.join(call_id.split('_')[:3])}t", agents={}, begun={}, hosted=(),
        task_call_id=call_id,
    )  # fmt: skip


def _outcome(agent: SubAgent, reason: str, messages: Sequence[ModelMessage], shown: Sequence[dict[str, Any]]) -> ToolOutcome:
    answers = [message.content for message in messages if isinstance(message, AssistantText)]
    reason = "max_iterations" if len(answers) > agent.max_iterations else reason
    content: dict[str, Any] = {"agent": agent.name, "summary": _cut(answers[-1], LONGEST_SUMMARY), **_made(messages)}
    if hint := HINTS.get(reason):
        content |= {"unfinished": reason, "hint": hint}
    return ToolOutcome(content, {"agent": agent.name, **_read(shown)})


def _made(messages: Sequence[ModelMessage]) -> dict[str, Any]:
    """Return the results that the agent stored, and what it showed or gave to the person, the last ones of many."""
    results, artifacts = list[dict[str, Any]](), list[dict[str, Any]]()
    for output in messages:
        content = object_of(output.content) if isinstance(output, ToolOutput) else {}
        if "error" in content:
            continue
        if "result_id" in content:
            columns = [_cut(column.get("name", ""), LONGEST_NAME) for column in content.get("columns", ())]
            known = {name: content[name] for name in STORED if name in content}
            results.append({**known, "columns": columns[:MOST_COLUMNS]})
        elif "artifact_id" in content and isinstance(output, ToolOutput):
            known = {name: _cut(content[name], LONGEST_TEXT) for name in MADE if name in content}
            artifacts.append({"tool": output.name, **known})
    return {"results": results[-MOST_RESULTS:], "artifacts": artifacts[-MOST_RESULTS:]}


def _read(shown: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return which tables were read, as `app.data.reach` asks for them; unknown ones make all of it unknown."""
    if any("columns" in details and not details.get("reads") for details in shown):
        return {"columns": []}
    names = {str(name) for details in shown for name in details.get("reads", details.get("tables", ()))}
    return {"reads": sorted(names)}


def _cut(value: Any, longest: int) -> Any:
    return f"{value[:longest]}…" if isinstance(value, str) and len(value) > longest else value
