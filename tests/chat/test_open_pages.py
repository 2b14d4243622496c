"""An open page hears of what is asked, shown and named elsewhere: in a second tab, by a member, while an auditor reads."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator

from tests.chat.conftest import PATIENCE, Chat, Person
from tests.chat.test_sharing import asked, colleague, share
from tests.scripted_model import ScriptedModel, final_answer

__all__ = ("colleague",)
LIST = re.compile(r'hx-sse:connect="(/bi-chat/sessions/events[^"]+)"')
TURN = re.compile(r'data-turn-id="([^"]+)"')


class Told:
    """What the stream of an open page has brought so far."""

    def __init__(self) -> None:
        self.text = ""

    async def until(self, *words: str) -> str:
        async with asyncio.timeout(PATIENCE):
            while not all(word in self.text for word in words):
                await asyncio.sleep(0.02)
        return self.text


@contextlib.asynccontextmanager
async def opened(person: Person, session: str) -> AsyncIterator[Told]:
    """Open a conversation and give what its list's stream tells."""
    page = (await person.get(f"/bi-chat/sessions/{session}")).text
    address = LIST.search(page)[1].replace("&amp;", "&")  # type: ignore[index]  # every page has the list
    told, started = Told(), asyncio.Event()

    async def read() -> None:
        async with person.client.stream("GET", address) as answer:
            async for text in answer.aiter_text():
                told.text += text
                started.set()

    reading = asyncio.create_task(read())
    await asyncio.wait_for(started.wait(), PATIENCE)
    yield told
    reading.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await reading


def turn_of(page: str) -> str:
    return TURN.findall(page)[-1]


async def test_a_second_tab_a_member_and_an_auditor_get_the_turn_with_its_stream(
    chat: Chat, analyst: Person, colleague: Person, model: ScriptedModel
) -> None:
    session, _ = await asked(analyst, model)
    await share(analyst, session)
    gate = asyncio.Event()
    model.add([gate, final_answer("Forty-three.")])
    async with (
        chat.person("auditor@one.test") as auditor, opened(analyst, session) as tab,
        opened(colleague, session) as member, opened(auditor, session) as audit,
    ):  # fmt: skip
        _, run = await analyst.ask("And now?", session)
        turn = turn_of((await analyst.get(f"/bi-chat/sessions/{session}")).text)
        for told in (tab, member, audit):
            text = await told.until(f'id="turn-{turn}"', f"/bi-chat/runs/{run}/events")
            assert f'hx-target="#turns:not(:has(#turn-{turn}))" hx-swap="beforeend"' in text
            assert text.count(f'id="turn-{turn}"') == 1
            assert "How many?</div>" not in text
        assert f"/bi-chat/runs/{run}/stop" in tab.text
        assert f"/bi-chat/runs/{run}/stop" not in member.text + audit.text
        gate.set()
        await analyst.until(session, "completed")


async def test_the_asking_tab_adds_its_turn_only_where_the_stream_has_not(analyst: Person, model: ScriptedModel) -> None:
    session, _ = await asked(analyst, model)
    model.add([final_answer("Forty-three.")])
    answer = await analyst.post(f"/bi-chat/sessions/{session}/messages", htmx=True, content="And now?")
    assert f'<hx-partial hx-target="#turns:not(:has(#turn-{turn_of(answer.text)}))" hx-swap="beforeend">' in answer.text
    await analyst.until(session, "completed")


async def test_a_page_that_was_away_hears_what_it_missed(analyst: Person, model: ScriptedModel) -> None:
    session, _ = await asked(analyst, model)
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    model.add([final_answer("Forty-three.")])
    await analyst.ask("And now?", session)
    await analyst.until(session, "completed")
    address = LIST.search(page)[1].replace("&amp;", "&")  # type: ignore[index]  # every page has the list
    async with analyst.client.stream("GET", address) as answer, asyncio.timeout(PATIENCE):
        told = ""
        async for text in answer.aiter_text():
            told += text
            if "And now?" in told:
                break
    assert "Forty-three." in told


async def test_another_version_draws_all_turns_anew(analyst: Person, model: ScriptedModel) -> None:
    session, _ = await asked(analyst, model)
    first = turn_of((await analyst.get(f"/bi-chat/sessions/{session}")).text)
    async with opened(analyst, session) as told:
        model.add([final_answer("Forty-three.")])
        await analyst.post(f"/bi-chat/turns/{first}/versions", htmx=True, content="How many in May?")
        second = turn_of(await analyst.until(session, "completed"))
        assert "How many in May?</div>" in await told.until(f":has(#turn-{second})")
        await analyst.post(f"/bi-chat/turns/{first}/show", htmx=True)
        await told.until(f":has(#turn-{first})")
        await analyst.post(f"/bi-chat/sessions/{session}/clear", htmx=True)
        await told.until('hx-target="#turns:has(> *)"')


async def test_an_answer_that_goes_on_is_attached_again(analyst: Person, model: ScriptedModel) -> None:
    gate = asyncio.Event()
    model.add([gate, final_answer("Never.")])
    session, run = await analyst.ask("How many?")
    await analyst.post(f"/bi-chat/runs/{run}/stop", htmx=True)
    turn = turn_of(await analyst.until(session, "stopped"))
    async with opened(analyst, session) as told:
        hold = asyncio.Event()
        model.add([hold, final_answer("Forty-two.")])
        await analyst.post(f"/bi-chat/runs/{run}/retry", htmx=True)
        await told.until(f"#turn-{turn}:has(.run-status", f"/bi-chat/runs/{run}/events")
        hold.set()
        await analyst.until(session, "completed")


async def test_another_title_stands_in_the_head(analyst: Person, colleague: Person, model: ScriptedModel) -> None:
    session, _ = await asked(analyst, model)
    await share(analyst, session)
    async with opened(colleague, session) as told:
        await analyst.post(f"/bi-chat/sessions/{session}/title", title="Orders <b>")
        text = await told.until("<title>")
        assert "<title>Orders &lt;b&gt; · BiChat</title>" in text
        assert "Orders &lt;b&gt;</h1>" in text
        assert "rename-session" not in text


async def test_a_stranger_hears_nothing_of_it_and_a_wrong_place_is_not_found(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    session, _ = await asked(analyst, model)
    async with chat.person("analyst@two.test") as stranger:
        told = ""
        with contextlib.suppress(TimeoutError):
            async with (
                asyncio.timeout(1),
                stranger.client.stream("GET", f"/bi-chat/sessions/events?current={session}&shown=.0..x") as answer,
            ):
                async for text in answer.aiter_text():
                    told += text
        assert "closed" in told
        assert "How many?" not in told
    for wrong in ("x", "x.1..a", ".y..a", "...."):
        refused = await analyst.get(f"/bi-chat/sessions/events?current={session}&shown={wrong}")
        assert refused.status_code == 404


async def test_a_page_of_earlier_turns_follows_nothing(analyst: Person, model: ScriptedModel) -> None:
    session, _ = await asked(analyst, model)
    page = (await analyst.get(f"/bi-chat/sessions/{session}/turns?before=01900000-0000-7000-8000-000000000000")).text
    assert "current=" in page
    assert "shown=" not in page
