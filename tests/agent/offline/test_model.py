"""The offline analyst as a model: what it streams, and that the same transcript always goes the same way."""

import datetime as dt

import msgspec
import pytest

from app.agent.model import ModelRequest, ModelResponse, ToolArgumentsDelta, ToolSpec, UserText
from app.agent.offline.model import OfflineModel
from app.data.periods import Calendar
from tests.agent.offline.conftest import Talk

TOOLS = [ToolSpec(name, "", {}) for name in ("search_validated_queries", "sql_execute", "final_answer")]


def request(tools: list[ToolSpec], *, may_call_tools: bool = True) -> ModelRequest:
    now = dt.datetime(2026, 11, 15, 7, tzinfo=dt.UTC)
    return ModelRequest("", [UserText("revenue?")], tools, "ru", now, Calendar(), "UZS", may_call_tools)


async def test_it_searches_first() -> None:
    events = [event async for event in OfflineModel(pause=0).stream(request(TOOLS))]
    assert isinstance(events[-1], ModelResponse)
    assert [call.name for call in events[-1].tool_calls] == ["search_validated_queries"]
    assert events == [event async for event in OfflineModel(pause=0).stream(request(TOOLS))]


@pytest.mark.parametrize("may_call_tools", [True, False])
async def test_without_its_tools_it_says_so_in_text(*, may_call_tools: bool) -> None:
    tools = TOOLS if not may_call_tools else []
    events = [event async for event in OfflineModel(pause=0).stream(request(tools, may_call_tools=may_call_tools))]
    assert isinstance(events[-1], ModelResponse)
    assert events[-1].text
    assert events[-1].tool_calls == ()


async def test_an_answer_comes_word_by_word(talk: Talk) -> None:
    conversation = talk()
    await conversation.say("hello")
    steps = [*conversation.history, *conversation.steps][:-1]
    asked = msgspec.structs.replace(request(TOOLS), messages=steps)
    events = [event async for event in OfflineModel(pause=0).stream(asked)]
    pieces = [event.text for event in events if isinstance(event, ToolArgumentsDelta)]
    assert len(pieces) > 10
    assert isinstance(events[-1], ModelResponse)
    assert "".join(pieces) == events[-1].tool_calls[0].arguments
