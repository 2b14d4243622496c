"""A question asked in another way or asked again is another version of its turn; earlier ones stay within reach."""

import asyncio
import re

from tests.chat.conftest import Chat, Person, new_uuid
from tests.scripted_model import ScriptedModel, final_answer
from tests.site import ON_EACH_ENGINE

TURN = re.compile(r'data-turn-id="([^"]+)"')
SHOW = re.compile(r'hx-post="/bi-chat/turns/([^/]+)/show"')


async def turns_of(person: Person, session: str) -> list[str]:
    return TURN.findall((await person.get(f"/bi-chat/sessions/{session}")).text)


async def talk(person: Person, model: ScriptedModel, *exchanges: tuple[str, str]) -> str:
    session = ""
    for question, answer in exchanges:
        model.add([final_answer(answer)])
        session, _ = await person.ask(question, session)
        await person.until(session, "completed")
    return session


@ON_EACH_ENGINE
async def test_an_edited_question_takes_the_place_of_the_old_one_and_of_what_followed(
    analyst: Person, model: ScriptedModel
) -> None:
    session = await talk(analyst, model, ("First?", "One."), ("Secnd?", "Twoo."), ("Third?", "Three."))
    _, second, _ = await turns_of(analyst, session)
    model.add([final_answer("Two.")])
    partial = await analyst.post(f"/bi-chat/turns/{second}/versions", htmx=True, content="Second?")
    assert partial.status_code == 200
    page = await analyst.until(session, "completed")
    assert all(text in page for text in ("One.", "Second?", "Two.", "2/2"))
    assert not any(text in page for text in ("Secnd?", "Twoo.", "Third?", "Three."))
    assert [message.content for message in model.requests[-1].messages] == ["First?", "One.", "Second?"]


@ON_EACH_ENGINE
async def test_the_switch_brings_back_a_version_and_all_that_followed_it(analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, ("First?", "One."), ("Second?", "Two."), ("Third?", "Three."))
    _, second, third = await turns_of(analyst, session)
    model.add([final_answer("Other.")])
    await analyst.post(f"/bi-chat/turns/{second}/versions", content="Otherwise?")
    page = await analyst.until(session, "completed")
    assert SHOW.findall(page) == [second]
    shown = await analyst.post(f"/bi-chat/turns/{second}/show", htmx=True)
    assert "1/2" in shown.text
    assert (await turns_of(analyst, session))[1:] == [second, third]
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    assert "Three." in page
    assert "Other." not in page
    model.add([final_answer("Four.")])
    await analyst.ask("Fourth?", session)
    await analyst.until(session, "completed")
    assert [message.content for message in model.requests[-1].messages][-3:] == ["Third?", "Three.", "Fourth?"]


async def test_asking_again_keeps_the_words_and_the_earlier_answer(analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, ("How many?", "Forty-one."))
    (first,) = await turns_of(analyst, session)
    model.add([final_answer("Forty-two.")])
    await analyst.post(f"/bi-chat/turns/{first}/versions", htmx=True)
    page = await analyst.until(session, "completed")
    assert "Forty-two." in page
    assert "Forty-one." not in page
    assert page.count("How many?</div>") == 1
    await analyst.post(f"/bi-chat/turns/{first}/show")
    assert "Forty-one." in (await analyst.get(f"/bi-chat/sessions/{session}")).text


async def test_a_bad_edit_is_refused_with_the_words_kept(analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, ("First?", "One."))
    (first,) = await turns_of(analyst, session)
    empty = await analyst.post(f"/bi-chat/turns/{first}/versions", htmx=True, content="  ")
    assert empty.status_code == 422
    assert "Write a question first." in empty.text
    long = await analyst.post(f"/bi-chat/turns/{first}/versions", content="<b>" * 8000)
    assert long.status_code == 422
    assert "&lt;b&gt;&lt;b&gt;" in long.text
    assert await turns_of(analyst, session) == [first]


async def test_while_a_run_goes_on_nothing_is_edited_or_switched(analyst: Person, model: ScriptedModel) -> None:
    gate = asyncio.Event()
    session = await talk(analyst, model, ("First?", "One."))
    (first,) = await turns_of(analyst, session)
    model.add([gate, final_answer("Two.")])
    await analyst.ask("Second?", session)
    for action in ("versions", "show"):
        assert (await analyst.post(f"/bi-chat/turns/{first}/{action}", htmx=True, content="No?")).status_code == 409
    gate.set()
    assert "Two." in await analyst.until(session, "completed")


async def test_the_same_request_makes_one_version(analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, ("First?", "One."))
    (first,) = await turns_of(analyst, session)
    model.add([final_answer("Two.")])
    request_id = new_uuid()
    for _ in range(2):
        await analyst.post(f"/bi-chat/turns/{first}/versions", content="Again?", request_id=request_id)
        await analyst.until(session, "completed")
    assert "2/2" in (await analyst.get(f"/bi-chat/sessions/{session}")).text
    assert len(model.requests) == 2


async def test_others_can_neither_edit_nor_switch(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, ("First?", "One."))
    (first,) = await turns_of(analyst, session)
    for email, status in (("viewer@one.test", 404), ("auditor@one.test", 403), ("analyst@two.test", 404)):
        async with chat.person(email) as other:
            assert (await other.get(f"/bi-chat/turns/{first}/edit")).status_code == status
            for action in ("versions", "show"):
                assert (await other.post(f"/bi-chat/turns/{first}/{action}", content="Mine?")).status_code == status
    async with chat.person("auditor@one.test") as reader:
        page = (await reader.get(f"/bi-chat/sessions/{session}")).text
    assert "One." in page
    assert "edit-message" not in page


async def test_without_scripts_a_question_is_edited_on_a_page_of_its_own(analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, ("First?", "One."))
    (first,) = await turns_of(analyst, session)
    page = await analyst.get(f"/bi-chat/turns/{first}/edit")
    assert "First?</textarea>" in page.text
    model.add([final_answer("Two.")])
    sent = await analyst.post(f"/bi-chat/turns/{first}/versions", content="Second?")
    assert sent.status_code == 303
    assert sent.headers["location"].startswith(f"/bi-chat/sessions/{session}#turn-")
    await analyst.until(session, "completed")
    offered = await analyst.get(f"/bi-chat/turns/{first}/show")
    assert f'action="/bi-chat/turns/{first}/show"' in offered.text


async def test_a_program_replaces_a_question(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session = await talk(analyst, model, ("First?", "One."), ("Second?", "Two."))
    first, _ = await turns_of(analyst, session)
    model.add([final_answer("Uno.")])
    async with chat.program("analyst@one.test") as program:
        body = {"sessionId": session, "content": "Primero?", "replaceFromMessageId": first}
        events = await chat.stream(program, **body)
        assert events[-1]["type"] == "done"
        strange = {**body, "replaceFromMessageId": new_uuid()}
        assert (await program.post("/bi-chat/stream", json=strange)).status_code == 404
        del body["sessionId"]
        assert (await program.post("/bi-chat/stream", json=body)).status_code == 400
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    assert "Uno." in page
    assert "Two." not in page


@ON_EACH_ENGINE
async def test_a_stopped_answer_goes_on(analyst: Person, model: ScriptedModel) -> None:
    model.add(["Half an ", asyncio.Event()])
    session, run = await analyst.ask("Long?")
    await asyncio.sleep(0.3)
    await analyst.post(f"/bi-chat/runs/{run}/stop")
    assert 'data-testid="continue"' in await analyst.until(session, "stopped")
    model.add([final_answer("A whole answer.")])
    assert (await analyst.post(f"/bi-chat/runs/{run}/retry", htmx=True)).status_code == 200
    page = await analyst.until(session, "completed")
    assert "A whole answer." in page
    assert "Half an" not in page
