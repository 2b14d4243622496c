"""A run that a token started acts with no more than the token permits, and ends with it."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

import httpx
from sqlalchemy import update

from app.database import now
from app.identity import tokens
from app.identity.models import ApiToken
from app.identity.permissions import Permission
from tests.chat.conftest import Chat, Person
from tests.scripted_model import Call, ScriptedModel, final_answer

EMAIL = "analyst@one.test"
EXPORTING = {"query": "SELECT 1 AS one", "title": "One"}
OPTIONS = [{"id": "a", "label": "A"}, {"id": "b", "label": "B"}]
ASK = Call(
    "ask_user_question",
    {"questions": [{"id": "q", "question": "Which?", "header": "W", "multiSelect": False, "options": OPTIONS}]},
)


@contextlib.asynccontextmanager
async def narrowed(chat: Chat) -> AsyncIterator[httpx.AsyncClient]:
    """A program of the analyst's, who may export, with a token for asking only."""
    token = await tokens.create_for(chat.database, EMAIL, "narrow", permissions=[Permission.ACCESS])
    async with httpx.AsyncClient(base_url=chat.url, timeout=10, headers={"Authorization": f"Bearer {token}"}) as client:
        yield client


def offered(model: ScriptedModel) -> list[bool]:
    """Whether the tool for exports was offered, by request."""
    return [any(tool.name == "export_query_to_excel" for tool in request.tools) for request in model.requests]


async def test_it_is_offered_no_tool_that_the_token_does_not_permit(chat: Chat, model: ScriptedModel) -> None:
    model.add([Call("export_query_to_excel", EXPORTING)], [final_answer("I may not.")], [final_answer("Yes.")])
    async with narrowed(chat) as program:
        events = await chat.stream(program, content="As a file, please")
    assert [event["artifact"] for event in events if event["type"] == "artifact"] == []
    assert "".join(event.get("content", "") for event in events if event["type"] == "content") == "I may not."
    async with chat.program(EMAIL) as program:
        await chat.stream(program, content="And with all that I may?")
    assert offered(model) == [False, False, True]


async def test_it_stays_so_when_a_person_answers_its_question(chat: Chat, model: ScriptedModel, analyst: Person) -> None:
    model.add([ASK], [final_answer("A it is.")])
    async with narrowed(chat) as program:
        events = await chat.stream(program, content="Ask me")
    session = events[0]["sessionId"]
    await analyst.post(f"/bi-chat/questions/{events[-1]['checkpointId']}/answer", answer__q="a")
    page = await analyst.until(session, "completed")
    assert "A it is." in page
    assert offered(model) == [False, False]


async def test_revoking_on_the_page_ends_its_stream_and_its_run(chat: Chat, model: ScriptedModel, analyst: Person) -> None:
    gate = asyncio.Event()
    model.add(["Looking", gate])
    async with chat.program(EMAIL) as program:
        streaming = asyncio.create_task(chat.stream(program, content="Slowly?"))
        while not model.requests:
            await asyncio.sleep(0.02)
        page = (await analyst.get("/account")).text
        token_id = re.findall(r'data-token-id="([^"]+)"', page)[0]
        assert (await analyst.post(f"/account/tokens/{token_id}/revoke")).status_code == 303
        events = await streaming
        assert (await program.get("/bi-chat/stream/status")).status_code == 401
    assert "done" not in [event["type"] for event in events]
    page = await analyst.until(events[0]["sessionId"], "failed")
    assert "Looking" in page
    gate.set()


async def test_a_run_whose_token_ended_meanwhile_goes_on_only_for_the_person(
    chat: Chat, model: ScriptedModel, analyst: Person
) -> None:
    model.add([ASK], [final_answer("Now by hand.")])
    async with chat.program(EMAIL) as program:
        events = await chat.stream(program, content="Ask me")
    async with chat.database.writing() as db:
        await db.execute(update(ApiToken).values(revoked_at=now()))
    session = events[0]["sessionId"]
    await analyst.post(f"/bi-chat/questions/{events[-1]['checkpointId']}/answer", answer__q="a")
    await analyst.until(session, "failed")
    assert len(model.requests) == 1
    await analyst.post(f"/bi-chat/runs/{events[1]['runId']}/retry")
    assert "Now by hand." in await analyst.until(session, "completed")
