"""What goes over the wire to the provider."""

from collections.abc import Callable

import pytest

from app.agent.model import AssistantText, ToolCall, ToolOutput, UserText
from app.agent.openai_api import Api
from app.agent.openai_chat import CHAT
from app.agent.openai_client import OpenAIModel
from app.agent.openai_responses import RESPONSES
from app.agent.providers import language_model
from app.settings import Settings
from tests.agent.models.conftest import KEY, a_request, answer_of
from tests.model_server import ModelServer

CONVERSATION = (
    UserText("Sales?"),
    AssistantText("Looking.", (ToolCall("c1", "sql_execute", '{"query":"SELECT 1"}'), ToolCall("c2", "sql_execute", '{"que'))),
    ToolOutput("c1", "sql_execute", '{"rows":[[1]]}'),
    ToolOutput("c2", "sql_execute", '{"error":"invalid_arguments"}'),
    AssistantText("Ten."),
    UserText("And last month?"),
)
MALFORMED = '{"malformed":"{\\"que"}'


async def sent(model: OpenAIModel, server: ModelServer, /, **fields: object) -> dict:
    server.script = ["fine"]
    server.played = 0
    await answer_of(model, a_request(*CONVERSATION, **fields))
    return server.log[-1]["body"]


async def test_chat_gets_system_messages_calls_and_tool_outputs(
    make_model: Callable[..., OpenAIModel], server: ModelServer
) -> None:
    body = await sent(make_model(CHAT), server)
    assert body["messages"] == [
        {"role": "system", "content": "You are an analyst."},
        {"role": "user", "content": "Sales?"},
        {
            "role": "assistant",
            "content": "Looking.",
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "sql_execute", "arguments": '{"query":"SELECT 1"}'}},
                {"id": "c2", "type": "function", "function": {"name": "sql_execute", "arguments": MALFORMED}},
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": '{"rows":[[1]]}'},
        {"role": "tool", "tool_call_id": "c2", "content": '{"error":"invalid_arguments"}'},
        {"role": "assistant", "content": "Ten."},
        {"role": "user", "content": "And last month?"},
    ]
    assert body["tools"][0]["function"]["name"] == "sql_execute"
    assert (body["model"], body["stream"], body["stream_options"]) == ("test-model", True, {"include_usage": True})
    assert "tool_choice" not in body


async def test_responses_gets_instructions_and_items_and_stores_nothing(
    make_model: Callable[..., OpenAIModel], server: ModelServer
) -> None:
    body = await sent(make_model(RESPONSES), server)
    assert body["instructions"] == "You are an analyst."
    assert body["input"] == [
        {"role": "user", "content": "Sales?"},
        {"role": "assistant", "content": "Looking."},
        {"type": "function_call", "call_id": "c1", "name": "sql_execute", "arguments": '{"query":"SELECT 1"}'},
        {"type": "function_call", "call_id": "c2", "name": "sql_execute", "arguments": MALFORMED},
        {"type": "function_call_output", "call_id": "c1", "output": '{"rows":[[1]]}'},
        {"type": "function_call_output", "call_id": "c2", "output": '{"error":"invalid_arguments"}'},
        {"role": "assistant", "content": "Ten."},
        {"role": "user", "content": "And last month?"},
    ]
    assert body["tools"][0]["name"] == "sql_execute"
    assert (body["store"], body["stream"], body["reasoning"]) == (False, True, {"summary": "auto"})


async def test_tools_are_forbidden_for_the_last_answer(model: OpenAIModel, server: ModelServer) -> None:
    body = await sent(model, server, may_call_tools=False)
    assert body["tool_choice"] == "none"
    assert body["tools"]


async def test_without_tools_nothing_is_said_of_them(model: OpenAIModel, server: ModelServer) -> None:
    body = await sent(model, server, tools=[], may_call_tools=False)
    assert "tools" not in body
    assert "tool_choice" not in body


async def test_the_request_may_name_its_own_model_and_effort(model: OpenAIModel, server: ModelServer) -> None:
    body = await sent(model, server, model="another", reasoning_effort="high")
    assert body["model"] == "another"
    assert "high" in (body.get("reasoning_effort"), body.get("reasoning", {}).get("effort"))


async def test_requests_of_a_conversation_share_a_key_for_the_cache(model: OpenAIModel, server: ModelServer) -> None:
    assert (await sent(model, server, cache_key="chat"))["prompt_cache_key"] == "chat"
    assert "prompt_cache_key" not in await sent(model, server)


async def test_the_key_goes_into_the_authorization_header_only(model: OpenAIModel, server: ModelServer) -> None:
    await sent(model, server)
    entry = server.log[-1]
    headers = dict(entry["headers"])
    assert headers.pop("authorization") == f"Bearer {KEY}"
    assert KEY not in str(headers)
    assert KEY not in str(entry["body"])


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        (CHAT, "stream_options"),
        (CHAT, "reasoning_effort"),
        (CHAT, "prompt_cache_key"),
        (RESPONSES, "reasoning.summary"),
        (RESPONSES, "prompt_cache_key"),
    ],
)
async def test_a_parameter_that_the_server_refuses_is_left_out_from_then_on(
    make_model: Callable[..., OpenAIModel], server: ModelServer, asked: Api, parameter: str
) -> None:
    model = make_model(asked)
    refusal = {"status": 400, "error": {"message": f"Unsupported parameter: '{parameter}'", "param": parameter, "code": None}}
    server.script = [refusal, "one", "two"]
    for text in ("one", "two"):
        _, response = await answer_of(model, a_request(reasoning_effort="low", cache_key="chat"))
        assert response.text == text
    name, _, inner = parameter.partition(".")
    bodies = [entry["body"] for entry in server.log]
    assert [(inner in body.get(name, {})) if inner else name in body for body in bodies] == [True, False, False]


@pytest.mark.parametrize(("asked", "parameter"), [(CHAT, "reasoning_effort"), (RESPONSES, "reasoning.effort")])
async def test_a_value_that_the_server_refuses_says_nothing_about_others(
    make_model: Callable[..., OpenAIModel], server: ModelServer, asked: Api, parameter: str
) -> None:
    model = make_model(asked)
    message = f"Unsupported value: '{parameter}' does not support 'max' with this model."
    refusal = {"status": 400, "error": {"message": message, "param": parameter, "code": "unsupported_value"}}
    server.script = [refusal, "one", "two"]
    await answer_of(model, a_request(reasoning_effort="max"))
    await answer_of(model, a_request(reasoning_effort="high"))
    assert ["max" in str(entry["body"]) for entry in server.log] == [True, False, False]
    assert "high" in str(server.log[-1]["body"].get("reasoning_effort") or server.log[-1]["body"].get("reasoning"))


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"model_api": "chat"}, "/chat/completions"),
        ({"model_api": "responses"}, "/responses"),
        ({}, "/chat/completions"),
    ],
)
async def test_the_settings_choose_the_api(server: ModelServer, settings: dict, path: str) -> None:
    server.script = ["fine"]
    model = language_model(Settings(openai_api_key=KEY, openai_base_url=server.url, openai_model="set", **settings))
    await answer_of(model)
    await model.close()
    assert server.log[0]["path"] == f"/v1{path}"
    assert server.log[0]["body"]["model"] == "set"
