"""Commands typed instead of a question are done by the page's server; no model hears of them."""

import asyncio

from sqlalchemy import select

from app.chat.models import Run
from tests.chat.conftest import Chat, Person
from tests.scripted_model import ScriptedModel, final_answer


async def talk(person: Person, model: ScriptedModel, *questions: str) -> str:
    session = ""
    for question in questions:
        model.add([final_answer("Ten.")])
        session, _ = await person.ask(question, session)
        await person.until(session, "completed")
    return session


async def test_clear_says_what_goes_and_asks_first(analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, "One?", "Two?")
    address = f"/bi-chat/sessions/{session}"
    sent = await analyst.post(f"{address}/messages", content=" /clear ")
    assert (sent.status_code, sent.headers["location"]) == (303, f"{address}/clear")
    assert (await analyst.post(f"{address}/messages", htmx=True, content="/CLEAR")).headers["hx-location"] == f"{address}/clear"
    page = (await analyst.get(f"{address}/clear")).text
    assert "2 questions go" in page
    assert "cannot be brought back" in page
    assert (await analyst.get(address)).text.count('data-testid="turn"') == 2
    assert (await analyst.post(f"{address}/clear")).status_code == 303
    assert 'data-testid="turn"' not in (await analyst.get(address)).text
    assert len(model.requests) == 2


async def test_compact_summarises_or_says_why_not(analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, "One?")
    address = f"/bi-chat/sessions/{session}/messages"
    refused = await analyst.post(address, htmx=True, content="/compact")
    assert refused.status_code == 409
    assert 'data-testid="composer-error"' in refused.text
    for question in ("Two?", "Three?", "Four?"):
        model.add([final_answer("Ten.")])
        await analyst.ask(question, session)
        await analyst.until(session, "completed")
    model.add(["A summary of it all."])
    done = await analyst.post(address, content="/compact", htmx=True)
    path, _, place = done.headers["hx-redirect"].partition("#")
    page = (await analyst.get(path)).text
    assert f'<article class="summary-turn" data-testid="summary-turn" id="{place}">' in page
    assert "A summary of it all." in page
    assert page.count('data-testid="turn"') == 2


async def test_debug_holds_for_the_next_questions_until_it_is_turned_off(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    assert (await analyst.post("/bi-chat/messages", content="/debug")).headers["location"] == "/bi-chat"
    session = await talk(analyst, model, "One?")
    assert 'data-testid="debugging"' in (await analyst.get(f"/bi-chat/sessions/{session}")).text
    await analyst.post(f"/bi-chat/sessions/{session}/messages", content="/debug")
    assert 'data-testid="debugging"' not in (await analyst.get(f"/bi-chat/sessions/{session}")).text
    model.add([final_answer("Ten.")])
    await analyst.ask("Two?", session)
    await analyst.until(session, "completed")
    async with chat.database.reading() as db:
        assert [run.get("debug", False) for run in await db.scalars(select(Run.options).order_by(Run.id))] == [True, False]


async def test_debug_needs_the_permission(chat: Chat) -> None:
    async with chat.person("viewer@one.test") as viewer:
        refused = await viewer.post("/bi-chat/messages", content="/debug")
        assert refused.status_code == 403
        assert "not allowed to see debug information" in refused.text
        viewer.client.cookies.set("bichat_debug", "on")
        page = (await viewer.get("/bi-chat")).text
        assert 'data-testid="debugging"' not in page
        assert "/debug" not in page


async def test_other_words_after_a_slash_are_questions(analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, "/sales")
    assert "/sales" in (await analyst.get(f"/bi-chat/sessions/{session}")).text
    assert model.requests[-1].messages[-1].content == "/sales"


async def test_a_new_chat_has_nothing_to_clear_and_strangers_chats_cannot_be(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    for command in ("/clear", "/compact"):
        assert (await analyst.post("/bi-chat/messages", content=command)).status_code == 422
    session = await talk(analyst, model, "One?")
    for email, status in (("viewer@one.test", 404), ("analyst@two.test", 404), ("auditor@one.test", 403)):
        async with chat.person(email) as other:
            assert (await other.get(f"/bi-chat/sessions/{session}/clear")).status_code == status
            for command in ("/clear", "/compact"):
                sent = await other.post(f"/bi-chat/sessions/{session}/messages", content=command)
                assert sent.status_code == status, (email, command)


async def test_clear_may_be_asked_for_while_an_answer_goes_on(analyst: Person, model: ScriptedModel) -> None:
    model.add([asyncio.Event()])
    session, _ = await analyst.ask("One?")
    sent = await analyst.post(f"/bi-chat/sessions/{session}/messages", content="/clear")
    assert sent.status_code == 303
    await analyst.post(f"/bi-chat/sessions/{session}/clear")
    assert 'data-testid="turn"' not in (await analyst.get(f"/bi-chat/sessions/{session}")).text
