"""Calls for embeddings are counted, priced and capped as every other call of a model."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from sqlalchemy import Row, select, update

from app.agent import tokens
from app.chat.models import ModelCall
from app.database import Database
from app.identity.models import Tenant, User
from app.settings import Settings
from tests.chat.conftest import Chat, Person
from tests.embedding_server import MODEL, USED, EmbeddingServer
from tests.scripted_model import Call, ScriptedModel, final_answer
from tests.site import ON_EACH_ENGINE

COST = Decimal("0.00002000")
"""Of `USED` tokens, by the table of prices: USD 0.02 for a million."""
NOBODY = uuid.UUID(int=0)
PATIENCE = 10


@pytest.fixture
async def endpoint() -> AsyncIterator[EmbeddingServer]:
    async with EmbeddingServer() as server:
        yield server


@pytest.fixture
def chat_settings(chat_settings: Settings, endpoint: EmbeddingServer) -> Settings:
    place = {"embedding_base_url": endpoint.url, "embedding_api_key": "k", "embedding_model": MODEL}
    return msgspec.structs.replace(chat_settings, **place)


async def embedded(chat: Chat, count: int) -> list[Row[Any]]:
    """Return the calls for embeddings, once there are `count`."""
    calls = select(ModelCall.__table__).where(ModelCall.finish_reason == "embedded").order_by(ModelCall.id)
    async with asyncio.timeout(PATIENCE):
        while True:
            async with chat.database.reading() as db:
                rows = list(await db.execute(calls))
            if len(rows) >= count:
                return rows
            await asyncio.sleep(0.02)


def searching(model: ScriptedModel, *words: str) -> None:
    """Have the model look something up, and answer."""
    model.add(*([Call("kb_search", {"query": each})] for each in words), [final_answer("It is so.")])


async def looked_up(analyst: Person, model: ScriptedModel, words: str, status: str = "completed") -> None:
    """Ask what the model looks up, until the answer has ended so."""
    searching(model, words)
    session, _ = await analyst.ask("What do we say of vehicles?")
    await analyst.until(session, status)


@ON_EACH_ENGINE
async def test_a_search_costs_the_answer_what_its_question_is_embedded_for(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    searching(model, "vehicle", "vehicle", "dwelling")
    session, run = await analyst.ask("What do we say of vehicles?")
    page = await analyst.until(session, "completed")
    rows = await embedded(chat, 2)
    told = [(row.model, row.input_tokens, row.output_tokens, row.cost, row.is_estimated, str(row.run_id)) for row in rows]
    assert told == [(MODEL, USED, 0, COST, False, run)] * 2
    async with chat.database.reading() as db:
        asker = await db.scalar(select(User.id).where(User.email == "analyst@one.test"))
    assert {(row.user_id, str(row.session_id)) for row in rows} == {(asker, session)}
    assert MODEL not in page


async def test_programs_and_figures_of_the_process_count_them(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    searching(model, "vehicle")
    async with chat.program("analyst@one.test") as program:
        events = await chat.stream(program, content="What do we say of vehicles?", debugMode=True)
        usage = next(event["usage"] for event in events if event["type"] == "usage")
    assert usage["promptTokens"] == USED + 2 * 10
    async with chat.person("auditor@one.test") as person:
        async with asyncio.timeout(PATIENCE):
            while f'bichat_llm_tokens_total{{kind="input",model="{MODEL}"}} {USED}.0' not in await figures(person):
                await asyncio.sleep(0.02)


async def figures(person: Person) -> str:
    return (await person.client.get("/metrics")).text


async def test_tokens_that_were_not_told_are_estimated(
    chat: Chat, analyst: Person, model: ScriptedModel, endpoint: EmbeddingServer
) -> None:
    endpoint.tells_usage = False
    await looked_up(analyst, model, "a vehicle and a dwelling")
    (row,) = await embedded(chat, 1)
    assert (row.is_estimated, row.input_tokens) == (True, tokens.estimate("a vehicle and a dwelling"))


async def test_a_call_that_nobody_waits_for_is_estimated(
    chat: Chat, analyst: Person, model: ScriptedModel, endpoint: EmbeddingServer
) -> None:
    endpoint.gate.clear()
    searching(model, "vehicle")
    session, run = await analyst.ask("What do we say of vehicles?")
    await asyncio.wait_for(endpoint.reached.wait(), PATIENCE)
    await analyst.post(f"/bi-chat/runs/{run}/stop")
    await analyst.until(session, "stopped")
    (row,) = await embedded(chat, 1)
    assert (row.is_estimated, row.input_tokens) == (True, tokens.estimate("vehicle"))


async def test_what_is_refused_costs_nothing(
    chat: Chat, analyst: Person, model: ScriptedModel, endpoint: EmbeddingServer
) -> None:
    endpoint.fails = True
    await looked_up(analyst, model, "vehicle")
    assert (endpoint.asked, await embedded(chat, 0)) == ([["vehicle"]], [])


async def test_nothing_is_embedded_for_whoever_has_used_up_their_budget(
    chat: Chat, analyst: Person, model: ScriptedModel, endpoint: EmbeddingServer
) -> None:
    await capped(chat.database, cap_user_tokens=15)
    await looked_up(analyst, model, "vehicle", "failed")
    assert (endpoint.asked, len(model.requests)) == ([], 1)


@ON_EACH_ENGINE
async def test_what_a_company_knows_is_embedded_at_its_own_cost(chat: Chat, endpoint: EmbeddingServer) -> None:
    await capped(chat.database, cap_user_tokens=0)
    async with chat.person("admin@one.test") as admin:
        await write_down(admin, "vehicles")
        (row,) = await embedded(chat, 1)
        page = (await admin.get("/bi-chat/manage/usage")).text
        lines = (await admin.get("/bi-chat/manage/usage.csv")).text.splitlines()
    assert (row.user_id, row.session_id, row.run_id, row.cost) == (NOBODY, None, None, COST)
    assert "The company itself" in page
    assert MODEL in page
    assert [line.split(",")[1:5] for line in lines[1:]] == [["company", "", MODEL, ""]]
    async with chat.person("analyst@one.test") as person:
        assert (await person.get("/bi-chat/manage/usage")).status_code == 403


async def test_a_company_that_has_used_up_its_budget_embeds_nothing(
    chat: Chat, endpoint: EmbeddingServer, capsys: pytest.CaptureFixture[str]
) -> None:
    await capped(chat.database, cap_tenant_tokens=USED)
    async with chat.person("admin@one.test") as admin:
        await write_down(admin, "vehicles")
        await embedded(chat, 1)
        await write_down(admin, "dwellings")
        async with asyncio.timeout(PATIENCE):
            while "nothing is embedded" not in capsys.readouterr().err:
                await asyncio.sleep(0.02)
        assert len(endpoint.asked) == 1
        await capped(chat.database, cap_tenant_tokens=None)
        await write_down(admin, "cash")
        await embedded(chat, 2)
    assert [[text.split("\n")[0] for text in texts] for texts in endpoint.asked] == [["vehicles"], ["dwellings", "cash"]]


async def capped(database: Database, **caps: int | None) -> None:
    async with database.writing() as db:
        await db.execute(update(Tenant).where(Tenant.name == "One").values(**caps))


async def write_down(person: Person, title: str) -> None:
    """Have a manager write something down that the company knows."""
    answer = await person.post("/bi-chat/manage/knowledge/new", kind="definition", title=title, text=f"What {title} are.")
    assert answer.status_code in {200, 303}
