"""A title is made on request, in the language of the conversation, and never over one that somebody typed."""

import pytest
from sqlalchemy import func, select

from app.agent.model import ModelError
from app.chat import titles
from app.chat.models import ModelCall
from tests.chat.conftest import Chat, Person
from tests.chat.test_organising import talked
from tests.scripted_model import ScriptedModel


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("Orders of May", "Orders of May"),
        ("  «Продажи за май».\n", "Продажи за май"),
        ('"**Maydagi savdo**"', "Maydagi savdo"),
        ("# Sales\nby branch", "Sales"),
        ("ab", ""),
        ("\n \n", ""),
        ("word " * 30, " ".join(["word"] * 12) + "…"),
    ],
)
def test_what_a_model_writes_is_made_a_title(written: str, title: str) -> None:
    assert titles.tidied(written) == title


async def test_the_model_names_a_conversation_on_request(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session = await talked(analyst, model, "How many orders in May?")
    model.add(["«Orders ", "of May»."])
    changed = await analyst.post(f"/bi-chat/sessions/{session}/new-title", htmx=True)
    assert "Orders of May</span>" in changed.text
    assert [message.content for message in model.requests[-1].messages][:2] == ["How many orders in May?", "Forty-two."]
    async with chat.database.reading() as db:
        assert await db.scalar(select(func.count()).where(ModelCall.run_id.is_(None))) == 1


async def test_a_typed_title_stays(analyst: Person, model: ScriptedModel) -> None:
    session = await talked(analyst, model)
    await analyst.post(f"/bi-chat/sessions/{session}/title", title="Mine")
    await analyst.post(f"/bi-chat/sessions/{session}/new-title")
    assert "Mine</h1>" in (await analyst.get(f"/bi-chat/sessions/{session}")).text
    assert len(model.requests) == 1


async def test_a_failing_model_leaves_the_title_and_says_so(analyst: Person, model: ScriptedModel) -> None:
    session = await talked(analyst, model, "How many orders in May?")
    model.add([ModelError("overloaded", "secret cause")])
    refused = await analyst.post(f"/bi-chat/sessions/{session}/new-title", htmx=True)
    assert refused.status_code == 503
    assert "The title could not be made." in refused.text
    assert "secret" not in refused.text
    assert "How many orders in May?</h1>" in (await analyst.get(f"/bi-chat/sessions/{session}")).text


async def test_programs_ask_for_a_title_too(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session = await talked(analyst, model, "How many orders in May?")
    model.add(["Orders of May"])
    body = {"id": "1", "method": "bichat.session.regenerateTitle", "params": {"id": session}}
    async with chat.program("analyst@one.test") as program:
        answer = (await program.post("/bi-chat/rpc", json=body)).json()
    assert answer["result"]["session"]["title"] == "Orders of May"
    async with chat.program("viewer@one.test") as other:
        assert (await other.post("/bi-chat/rpc", json=body)).json()["error"]["code"] == "not_found"
