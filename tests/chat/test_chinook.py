"""A database that nobody here made up: explored and asked by pointing the settings at it."""

import shutil
import sqlite3
from pathlib import Path

import msgspec
import pytest

from app.agent.model import ModelRequest
from app.settings import Settings
from tests.chat.conftest import Chat, events_of, served
from tests.scripted_model import Call, ScriptedModel, final_answer
from tests.servers import ROOT

CHINOOK = ROOT.parent / "shared" / "data" / "chinook.sqlite"
BY_COUNTRY = "SELECT BillingCountry AS country, round(sum(Total), 2) AS sales FROM Invoice GROUP BY 1 ORDER BY 2 DESC LIMIT 5"

pytestmark = pytest.mark.skipif(not CHINOOK.exists(), reason="the Chinook database is not beside the project")


def show(request: ModelRequest) -> list[Call]:
    result = msgspec.json.decode(request.messages[-1].content)
    return [Call("render_table", {"result_id": result["result_id"], "title": "Sales by country"})]


def conclude(request: ModelRequest) -> list[Call]:
    result = msgspec.json.decode(request.messages[-3].content)
    country, sales = result["rows"][0]
    return [final_answer(f"Most is sold in {country}: {sales}.")]


async def test_it_is_explored_and_answered(settings: Settings, peopled_file: Path, model: ScriptedModel, chat: Chat) -> None:
    shutil.copy(CHINOOK, settings.data_dir / "chinook.sqlite")
    pointed = msgspec.structs.replace(
        settings, analytics_url=f"sqlite:///{settings.data_dir / 'chinook.sqlite'}", analytics_isolation="single"
    )
    describe = Call("schema_describe", {"tables": ["Invoice", "InvoiceLine"]})
    model.add([Call("schema_list")], [describe], [Call("sql_execute", {"query": BY_COUNTRY})], show, conclude)
    async with served(pointed, model) as url, chat.program("analyst@one.test") as client:
        answer = await client.post(f"{url}/bi-chat/stream", json={"content": "Where do we sell most?"})
        told = events_of(answer.text)
        events = [msgspec.json.decode(event["data"]) for event in told]
        shown = next(index for index, event in enumerate(told) if event["event"] == "artifact")
        tail = f"{url}/bi-chat/stream/events?runId={events[1]['runId']}"
        between = await client.get(tail, headers={"Last-Event-ID": told[shown - 1]["id"]})
    with sqlite3.connect(CHINOOK) as connection:
        country, sales = connection.execute(BY_COUNTRY).fetchone()
    assert "".join(event.get("content", "") for event in events) == f"Most is sold in {country}: {sales}."
    assert events[-1]["toolsUsed"] == ["schema_list", "schema_describe", "sql_execute", "render_table"]
    assert [event["tool"].get("error") for event in events if event["type"] == "tool_end"] == [None] * 4
    assert [event["id"] for event in events_of(between.text)] == [event["id"] for event in told[shown:]]
