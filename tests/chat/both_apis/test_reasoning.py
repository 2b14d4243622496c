"""What the model tells of its considerations is shown while it thinks, and stays with its step; over each API of a provider."""

import asyncio
import re
from typing import Any

import msgspec
from sqlalchemy import text

from app.settings import Settings
from tests.chat.conftest import Chat, Person, provided, served
from tests.model_server import ModelServer
from tests.site import ON_EACH_ENGINE

FIRST, SECOND = "**Plan**\n\nLook at the clock.", "It is *late* by now."
LOOK: dict[str, Any] = {"call": {"name": "get_current_time", "arguments": {}}}
THOUGHT = re.compile(r'<details class="thought".*?</details>', re.DOTALL)
ORDER = re.compile(r'data-testid="(thought|tool-step|answer-text)"')


def shown(html: str) -> list[str]:
    """Return the words of each thought below its line."""
    bodies = [thought.split("</summary>")[1] for thought in THOUGHT.findall(html)]
    return [" ".join(re.sub(r"<[^>]+>", " ", body).split()) for body in bodies]


def titles(html: str) -> list[str]:
    """Return the line of each thought."""
    return [" ".join(re.sub(r"<[^>]+>", " ", thought.split("</summary>")[0]).split()) for thought in THOUGHT.findall(html)]


async def followed(person: Person, run: str, words: str, seen: asyncio.Event) -> str:
    """Return what the page of a run is told; `seen` is set when `words` come."""
    told = ""
    async with asyncio.timeout(30), person.client.stream("GET", f"/bi-chat/runs/{run}/events") as answer:
        async for piece in answer.aiter_text():
            told += piece
            if words in told:
                seen.set()
    return told


@ON_EACH_ENGINE
async def test_it_is_shown_as_it_comes_and_after_a_restart(
    chat: Chat, provider: ModelServer, chat_settings: Settings, model_api: str
) -> None:
    begun, going_on = asyncio.Event(), asyncio.Event()
    provider.script = [
        {"parts": [{"reasoning": FIRST[:13]}, {"until": going_on}, {"reasoning": FIRST[13:]}, LOOK]},
        {"parts": [{"reasoning": SECOND}, "Late."]},
    ]
    async with chat.person("analyst@one.test") as analyst:
        session, run = await analyst.ask("What time is it?")
        following = asyncio.create_task(followed(analyst, run, "<p>Loo</p>", begun))
        await begun.wait()
        late = asyncio.create_task(followed(analyst, run, "<p>Loo</p>", going_on))
        page = await analyst.until(session, "completed")
        for tab in (await following, await late):
            assert "<p><strong>Plan</strong></p>" in tab.partition("<p>Loo</p>")[0]
            assert titles(tab.replace("data: ", ""))[0] == "Thinking…"
            assert "<p>Look at the clock.</p>" in tab
        streamed = (await analyst.events(f"/bi-chat/runs/{run}/events"))[0]["data"]
    async with served(provided(chat_settings, provider, model_api), None) as again:
        restarted = Chat(again, chat.model, chat.database)
        async with restarted.person("analyst@one.test") as analyst:
            later = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    for html in (page, streamed, later):
        assert shown(html) == ["Plan Look at the clock.", "It is late by now."]
        assert all(re.fullmatch(r"Thought for [\d.]+ m?s", title) for title in titles(html)), titles(html)
        assert ORDER.findall(html) == ["thought", "tool-step", "thought", "answer-text"]
    assert titles(later) == titles(page)


async def test_programs_read_it_while_it_comes_and_afterwards(chat: Chat, provider: ModelServer) -> None:
    provider.script = [{"parts": [{"reasoning": FIRST}, LOOK]}, {"parts": [{"reasoning": SECOND}, "Late."]}]
    async with chat.program("analyst@one.test") as program:
        events = await chat.stream(program, content="What time is it?")
        call = {"id": "1", "method": "bichat.session.get", "params": {"id": events[0]["sessionId"]}}
        (turn,) = (await program.post("/bi-chat/rpc", json=call)).json()["result"]["turns"]
        said = await program.post("/bi-chat/graphql", json={"query": GRAPHQL, "variables": {"id": events[0]["sessionId"]}})
    assert "".join(event["content"] for event in events if event["type"] == "thinking") == FIRST + SECOND
    assert turn["assistantTurn"]["reasoning"] == f"{FIRST}\n\n{SECOND}"
    assert said.json()["data"]["messages"] == [{"reasoning": None}, {"reasoning": f"{FIRST}\n\n{SECOND}"}]


GRAPHQL = "query ($id: ID!) { messages(sessionId: $id) { reasoning } }"


async def test_neither_the_model_nor_files_nor_search_are_told_it(chat: Chat, provider: ModelServer) -> None:
    provider.script = [
        {"parts": [{"reasoning": "Quagmire."}, "Noted.", LOOK]},
        {"parts": [{"reasoning": "Quagmire."}, "Late."]},
        "Yes.",
    ]
    async with chat.person("analyst@one.test") as analyst:
        session, _ = await analyst.ask("What time is it?")
        assert "Quagmire" in await analyst.until(session, "completed")
        await analyst.ask("Sure?", session)
        await analyst.until(session, "completed")
        exported = (await analyst.get(f"/bi-chat/sessions/{session}/chat.md")).text
        found = (await analyst.get("/bi-chat/search", params={"q": "Quagmire"})).text
    assert "Late." in exported
    for told in (
        exported,
        found.replace('value="Quagmire"', ""),
        *(msgspec.json.encode(entry["body"]).decode() for entry in provider.log),
    ):
        assert 'data-testid="search-hit"' not in told
        assert "Quagmire." not in told


async def broken_off(chat_settings: Settings, provider: ModelServer, model_api: str, breaking: asyncio.Event) -> tuple[str, str]:
    """Ask what a call is about that breaks off after "Half a"; return what a page is told meanwhile, and the page afterwards."""
    async with served(provided(chat_settings, provider, model_api), None) as url:
        chat = Chat(url, None, None)  # type: ignore[arg-type]  # only its address is used
        async with chat.person("analyst@one.test") as analyst:
            session, run = await analyst.ask("Well?")
            told = await followed(analyst, run, "Half a", breaking)
            return told, await analyst.until(session, "completed")


async def test_what_was_considered_before_a_call_broke_off_is_not_shown_twice(
    chat_settings: Settings, provider: ModelServer, model_api: str
) -> None:
    breaking = asyncio.Event()
    provider.script = [
        {"parts": [{"reasoning": "Half a"}, {"until": breaking}], "ending": "reset"},
        {"parts": [{"reasoning": "Whole."}, "Done."]},
    ]
    told, page = await broken_off(chat_settings, provider, model_api, breaking)
    assert shown(page) == ["Whole."]
    half, gone, whole = told.index("Half a"), told.index('hx-swap="delete"'), told.index("Whole.")
    assert half < gone < whole


async def test_nothing_is_left_of_a_step_that_was_stopped_before_it_wrote(chat: Chat, provider: ModelServer) -> None:
    seen, never = asyncio.Event(), asyncio.Event()
    provider.script = [{"parts": [{"reasoning": "Vain."}, {"until": never}]}]
    async with chat.person("analyst@one.test") as analyst:
        session, run = await analyst.ask("Well?")
        following = asyncio.create_task(followed(analyst, run, "Vain.", seen))
        await seen.wait()
        await analyst.post(f"/bi-chat/runs/{run}/stop")
        page = await analyst.until(session, "stopped")
        assert 'hx-swap="delete"' in await following
    assert shown(page) == []


async def test_what_led_to_words_that_were_stopped_stays_with_them(chat: Chat, provider: ModelServer) -> None:
    seen, never = asyncio.Event(), asyncio.Event()
    provider.script = [{"parts": [{"reasoning": "Begun."}, "The answer", {"until": never}]}]
    async with chat.person("analyst@one.test") as analyst:
        session, run = await analyst.ask("Well?")
        following = asyncio.create_task(followed(analyst, run, "The answer", seen))
        await seen.wait()
        await analyst.post(f"/bi-chat/runs/{run}/stop")
        assert shown(await analyst.until(session, "stopped")) == ["Begun."]
        assert 'hx-swap="delete"' not in await following
    rows = await chat.database.rows(text("SELECT content, reasoning FROM bichat_messages WHERE role = 'assistant'"))
    assert [tuple(row) for row in rows] == [("The answer", "Begun.")]
