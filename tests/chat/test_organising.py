"""Conversations are named, pinned, archived, cleared, deleted and brought back by their owners, and by nobody else."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

import pytest

from app.agent.model import ModelError
from tests.chat.conftest import PATIENCE, Chat, Person, events_of
from tests.chat.test_questions import ASK
from tests.scripted_model import Call, Part, ScriptedModel, final_answer
from tests.site import ON_EACH_ENGINE

LINE = re.compile(r'data-session-id="([^"]+)"')
STATE = re.compile(r'id="session-([^"]+)-state" data-state="(\w*)"')
CODER = "\U0001f469\u200d\U0001f4bb"
ACTIONS = ("title", "pin", "unpin", "archive", "unarchive", "delete", "clear")


async def talked(person: Person, model: ScriptedModel, question: str = "How many?") -> str:
    model.add([final_answer("Forty-two.")])
    session, _ = await person.ask(question)
    await person.until(session, "completed")
    return session


async def lines(person: Person) -> list[str]:
    return LINE.findall((await person.get("/bi-chat")).text)


@ON_EACH_ENGINE
async def test_a_title_is_typed_and_kept(analyst: Person, model: ScriptedModel) -> None:
    session = await talked(analyst, model)
    changed = await analyst.post(f"/bi-chat/sessions/{session}/title", htmx=True, title="  Orders   of May ", place="title")
    assert "Orders of May" in changed.text
    model.add([final_answer("More.")])
    await analyst.ask("And more?", session)
    page = await analyst.until(session, "completed")
    assert "Orders of May</h1>" in page


@pytest.mark.parametrize(
    ("typed", "kept"), [(" a\nb\x00 c\u202e ", "a b c"), (CODER, CODER), ("x" * 300, "x" * 200), ("\x07", "New chat")]
)
@ON_EACH_ENGINE
async def test_a_new_chat_takes_of_a_title_what_can_be_one(analyst: Person, typed: str, kept: str) -> None:
    made = await analyst.post("/bi-chat/sessions", title=typed)
    assert f">{kept}</h1>" in (await analyst.get(made.headers["location"])).text


@pytest.mark.parametrize(
    "title", [f"{CODER} revenue", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u200f\u05e9\u05dc\u05d5\u05dd"]
)
async def test_a_title_may_have_the_joiners_of_emoji_and_of_other_scripts(
    analyst: Person, model: ScriptedModel, title: str
) -> None:
    session = await talked(analyst, model)
    assert (await analyst.post(f"/bi-chat/sessions/{session}/title", title=title)).status_code == 303
    assert f">{title}</h1>" in (await analyst.get(f"/bi-chat/sessions/{session}")).text


async def test_a_bad_title_is_refused_with_what_was_typed(analyst: Person, model: ScriptedModel) -> None:
    session = await talked(analyst, model)
    for title in (" ", "x" * 201, "a\x07b"):
        refused = await analyst.post(f"/bi-chat/sessions/{session}/title", htmx=True, title=title, place="menu")
        assert refused.status_code == 422
        assert "A title has 1 to 200 characters." in refused.text
    assert (await analyst.post(f"/bi-chat/sessions/{session}/title", title="")).status_code == 422


@ON_EACH_ENGINE
async def test_pinned_conversations_stand_above_the_others(analyst: Person, model: ScriptedModel) -> None:
    first, second = await talked(analyst, model, "First?"), await talked(analyst, model, "Second?")
    assert await lines(analyst) == [second, first]
    await analyst.post(f"/bi-chat/sessions/{first}/pin", htmx=True)
    assert await lines(analyst) == [first, second]
    await analyst.post(f"/bi-chat/sessions/{first}/unpin")
    assert await lines(analyst) == [second, first]


@ON_EACH_ENGINE
async def test_an_archived_conversation_leaves_the_list_and_can_still_be_read(analyst: Person, model: ScriptedModel) -> None:
    session = await talked(analyst, model)
    answer = await analyst.post(f"/bi-chat/sessions/{session}/archive")
    assert answer.headers["location"] == f"/bi-chat?done=archived&session={session}"
    page = (await analyst.get(answer.headers["location"])).text
    assert f'action="/bi-chat/sessions/{session}/unarchive"' in page
    assert await lines(analyst) == []
    assert "Forty-two." in (await analyst.get(f"/bi-chat/sessions/{session}")).text
    await analyst.post(f"/bi-chat/sessions/{session}/unarchive")
    assert await lines(analyst) == [session]


@ON_EACH_ENGINE
async def test_a_deleted_conversation_is_gone_until_it_is_brought_back(analyst: Person, model: ScriptedModel) -> None:
    session = await talked(analyst, model)
    deleted = await analyst.post(f"/bi-chat/sessions/{session}/delete", htmx=True)
    assert f'hx-post="/bi-chat/sessions/{session}/restore"' in deleted.text
    assert (await analyst.get(f"/bi-chat/sessions/{session}")).status_code == 404
    assert await lines(analyst) == []
    await analyst.post(f"/bi-chat/sessions/{session}/restore", htmx=True)
    assert "Forty-two." in (await analyst.get(f"/bi-chat/sessions/{session}")).text


@ON_EACH_ENGINE
async def test_deleting_stops_what_goes_on(analyst: Person, model: ScriptedModel) -> None:
    model.add(["Half", asyncio.Event()])
    session, _ = await analyst.ask("Long?")
    await analyst.until(session, "running")
    await analyst.post(f"/bi-chat/sessions/{session}/delete")
    assert model.cancelled == 1
    await analyst.post(f"/bi-chat/sessions/{session}/restore")
    await analyst.until(session, "stopped")


@ON_EACH_ENGINE
async def test_a_cleared_conversation_is_empty_and_keeps_its_title(analyst: Person, model: ScriptedModel) -> None:
    session = await talked(analyst, model, "How many?")
    cleared = (await analyst.post(f"/bi-chat/sessions/{session}/clear", htmx=True)).text
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    for text in (cleared, page):
        assert f'data-starters hx-post="/bi-chat/sessions/{session}/messages"' in text
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    assert "Forty-two." not in page
    assert "How many?</h1>" in page
    model.add([final_answer("Anew.")])
    await analyst.ask("Anew?", session)
    await analyst.until(session, "completed")
    assert [message.content for message in model.requests[-1].messages] == ["Anew?"]


async def test_others_can_change_nothing(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    session = await talked(analyst, model)
    for email, status in (("viewer@one.test", 404), ("auditor@one.test", 403), ("analyst@two.test", 404)):
        async with chat.person(email) as other:
            assert (await other.get(f"/bi-chat/sessions/{session}/menu")).status_code == status
            for action in ACTIONS:
                assert (await other.post(f"/bi-chat/sessions/{session}/{action}", title="Mine")).status_code == status
    await analyst.post(f"/bi-chat/sessions/{session}/delete")
    for email in ("viewer@one.test", "auditor@one.test", "analyst@two.test"):
        async with chat.person(email) as other:
            assert (await other.post(f"/bi-chat/sessions/{session}/restore")).status_code == 404
            assert "restore" not in (await other.get(f"/bi-chat?done=deleted&session={session}")).text


async def test_a_long_list_comes_in_pages_without_a_gap(analyst: Person) -> None:
    made = [(await analyst.post("/bi-chat/sessions", title=f"Chat {n}")).headers["location"][-36:] for n in range(60)]
    await analyst.post(f"/bi-chat/sessions/{made[30]}/pin")
    page = (await analyst.get("/bi-chat")).text
    more = re.search(r'hx-get="(/bi-chat/sessions\?after=[^"]+)"', page)
    assert more
    rest = await analyst.client.get(more[1], headers={"HX-Request": "true"})
    expected = [made[30], *(session for session in reversed(made) if session != made[30])]
    assert LINE.findall(page) + LINE.findall(rest.text) == expected
    assert "<h2>" not in rest.text
    assert (await analyst.get("/bi-chat/sessions?after=nonsense")).status_code == 404


@ON_EACH_ENGINE
async def test_the_list_says_which_conversations_are_at_work_wait_or_failed(analyst: Person, model: ScriptedModel) -> None:
    held = asyncio.Event()
    expected = {}
    for turn, status, state in (
        ([final_answer("Done.")], "completed", ""),
        ([ASK], "waiting", "waiting"),
        ([ModelError("overloaded", "busy")], "failed", "failed"),
        ([held, final_answer("Done.")], "running", "running"),
    ):
        model.add(turn)
        session, _ = await analyst.ask(f"Will it be {status}?")
        await analyst.until(session, status)
        expected[session] = state
    page = (await analyst.get("/bi-chat")).text
    assert dict(STATE.findall(page)) == expected
    assert [word in page for word in ("answering<", "waiting for your answer<", "failed<")] == [True] * 3
    held.set()


@contextlib.asynccontextmanager
async def open_list(person: Person) -> AsyncIterator[list[str]]:
    """Keep a list open, and yield what it hears."""
    heard: list[str] = []

    async def listen() -> None:
        async with person.client.stream("GET", "/bi-chat/sessions/events") as answer:
            async for text in answer.aiter_text():
                heard.append(text)  # noqa: PERF401 - the stream has no end

    listening = asyncio.create_task(listen())
    try:
        yield heard
    finally:
        listening.cancel()


@ON_EACH_ENGINE
async def test_every_open_list_hears_of_what_goes_on(analyst: Person, model: ScriptedModel) -> None:
    gate = asyncio.Event()
    model.add([gate, Call("get_current_time")], [final_answer("Done.")])
    async with open_list(analyst) as heard:
        session, _ = await analyst.ask("Slow?")
        async with asyncio.timeout(10):
            while not any(f'data-session-id="{session}"' in text for text in heard):
                await asyncio.sleep(0.02)
            while 'data-state="running"' not in "".join(heard):
                await asyncio.sleep(0.02)
            gate.set()
            await analyst.until(session, "completed")
            while f'id="session-{session}-state" data-state=""' not in heard[-1]:
                await asyncio.sleep(0.02)
    assert all("data" in event for event in events_of("".join(heard)) if "id" in event)


@pytest.mark.parametrize(("turn", "state"), [(ASK, "waiting"), (ModelError("overloaded", "busy"), "failed")])
async def test_every_open_list_hears_that_one_waits_or_failed(
    analyst: Person, model: ScriptedModel, turn: Part, state: str
) -> None:
    gate = asyncio.Event()
    model.add([gate, turn])
    async with open_list(analyst) as heard:
        session, _ = await analyst.ask("Slow?")
        async with asyncio.timeout(PATIENCE):
            while (session, "running") not in STATE.findall("".join(heard)):
                await asyncio.sleep(0.02)
            gate.set()
            while STATE.findall("".join(heard))[-1] != (session, state):
                await asyncio.sleep(0.02)
