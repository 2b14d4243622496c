"""Tasks that agents work on: side by side, step by step, and always with an outcome for the one that gave them."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.agent import loop
from app.agent.approvals import Approvals, Policy
from app.agent.calling import AGENTS_AT_ONCE
from app.agent.events import Asked, AssistantStep, Delegated, Finished, LoopEvent, Text, ToolEnd, ToolStart
from app.agent.model import AssistantText, ModelError, ModelRequest, ToolCall, ToolOutput, UserText
from app.agent.tool import Tool, ToolOutcome
from app.agent.tools.ask_user_question import ASK_USER_QUESTION
from app.agent.tools.task import task
from app.agent.work import Begun, SubAgent, Work
from tests.agent.test_loop import WAIT, Wait, text, work
from tests.scripted_model import Call, Script, ScriptedModel, final_answer

RESULT = {"result_id": "r1", "columns": [{"name": "n"}], "rows": [[1]], "row_count": 1, "truncated": False}


async def _find(_context: object, _arguments: Wait) -> ToolOutcome:
    return ToolOutcome(RESULT, {"columns": [], "reads": ["sales"]})


FIND = Tool("find", "Finds.", Wait, _find)
TOOLS = {tool.name: tool for tool in (WAIT, ASK_USER_QUESTION, task({"scout": "Looks around."}))}


def delegating(model: ScriptedModel, *, iterations: int = 3, **changed: Any) -> Work:
    scout = SubAgent("scout", "You are the scout.", {"wait": WAIT, "find": FIND}, iterations, "small")
    return work(model, tools=TOOLS, agents={"scout": scout}, **changed)


def give(instructions: str, agent: str = "scout") -> Call:
    return Call("task", {"agent": agent, "instructions": instructions})


def is_scout(request: ModelRequest) -> bool:
    return request.system == "You are the scout."


def by_agent(outer: Sequence[Script], inner: Sequence[Script]) -> list[Any]:
    """Return turns that answer the outer agent's requests and each task's by how many steps it has behind it."""

    def answer(request: ModelRequest) -> Script:
        return (inner if is_scout(request) else outer)[sum(isinstance(each, AssistantText) for each in request.messages)]

    return [answer] * 100


async def played(model: ScriptedModel, **changed: Any) -> list[LoopEvent]:
    return [event async for event in loop.run(delegating(model, **changed))]


def outcomes(events: Sequence[LoopEvent]) -> list[dict[str, Any]]:
    ends = [event for event in events if isinstance(event, ToolEnd) and event.within is None]
    return [msgspec.json.decode(end.content) for end in ends]


async def test_an_agent_works_with_its_own_prompt_tools_and_model_and_reports_in_short() -> None:
    model = ScriptedModel(by_agent([[give("Find it.")], [final_answer("It is 1.")]], [[Call("find")], "Found 1."]))
    events = await played(model)
    first, second, third, last = model.requests
    assert [is_scout(request) for request in model.requests] == [False, True, True, False]
    assert [tool.name for tool in second.tools] == ["wait", "find"]
    assert (second.model, first.model) == ("small", None)
    assert list(second.messages) == [UserText("Find it.")]
    assert isinstance(third.messages[-1], ToolOutput)
    (outcome,) = outcomes(events)
    stored = {"result_id": "r1", "row_count": 1, "truncated": False, "columns": ["n"]}
    assert outcome == {"agent": "scout", "summary": "Found 1.", "results": [stored], "artifacts": []}
    assert isinstance(last.messages[-1], ToolOutput)
    assert msgspec.json.decode(last.messages[-1].content) == outcome
    assert text(events) == "It is 1."


async def test_every_event_of_an_agent_says_whose_it_is_and_ids_are_never_used_twice() -> None:
    turns = by_agent([[give("One."), give("Two.")], "Done."], [[Call("find", id="c"), Call("find", id="c")], "Found."])
    events = await played(ScriptedModel(turns))
    calls = [event.call.id for event in events if isinstance(event, ToolStart) and event.call.name == "task"]
    inner = [event for event in events if isinstance(event, ToolStart | ToolEnd) and event.call.name == "find"]
    assert [event.within for event in inner if isinstance(event, ToolEnd)].count(Delegated(calls[0], "scout")) == 2
    assert {event.within for event in inner} == {Delegated(call, "scout") for call in calls}
    started = [event.call.id for event in events if isinstance(event, ToolStart)]
    assert len(set(started)) == len(started) == 6
    steps = [event.within for event in events if isinstance(event, AssistantStep)]
    assert steps.count(None) == 2
    assert all(steps.count(Delegated(call, "scout")) == 2 for call in calls)


async def test_tasks_are_worked_on_side_by_side_but_not_all_of_many_at_once() -> None:
    waiting, most = 0, 0

    async def count(_context: object, _arguments: Wait) -> ToolOutcome:
        nonlocal waiting, most
        waiting += 1
        most = max(most, waiting)
        await asyncio.sleep(0.05)
        waiting -= 1
        return ToolOutcome({})

    scout = SubAgent("scout", "You are the scout.", {"find": Tool("find", "Finds.", Wait, count)}, 3)
    model = ScriptedModel(by_agent([[give(f"{n}") for n in range(9)], "Done."], [[Call("find")], "Found."]))
    events = [event async for event in loop.run(work(model, tools=TOOLS, agents={"scout": scout}))]
    assert len(outcomes(events)) == 9
    assert most == AGENTS_AT_ONCE


async def test_an_agent_goes_on_only_when_its_step_was_taken() -> None:
    model = ScriptedModel(by_agent([[give("Find it.")], "Done."], [[Call("find")], "Found."]))
    async with contextlib.aclosing(loop.run(delegating(model))) as events:
        async for event in events:
            if isinstance(event, AssistantStep) and event.within:
                await asyncio.sleep(0.05)
                assert len(model.requests) == 2
                break


async def test_stopping_ends_the_calls_of_all_agents_at_once() -> None:
    never = asyncio.Event()
    model = ScriptedModel(by_agent([[give("One."), give("Two.")]], [["Well", never]]))

    async def follow() -> None:
        await played(model)

    running = asyncio.create_task(follow())
    while len(model.requests) < 3:
        await asyncio.sleep(0)
    await asyncio.sleep(0.02)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    assert model.cancelled == 2


@pytest.mark.parametrize(
    ("call", "inner", "code", "said"),
    [
        (give("Find it."), [ModelError("overloaded", "busy")], "agent_failed", "overloaded"),
        (give("Find it."), [[Call("find")], ModelError("timeout", "long")], "agent_failed", "timeout"),
        (give("Find it.", "nobody"), [], "not_found", "nobody"),
        (Call("task", {"agent": "scout"}), [], "invalid_arguments", "instructions"),
        (Call("task", "{"), [], "invalid_arguments", "JSON"),
    ],
)
async def test_what_goes_wrong_is_told_to_the_one_that_gave_the_task(
    call: Call, inner: list[Script], code: str, said: str
) -> None:
    events = await played(ScriptedModel(by_agent([[call], "I could not find it."], inner)))
    (outcome,) = outcomes(events)
    assert outcome["error"] == code
    assert said in outcome["message"]
    assert events[-1] == Finished("stop")


async def test_an_agent_whose_steps_are_used_up_says_what_it_has() -> None:
    model = ScriptedModel(by_agent([[give("Find it.")], "Done."], [[Call("find")]] * 2 + ["Only this."]))
    (outcome,) = outcomes(await played(model, iterations=2))
    assert (outcome["summary"], outcome["unfinished"], len(outcome["results"])) == ("Only this.", "max_iterations", 2)
    assert "may not be all" in outcome["hint"]


async def test_an_agent_gives_no_tasks_and_asks_nobody() -> None:
    question = Call("ask_user_question", {"questions": []})
    model = ScriptedModel(by_agent([[give("Find it.")], "Done."], [[give("You do it."), question], "I cannot."]))
    events = await played(model)
    inner = [event.error for event in events if isinstance(event, ToolEnd) and event.within]
    assert inner == ["not_found", "not_found"]
    assert not any(isinstance(event, Asked) for event in events)
    assert outcomes(events)[0]["summary"] == "I cannot."


async def test_what_the_company_wants_to_be_asked_about_is_refused_to_agents_which_cannot_ask() -> None:
    model = ScriptedModel(by_agent([[give("Find it.")], "Done."], [[Call("find")], "I may not."]))
    events = await played(model, approvals=Approvals({"find": Policy.ASK}))
    assert [event.error for event in events if isinstance(event, ToolEnd) and event.within] == ["permission_denied"]
    assert [tool.name for request in model.requests if is_scout(request) for tool in request.tools] == ["wait"] * 2
    model = ScriptedModel(by_agent([[give("Find it.")], "Done."], []))
    assert outcomes(await played(model, approvals=Approvals({"task": Policy.DENY})))[0]["error"] == "permission_denied"


async def test_a_question_waits_until_the_tasks_of_its_step_have_ended() -> None:
    form = {"id": "q", "question": "Which?", "header": "W", "options": [{"id": "a", "label": "A"}, {"id": "b", "label": "B"}]}
    model = ScriptedModel(
        by_agent([[give("Find it."), Call("ask_user_question", {"questions": [form]})]], [[Call("find")], "1."])
    )
    events = await played(model)
    assert isinstance(events[-1], Asked)
    assert outcomes(events)[0]["summary"] == "1."


async def test_it_goes_on_from_what_was_committed_of_each_task() -> None:
    given = tuple(ToolCall(f"r_0_{n}_c", "task", '{"agent":"scout","instructions":"Find it."}') for n in range(3))
    made = ToolCall("r_0_0t0_0_c", "find", "{}")
    begun = {
        given[0].id: Begun([AssistantText("", (made,))]),
        given[1].id: Begun([AssistantText("Found already.")], is_answered=True),
    }
    model = ScriptedModel(by_agent(["never", "Done."], ["Nothing else.", "Found now."]))
    events = await played(model, steps=(AssistantText("", given),), begun=begun)
    assert [outcome["summary"] for outcome in sorted(outcomes(events), key=lambda each: each["summary"])] == [
        "Found already.", "Found now.", "Nothing else.",
    ]  # fmt: skip
    assert sum(is_scout(request) for request in model.requests) == 2
    assert [event.call.id for event in events if isinstance(event, ToolEnd) and event.within] == [made.id]


async def test_what_agents_read_decides_who_may_see_it() -> None:
    events = await played(ScriptedModel(by_agent([[give("Find it.")], "Done."], [[Call("find")], "1."])))
    (end,) = (event for event in events if isinstance(event, ToolEnd) and event.within is None)
    assert end.details == {"agent": "scout", "reads": ["sales"]}

    async def unknown(_context: object, _arguments: Wait) -> ToolOutcome:
        return ToolOutcome(RESULT, {"columns": [], "reads": []})

    scout = SubAgent("scout", "You are the scout.", {"find": Tool("find", "Finds.", Wait, unknown)}, 3)
    model = ScriptedModel(by_agent([[give("Find it.")], "Done."], [[Call("find")], "1."]))
    events = [event async for event in loop.run(work(model, tools=TOOLS, agents={"scout": scout}))]
    assert [event.details for event in events if isinstance(event, ToolEnd) and event.within is None] == [
        {"agent": "scout", "columns": []}
    ]


async def test_a_report_is_never_long() -> None:
    async def much(_context: object, _arguments: Wait) -> ToolOutcome:
        return ToolOutcome({**RESULT, "columns": [{"name": "n" * 500}] * 500, "rows": [["x" * 500]] * 100})

    scout = SubAgent("scout", "You are the scout.", {"find": Tool("find", "Finds.", Wait, much)}, 30)
    model = ScriptedModel(by_agent([[give("All of it.")], "Done."], [[Call("find")] * 3] * 29 + ["long " * 50_000]))
    events = [event async for event in loop.run(work(model, tools=TOOLS, agents={"scout": scout}))]
    (end,) = (event for event in events if isinstance(event, ToolEnd) and event.within is None)
    assert len(end.content) < 60_000
    assert len(msgspec.json.decode(end.content)["results"]) == 20


@settings(deadline=None, max_examples=30)
@given(
    budget=st.integers(1, 6),
    inner=st.integers(1, 6),
    plan=st.lists(st.lists(st.sampled_from(["wait", "task"]), min_size=1, max_size=3), max_size=8),
    eager=st.booleans(),
)
async def test_no_agent_ever_has_more_steps_than_its_own(budget: int, inner: int, plan: list[list[str]], *, eager: bool) -> None:
    calls = [[give("Go.") if name == "task" else Call("wait") for name in step] for step in plan]

    def answer(request: ModelRequest) -> Script:
        done = sum(isinstance(each, AssistantText) for each in request.messages)
        if not request.may_call_tools:
            return "Out of steps."
        if is_scout(request):
            return [Call("find")] if eager else "Found."
        return calls[done] if done < len(calls) else "Done."

    model = ScriptedModel([answer] * 500)
    events = await played(model, iterations=inner, max_iterations=budget)
    assert isinstance(events[-1], Finished)
    steps: dict[Delegated | None, int] = {}
    for event in events:
        if isinstance(event, AssistantStep):
            steps[event.within] = steps.get(event.within, 0) + 1
    assert all(count <= (inner if whose else budget) + 1 for whose, count in steps.items())
    assert len(model.requests) == sum(steps.values())
    assert text(events) in {"Done.", "Out of steps."}
    assert not any(isinstance(event, Text) and "Found" in event.content for event in events)
