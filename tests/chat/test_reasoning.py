"""What the model tells of its considerations is safe, bounded, and for those alone from whom no table is kept."""

import asyncio
import re
import uuid
from types import SimpleNamespace

import pytest
from sqlalchemy import text

from app.agent.events import Delegated, Reset, Text, Thinking, ThinkingEnd, ToolEnd
from app.agent.model import ModelError, ToolCall
from app.chat.event_log import MemoryEventLog, RunLog
from app.chat.run_logs import open_log
from app.chat.thoughts import LONGEST
from app.chat.transcript import NOTHING
from tests.chat.both_apis.test_reasoning import shown
from tests.chat.conftest import Chat, Person
from tests.chat.test_sharing import COLLEAGUE, share
from tests.chat.test_tables import settings, shop
from tests.chat.test_withheld_tables import SHOPS, decide, keep_for_managers
from tests.scripted_model import Call, ScriptedModel, Thought, final_answer

__all__ = ("settings", "shop")

HOSTILE = (
    "<script>alert(1)</script> <img src=x onerror=alert(2)> ![p](https://evil.test/p.png) [go](javascript:alert(3)) "
    "</details></li><h1>Out</h1>\n\n<hx-partial hx-target='body'></hx-partial>"
)
SECRET = "Shop 3 sold 777."
A, B = Delegated("a", "sql_analyst"), Delegated("b", "sql_analyst")
ENDED = ToolEnd(ToolCall("c", "schema_list", "{}"), "{}", None, 1.0)


async def test_hostile_markdown_is_only_words(analyst: Person, model: ScriptedModel) -> None:
    model.add([Thought(HOSTILE[:40]), Thought(HOSTILE[40:]), final_answer("Well.")])
    session, run = await analyst.ask("Well?")
    streamed = "".join(event["data"] for event in await analyst.events(f"/bi-chat/runs/{run}/events"))
    page = await analyst.until(session, "completed")
    for html in (streamed, page):
        assert "alert(1)" in html
        thoughts = html.split('class="thought"', 1)[1].split("</li>")[0]
        assert not re.search(
            r"<(script|img|h1|hx-partial hx-target='body')|javascript:|evil\.test|onerror=(?!alert\(2\)&gt;)", thoughts
        )


async def test_one_long_paragraph_is_not_drawn_again_for_every_word(analyst: Person, model: ScriptedModel) -> None:
    pieces = [part for number in range(100) for part in (Thought(f"word{number} " * 20), 0.06)]
    model.add([*pieces, final_answer("Long.")])
    _, run = await analyst.ask("Well?")
    told = "".join(event["data"] for event in await analyst.events(f"/bi-chat/runs/{run}/events"))
    paragraphs = re.findall(r"<p>(word0 [^<]*)</p>", told)
    assert paragraphs[-1].endswith("word99")
    assert sum(map(len, paragraphs)) < 25 * len(paragraphs[-1])


async def test_it_is_kept_and_shown_up_to_a_bound(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    pieces = [Thought("word " * 1_000) for _ in range(10)]
    model.add([*pieces, final_answer("Long.")])
    session, _ = await analyst.ask("Well?")
    (told,) = shown(await analyst.until(session, "completed"))
    assert LONGEST - 10 < len(told) <= LONGEST + 1
    assert told.endswith("…")
    (row,) = await chat.database.rows(text("SELECT reasoning FROM bichat_messages WHERE role = 'assistant'"))
    assert row.reasoning == told


def test_a_long_log_of_it_stays_bounded() -> None:
    log = RunLog(uuid.uuid4())
    log.begin(1)
    for number in range(10_000):
        log.append(Thinking(f"{number} ") if number < 9_000 else Text(f"{number} "))
    assert len(log.events) <= 2_001
    told = [logged.event for logged in log.events]
    assert "".join(each.content for each in told if isinstance(each, Thinking)) == "".join(
        f"{number} " for number in range(9_000)
    )


def test_a_long_log_of_agents_that_think_side_by_side_stays_bounded_and_has_no_place_between_them() -> None:
    log, agents = RunLog(uuid.uuid4()), [None, A, B]
    log.begin(1)
    for number in range(6_000):
        log.append(Thinking(f"{number} ", agents[number % 3]))
    assert len(log.events) <= 2_001
    told = [logged.event for logged in log.events if isinstance(logged.event, Thinking)]
    for at, within in enumerate(agents):
        own = "".join(each.content for each in told if each.within == within)
        assert own == "".join(f"{number} " for number in range(at, 6_000, 3))
    known = [number for number in range(6_000) if log.position_after(f"1-{number}")]
    apart = known[1:]
    assert apart == list(range(apart[0], 6_000))
    before = [logged.event for logged in log.events if logged.index < log.position_after(f"1-{known[0]}")]  # type: ignore[operator]
    assert sum(len(event.content.split()) for event in before if isinstance(event, Thinking)) == known[0] + 1


@pytest.mark.parametrize(
    ("events", "is_void"),
    [
        ([Thinking("Half", A)], True),
        ([Thinking("Half", A), ENDED], True),
        ([Thinking("Half", A), ThinkingEnd(0.0, is_void=True, within=A), ENDED], False),
        ([Thinking("Whole", A), ThinkingEnd(1.0, within=A, is_kept=True), Thinking("Half", B), ENDED], True),
        ([Thinking("Whole", A), ThinkingEnd(1.0, within=A, is_kept=True), ENDED], False),
    ],
)
def test_another_attempt_in_the_same_log_begins_anew_what_led_to_no_step(
    events: list[Thinking | ThinkingEnd | ToolEnd], *, is_void: bool
) -> None:
    logs, run = MemoryEventLog(), SimpleNamespace(id=uuid.uuid4(), attempt=2)
    log = logs.open(run.id)
    log.begin(1)
    for event in events:
        log.append(event)
    open_log(logs, run, NOTHING)  # type: ignore[arg-type]  # it has the columns of the row
    assert any(isinstance(logged.event, Reset) for logged in log.events) == is_void


async def test_whoever_may_not_see_a_table_is_told_nothing_of_it(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    model.add([Thought("To the tables."), Call("sql_execute", {"query": SHOPS})], [Thought(SECRET), final_answer("There.")])
    session, run = await analyst.ask("Sales of each shop?")
    assert shown(await analyst.until(session, "completed")) == ["To the tables.", SECRET]
    await keep_for_managers(chat)
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    streamed = (await analyst.events(f"/bi-chat/runs/{run}/events"))[0]["data"]
    assert "There." in page
    assert (shown(page), shown(streamed)) == ([], [])
    call = {"id": "1", "method": "bichat.session.get", "params": {"id": session}}
    async with chat.program("analyst@one.test") as program:
        turn = (await program.post("/bi-chat/rpc", json=call)).json()["result"]["turns"][0]["assistantTurn"]
        told = (await program.get(f"/bi-chat/stream/events?runId={run}")).text
    assert "reasoning" not in turn
    assert "event: content" in told
    assert "event: thinking" not in told
    async with chat.person("admin@one.test") as admin:
        assert shown((await admin.get(f"/bi-chat/sessions/{session}")).text) == ["To the tables.", SECRET]
    await decide(chat, who="everybody")
    assert shown((await analyst.get(f"/bi-chat/sessions/{session}")).text) == ["To the tables.", SECRET]


async def test_it_is_not_told_while_a_call_goes_on_either_nor_of_one_that_was_stopped(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    await keep_for_managers(chat)
    gate = asyncio.Event()
    task = Call("task", {"agent": "sql_analyst", "instructions": "Find out why."})
    model.add([Thought(SECRET), task], [gate])
    async with chat.person("admin@one.test") as admin, chat.program("analyst@one.test") as program:
        session, run = await admin.ask("Why?")
        while SECRET not in (await admin.get(f"/bi-chat/sessions/{session}")).text:
            await asyncio.sleep(0.02)
        await share(admin, session, "viewer", "analyst@one.test")
        pages = [(await analyst.get(f"/bi-chat/sessions/{session}")).text]
        await admin.post(f"/bi-chat/runs/{run}/stop")
        assert SECRET in await admin.until(session, "stopped")
        pages += [(await analyst.get(f"/bi-chat/sessions/{session}")).text]
        pages += [event.get("data", "") for event in await analyst.events(f"/bi-chat/runs/{run}/events")]
        pages += [(await program.get(f"/bi-chat/stream/events?runId={run}")).text]
        call = {"id": "1", "method": "bichat.session.get", "params": {"id": session}}
        pages += [(await program.post("/bi-chat/rpc", json=call)).text]
    assert [page for page in pages if SECRET in page] == []
    assert all("Why?" in page for page in (*pages[:2], pages[-1]))


async def test_nor_is_what_agents_consider_for_a_task(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    task = Call("task", {"agent": "sql_analyst", "instructions": "Sales of each shop."})
    gate = asyncio.Event()
    model.add([task], [Thought(SECRET), Call("sql_execute", {"query": SHOPS})], [Thought("All there."), gate, "Found."])
    model.add([final_answer("There.")])
    async with chat.person("admin@one.test") as admin, chat.program("analyst@one.test") as program:
        session, run = await admin.ask("Sales?")
        while SECRET not in (await admin.get(f"/bi-chat/sessions/{session}")).text:
            await asyncio.sleep(0.02)
        await share(admin, session, "viewer", "analyst@one.test")
        assert shown((await analyst.get(f"/bi-chat/sessions/{session}")).text) == [SECRET]
        await keep_for_managers(chat)
        following = asyncio.create_task(analyst.events(f"/bi-chat/runs/{run}/events"))
        listening = asyncio.create_task(program.get(f"/bi-chat/stream/events?runId={run}"))
        told = [(await analyst.get(f"/bi-chat/sessions/{session}")).text]
        gate.set()
        assert shown(await admin.until(session, "completed")) == [SECRET, "All there."]
        told += [event.get("data", "") for event in await following] + [(await listening).text]
        told += [(await analyst.get(f"/bi-chat/sessions/{session}")).text]
        told += [event.get("data", "") for event in await analyst.events(f"/bi-chat/runs/{run}/events")]
        call = {"id": "1", "method": "bichat.session.get", "params": {"id": session}}
        told += [(await program.post("/bi-chat/rpc", json=call)).text]
        query = {"query": GRAPHQL, "variables": {"id": session}}
        told += [(await program.post("/bi-chat/graphql", json=query)).text]
    assert "There." in told[-1]
    assert [text for text in told if SECRET in text or "All there." in text or "event: thinking" in text] == []


async def test_an_agent_that_fails_leaves_nothing_of_what_led_to_no_step(analyst: Person, model: ScriptedModel) -> None:
    task = Call("task", {"agent": "sql_analyst", "instructions": "Sales of each shop."})
    kept = [Thought("To the tables."), Call("schema_list")]
    model.add([task], kept, [Thought("Vain."), 0.2, ModelError("model_auth", "no")], [final_answer("It failed.")])
    session, run = await analyst.ask("Sales?")
    live = await analyst.events(f"/bi-chat/runs/{run}/events", "1-start")
    page = await analyst.until(session, "completed")
    again = (await analyst.events(f"/bi-chat/runs/{run}/events"))[0]["data"]
    assert shown(page) == shown(again) == ["To the tables."]
    assert "agent_failed" not in page
    drawn = "".join(event.get("data", "") for event in live)
    assert drawn.index("Vain.") < drawn.index('hx-swap="delete"') < drawn.index("It failed.")


GRAPHQL = "query ($id: ID!) { messages(sessionId: $id) { content reasoning toolCalls { reasoning } } }"


async def test_it_may_repeat_what_an_earlier_answer_read_and_goes_with_that(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    model.add([Call("sql_execute", {"query": SHOPS})], [final_answer("There.")])
    session, _ = await analyst.ask("Sales of each shop?")
    await analyst.until(session, "completed")
    model.add([Thought(SECRET), final_answer("Yes.")])
    await analyst.ask("Sure?", session)
    assert shown(await analyst.until(session, "completed")) == [SECRET]
    await keep_for_managers(chat)
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    assert ("Yes." in page, shown(page)) == (True, [])


async def test_who_is_shared_a_chat_sees_it_and_another_company_does_not(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    model.add([Thought("Let me see."), final_answer("There.")])
    session, run = await analyst.ask("Well?")
    await analyst.until(session, "completed")
    await share(analyst, session)
    async with chat.person(COLLEAGUE) as colleague:
        assert shown((await colleague.get(f"/bi-chat/sessions/{session}")).text) == ["Let me see."]
    async with chat.person("analyst@two.test") as stranger:
        for path in (f"/bi-chat/sessions/{session}", f"/bi-chat/runs/{run}/events"):
            assert (await stranger.get(path)).status_code == 404
