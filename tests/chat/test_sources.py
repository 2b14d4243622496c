"""What the provider found on the web: sources in the stream, the page, files and shapes; only where it is switched on."""

import json
from collections.abc import AsyncIterator

import pytest

from app.database import Database
from app.settings import Settings
from tests.chat.conftest import Chat, provided, served
from tests.model_server import ModelServer
from tests.scripted_model import ScriptedModel
from tests.site import ON_EACH_ENGINE

URL = "https://cbu.uz/rates?a=(1)&b=2"
TEXT = "The rate is 12 650 ([cbu.uz](https://cbu.uz))."
SEARCH = {"hosted": {"type": "web_search_call", "action": {"type": "search", "query": "dollar rate"}}}


def named(words: str, url: str = URL, title: str = "Rates <b>of</b> banks") -> dict:
    place = {"start_index": TEXT.index(words), "end_index": TEXT.index(words) + len(words)}
    return {"annotation": {"type": "url_citation", **place, "url": url, "title": title}}


ANSWER = [SEARCH, TEXT, named("12 650"), named("rate", "https://example.test/"), named("The"), named("is", "javascript:alert(1)")]


@pytest.fixture
def searching(chat_settings: Settings, provider: ModelServer) -> Settings:
    return provided(chat_settings, provider, "responses", hosted_tools=("web_search",))


@pytest.fixture
async def chat(searching: Settings) -> AsyncIterator[Chat]:
    async with served(searching, None) as url:
        database = Database(searching.database_url)
        chat = Chat(url, ScriptedModel(), database)
        async with chat.person("admin@one.test") as admin:
            allowed = await admin.post("/bi-chat/manage/settings/tools", **{"tool.web_search": "allow"})
            assert allowed.status_code == 303
        yield chat
        await database.close()


@ON_EACH_ENGINE
async def test_programs_are_told_of_the_search_and_of_each_place_with_its_source(chat: Chat, provider: ModelServer) -> None:
    provider.script = [{"parts": ANSWER}]
    async with chat.program("analyst@one.test") as program:
        events = await chat.stream(program, content="What is the rate?")
        assert [event["step"] for event in events if event["type"] == "status"] == ["thinking", "web_search", "writing"]
        cited = [event["citation"] for event in events if event["type"] == "citation"]
        assert [(one["id"], one["url"], TEXT[one["startIndex"] : one["endIndex"]]) for one in cited] == [
            ("1", URL, "The"), ("2", "https://example.test/", "rate"), ("1", URL, "12 650"),
        ]  # fmt: skip
        (ended,) = [event["tool"] for event in events if event["type"] == "tool_end"]
        assert (ended["name"], json.loads(ended["arguments"])["query"]) == ("web_search", "dollar rate")
        call = {"id": "1", "method": "bichat.session.get", "params": {"id": events[0]["sessionId"]}}
        (turn,) = (await program.post("/bi-chat/rpc", json=call)).json()["result"]["turns"]
    assert turn["assistantTurn"]["citations"] == cited
    assert turn["assistantTurn"]["toolCalls"][0]["name"] == "web_search"
    assert [claim["text"] for claim in turn["assistantTurn"]["unmatchedClaims"]] == ["12 650"]
    body = provider.log[0]["body"]
    assert body["tools"][-1]["type"] == "web_search"
    assert "final_answer" not in [tool.get("name") for tool in body["tools"]]
    assert "Never put names, figures or texts of the company" in body["instructions"]


async def test_the_page_and_its_files_number_the_sources(chat: Chat, provider: ModelServer) -> None:
    provider.script = [{"parts": ANSWER}]
    async with chat.person("analyst@one.test") as analyst:
        session, run = await analyst.ask("What is the rate?")
        streamed = "".join(event["data"] for event in await analyst.events(f"/bi-chat/runs/{run}/events"))
        page = await analyst.until(session, "completed")
        exported = (await analyst.get(f"/bi-chat/sessions/{session}/chat.md")).text
        document = await analyst.post(f"/bi-chat/runs/{run}/exports")
    address = "https://cbu.uz/rates?a=(1)&amp;b=2"
    assert f'<a href="{address}" target="_blank" rel="noopener noreferrer nofollow">Rates &lt;b&gt;of&lt;/b&gt; banks</a>' in page
    for drawn in (page, streamed):
        assert f'12 650<sup class="cite"><a href="#run-{run}-source-1"' in drawn.replace("\n", "")
        assert drawn.count('data-testid="source"') == 2
        assert "javascript:" not in drawn
    assert "Searched the web" in page
    assert "12 650 \\[1\\] (" in exported
    assert "1. [Rates" in exported
    assert "](https://cbu.uz/rates?a=%281%29&b=2)" in exported
    assert document.status_code in {200, 303}


async def test_a_later_call_keeps_the_beginning_of_the_request_and_its_key(chat: Chat, provider: ModelServer) -> None:
    schema = {"call": {"name": "get_current_time", "arguments": {}}}
    provider.script = [{"parts": [SEARCH, "Looking.", schema]}, "Done.", "Again."]
    async with chat.person("analyst@one.test") as analyst:
        session, _ = await analyst.ask("What is the rate?")
        await analyst.until(session, "completed")
        await analyst.ask("And now?", session)
        await analyst.until(session, "completed")
        other, _ = await analyst.ask("Elsewhere?")
    first, second, later = (entry["body"] for entry in provider.log[:3])
    for body in (second, later):
        assert body["input"][: len(first["input"])] == first["input"]
        assert (body["instructions"], body["tools"]) == (first["instructions"], first["tools"])
        assert body["prompt_cache_key"] == first["prompt_cache_key"]
    assert later["input"][: len(second["input"])] == second["input"]
    told = [item for item in second["input"] if item.get("type") == "function_call_output"]
    assert "dollar rate" in told[0]["output"]
    assert first["prompt_cache_key"] not in (None, other)


async def test_a_company_that_has_not_consented_searches_nothing(chat: Chat, provider: ModelServer) -> None:
    provider.script = ["Nothing searched.", "Nothing searched."]
    settings = "/bi-chat/manage/settings"
    async with chat.program("analyst@two.test") as stranger:
        await chat.stream(stranger, content="What is the rate?")
    async with chat.person("admin@one.test") as admin:
        assert (await admin.post(f"{settings}/tools", **{"tool.web_search": "ask"})).status_code == 400
        await admin.post(f"{settings}/tools", **{"tool.web_search": "deny"})
        page = (await admin.get(settings)).text
    row = page.split('data-tool="web_search"')[1].split("</select>")[0]
    assert "what is searched for leaves the company" in row
    assert 'value="ask"' not in row
    async with chat.person("analyst@one.test") as analyst:
        assert (await analyst.post(f"{settings}/tools", **{"tool.web_search": "allow"})).status_code == 403
        session, _ = await analyst.ask("What is the rate?")
        await analyst.until(session, "completed")
    for entry in provider.log:
        assert "web_search" not in [tool["type"] for tool in entry["body"]["tools"]]
        assert "final_answer" in [tool.get("name") for tool in entry["body"]["tools"]]
        assert "search the web" not in entry["body"]["instructions"]
