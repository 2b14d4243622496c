"""A conversation is made to fit: never over the budget, never without its question, and always beginning as it did before."""

import datetime as dt
import itertools
import json
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.agent.context import fitting
from app.agent.context.blocks import Share, blocks_of, shares
from app.agent.context.compiling import READ_AGAIN, STEPS, Compiled, Strategy, Window, compiled, fits_surely
from app.agent.context.shortening import SUMMARISED, shortened
from app.agent.model import (
    AssistantText,
    ModelError,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    Reminder,
    ToolCall,
    ToolOutput,
    ToolSpec,
    UserText,
)
from app.data.periods import Calendar
from tests.scripted_model import ScriptedModel, Turn

MODEL = "gpt-5.2"
QUESTION = "And by branch?"
TEXT = st.text(max_size=120) | st.sampled_from(
    ["Выручка по филиалам", "漢字" * 40, "a" * 900, "🙂" * 60, '{"rows":[[1,2.5]]}' * 30, ""]
)
NAMES = st.sampled_from(["sql_execute", "schema_describe", "kb_search"])


def request(messages: Sequence[ModelMessage], system: str = "Be good.", tools: Sequence[ToolSpec] = ()) -> ModelRequest:
    moment = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
    return ModelRequest(system, messages, tools, "en", moment, Calendar(), "USD", model=MODEL)


@st.composite
def steps(draw: st.DrawFn, most: int = 3) -> list[ModelMessage]:
    """Return steps of the model, each call with its output."""
    made: list[ModelMessage] = []
    for _ in range(draw(st.integers(0, most))):
        outputs = draw(st.lists(st.tuples(NAMES, TEXT, TEXT), min_size=1, max_size=3))
        ids = [draw(st.uuids()).hex for _ in outputs]
        calls = zip(ids, outputs, strict=True)
        made.append(AssistantText(draw(TEXT), tuple(ToolCall(key, name, asked) for key, (name, asked, _) in calls)))
        made += [ToolOutput(key, name, told) for key, (name, _, told) in zip(ids, outputs, strict=True)]
    return made


@st.composite
def conversations(draw: st.DrawFn) -> tuple[list[ModelMessage], int]:
    """Return the messages of a conversation, and where its question is."""
    said: list[ModelMessage] = [UserText(SUMMARISED + draw(TEXT))] if draw(st.booleans()) else []
    for _ in range(draw(st.integers(0, 5))):
        said += [UserText(draw(TEXT)), *draw(steps()), AssistantText(draw(TEXT))]
    return [*said, UserText(QUESTION), *draw(steps())], len(said)


def counted(made: ModelRequest) -> int:
    return sum(block.count(MODEL) for block in blocks_of(made, 0))


def calls_and_outputs(messages: Sequence[ModelMessage]) -> tuple[list[str], list[str]]:
    asked = [call.id for message in messages if isinstance(message, AssistantText) for call in message.tool_calls]
    return asked, [message.call_id for message in messages if isinstance(message, ToolOutput)]


@settings(deadline=None, max_examples=60)
@given(conversations(), st.integers(60, 4000), st.sampled_from(["compact", "truncate"]))
def test_what_is_sent_is_within_the_budget_and_whole(
    said: tuple[list[ModelMessage], int], budget: int, strategy: Strategy
) -> None:
    messages, at = said
    made = compiled(request(messages), at, Window(budget, strategy))
    assert not made.is_over
    assert counted(made.request) <= budget
    if not made.is_estimated:
        assert made.tokens == counted(made.request)
    assert UserText(QUESTION) in made.request.messages
    assert made.request.system == "Be good."
    asked, answered = calls_and_outputs(made.request.messages)
    assert asked == answered
    assert [block.message for block in made.blocks if block.message] == list(made.request.messages)


@settings(deadline=None, max_examples=60)
@given(conversations(), st.integers(60, 4000), st.sampled_from(["compact", "truncate"]))
def test_the_same_conversation_is_always_compiled_to_the_same(
    said: tuple[list[ModelMessage], int], budget: int, strategy: Strategy
) -> None:
    first, second = (compiled(request(list(said[0])), said[1], Window(budget, strategy)) for _ in range(2))
    assert first.request == second.request


@settings(deadline=None, max_examples=60)
@given(conversations(), steps(), TEXT)
def test_another_turn_keeps_all_earlier_blocks_as_they_were(
    said: tuple[list[ModelMessage], int], more: list[ModelMessage], answer: str
) -> None:
    messages, at = said
    longer = [*messages, *more, AssistantText(answer), UserText("Thanks. And before?")]
    before = compiled(request(messages), at, Window())
    after = compiled(request(longer), len(longer) - 1, Window())
    hashes = [block.hash for block in before.blocks]
    assert [block.hash for block in after.blocks][: len(hashes)] == hashes


@st.composite
def long_conversations(draw: st.DrawFn) -> tuple[list[ModelMessage], int]:
    """Return turns of about the same length and a question after them, and where that is."""
    said: list[ModelMessage] = []
    for _ in range(draw(st.integers(8, 16))):
        key, name, rows = draw(st.uuids()).hex, draw(NAMES), "12.5, " * draw(st.integers(60, 200))
        step = [AssistantText("", (ToolCall(key, name, "{}"),)), ToolOutput(key, name, f"[{rows}0]")]
        said += [UserText(draw(TEXT)), *step, AssistantText(draw(TEXT))]
    return [*said, UserText(QUESTION)], len(said)


@settings(deadline=None, max_examples=60)
@given(long_conversations(), st.integers(30, 95), st.text(max_size=20))
def test_another_turn_for_which_room_was_made_keeps_all_that_was_sent_before_it(
    said: tuple[list[ModelMessage], int], percent: int, answer: str
) -> None:
    messages, at = said
    longer = [*messages, AssistantText(answer), UserText("Thanks. And before?")]
    window = Window(counted(request(messages)) * percent // 100, "truncate")
    before = compiled(request(messages), at, window)
    after = compiled(request(longer), len(longer) - 1, window)
    assert before.dropped > 0
    step = window.budget // STEPS
    wanted, again = (-(-(made.tokens_before - window.budget) // step) for made in (before, after))
    assume(wanted == again)
    assert after.dropped == before.dropped
    texts = [block.text for block in before.blocks]
    assert [block.text for block in after.blocks][: len(texts)] == texts


@settings(deadline=None, max_examples=60)
@given(conversations(), st.integers(1, 4000), st.sampled_from(["compact", "truncate", "error"]))
def test_instructions_tools_and_the_question_are_the_same_bytes_whatever_fits(
    said: tuple[list[ModelMessage], int], budget: int, strategy: Strategy
) -> None:
    tools = [ToolSpec("t", "Does it.", {"type": "object"})]
    messages, at = said
    whole = compiled(request(messages, "Be good.", tools), at, Window())
    made = compiled(request(messages, "Be good.", tools), at, Window(budget, strategy))
    assert (made.request.system, made.request.tools) == (whole.request.system, whole.request.tools)
    assert [block.text for block in made.blocks[:2]] == [block.text for block in whole.blocks[:2]]
    assert [block.text for block in made.pinned] == [block.text for block in whole.pinned]


@settings(deadline=None, max_examples=60)
@given(long_conversations(), st.integers(20, 95))
def test_what_was_read_of_schema_and_knowledge_stays_as_long_as_another_output_can_be_shortened(
    said: tuple[list[ModelMessage], int], percent: int
) -> None:
    messages, at = said
    made = compiled(request(messages), at, Window(counted(request(messages)) * percent // 100))
    whole = {message.call_id: message for message in messages if isinstance(message, ToolOutput)}
    left = [(block.kind, block.message) for block in made.blocks if isinstance(block.message, ToolOutput)]
    is_read_cut = any(kind in READ_AGAIN and message != whole[message.call_id] for kind, message in left)
    others_can = any(kind not in READ_AGAIN and message != shortened(whole[message.call_id]) for kind, message in left)
    assert not (is_read_cut and others_can)


@settings(deadline=None, max_examples=60)
@given(conversations(), st.integers(60, 1000))
def test_what_is_plainly_within_the_budget_is_not_counted_and_what_is_not_is(
    said: tuple[list[ModelMessage], int], budget: int
) -> None:
    blocks = blocks_of(request(said[0]), said[1])
    assert all(block.count(MODEL) <= block.bound and block.estimate <= block.bound for block in blocks)
    if fits_surely(blocks, budget):
        assert compiled(request(said[0]), said[1], Window(budget)).is_estimated


def turns(count: int, size: int = 2000) -> list[ModelMessage]:
    """Return turns each of which reads some rows."""
    said: list[ModelMessage] = []
    for number in range(count):
        rows = json.dumps({"result_id": f"r{number}", "rows": [["x", number]] * (size // 10)})
        said += [
            UserText(f"Question {number}?"),
            AssistantText("", (ToolCall(f"c{number}", "sql_execute", '{"query":"SELECT 1"}'),)),
            ToolOutput(f"c{number}", "sql_execute", rows),
            AssistantText(f"Answer {number}."),
        ]
    return said


def test_older_outputs_go_first_and_say_what_they_were() -> None:
    said = [*turns(10), UserText(QUESTION)]
    whole = counted(request(said))
    made = compiled(request(said), len(said) - 1, Window(whole - 100))
    assert (made.summarised, made.dropped) == (0, 0)
    assert 0 < made.shortened < 10
    outputs = [message for message in made.request.messages if isinstance(message, ToolOutput)]
    cut = ["shortened" in message.content for message in outputs]
    assert cut == sorted(cut, reverse=True)
    first = msgspec.json.decode(outputs[0].content)
    assert first["result_id"] == "r0"
    assert first["begins"].startswith('{"result_id": "r0"')


def test_then_the_oldest_turns_become_a_summary() -> None:
    said = [*turns(60), UserText(QUESTION)]
    made = compiled(request(said), len(said) - 1, Window(5000))
    summary = made.request.messages[0].content
    assert made.summarised > 0
    assert summary.startswith(SUMMARISED)
    assert f"- Asked: Question {made.summarised - 1}?\n  Answered: Answer {made.summarised - 1}." in summary
    assert made.request.messages[1] == UserText(f"Question {made.summarised}?")


def test_truncating_leaves_the_oldest_turns_out() -> None:
    said = [*turns(10), UserText(QUESTION)]
    made = compiled(request(said), len(said) - 1, Window(counted(request(said)) - 100, "truncate"))
    assert (made.shortened, made.summarised) == (0, 0)
    assert made.request.messages[0] == UserText(f"Question {made.dropped}?")
    assert list(made.request.messages) == said[made.dropped * 4 :]


def test_the_beginning_stays_the_same_between_two_steps_of_making_room() -> None:
    said, budget = turns(120, 1000), 20_000
    seen: list[list[str]] = []
    for count in range(60, 120):
        part = [*said[: count * 4], UserText(QUESTION)]
        made = compiled(request(part), len(part) - 1, Window(budget))
        assert made.is_changed
        seen.append([block.hash for block in made.blocks][:-1])
    moved = sum(after[: len(before)] != before for before, after in itertools.pairwise(seen))
    room = counted(request(said[240:])) / (budget / STEPS)
    assert moved <= room + 2


def test_a_result_too_large_by_itself_is_cut() -> None:
    call = ToolCall("c", "sql_execute", "{}")
    output = ToolOutput("c", "sql_execute", json.dumps({"result_id": "r1", "rows": [["Chilonzor", 12.5]] * 20_000}))
    made = compiled(request([UserText(QUESTION), AssistantText("", (call,)), output]), 0, Window(8000))
    left = made.request.messages[2].content
    assert not made.is_over
    assert msgspec.json.decode(left)["result_id"] == "r1"
    assert len(left) > 2000


@pytest.mark.parametrize(("budget", "is_over"), [(80, False), (20, True)])
@pytest.mark.parametrize("strategy", ["compact", "truncate"])
def test_a_reminder_stays_where_the_steps_before_it_go(strategy: Strategy, budget: int, *, is_over: bool) -> None:
    step = [AssistantText("Let me look. " * 40, (ToolCall("a", "sql_execute", "{}"),)), ToolOutput("a", "sql_execute", "{}")]
    said = [UserText(QUESTION), *step, Reminder("Answer now.")]
    made = compiled(request(said), 0, Window(budget, strategy, MODEL))
    assert (made.request.messages, made.dropped, made.is_over) == ([said[0], said[-1]], 1, is_over)


def test_pinned_blocks_stay_and_too_much_of_them_is_told() -> None:
    tools = [ToolSpec("t", "Does it.", {"type": "object"})]
    made = compiled(request([*turns(2), UserText("Why? " * 500)], "Rules. " * 300, tools), 8, Window(700))
    assert made.is_over
    assert (made.request.system, made.request.tools) == ("Rules. " * 300, tools)
    assert made.request.messages[-1] == UserText("Why? " * 500)


def test_with_the_strategy_error_nothing_is_changed() -> None:
    said = [*turns(10), UserText(QUESTION)]
    made = compiled(request(said), len(said) - 1, Window(1000, "error"))
    assert (made.is_over, made.is_changed, list(made.request.messages)) == (True, False, said)


@pytest.mark.parametrize("content", ["", "[1,2]" * 200, "not JSON " * 200, '{"a":' * 200, '{"error":"x"}'])
def test_any_output_can_be_shortened(content: str) -> None:
    output = shortened(ToolOutput("c", "t", content))
    assert len(output.content) <= len(content)
    assert output.content == content or "shortened" in msgspec.json.decode(output.content)


def test_the_shares_of_a_call_say_what_was_shortened() -> None:
    said = [*turns(10), UserText(QUESTION)]
    made = compiled(request(said), len(said) - 1, Window(counted(request(said)) - 100))
    found = {share.name: share for share in shares(made.blocks, made.before, MODEL)}
    assert sum(share.tokens for share in found.values()) == made.tokens
    assert found["tool_output"].shortened == made.shortened
    assert found["turn"] == Share("turn", found["turn"].tokens, False, found["turn"].hash, 1, 0)


async def asked(model: ScriptedModel, window: Window) -> list[Any]:
    said = [*turns(10), UserText(QUESTION)]
    return [event async for event in fitting.stream(model, request(said), len(said) - 1, window)]


async def test_a_provider_that_says_it_is_too_long_is_asked_once_more_with_half() -> None:
    model = ScriptedModel([Turn((ModelError("context_length", "too long"),)), Turn(("Fine.",))])
    events = await asked(model, Window())
    first, second = [event for event in events if isinstance(event, Compiled)]
    assert isinstance(events[-1], ModelResponse)
    assert second.tokens <= sum(block.count(MODEL) for block in first.blocks) // 2 + 10
    assert counted(model.requests[1]) == second.tokens


@pytest.mark.parametrize(
    "script",
    [
        [Turn((ModelError("context_length", "too long"),))] * 2,
        [Turn(("Well", ModelError("context_length", "too long")))],
        [Turn((ModelError("overloaded", "busy"),))],
    ],
)
async def test_other_failures_and_a_second_one_are_told(script: list[Turn]) -> None:
    model = ScriptedModel(script)
    with pytest.raises(ModelError):
        await asked(model, Window())
    assert len(model.requests) == len(script)


async def test_what_cannot_fit_is_not_sent() -> None:
    model = ScriptedModel()
    with pytest.raises(ModelError) as failure:
        await asked(model, Window(1000, "error"))
    assert failure.value.code == "context_length"
    assert model.requests == []
