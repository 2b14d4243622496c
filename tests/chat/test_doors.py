"""What every door refuses: bodies that are too large, texts that are too long, and more calls than are allowed."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest

from app.database import Database
from app.settings import Settings
from tests.chat.conftest import Chat, Person, new_uuid, served
from tests.chat.test_exports import FILE, with_table
from tests.chat.test_exports import settings as business
from tests.scripted_model import ScriptedModel, final_answer
from tests.site import ON_EACH_ENGINE

settings = business
MEGABYTE = 1024 * 1024
DOORS = {"/bi-chat/stream": 32 * MEGABYTE, "/bi-chat/stream/stop": 2 * MEGABYTE, "/bi-chat/rpc": 2 * MEGABYTE}

CODES = {"/bi-chat/rpc": "invalid_request"}
"""The envelope of calls knows no other word for it."""


@pytest.fixture
async def narrow(chat_settings: Settings, model: ScriptedModel) -> AsyncIterator[Chat]:
    """The application with two messages a minute, so with sixty calls of programs."""
    settings = msgspec.structs.replace(chat_settings, rate_messages=2)
    async with served(settings, model) as url:
        database = Database(settings.database_url)
        yield Chat(url, model, database)
        await database.close()


@pytest.mark.parametrize("path", DOORS)
async def test_a_body_over_the_limit_is_413_whether_its_length_is_told_or_not(chat: Chat, path: str) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(DOORS[path] // MEGABYTE + 1):
            yield b" " * MEGABYTE

    async with chat.program("analyst@one.test") as program:
        for body in (b" " * (DOORS[path] + 1), pieces()):
            answer = await program.post(path, content=body)
            assert (answer.status_code, answer.json()["error"]["code"]) == (413, CODES.get(path, "too_large"))


async def test_a_body_that_says_it_is_too_large_is_refused_before_it_comes(chat: Chat) -> None:
    async with chat.program("analyst@one.test") as program:
        address = httpx.URL(chat.url)
        reader, writer = await asyncio.open_connection(address.host, address.port)
        token = program.headers["authorization"]
        head = f"POST /bi-chat/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {token}\r\nContent-Length: 99999999\r\n\r\n"
        writer.write(head.encode())
        assert (await asyncio.wait_for(reader.readline(), 5)).startswith(b"HTTP/1.1 413 ")
        writer.close()


@ON_EACH_ENGINE
async def test_the_same_request_by_the_page_and_by_a_program_is_one_run(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    model.add([final_answer("Once.")], [final_answer("Twice.")])
    async with chat.program("analyst@one.test") as program:
        by_program, by_page = new_uuid(), new_uuid()
        first = await chat.stream(program, content="Once?", requestId=by_program)
        page = await analyst.post("/bi-chat/messages", content="Once?", request_id=by_program)
        assert page.headers["location"] == f"/bi-chat/sessions/{first[0]['sessionId']}"
        other = await analyst.post("/bi-chat/messages", content="Other?", request_id=by_program)
        assert other.status_code == 409
        page = await analyst.post("/bi-chat/messages", content="Twice?", request_id=by_page)
        again = await chat.stream(program, content="Twice?", requestId=by_page)
        assert page.headers["location"] == f"/bi-chat/sessions/{again[0]['sessionId']}"
        assert (await program.post("/bi-chat/stream", json={"content": "?", "requestId": by_page})).status_code == 409
    async with chat.program("viewer@one.test") as stranger:
        model.add([final_answer("Another's.")])
        theirs = await chat.stream(stranger, content="Once?", requestId=by_program)
        assert theirs[0]["sessionId"] != first[0]["sessionId"]
    assert len(model.requests) == 3


@ON_EACH_ENGINE
async def test_the_same_request_is_one_run_whether_a_door_names_the_session_or_not(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    model.add([final_answer("Once.")], [final_answer("Twice.")])
    named, unnamed = new_uuid(), new_uuid()
    session, run = await analyst.ask("Once?\r\nOr more?", request_id=named)
    place = f"/bi-chat/sessions/{session}"
    async with chat.program("analyst@one.test") as program:
        page = await analyst.post("/bi-chat/messages", content="Once?\r\nOr more?", request_id=named)
        assert page.headers["location"] == place
        for body in ({}, {"sessionId": session}):
            again = await chat.stream(program, content="Once?\nOr more?", requestId=named, **body)
            assert [each["runId"] for each in again if each["type"] == "stream_started"] == [run]
        first = await chat.stream(program, content="Twice?", requestId=unnamed)
        made = first[0]["sessionId"]
        assert (await analyst.ask("Twice?", made, request_id=unnamed))[1] == first[1]["runId"]
        astray = await analyst.post(f"{place}/messages", htmx=True, content="Twice?", request_id=unnamed)
        assert astray.headers["hx-location"].startswith(f"/bi-chat/sessions/{made}")
        other = {"content": "Other?", "requestId": named}
        assert (await program.post("/bi-chat/stream", json=other)).status_code == 409
        assert (await program.post("/bi-chat/stream", json={**other, "sessionId": session})).status_code == 409
    assert (await analyst.post(f"{place}/messages", htmx=True, content="Other?", request_id=unnamed)).status_code == 409
    assert len(model.requests) == 2


async def test_a_repeated_request_is_answered_though_no_message_is_left(narrow: Chat, model: ScriptedModel) -> None:
    model.add([final_answer("One.")], [final_answer("Two.")])
    async with narrow.program("analyst@one.test") as program:
        request_id = new_uuid()
        await narrow.stream(program, content="One?", requestId=request_id)
        await narrow.stream(program, content="Two?")
        assert (await program.post("/bi-chat/stream", json={"content": "Three?"})).status_code == 429
        events = await narrow.stream(program, content="One?", requestId=request_id)
    assert events[-1]["type"] == "done"


async def test_calls_of_programs_are_limited_by_the_minute_and_pages_are_not(narrow: Chat) -> None:
    async with narrow.program("analyst@one.test") as program:
        calls = [await program.get("/bi-chat/stream/status", params={"sessionId": new_uuid()}) for _ in range(60)]
        assert {call.status_code for call in calls} == {404}
        for refused in (
            await program.post("/bi-chat/rpc", json={"method": "bichat.ping"}),
            await program.get("/bi-chat/stream/status", params={"sessionId": new_uuid()}),
        ):
            assert refused.status_code == 429
            assert refused.json()["error"]["code"] == "rate_limited"
            assert 1 <= int(refused.headers["retry-after"]) <= 60
    async with narrow.person("analyst@one.test") as person:
        assert (await person.get("/bi-chat")).status_code == 200
    async with narrow.program("viewer@one.test") as other:
        assert (await other.post("/bi-chat/rpc", json={"method": "bichat.ping"})).status_code == 200


async def test_tokens_that_are_none_are_limited_by_address(narrow: Chat) -> None:
    async with httpx.AsyncClient(base_url=narrow.url, headers={"Authorization": "Bearer bct_guessed"}) as guesser:
        statuses = [(await guesser.post("/bi-chat/rpc", json={"method": "bichat.ping"})).status_code for _ in range(62)]
    assert statuses == [401] * 60 + [429] * 2
    async with narrow.program("viewer@one.test") as other:
        assert (await other.post("/bi-chat/rpc", json={"method": "bichat.ping"})).status_code == 200


async def test_files_are_limited_by_the_minute(narrow: Chat) -> None:
    async with narrow.person("analyst@one.test") as person:
        session, table, run = await with_table(narrow, person)
        paths = [f"/bi-chat/artifacts/{table}/exports", f"/bi-chat/runs/{run}/exports", f"/bi-chat/sessions/{session}/exports"]
        for path in paths[:2]:
            assert (await person.post(path, format="csv")).status_code == 303
        for path in paths:
            refused = await person.post(path, htmx=True, format="csv")
            assert refused.status_code == 429
            assert f"Try again in {refused.headers['retry-after']} seconds." in refused.text
            assert FILE.findall(refused.text) == []
