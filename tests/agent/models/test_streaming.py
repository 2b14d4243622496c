import asyncio
import contextlib
import itertools
from collections.abc import Callable

import pytest

from app.agent.model import ReasoningDelta, TextDelta, ToolArgumentsDelta, ToolCall, ToolCallStarted, Usage
from app.agent.openai_api import Api
from app.agent.openai_client import OpenAIModel
from tests.agent.models.conftest import a_request, answer_of, text_of
from tests.model_server import ModelServer

MANY_SCRIPTS = "Savdo oʻsdi — выросла на 12,5 % 📈, ʼnegaʼ?"


async def test_text_arrives_piece_by_piece_as_it_is_written(model: OpenAIModel, server: ModelServer) -> None:
    server.script = [{"parts": ["one ", {"sleep": 0.05}, "two ", {"sleep": 0.05}, "three"]}]
    events, response = await answer_of(model)
    assert events == [TextDelta("one "), TextDelta("two "), TextDelta("three")]
    assert response.text == "one two three"
    assert (response.finish_reason, response.model, response.provider) == ("stop", "test-model", "127.0.0.1")
    assert response.usage == Usage(input_tokens=120, cached_tokens=20, output_tokens=30)


async def test_what_one_read_brings_is_one_event(model: OpenAIModel, server: ModelServer) -> None:
    server.script = [{"parts": [{"tokens": 5000, "burst": 50}]}]
    events, response = await answer_of(model)
    assert text_of(events) == response.text
    assert response.text.count(" ") == 5000
    assert len(events) < 1000


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
async def test_cuts_anywhere_and_any_line_end_give_the_same_text(
    model: OpenAIModel, server: ModelServer, size: int, line_end: str
) -> None:
    server.script = [{"parts": [{"text": MANY_SCRIPTS, "pieces": 5}], "write_size": size, "line_end": line_end, "comments": True}]
    events, response = await answer_of(model)
    assert text_of(events) == response.text == MANY_SCRIPTS


async def test_calls_side_by_side_come_with_their_arguments_in_pieces(model: OpenAIModel, server: ModelServer) -> None:
    first = {"name": "sql_execute", "arguments": '{"query": "SELECT 1"}', "id": "a", "pieces": 6}
    second = {"name": "sql_execute", "arguments": '{"query": "ж"}', "id": "b"}
    server.script = [{"parts": ["Let me see. ", {"call": first}, {"call": second}]}]
    events, response = await answer_of(model)
    started = [event for event in events if isinstance(event, ToolCallStarted)]
    assert [(call.id, call.name) for call in started] == [("a", "sql_execute"), ("b", "sql_execute")]
    written = {
        index: "".join(event.text for event in group)
        for index, group in itertools.groupby(
            (event for event in events if isinstance(event, ToolArgumentsDelta)), key=lambda event: event.index
        )
    }
    assert list(written.values()) == [first["arguments"], second["arguments"]]
    assert response.finish_reason == "tool_calls"
    assert response.text == "Let me see. "
    assert response.tool_calls == tuple(ToolCall(call["id"], "sql_execute", call["arguments"]) for call in (first, second))


async def test_malformed_arguments_pass_through(model: OpenAIModel, server: ModelServer) -> None:
    server.script = [{"parts": [{"call": {"name": "sql_execute", "arguments": '{"query": "SEL', "pieces": 3}}]}]
    _, response = await answer_of(model)
    assert response.tool_calls[0].arguments == '{"query": "SEL'


async def test_a_call_without_arguments_has_an_empty_object(model: OpenAIModel, server: ModelServer) -> None:
    server.script = [{"parts": [{"call": {"name": "schema_list", "arguments": ""}}]}]
    _, response = await answer_of(model)
    assert response.tool_calls == (ToolCall("call_1", "schema_list", "{}"),)


async def test_the_reasoning_summary_is_kept_apart_from_the_text(model: OpenAIModel, server: ModelServer) -> None:
    server.script = [{"parts": [{"reasoning": "I should "}, {"reasoning": "look."}, {"sleep": 0.02}, "Done."]}]
    events, response = await answer_of(model)
    assert "".join(event.text for event in events if isinstance(event, ReasoningDelta)) == "I should look."
    assert response.text == text_of(events) == "Done."


async def test_usage_that_is_not_told_is_estimated(model: OpenAIModel, server: ModelServer) -> None:
    server.script = [{"parts": ["yes"], "usage": None}]
    _, response = await answer_of(model)
    assert response.usage.is_estimated
    assert (response.usage.cached_tokens, response.usage.output_tokens) == (0, 1)
    assert response.usage.input_tokens > 1


@pytest.mark.parametrize("reason", ["length", "content_filter"])
async def test_an_answer_that_was_cut_short_says_why(model: OpenAIModel, server: ModelServer, reason: str) -> None:
    server.script = [{"parts": ["half"], "finish_reason": reason}]
    _, response = await answer_of(model)
    assert (response.text, response.finish_reason) == ("half", reason)


async def test_a_slow_first_token_is_waited_for(model: OpenAIModel, server: ModelServer) -> None:
    server.script = [{"delay": 0.2, "parts": [{"sleep": 0.2}, "late"]}]
    _, response = await answer_of(model)
    assert response.text == "late"


async def test_one_connection_serves_request_after_request(model: OpenAIModel, server: ModelServer) -> None:
    server.script = ["one", "two", "three"]
    for _ in range(3):
        await answer_of(model)
        await asyncio.sleep(0.02)
    assert server.connections_made == 1


async def test_the_server_hears_at_once_when_the_answer_is_not_wanted_any_more(model: OpenAIModel, server: ModelServer) -> None:
    server.script = [{"parts": ["first", {"sleep": 30}, "never"]}]
    async with contextlib.aclosing(model.stream(a_request())) as stream:
        assert await anext(stream) == TextDelta("first")
    await server.until("cut", timeout=0.5)


@pytest.mark.parametrize("turn", [{"delay": 30}, {"parts": ["first", {"sleep": 30}]}], ids=["before headers", "in the stream"])
async def test_cancelling_the_task_closes_the_request_at_once(model: OpenAIModel, server: ModelServer, turn: dict) -> None:
    server.script = [turn]
    task = asyncio.create_task(answer_of(model))
    await server.until("open")
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await server.until("cut", timeout=0.5)


async def test_fifty_answers_at_once_do_not_mix(api: Api, make_model: Callable[..., OpenAIModel], server: ModelServer) -> None:
    model = make_model(api)
    server.script = lambda request: {"parts": [{"text": f"{request['model']} " * 20, "pieces": 20}], "write_size": 40}
    answers = await asyncio.gather(*(answer_of(model, a_request(model=f"m{number}")) for number in range(50)))
    assert [response.text for _, response in answers] == [f"m{number} " * 20 for number in range(50)]


async def test_the_client_is_made_beside_the_loop(model: OpenAIModel) -> None:
    task = asyncio.create_task(model.warm_up())
    turns = 0
    while not task.done():
        turns += 1
        await asyncio.sleep(0.001)
    assert turns > 1
