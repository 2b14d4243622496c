"""People and programs get one whole answer when a provider fails or breaks off, and a word about who goes on."""

import contextlib
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from app.agent.providers import language_model
from app.database import Database
from app.settings import Settings
from tests.chat.conftest import Chat, provided, served
from tests.chat.test_page_stream import drawn, words
from tests.model_server import ModelServer

ANSWER = "There are 8 branches in Tashkent, and 4 of them sell bread."
BEGUN, REST = ANSWER[:24], ANSWER[12:]
NOTICE = "The usual language model did not answer"
CALLS = text("SELECT model, finish_reason, is_estimated FROM bichat_model_calls ORDER BY created_at, id")


@pytest.fixture
async def usual() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        yield server


@pytest.fixture
async def other() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        yield server


@pytest.fixture
async def two(chat_settings: Settings, model_api: str, usual: ModelServer, other: ModelServer) -> AsyncIterator[Chat]:
    """BiChat with a usual provider and another one, which speaks the other API."""
    fallback: dict[str, Any] = {"fallback_base_url": other.url, "fallback_api_key": "k", "fallback_model": "other-model"}
    fallback["fallback_api"] = {"chat": "responses", "responses": "chat"}[model_api]
    model: Any = language_model(provided(chat_settings, usual, model_api, openai_model="usual-model", **fallback))
    async with contextlib.AsyncExitStack() as stack:
        url = await stack.enter_async_context(served(chat_settings, model))
        database = Database(chat_settings.database_url)
        stack.push_async_callback(database.close)
        yield Chat(url, model, database)


async def asked(chat: Chat, question: str = "How many?", **body: Any) -> list[dict[str, Any]]:
    async with chat.program("analyst@one.test") as program:
        return await chat.stream(program, content=question, **body)


def content(events: list[dict[str, Any]]) -> str:
    return "".join(event["content"] for event in events if event["type"] == "content")


async def test_another_provider_answers_and_programs_are_told(two: Chat, usual: ModelServer, other: ModelServer) -> None:
    usual.script, other.script = [{"status": 401}], [ANSWER]
    events = await asked(two)
    assert content(events) == ANSWER
    assert events[-1]["type"] == "done"
    (notice,) = [event for event in events if event.get("step") == "another_provider"]
    assert notice["type"] == "status"
    assert NOTICE in notice["message"]
    assert [tuple(row) for row in await two.database.rows(CALLS)] == [("other-model", "stop", False)]
    assert {entry["path"] for entry in (*usual.log, *other.log)} == {"/v1/chat/completions", "/v1/responses"}


async def test_a_broken_answer_is_whole_for_programs(two: Chat, usual: ModelServer, other: ModelServer) -> None:
    usual.script = [{"parts": [BEGUN], "ending": "reset"}, {"status": 401}]
    other.script = [REST]
    events = await asked(two)
    assert content(events) == ANSWER
    assert [event["type"] for event in events if event["type"] in {"reset", "error", "done"}] == ["done"]
    kept = [("usual-model", "network", True), ("other-model", "stop", False)]
    assert [tuple(row) for row in await two.database.rows(CALLS)] == kept
    messages = await two.database.rows(text("SELECT content FROM bichat_messages WHERE role = 'assistant'"))
    assert [row.content for row in messages] == [ANSWER]


async def test_a_broken_answer_is_whole_on_the_page(two: Chat, usual: ModelServer, other: ModelServer) -> None:
    half = {"call": {"name": "final_answer", "arguments": '{"answer": "' + BEGUN, "pieces": 3}}
    usual.script = [{"parts": [half, {"sleep": 0.05}], "ending": "close"}, {"status": 401}]
    other.script = [{"parts": [{"text": REST, "pieces": 5}]}]
    async with two.person("analyst@one.test") as person:
        session, run = await person.ask("How many?")
        told = await person.events(f"/bi-chat/runs/{run}/events")
        assert words(drawn(told)) == ANSWER
        assert any(NOTICE in message.get("data", "") for message in told)
        page = await person.until(session, "completed")
    assert ANSWER in re.sub(r"<[^>]+>", "", page)


async def test_the_notice_is_there_when_the_page_is_loaded_again(two: Chat, usual: ModelServer, other: ModelServer) -> None:
    usual.script, other.script = [{"status": 401}], [ANSWER]
    async with two.person("analyst@one.test") as person:
        session, _ = await person.ask("How many?")
        assert NOTICE in await person.until(session, "completed")


async def test_the_notice_goes_where_both_fail_and_the_usual_one_answers_then(
    two: Chat, usual: ModelServer, other: ModelServer
) -> None:
    usual.script = other.script = lambda _request: {"status": 401}
    async with two.person("analyst@one.test") as person:
        session, run = await person.ask("How many?")
        told = await person.events(f"/bi-chat/runs/{run}/events")
        assert NOTICE not in told[-2]["data"]
        assert NOTICE not in await person.until(session, "failed")
        usual.script = lambda _request: ANSWER
        assert (await person.post(f"/bi-chat/runs/{run}/retry", htmx=True)).status_code == 200
        assert NOTICE not in await person.until(session, "completed")
        assert NOTICE not in (await person.events(f"/bi-chat/runs/{run}/events"))[0]["data"]


async def test_a_question_that_is_too_long_for_the_other_one_is_made_shorter(
    two: Chat, usual: ModelServer, other: ModelServer
) -> None:
    usual.script = [*["Well. " * 400] * 3, {"status": 401}]
    session = (await asked(two, "First?"))[0]["sessionId"]
    for number in range(2):
        await asked(two, f"More {number}?", sessionId=session)
    other.script = [{"status": 400, "error": {"code": "context_length_exceeded"}}, ANSWER]
    assert content(await asked(two, "And now?", sessionId=session)) == ANSWER
    first, second = (len(str(entry["body"])) for entry in other.log)
    assert second < first


async def test_people_are_told_whose_key_is_refused(two: Chat, usual: ModelServer, other: ModelServer) -> None:
    usual.script, other.script = lambda _request: {"status": 402}, [*[ANSWER] * 3, {"status": 401}]
    told = [(await asked(two))[-1] for _ in range(4)]
    # By now the usual provider is passed over, so that the other one fails first.
    assert [event.get("code") for event in told] == [None, None, None, "model_auth"]
    assert "BICHAT_FALLBACK_API_KEY" in told[-1]["error"]
    assert "OPENAI_API_KEY" not in told[-1]["error"]


async def test_what_an_agent_was_told_before_another_provider_went_on_is_counted_as_the_agents(
    two: Chat, usual: ModelServer, other: ModelServer
) -> None:
    arguments = {"agent": "sql_analyst", "instructions": "Count the branches."}
    task = {"parts": [{"call": {"name": "task", "arguments": arguments}}]}
    usual.script = [task, {"parts": [BEGUN], "ending": "reset"}, {"status": 401}, ANSWER]
    other.script = [REST]
    events = await asked(two)
    assert content(events) == ANSWER
    calls = text("SELECT model, agent_name, is_estimated FROM bichat_model_calls ORDER BY created_at, id")
    assert [tuple(row) for row in await two.database.rows(calls)] == [
        ("usual-model", "", False),
        ("usual-model", "sql_analyst", True),
        ("other-model", "sql_analyst", False),
        ("usual-model", "", False),
    ]
