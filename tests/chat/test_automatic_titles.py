"""After its first answer a conversation is named by the model, in the background and without anybody noticing a failure."""

import asyncio
import re

import msgspec
import pytest
from sqlalchemy import func, select

from app.agent.model import ModelError
from app.chat.models import ModelCall
from app.settings import Settings
from tests.chat.conftest import PATIENCE, Chat, Person
from tests.chat.test_open_pages import opened
from tests.scripted_model import ScriptedModel, final_answer

TITLE = re.compile(r'<h1 title="[^"]*">([^<]*)</h1>')


@pytest.fixture
def chat_settings(settings: Settings, peopled_url: str) -> Settings:
    return msgspec.structs.replace(settings, database_url=peopled_url, rate_messages=10_000, automatic_titles=True)


async def title_of(person: Person, session: str) -> str:
    return TITLE.findall((await person.get(f"/bi-chat/sessions/{session}")).text)[0]


async def requests(model: ScriptedModel, count: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while len(model.requests) < count:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.2)


async def test_the_first_answer_is_followed_by_a_title_that_open_pages_show(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    session = (await analyst.post("/bi-chat/sessions")).headers["location"].rsplit("/", 1)[-1]
    gate = asyncio.Event()
    model.add([final_answer("Forty-two.")], [gate, "«Orders of May»."], [final_answer("Forty-three.")])
    async with opened(analyst, session) as told:
        await analyst.ask("How many orders in May?", session)
        await analyst.until(session, "completed")
        assert await title_of(analyst, session) == "How many orders in May?"
        gate.set()
        await told.until("<title>Orders of May · BiChat</title>", "Orders of May</h1>")
    await analyst.ask("And in June?", session)
    await analyst.until(session, "completed")
    await requests(model, 3)
    assert len(model.requests) == 3
    assert await title_of(analyst, session) == "Orders of May"
    async with chat.database.reading() as db:
        assert await db.scalar(select(func.count()).where(ModelCall.run_id.is_(None))) == 1


async def test_a_typed_title_stays_also_when_it_is_typed_meanwhile(analyst: Person, model: ScriptedModel) -> None:
    gate = asyncio.Event()
    model.add([final_answer("Forty-two.")], [gate, "Orders of May"])
    session, _ = await analyst.ask("How many?")
    await requests(model, 2)
    await analyst.post(f"/bi-chat/sessions/{session}/title", title="Mine")
    gate.set()
    await asyncio.sleep(0.2)
    assert await title_of(analyst, session) == "Mine"
    named = (await analyst.post("/bi-chat/sessions")).headers["location"].rsplit("/", 1)[-1]
    await analyst.post(f"/bi-chat/sessions/{named}/title", title="Mine too")
    model.add([final_answer("Forty-two.")])
    await analyst.ask("How many?", named)
    await analyst.until(named, "completed")
    await asyncio.sleep(0.2)
    assert len(model.requests) == 3


async def test_a_failure_is_silent_and_leaves_the_question(analyst: Person, model: ScriptedModel) -> None:
    model.add([final_answer("Forty-two.")], [ModelError("overloaded", "busy")])
    session, _ = await analyst.ask("How many?")
    page = await analyst.until(session, "completed")
    await requests(model, 2)
    assert await title_of(analyst, session) == "How many?"
    assert "could not be made" not in page


async def test_two_titles_are_made_at_a_time(analyst: Person, model: ScriptedModel) -> None:
    gate = asyncio.Event()
    sessions = []
    for number in range(3):
        model.add([final_answer("Forty-two.")])
        if number < 2:
            model.add([gate, f"Title {number}"])
        session, _ = await analyst.ask(f"Question {number}")
        sessions.append(session)
        await analyst.until(session, "completed")
        await requests(model, min(2 * (number + 1), 5))
    assert len(model.requests) == 5
    model.add(["Title 2"])
    gate.set()
    await requests(model, 6)
    assert [await title_of(analyst, session) for session in sessions] == ["Title 0", "Title 1", "Title 2"]


async def test_the_end_of_the_process_does_not_wait_for_a_title(analyst: Person, model: ScriptedModel) -> None:
    model.add([final_answer("Forty-two.")], [asyncio.Event(), "Never"])
    session, _ = await analyst.ask("How many?")
    await analyst.until(session, "completed")
    await requests(model, 2)
