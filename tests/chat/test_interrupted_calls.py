"""What calls of the model cost that nobody waited for is estimated and kept, marked as such: stopped, revoked, broken off."""

import asyncio
from typing import Any

from sqlalchemy import Row, select

from app.agent import estimating, tokens
from app.agent.model import ModelError
from app.chat.models import ModelCall
from app.identity import users
from tests.chat.conftest import Chat, Person
from tests.scripted_model import Call, ScriptedModel, Thought, final_answer
from tests.site import ON_EACH_ENGINE

LONG = "Half an answer, which goes on for a while. " * 5
PATIENCE = 10


class Gate(asyncio.Event):
    """Holds the model back; `reached` is set when it waits."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = asyncio.Event()

    async def wait(self) -> Any:
        self.reached.set()
        return await super().wait()


async def kept(chat: Chat, run: str, count: int) -> list[Row[Any]]:
    """Return the calls of a run, in their order, once there are `count`."""
    statement = select(ModelCall.__table__).order_by(ModelCall.id)
    async with asyncio.timeout(PATIENCE):
        while True:
            async with chat.database.reading() as db:
                rows = [row for row in await db.execute(statement) if str(row.run_id) == run]
            if len(rows) >= count:
                return rows
            await asyncio.sleep(0.02)


def told(row: Row[Any]) -> tuple[str, bool, int, int]:
    return (row.finish_reason, row.is_estimated, row.input_tokens, row.output_tokens)


def estimated(model: ScriptedModel, written: str, at: int = 0) -> tuple[str, bool, int, int]:
    return ("interrupted", True, estimating.asked(model.requests[at]), tokens.estimate(written))


@ON_EACH_ENGINE
async def test_a_stopped_call_is_kept_with_what_was_asked_and_written(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    gate = Gate()
    model.add([Thought("Let me think. "), LONG, gate])
    session, run = await analyst.ask("Long?")
    await asyncio.wait_for(gate.reached.wait(), PATIENCE)
    await analyst.post(f"/bi-chat/runs/{run}/stop")
    await analyst.until(session, "stopped")
    (row,) = await kept(chat, run, 1)
    assert told(row) == estimated(model, f"Let me think. {LONG}")
    assert (row.provider, row.model, row.step, row.duration_ms > 0) == ("scripted", "gpt-5.2", 0, True)
    assert row.cost is not None


async def test_what_was_asked_costs_though_nothing_was_written(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    gate = Gate()
    model.add([Call("get_current_time")], [gate])
    session, run = await analyst.ask("Long?")
    await asyncio.wait_for(gate.reached.wait(), PATIENCE)
    await analyst.post(f"/bi-chat/runs/{run}/stop")
    await analyst.until(session, "stopped")
    answered, stopped = await kept(chat, run, 2)
    assert (answered.finish_reason, answered.is_estimated, answered.output_tokens) == ("tool_calls", False, 5)
    assert told(stopped) == estimated(model, "", at=1)
    assert stopped.step == 1


@ON_EACH_ENGINE
async def test_a_call_that_ends_with_the_access_is_kept(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    gate = Gate()
    model.add([LONG, gate])
    _, run = await analyst.ask("Long?")
    await asyncio.wait_for(gate.reached.wait(), PATIENCE)
    await users.deactivate(chat.database, "analyst@one.test")
    (row,) = await kept(chat, run, 1)
    assert told(row) == estimated(model, LONG)


async def test_a_call_that_breaks_off_is_kept_and_one_that_is_refused_costs_nothing(
    chat: Chat, analyst: Person, model: ScriptedModel
) -> None:
    model.add([LONG, ModelError("overloaded", "too much")])
    session, run = await analyst.ask("Long?")
    await analyst.until(session, "failed")
    (row,) = await kept(chat, run, 1)
    assert told(row) == estimated(model, LONG)
    model.add([ModelError("overloaded", "too much")], [final_answer("Well.")])
    for status in ("failed", "completed"):
        await analyst.post(f"/bi-chat/runs/{run}/retry")
        await analyst.until(session, status)
    assert [each.finish_reason for each in await kept(chat, run, 2)] == ["interrupted", "tool_calls"]


async def test_a_call_that_an_agent_was_stopped_in_names_the_agent(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    gate = Gate()
    task = Call("task", {"agent": "sql_analyst", "instructions": "Count the branches."})
    model.add([task], [LONG, gate])
    session, run = await analyst.ask("Long?")
    await asyncio.wait_for(gate.reached.wait(), PATIENCE)
    await analyst.post(f"/bi-chat/runs/{run}/stop")
    await analyst.until(session, "stopped")
    gave, worked = await kept(chat, run, 2)
    assert (gave.agent_name, worked.agent_name) == ("", "sql_analyst")
    assert told(worked) == estimated(model, LONG, at=1)


async def test_an_answer_is_counted_once_and_as_it_was_told(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    model.add([Call("get_current_time")], [final_answer("Noon.")])
    session, run = await analyst.ask("What time is it?")
    await analyst.until(session, "completed")
    assert [told(row)[1:] for row in await kept(chat, run, 2)] == [(False, 10, 5), (False, 10, 5)]


async def test_a_title_that_breaks_off_is_kept_with_the_chat_alone(chat: Chat, analyst: Person, model: ScriptedModel) -> None:
    model.add([final_answer("Well.")], [LONG, ModelError("overloaded", "too much")])
    session, run = await analyst.ask("Long?")
    await analyst.until(session, "completed")
    await kept(chat, run, 1)
    await analyst.post(f"/bi-chat/sessions/{session}/new-title")
    async with chat.database.reading() as db:
        (row,) = (await db.execute(select(ModelCall.__table__).where(ModelCall.run_id.is_(None)))).all()
    assert (told(row), str(row.session_id)) == (estimated(model, LONG, at=1), session)
