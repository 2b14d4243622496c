"""Sending a question: who may, what is refused, and that the same request is the same run."""

import asyncio

from tests.chat.conftest import Chat, Person, new_uuid
from tests.scripted_model import ScriptedModel, final_answer
from tests.site import ON_EACH_ENGINE


@ON_EACH_ENGINE
async def test_a_question_is_answered_and_found_again_after_a_reload(analyst: Person, model: ScriptedModel) -> None:
    model.add([final_answer("**42** orders.")])
    session, run = await analyst.ask("How many orders?")
    page = await analyst.until(session, "completed")
    assert "<strong>42</strong> orders." in page
    assert f'data-run-id="{run}"' in page
    assert 'hx-sse:connect="/bi-chat/runs' not in page
    assert "How many orders?" in (await analyst.get("/bi-chat")).text


async def test_a_running_turn_is_attached_to_its_stream(analyst: Person, model: ScriptedModel) -> None:
    gate = asyncio.Event()
    model.add([gate, final_answer("Done.")])
    session, run = await analyst.ask("Slow?")
    page = await analyst.until(session, "running")
    assert f'hx-sse:connect="/bi-chat/runs/{run}/events"' in page
    gate.set()
    await analyst.until(session, "completed")


async def test_a_plain_form_is_sent_back_to_the_conversation(analyst: Person, model: ScriptedModel) -> None:
    model.add([final_answer("Yes.")])
    answer = await analyst.post("/bi-chat/messages", content="Plain?")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/bi-chat/sessions/")


async def test_htmx_is_moved_to_the_new_conversation(analyst: Person, model: ScriptedModel) -> None:
    model.add([final_answer("Yes.")])
    answer = await analyst.post("/bi-chat/messages", htmx=True, content="New?")
    assert answer.headers["hx-location"].startswith("/bi-chat/sessions/")


async def test_the_same_request_is_the_same_run(analyst: Person, model: ScriptedModel) -> None:
    model.add([final_answer("Once.")])
    request_id = new_uuid()
    session, run = await analyst.ask("Once?", request_id=request_id)
    assert await analyst.ask("Once?", session, request_id=request_id) == (session, run)
    await analyst.until(session, "completed")
    assert len(model.requests) == 1


@ON_EACH_ENGINE
async def test_the_same_request_with_another_text_is_a_conflict(analyst: Person, model: ScriptedModel) -> None:
    model.add([final_answer("One.")])
    request_id = new_uuid()
    session, _ = await analyst.ask("One?", request_id=request_id)
    path = f"/bi-chat/sessions/{session}/messages"
    assert (await analyst.post(path, htmx=True, content="Two?", request_id=request_id)).status_code == 409


@ON_EACH_ENGINE
async def test_two_at_once_with_one_request_id_are_one_run(analyst: Person, model: ScriptedModel) -> None:
    model.add([final_answer("Once.")])
    session = (await analyst.post("/bi-chat/sessions")).headers["location"].rsplit("/", 1)[-1]
    request_id = new_uuid()
    runs = await asyncio.gather(*(analyst.ask("Twice?", session, request_id=request_id) for _ in range(5)))
    assert len(set(runs)) == 1


@ON_EACH_ENGINE
async def test_a_second_question_has_to_wait_and_its_text_is_kept(analyst: Person, model: ScriptedModel) -> None:
    gate = asyncio.Event()
    model.add([gate, final_answer("Done.")])
    session, _ = await analyst.ask("First?")
    path = f"/bi-chat/sessions/{session}/messages"
    refused = await analyst.post(path, content="Second & <third>?")
    assert refused.status_code == 409
    assert "Second &amp; &lt;third&gt;?</textarea>" in refused.text
    assert "still being answered" in refused.text
    assert (await analyst.post(path, htmx=True, content="Second?")).status_code == 409
    gate.set()
    await analyst.until(session, "completed")


async def test_an_empty_or_too_long_question_is_refused_in_words(analyst: Person) -> None:
    session = (await analyst.post("/bi-chat/sessions")).headers["location"]
    for content, words in (("  \n ", "Write a question first."), ("x" * 20_001, "20001 characters")):
        refused = await analyst.post(f"{session}/messages", htmx=True, content=content)
        assert refused.status_code == 422
        assert words in refused.text


async def test_a_request_id_that_is_none_is_refused(analyst: Person) -> None:
    assert (await analyst.post("/bi-chat/messages", htmx=True, content="Hi", request_id="7")).status_code == 422


@ON_EACH_ENGINE
async def test_others_do_not_find_the_conversation(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    model.add([final_answer("Ours.")])
    session, run = await analyst.ask("Ours?")
    await analyst.until(session, "completed")
    for stranger in ("analyst@two.test", "viewer@one.test"):
        async with chat.person(stranger) as person:
            assert (await person.get(f"/bi-chat/sessions/{session}")).status_code == 404
            assert (await person.post(f"/bi-chat/sessions/{session}/messages", content="Mine?")).status_code == 404
            assert (await person.post(f"/bi-chat/runs/{run}/stop")).status_code == 404
            assert (await person.post(f"/bi-chat/runs/{run}/retry")).status_code == 404
            events = await person.get(f"/bi-chat/runs/{run}/events")
            assert (events.status_code, events.content) == (404, b"")


async def test_an_auditor_reads_a_colleagues_conversation_but_cannot_write(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    model.add([final_answer("Readable.")])
    session, run = await analyst.ask("Readable?")
    await analyst.until(session, "completed")
    async with chat.person("auditor@one.test") as auditor:
        page = await auditor.get(f"/bi-chat/sessions/{session}")
        assert "Readable." in page.text
        assert 'data-testid="composer"' not in page.text
        assert (await auditor.events(f"/bi-chat/runs/{run}/events"))[-1]["event"] == "done"
        assert (await auditor.post(f"/bi-chat/sessions/{session}/messages", content="Me too?")).status_code == 403
        assert (await auditor.post(f"/bi-chat/runs/{run}/stop")).status_code == 403


async def test_without_a_role_nothing_is_sent(chat: Chat) -> None:
    async with chat.person("nobody@one.test") as nobody:
        assert (await nobody.post("/bi-chat/messages", content="Hello?")).status_code == 403
