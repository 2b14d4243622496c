"""Too many or too long messages: how long to wait is said, and what was typed is kept."""

import re
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest

from app.database import Database
from app.settings import Settings
from tests.chat.conftest import Chat, Person, served
from tests.scripted_model import ScriptedModel, final_answer

TYPED = "A third & <last> question?"


@pytest.fixture
async def hurried(chat_settings: Settings, model: ScriptedModel) -> AsyncIterator[Chat]:
    """The application with two messages a minute allowed and 100 characters each."""
    settings = msgspec.structs.replace(chat_settings, rate_messages=2, max_message_chars=100)
    model.add(*([final_answer("Yes.")] for _ in range(9)))
    async with served(settings, model) as url:
        database = Database(settings.database_url)
        yield Chat(url, model, database)
        await database.close()


async def spent(person: Person) -> str:
    """Use up the minute's messages and return the conversation's path."""
    session, _ = await person.ask("First?")
    await person.until(session, "completed")
    await person.ask("Second?", session)
    await person.until(session, "completed")
    return f"/bi-chat/sessions/{session}"


def seconds(answer: httpx.Response) -> int:
    assert answer.status_code == 429
    return int(answer.headers["retry-after"])


async def test_too_many_messages_are_refused_with_the_seconds_to_wait(hurried: Chat) -> None:
    async with hurried.person("analyst@one.test") as person:
        address = await spent(person)
        for path in (f"{address}/messages", "/bi-chat/messages"):
            page = await person.post(path, content=TYPED)
            assert 1 <= seconds(page) <= 60
            assert f"send it again in {seconds(page)} seconds" in page.text
            assert "A third &amp; &lt;last&gt; question?</textarea>" in page.text
            partial = await person.post(path, htmx=True, content=TYPED)
            assert f"in {seconds(partial)} seconds" in partial.text
            assert f'data-wait="{seconds(partial)}"' in partial.text
            assert "<html" not in partial.text
        async with hurried.person("viewer@one.test") as other:
            assert (await other.post("/bi-chat/messages", content="Mine?")).status_code == 303


async def test_titles_made_by_the_model_are_limited_too_while_it_fails_as_well(hurried: Chat, model: ScriptedModel) -> None:
    async with hurried.person("analyst@one.test") as person:
        session, _ = await person.ask("First?")
        await person.until(session, "completed")
        asked = len(model.requests)
        answers = [await person.post(f"/bi-chat/sessions/{session}/new-title", htmx=True) for _ in range(4)]
        assert [answer.status_code for answer in answers[2:]] == [429, 429]
        assert len(model.requests) == asked + 2
        assert f"in {seconds(answers[3])} seconds" in answers[3].text


async def test_programs_share_the_limit_and_get_its_code(hurried: Chat) -> None:
    async with hurried.person("analyst@one.test") as person:
        await spent(person)
    async with hurried.program("analyst@one.test") as client:
        answer = await client.post("/bi-chat/stream", json={"content": "Third?"})
    error = answer.json()["error"]
    assert (error["code"], error["details"]["retryAfter"]) == ("rate_limited", seconds(answer))


async def test_graphql_tells_the_limit_by_its_status_as_calls_do(hurried: Chat) -> None:
    query = 'mutation($s: ID!) { sendMessage(sessionId: $s, content: "Third?") { userTurn { id } } }'
    async with hurried.person("analyst@one.test") as person:
        session = (await spent(person)).rpartition("/")[2]
    async with hurried.program("analyst@one.test") as client:
        answer = await client.post("/bi-chat/graphql", json={"query": query, "variables": {"s": session}})
    (error,) = answer.json()["errors"]
    assert (answer.status_code, answer.json()["data"], error["extensions"]["code"]) == (429, None, "rate_limited")
    assert error["extensions"]["details"]["retryAfter"] == seconds(answer)


async def test_a_message_that_is_too_long_says_by_how_much_and_is_kept(hurried: Chat) -> None:
    async with hurried.person("viewer@one.test") as person:
        page = await person.post("/bi-chat/messages", content="x" * 101)
    assert page.status_code == 422
    assert re.search(r"101 characters, at most 100", page.text)
    assert "x" * 101 + "</textarea>" in page.text
    async with hurried.program("viewer@one.test") as client:
        answer = await client.post("/bi-chat/stream", json={"content": "x" * 101})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "validation")


async def test_a_form_of_more_than_two_megabytes_is_413(hurried: Chat) -> None:
    async with hurried.person("viewer@one.test") as person:
        assert (await person.post("/bi-chat/messages", content="x" * 2_100_000)).status_code == 413
