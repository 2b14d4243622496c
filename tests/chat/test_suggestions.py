"""Below the last answer stand questions that go on from it; one press asks them."""

import asyncio
import html
import re

import httpx

from tests.chat.conftest import Person
from tests.scripted_model import ScriptedModel, final_answer
from tests.servers import Served

SUGGESTION = re.compile(r'<input type="hidden" name="content" value="([^"]+)">')
QUESTIONS = {"en": "revenue by branch", "ru": "выручка по филиалам", "uz": "filiallar boʻyicha tushum"}


async def signed_in(client: httpx.AsyncClient, email: str) -> Person:
    await client.get("/login")
    form = {"_csrf_token": client.cookies["csrftoken"], "email": email, "password": "demo"}
    assert (await client.post("/login", data=form)).status_code == 303
    return Person(client)


def offered(page: str) -> list[str]:
    return [html.unescape(text) for text in SUGGESTION.findall(page)]


async def test_they_come_in_the_language_of_the_question_and_are_asked_by_a_plain_form(served: Served) -> None:
    async with httpx.AsyncClient(base_url=served.url, timeout=30) as client:
        analyst = await signed_in(client, "analyst@demo.test")
        for question in QUESTIONS.values():
            session, run = await analyst.ask(question)
            drawn = "".join(event.get("data", "") for event in await analyst.events(f"/bi-chat/runs/{run}/events"))
            page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
            texts = offered(page)
            assert len(texts) == 3
            assert offered(drawn) == texts
            sent = await analyst.post(f"/bi-chat/sessions/{session}/messages", content=texts[0])
            assert sent.status_code == 303
            page = await analyst.until(session, "completed")
            assert page.count('data-testid="message-user"') == 2
            assert set(offered(page)).isdisjoint({texts[0]})
            async with httpx.AsyncClient(base_url=served.url, timeout=30) as other:
                auditor = await signed_in(other, "auditor@demo.test")
                assert offered((await auditor.get(f"/bi-chat/sessions/{session}")).text) == []


async def test_there_are_none_while_an_answer_goes_on_or_where_nothing_was_read(analyst: Person, model: ScriptedModel) -> None:
    model.add([final_answer("Hello.")], [asyncio.Event()])
    session, _ = await analyst.ask("Hi")
    assert "data-suggestions" not in await analyst.until(session, "completed")
    _, run = await analyst.ask("And?", session)
    assert "data-suggestions" not in (await analyst.get(f"/bi-chat/sessions/{session}")).text
    await analyst.post(f"/bi-chat/runs/{run}/stop")
