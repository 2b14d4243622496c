"""Both APIs against a real server on the loopback: every test that takes `api` runs over each."""

import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from app.agent.model import ModelError, ModelEvent, ModelRequest, ModelResponse, TextDelta, ToolSpec, UserText
from app.agent.openai_api import Api
from app.agent.openai_chat import CHAT
from app.agent.openai_client import Endpoint, OpenAIModel
from app.agent.openai_responses import RESPONSES
from app.data.periods import Calendar
from tests.model_server import ModelServer

KEY = "sk-very-secret-key-1234567890"
QUESTION = "How much did the Chilonzor branch sell?"


@pytest.fixture(params=[CHAT, RESPONSES], ids=["chat", "responses"])
def api(request: pytest.FixtureRequest) -> Api:
    return request.param


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        yield server


@pytest.fixture
async def make_model(server: ModelServer) -> AsyncIterator[Callable[..., OpenAIModel]]:
    async with contextlib.AsyncExitStack() as stack:

        def make(api: Api, **options: Any) -> OpenAIModel:
            model = OpenAIModel(api, Endpoint(server.url, "test-model", KEY), **options)
            stack.push_async_callback(model.close)
            return model

        yield make


@pytest.fixture
def model(make_model: Callable[..., OpenAIModel], api: Api) -> OpenAIModel:
    return make_model(api, retries=0)


def a_request(*messages: Any, **fields: Any) -> ModelRequest:
    schema = {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}
    defaults: dict[str, Any] = {
        "system": "You are an analyst.",
        "messages": messages or [UserText(QUESTION)],
        "tools": [ToolSpec("sql_execute", "Run a query", schema)],
        "locale": "en",
        "now": dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
        "calendar": Calendar("Asia/Tashkent", 0),
        "currency": "UZS",
    }
    return ModelRequest(**{**defaults, **fields})


async def answer_of(model: OpenAIModel, request: ModelRequest | None = None) -> tuple[list[ModelEvent], ModelResponse]:
    events = [event async for event in model.stream(request or a_request())]
    assert isinstance(events[-1], ModelResponse)
    return events[:-1], events[-1]


async def failure_of(model: OpenAIModel) -> tuple[str, ModelError]:
    """Return the text that came before the failure, and the failure."""
    text = ""
    try:
        async for event in model.stream(a_request()):
            text += event.text if isinstance(event, TextDelta) else ""
    except ModelError as error:
        return text, error
    pytest.fail("the model did not fail")


def text_of(events: list[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))
