"""Whoever embeds BiChat hears what happens, and can hold nothing up."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator, Callable

from app.database import Database
from app.settings import Settings
from app.telemetry.bus import AgentCompleted, AgentFailed, Bus, Event, Handler, ModelAnswered, SessionCreated
from tests.chat.conftest import Chat, chat_settings, model, served
from tests.program_client import Client, StreamDoor
from tests.scripted_model import Call, ScriptedModel, final_answer

__all__ = ("chat_settings", "model")
OPTIONS = [{"id": "a", "label": "A"}, {"id": "b", "label": "B"}]
ASK = Call("ask_user_question", {"questions": [{"id": "q", "question": "Which?", "header": "W", "options": OPTIONS}]})
PATIENCE = 10


def event() -> Event:
    return SessionCreated(tenant_id=uuid.uuid4(), user_id=uuid.uuid4(), session_id=uuid.uuid4())


@contextlib.asynccontextmanager
async def running(bus: Bus) -> AsyncIterator[None]:
    task = asyncio.create_task(bus.run())
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def test_a_slow_handler_loses_the_newest_and_holds_nothing_up() -> None:
    heard: list[Event] = []
    go_on = asyncio.Event()

    async def slow(one: Event) -> None:
        await go_on.wait()
        heard.append(one)

    bus = Bus([slow], size=2)
    told = [event() for _ in range(5)]
    for one in told:
        bus.tell(one)
    (name,) = bus.depths
    assert name.endswith("slow")
    assert bus.depths[name] == 2
    async with running(bus):
        go_on.set()
        await bus.settled(PATIENCE)
    assert heard == told[:2]
    assert bus.dropped == {(name, "full"): 3}


async def test_a_failing_handler_hears_the_next_event_and_the_others_hear_all() -> None:
    heard: list[Event] = []

    async def failing(_: Event) -> None:
        raise RuntimeError("theirs")

    async def hearing(one: Event) -> None:
        heard.append(one)

    bus = Bus([failing, hearing])
    told = [event(), event()]
    async with running(bus):
        for one in told:
            bus.tell(one)
        await bus.settled(PATIENCE)
    assert heard == told
    assert list(bus.dropped.values()) == [2]


@contextlib.asynccontextmanager
async def program(settings: Settings, url: str) -> AsyncIterator[Client]:
    database = Database(settings.database_url)
    async with Chat(url, ScriptedModel(), database).program("analyst@one.test") as http:
        yield Client(http)
    await database.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.02)


async def test_an_application_hears_a_conversation_by_its_handlers(chat_settings: Settings, model: ScriptedModel) -> None:
    heard: list[Event] = []

    async def hear(one: Event) -> None:
        heard.append(one)

    model.add([Call("get_current_time"), ASK], [final_answer("Right.")])
    async with served(chat_settings, model, handlers=[hear]) as url, program(chat_settings, url) as client:
        door = StreamDoor(client)
        told = await door.answer(await door.ask("Which?"), {"q": "a"})
        await until(lambda: "agent.complete" in [one.name for one in heard])
    assert [one.name for one in heard] == [
        "session.create", "message.save", "agent.start", "context.compile", "llm.request", "llm.stream", "llm.response",
        "message.save", "tool.start", "tool.complete", "message.save", "tool.start", "interrupt", "message.save", "agent.start",
        "context.compile", "llm.request", "llm.stream", "llm.response", "message.save", "agent.complete",
    ]  # fmt: skip
    assert {(str(one.session_id), str(one.run_id)) for one in heard} == {(told.session_id, told.run_id)}
    assert len({(one.tenant_id, one.user_id) for one in heard}) == 1
    assert len({one.trace_id for one in heard if one.name != "message.save"}) == 1
    answered = next(one for one in heard if isinstance(one, ModelAnswered))
    assert (answered.provider, answered.input_tokens, answered.output_tokens, answered.cost) == ("scripted", 10, 5, None)


async def test_an_application_hears_of_a_failure(chat_settings: Settings, model: ScriptedModel) -> None:
    heard: list[Event] = []

    async def hear(one: Event) -> None:
        heard.append(one)

    async with served(chat_settings, model, handlers=[hear]) as url, program(chat_settings, url) as client:
        _ = [one async for one in client.events("POST", "/bi-chat/stream", json={"content": "Well?"})]
        await until(lambda: isinstance(heard[-1], AgentFailed))


async def test_what_is_stopped_while_it_waits_is_heard_to_end_and_a_title_asks_a_model_too(
    chat_settings: Settings, model: ScriptedModel
) -> None:
    heard: list[Event] = []

    async def hear(one: Event) -> None:
        heard.append(one)

    model.add([ASK], "Sales in May")
    async with served(chat_settings, model, handlers=[hear]) as url, program(chat_settings, url) as client:
        told = await StreamDoor(client).ask("Which?")
        await client.http.post("/bi-chat/stream/stop", json={"sessionId": told.session_id})
        await client.call("bichat.session.regenerateTitle", id=told.session_id)
        await until(lambda: "llm.response" in [one.name for one in heard if one.run_id is None])
    (stopped,) = [one for one in heard if isinstance(one, AgentCompleted)]
    assert (stopped.reason, str(stopped.run_id)) == ("stopped", told.run_id)
    assert [one.name for one in heard if one.run_id is None] == ["llm.request", "llm.stream", "llm.response"]


def test_handlers_of_one_name_are_told_apart() -> None:
    def made() -> Handler:
        async def handler(_: Event) -> None: ...

        return handler

    first, second = Bus([made(), made()]).depths
    assert second == f"{first}#2"
