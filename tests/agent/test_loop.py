"""The agent's loop: tools side by side, steps that are not done twice, and an end in every case."""

import asyncio
import contextlib
import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from app.agent import loop
from app.agent.calling import SIDE_BY_SIDE
from app.agent.events import Asked, AssistantStep, Finished, LoopEvent, Text, TextBlockEnd, ToolEnd, ToolStart
from app.agent.model import AssistantText, ModelError, ModelMessage, ToolCall, ToolOutput, UserText
from app.agent.tool import Option, Tool, ToolContext, ToolOutcome
from app.agent.tools.ask_user_question import ASK_USER_QUESTION
from app.agent.work import Work
from app.data.ledger import Ledger
from app.data.periods import Calendar
from app.identity.actor import Actor
from tests.scripted_model import Call, Script, ScriptedModel, final_answer

ACTOR = Actor(uuid.uuid4(), uuid.uuid4(), "a@b.test", "A", "B", "Analyst", frozenset(), "en", "One", "UTC", 0, "UZS")


class NoDatabase:
    """These tools ask nothing of it."""

    def noting(self, _ledger: Ledger) -> "NoDatabase":
        return self


CONTEXT: Any = ToolContext(
    ACTOR, NoDatabase(), None, None, "en", dt.datetime(2026, 11, 21, tzinfo=dt.UTC), Calendar("UTC")  # type: ignore[arg-type]  # these tools use nothing
)  # fmt: skip


class Wait(msgspec.Struct):
    seconds: float = 0.0
    fails: bool = False


async def _wait(_context: ToolContext, arguments: Wait) -> ToolOutcome:
    await asyncio.sleep(arguments.seconds)
    if arguments.fails:
        raise ZeroDivisionError
    return ToolOutcome({"waited": arguments.seconds})


CALLS = 20
WAIT = Tool("wait", "Waits.", Wait, _wait)


def work(model: ScriptedModel, steps: tuple[ModelMessage, ...] = (), **changed: Any) -> Work:
    values: dict[str, Any] = {
        "agent_name": "bi_analyst", "model": model, "system": "Be good.", "history": [UserText("Well?")], "steps": steps,
        "is_answered": False, "tools": {tool.name: tool for tool in (WAIT, ASK_USER_QUESTION)}, "context": CONTEXT,
        "max_iterations": 5, "tool_timeout": 0.5,
    }  # fmt: skip
    return Work(**{**values, **changed})


async def played(*turns: Script, steps: tuple[ModelMessage, ...] = (), **changed: Any) -> tuple[list[LoopEvent], ScriptedModel]:
    model = ScriptedModel(turns)
    return [event async for event in loop.run(work(model, steps, **changed))], model


def text(events: list[LoopEvent]) -> str:
    return "".join(event.content for event in events if isinstance(event, Text))


async def test_plain_text_is_an_answer() -> None:
    events, _ = await played(["Just ", "text."])
    assert text(events) == "Just text."
    assert events[-1] == Finished("stop")


async def test_the_final_answer_streams_as_text_while_its_json_is_written() -> None:
    answer = 'Quotes "and" ünïcode 🙂\n\nlines'
    events, _ = await played([final_answer(answer, pieces=len(answer))])
    assert text(events) == answer
    assert sum(isinstance(event, Text) for event in events) > 5
    assert not any(isinstance(event, ToolStart) for event in events)


async def test_text_before_tools_ends_its_block_and_results_are_fed_back() -> None:
    events, model = await played(["Looking.", Call("wait")], [final_answer("Found.")])
    assert TextBlockEnd(0) in events
    assert [type(message) for message in model.requests[1].messages] == [UserText, AssistantText, ToolOutput]
    assert text(events) == "Looking.Found."


async def test_tools_run_side_by_side() -> None:
    started = asyncio.get_running_loop().time()
    events, _ = await played([Call("wait", {"seconds": 0.2}) for _ in range(4)], ["Done."])
    assert asyncio.get_running_loop().time() - started < 0.6
    assert sum(isinstance(event, ToolEnd) for event in events) == 4


async def test_as_many_tools_as_are_allowed_are_at_work_at_once_and_never_more() -> None:
    at_work, most, full = 0, 0, asyncio.Event()

    async def count(_context: ToolContext, _arguments: Wait) -> ToolOutcome:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        if at_work == SIDE_BY_SIDE:
            full.set()
        await full.wait()
        for _ in range(CALLS):  # Whoever else may begin begins before anybody is done.
            await asyncio.sleep(0)
        at_work -= 1
        return ToolOutcome({})

    tools = {"count": Tool("count", "Counts.", Wait, count)}
    events, _ = await played([Call("count") for _ in range(CALLS)], ["Done."], tools=tools, tool_timeout=5)
    assert [event.error for event in events if isinstance(event, ToolEnd)] == [None] * CALLS
    assert most == SIDE_BY_SIDE


async def test_what_reads_the_answer_begins_when_the_others_of_its_step_are_committed() -> None:
    committed: list[str] = []

    async def read(_context: ToolContext, _arguments: Wait) -> ToolOutcome:
        return ToolOutcome({"committed": list(committed)})

    tools = {"wait": WAIT, "read": Tool("read", "Reads.", Wait, read, reads_the_answer=True)}
    model = ScriptedModel([[Call("read"), Call("wait", {"seconds": 0.1}), Call("wait", {"fails": True})], "Done."])
    async for event in loop.run(work(model, tools=tools)):
        committed += [event.content] if isinstance(event, ToolEnd) else []
    assert len(committed) == 3
    assert msgspec.json.decode(committed[2]) == {"committed": committed[:2]}


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (Call("nothing"), "not_found"),
        (Call("wait", '{"seconds": "soon"}'), "invalid_arguments"),
        (Call("wait", "{"), "invalid_arguments"),
        (Call("wait", {"seconds": 9}), "timeout"),
        (Call("wait", {"fails": True}), "failed"),
    ],
)
async def test_failures_of_tools_go_back_to_the_model(call: Call, code: str) -> None:
    events, model = await played([call], ["Sorry."])
    end = next(event for event in events if isinstance(event, ToolEnd))
    assert end.error == code
    assert msgspec.json.decode(model.requests[1].messages[-1].content)["error"] == code
    assert events[-1] == Finished("stop")


async def test_it_goes_on_from_committed_steps_without_asking_or_running_again() -> None:
    calls = (ToolCall("s0_0_a", "wait", "{}"), ToolCall("s0_1_b", "wait", "{}"))
    steps = (AssistantText("", calls), ToolOutput("s0_0_a", "wait", '{"waited":0}'))
    events, model = await played([final_answer("Done.")], steps=steps)
    assert [event.call.id for event in events if isinstance(event, ToolEnd)] == ["s0_1_b"]
    assert len(model.requests) == 1
    assert next(event.step for event in events if isinstance(event, AssistantStep)) == 1


async def test_an_answer_that_was_committed_is_not_asked_for_again() -> None:
    events, model = await played(steps=(AssistantText("Done."),), is_answered=True)
    assert events == [Finished("stop")]
    assert model.requests == []


async def test_after_the_last_iteration_it_answers_with_what_it_has() -> None:
    events, model = await played(*[[Call("wait")]] * 2, ["All I have."], max_iterations=2)
    assert events[-1] == Finished("max_iterations")
    assert [request.may_call_tools for request in model.requests] == [True, True, False]


def asking(identifier: str) -> Call:
    options = [msgspec.to_builtins(Option("a", "A")), msgspec.to_builtins(Option("b", "B"))]
    question = {"id": "q", "question": "Which?", "header": "Which", "options": options}
    return Call("ask_user_question", {"questions": [question]}, id=identifier)


async def test_a_question_pauses_the_calls_behind_it_until_it_is_answered() -> None:
    events, model = await played([Call("wait", id="first"), asking("ask"), Call("wait", id="last")])
    assert isinstance(events[-1], Asked)
    assert sum(isinstance(event, ToolEnd) for event in events) == 1
    assert len(model.requests) == 1
    step = next(event for event in events if isinstance(event, AssistantStep))
    first, asked, last = step.tool_calls
    assert next(event.call for event in events if isinstance(event, ToolEnd)) == first
    outputs = [ToolOutput(call.id, call.name, "{}") for call in (first, asked)]
    events, model = await played(["Done."], steps=(AssistantText("", step.tool_calls), *outputs))
    assert [event.call for event in events if isinstance(event, ToolEnd)] == [last]
    assert (len(model.requests), events[-1]) == (1, Finished("stop"))


async def test_a_question_that_cannot_be_asked_holds_nothing_back() -> None:
    events, model = await played([Call("ask_user_question", {}, id="ask"), Call("wait", id="last")], ["Done."])
    assert [event.call.name for event in events if isinstance(event, ToolEnd)] == ["ask_user_question", "wait"]
    assert (len(model.requests), events[-1]) == (2, Finished("stop"))


async def test_calls_have_ids_of_their_own_whatever_the_model_says() -> None:
    same = Call("wait", id="call_0")
    events, _ = await played([same, same], [same], ["Done."])
    ids = [event.call.id for event in events if isinstance(event, ToolStart)]
    assert len(set(ids)) == 3


async def test_an_empty_answer_is_a_failure() -> None:
    with pytest.raises(ModelError):
        await played([""])


async def test_tools_are_given_up_when_nobody_listens_any_more() -> None:
    begun, given_up = asyncio.Event(), list[str]()

    async def work_on(_context: ToolContext, arguments: Wait) -> ToolOutcome:
        begun.set()
        try:
            await asyncio.sleep(arguments.seconds)
        except asyncio.CancelledError:
            given_up.append("work")
            raise
        return ToolOutcome({})

    tools = {"work": Tool("work", "Works.", Wait, work_on)}
    model = ScriptedModel([[Call("work", {"seconds": 60})]])
    run = loop.run(work(model, tools=tools, tool_timeout=60.0))

    async def listen() -> None:
        async with contextlib.aclosing(run) as events:
            async for _ in events:
                pass

    listening = asyncio.create_task(listen())
    await begun.wait()
    listening.cancel()
    await asyncio.wait([listening], timeout=5)
    assert (listening.cancelled(), given_up) == (True, ["work"])


class Anything(msgspec.Struct):
    """Takes nothing."""


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (ToolOutcome({"found": object()}), "failed"),
        (ToolOutcome({"found": "\ud800"}), "failed"),
        (ToolOutcome({"found": 1}, details={"facts": [object()]}), "failed"),
        (ToolOutcome({"day": dt.date(2026, 11, 1)}, details={"rate": Decimal("1.50")}), None),
    ],
)
async def test_what_a_tool_gives_is_told_as_json_or_as_its_failure(outcome: ToolOutcome, told: str | None) -> None:
    async def give(_context: ToolContext, _arguments: Anything) -> ToolOutcome:
        return outcome

    tool = Tool("give", "Gives.", Anything, give)
    events, model = await played([Call("give")], [final_answer("Done.")], tools={"give": tool})
    (end,) = [event for event in events if isinstance(event, ToolEnd)]
    assert (end.error, len(model.requests), events[-1]) == (told, 2, Finished("stop"))
    if not told:
        assert (end.content, end.details) == ('{"day":"2026-11-01"}', {"rate": "1.50"})
