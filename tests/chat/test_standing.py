"""An open page is told when its reader may write, may only read, or may not be there any more."""

import asyncio
import contextlib
import html
import re
from collections.abc import AsyncIterator

import pytest

from tests.chat.conftest import PATIENCE, Chat, Person
from tests.chat.test_sharing import asked, colleague, remove, share
from tests.scripted_model import ScriptedModel

__all__ = ("colleague",)
STREAM = re.compile(r'hx-sse:connect="(/bi-chat/sessions/events[^"]+)"')
WRITING = ('id="composer-input"', 'data-testid="regenerate"', 'data-testid="edit-message"')
TOLD = re.compile(r'data-standing="(\w+)"')


@contextlib.asynccontextmanager
async def page_of(person: Person, session: str) -> AsyncIterator[asyncio.Queue[str]]:
    """Give what the list's stream tells of the conversation beside it."""
    told: asyncio.Queue[str] = asyncio.Queue()

    async def read() -> None:
        async with person.client.stream("GET", f"/bi-chat/sessions/events?current={session}") as answer:
            await told.put("open")
            async for text in answer.aiter_text():
                for standing in TOLD.findall(text):
                    await told.put(standing)

    reading = asyncio.create_task(read())
    assert await asyncio.wait_for(told.get(), PATIENCE) == "open"
    await asyncio.sleep(0.2)
    yield told
    reading.cancel()


async def heard(told: asyncio.Queue[str]) -> str:
    return await asyncio.wait_for(told.get(), 3)


async def test_a_member_hears_at_once_what_they_may_do_now(chat: Chat, analyst: Person, colleague: Person) -> None:
    session = (await analyst.post("/bi-chat/sessions")).headers["location"].rsplit("/", 1)[-1]
    await share(analyst, session)
    async with page_of(colleague, session) as told:
        await share(analyst, session, "editor")
        assert await heard(told) == "writer"
        await share(analyst, session, "viewer")
        assert await heard(told) == "reader"
        await remove(chat, analyst, session)
        assert await heard(told) == "closed"
        await share(analyst, session, "viewer")
        assert await heard(told) == "reader"
        await analyst.post(f"/bi-chat/sessions/{session}/delete")
        assert await heard(told) == "closed"


async def test_the_page_takes_the_new_standing_in_its_place(analyst: Person, colleague: Person, model: ScriptedModel) -> None:
    session, _ = await asked(analyst, model)
    await share(analyst, session)
    page = (await colleague.get(f"/bi-chat/sessions/{session}")).text
    assert [mark in page for mark in WRITING] == [False] * 3
    async with colleague.client.stream("GET", html.unescape(STREAM.findall(page)[0])) as answer:
        lines = answer.aiter_lines()

        async def told(standing: str) -> str:
            async with asyncio.timeout(PATIENCE):
                text = ""
                async for line in lines:
                    text = text + line if line else ""
                    if f'data-standing="{standing}"' in text and text.endswith("</hx-partial>"):
                        return text
            raise AssertionError(standing)

        await anext(lines)
        await share(analyst, session, "editor")
        writing = await told("writer")
        assert [mark in writing for mark in WRITING] == [True] * 3
        assert "Reading only" not in writing
        await share(analyst, session, "viewer")
        reading = await told("reader")
        assert "Forty-two." in reading
        assert "Reading only" in reading
        assert [mark in reading for mark in WRITING] == [False] * 3


async def test_who_came_by_the_link_hears_that_it_was_closed(analyst: Person, colleague: Person) -> None:
    session = (await analyst.post("/bi-chat/sessions")).headers["location"].rsplit("/", 1)[-1]
    await analyst.post(f"/bi-chat/sessions/{session}/link", role="viewer")
    async with page_of(colleague, session) as told:
        await analyst.post(f"/bi-chat/sessions/{session}/link", role="")
        assert await heard(told) == "closed"


async def test_a_stranger_hears_only_that_there_is_nothing(analyst: Person, chat: Chat) -> None:
    session = (await analyst.post("/bi-chat/sessions", title="Secret plans")).headers["location"].rsplit("/", 1)[-1]
    async with chat.person("analyst@two.test") as stranger, page_of(stranger, session) as told:
        assert await heard(told) == "closed"
    async with page_of(analyst, session) as told:
        await analyst.post(f"/bi-chat/sessions/{session}/pin")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(told.get(), 0.5)
