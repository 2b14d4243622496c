"""The stream of partials: whole for whoever comes late, and without loss or repetition for whoever comes back."""

import asyncio
import re

from app.chat.event_log import RunLog
from app.settings import Settings
from tests.chat.conftest import Chat, Person, events_of, served
from tests.scripted_model import Call, ScriptedModel, Thought, final_answer
from tests.site import ON_EACH_ENGINE

PIECES = [f"Paragraph {number} with words.\n\n" for number in range(6)]
PARTIAL = re.compile(r'<hx-partial hx-target="#([^"]+)" hx-swap="(\w+)">(.*?)</hx-partial>', re.DOTALL)


def drawn(messages: list[dict[str, str]], zones: dict[str, str] | None = None) -> dict[str, str]:
    """Apply the partials of the answer's text as a page would."""
    zones = dict(zones or {})
    for message in messages:
        for target, swap, html in PARTIAL.findall(message.get("data", "")):
            zone = target.rsplit("-", 1)[-1]
            if zone == "body":
                done, still_open = (
                    re.search(r'-done"[^>]*>(.*?)</div>', html, re.DOTALL),
                    re.search(r'-open">(.*?)</div>', html, re.DOTALL),
                )
                assert done
                assert still_open
                zones = {"done": done[1], "open": still_open[1]}
            elif zone in {"done", "open"}:
                zones[zone] = zones.get(zone, "") + html if swap == "beforeend" else html
    return zones


def words(zones: dict[str, str]) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", zones["done"] + zones["open"])).strip()


@ON_EACH_ENGINE
async def test_coming_back_at_any_event_loses_and_repeats_nothing(analyst: Person, model: ScriptedModel) -> None:
    paced = [part for piece in PIECES for part in (piece, 0.12)]
    model.add(["A note. ", Call("get_current_time")], paced)
    _, run = await analyst.ask("Long?")
    path = f"/bi-chat/runs/{run}/events"
    whole = await analyst.events(path)
    assert whole[-1]["event"] == "done"
    assert all("id" in message for message in whole)
    assert [message.get("event") for message in await analyst.events(path, last_event_id=whole[-1]["id"])] == ["done"]
    expected = " ".join("".join(PIECES).split())
    assert words(drawn(whole)) == expected
    ids = [message["id"] for message in whole if "id" in message]
    assert len(ids) == len(set(ids)) > 5
    for cut in range(1, len(ids)):
        before = [message for message in whole if "id" in message][:cut]
        after = await analyst.events(path, last_event_id=ids[cut - 1])
        assert words(drawn(after, drawn(before))) == expected, cut
        assert after[-1]["event"] == "done"


async def test_an_id_of_another_attempt_gets_everything_drawn_anew(analyst: Person, model: ScriptedModel) -> None:
    model.add([final_answer("All of it.")])
    session, run = await analyst.ask("Well?")
    await analyst.until(session, "completed")
    messages = await analyst.events(f"/bi-chat/runs/{run}/events", last_event_id="7-3")
    assert words(drawn(messages)) == "All of it."


@ON_EACH_ENGINE
async def test_a_log_that_is_gone_is_told_again_from_the_transcript(
    chat: Chat, analyst: Person, model: ScriptedModel, chat_settings: Settings
) -> None:
    model.add([Call("get_current_time")], [final_answer("Still here.")])
    session, run = await analyst.ask("Well?")
    await analyst.until(session, "completed")
    async with served(chat_settings, model) as another, chat.program("analyst@one.test") as client:
        told = events_of((await client.get(f"{another}/bi-chat/stream/events?runId={run}")).text)
        page = events_of((await client.get(f"{another}/bi-chat/runs/{run}/events")).text)
    assert [event["event"] for event in told] == ["tool_start", "tool_end", "content", "done"]
    assert "Still here." in told[2]["data"]
    assert words(drawn(page)) == "Still here."
    assert page[-1]["event"] == "done"


async def test_two_tabs_see_the_same(analyst: Person, model: ScriptedModel) -> None:
    model.add([part for piece in PIECES for part in (piece, 0.02)])
    _, run = await analyst.ask("Twice?")
    path = f"/bi-chat/runs/{run}/events"
    first, second = await asyncio.gather(analyst.events(path), analyst.events(path))
    assert words(drawn(first)) == words(drawn(second)) == " ".join("".join(PIECES).split())


def test_a_long_log_stays_bounded_and_keeps_its_text() -> None:
    from uuid import uuid4

    from app.agent.events import Text

    log = RunLog(uuid4())
    log.begin(1)
    for number in range(10_000):
        log.append(Text(f"{number} "))
    assert len(log.events) <= 2_001
    told = "".join(logged.event.content for logged in log.events if isinstance(logged.event, Text))
    assert told == "".join(f"{number} " for number in range(10_000))
    assert log.position_after("1-9999") == 10_000
    assert log.position_after("1-5") is None


async def test_no_message_puts_anything_into_what_it_brings_itself(analyst: Person, model: ScriptedModel) -> None:
    begin = asyncio.Event()
    calls = [Call("get_current_time", id=f"c{number}") for number in range(3)]
    model.add([begin, Thought("Now"), " Let me see. ", Thought(" again"), *calls], [Thought("Summing"), "Done."])
    _, run = await analyst.ask("Well?")
    streaming = asyncio.create_task(analyst.events(f"/bi-chat/runs/{run}/events"))
    await asyncio.sleep(0.3)
    begin.set()
    messages = await streaming
    for message in messages:
        brought = set[str]()
        for target, _, html in PARTIAL.findall(message.get("data", "")):
            assert target not in brought, message
            brought |= set(re.findall(r'id="([^"]+)"', html))
    html = "".join(message["data"] for message in messages)
    assert re.findall(r'class="step-title">(Thinking…|Thought for)', html)[-1] == "Thought for"
