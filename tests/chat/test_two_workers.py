"""Two workers on one run: whoever commits a step first keeps it, and the other one stops without a trace."""

import asyncio
import uuid
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import Row, select, text

from app.agent import prices
from app.agent.events import AssistantStep, Delegated, ToolEnd
from app.agent.model import ModelRequest, ModelResponse, ToolCall, Usage, UserText
from app.chat import transcript, turns
from app.chat.checkpoints import Checkpoints, RunLostError
from app.chat.event_log import MemoryEventLog
from app.chat.models import ModelCall
from app.chat.runner import Runner
from app.chat.turns import Draft
from app.chat.unkept_calls import UnkeptCalls
from app.data.ledger import Ledger
from app.data.periods import Calendar
from app.database import Database, now
from app.identity import sign_in, tokens
from app.settings import Settings
from tests.chat.conftest import Chat, Person, served
from tests.scripted_model import Call, ScriptedModel, final_answer
from tests.site import ON_EACH_ENGINE

pytestmark = ON_EACH_ENGINE
CALL = ToolCall("call", "get_current_time", "{}")


async def nothing(*_: Any) -> None:
    """Leave the run alone: these tests write its steps themselves."""


@pytest.fixture
async def run(chat: Chat, tmp_path: Path) -> Row[Any]:
    """A run that was claimed and at which nothing works yet."""
    token = await tokens.create_for(chat.database, "analyst@one.test", "test")
    signed_in = await sign_in.by_token(chat.database, token)
    assert signed_in
    runner = Runner(chat.database, MemoryEventLog(), nothing, data_dir=tmp_path)
    added = await turns.add(chat.database, runner, signed_in.actor, Draft("Who?"), session_id=None, max_chars=100)
    return await transcript.run_of(chat.database, added.run_id)


def step(number: int, words: str, *calls: ToolCall) -> AssistantStep:
    response = ModelResponse(words, calls, "stop", "scripted", "m", Usage(1, 0, 1))
    return AssistantStep(number, words, calls, is_final=not calls, response=response, duration_ms=1.0, finish_reason="stop")


async def committed(database: Database, run: Row[Any]) -> list[str]:
    return [row.content for row in (await transcript.load(database, run)).rows]


async def outcomes(*commits: Any) -> list[type]:
    return sorted(
        (type(outcome) for outcome in await asyncio.gather(*commits, return_exceptions=True)), key=lambda kind: kind.__name__
    )


async def test_one_step_is_committed_once(chat: Chat, run: Row[Any]) -> None:
    workers = [Checkpoints(chat.database, run, run.user_message_id, Ledger(), prices.load()) for _ in range(2)]
    given = (worker.step(step(0, name, CALL), finish_reason=None) for worker, name in zip(workers, "ab", strict=True))
    assert await outcomes(*given) == [type(None), RunLostError]
    assert len(await committed(chat.database, run)) == 1
    ended = ToolEnd(CALL, "noon", None, 1.0)
    assert await outcomes(*(worker.tool(ended, finish_reason=None) for worker in workers)) == [type(None), RunLostError]
    assert len(await committed(chat.database, run)) == 2


async def test_an_earlier_attempt_commits_nothing_any_more(chat: Chat, run: Row[Any]) -> None:
    late = Checkpoints(chat.database, run, run.user_message_id, Ledger(), prices.load())
    async with chat.database.writing() as db:
        await db.execute(text("UPDATE bichat_runs SET attempt = attempt + 1"))
    for commit in (late.step(step(0, "late"), finish_reason="stop"), late.park()):
        with pytest.raises(RunLostError):
            await commit
    assert await committed(chat.database, run) == []


async def test_the_loser_stops_and_the_page_shows_one_answer(
    chat: Chat, analyst: Person, model: ScriptedModel, chat_settings: Settings, tmp_path: Path
) -> None:
    gate = asyncio.Event()
    model.add([Call("get_current_time")], [gate, final_answer("From the slow one.")], [final_answer("From the quick one.")])
    session, run = await analyst.ask("Who?")
    while len(model.requests) < 2:
        await asyncio.sleep(0.02)
    async with chat.database.writing() as db:
        await db.execute(text("UPDATE bichat_runs SET lease_until = :past"), {"past": _past(chat.database)})
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    async with served(msgspec.structs.replace(chat_settings, data_dir=elsewhere), model):
        await analyst.until(session, "completed")
        gate.set()
        while model.finished < 3:
            await asyncio.sleep(0.02)
    page = (await analyst.get(f"/bi-chat/sessions/{session}")).text
    assert "From the quick one." in page
    assert "From the slow one." not in page
    row = await transcript.run_of(chat.database, uuid.UUID(run))
    assert (row.status, row.attempt, len(await committed(chat.database, row))) == ("completed", 2, 3)


def _past(database: Database) -> Any:
    """Return a moment an hour ago as raw SQL takes it."""
    moment = now().replace(year=now().year - 1)
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f") if database.is_sqlite else moment


async def test_a_call_that_is_answered_while_another_agent_goes_on_is_kept_once(chat: Chat, run: Row[Any]) -> None:
    calls = UnkeptCalls(is_lost=True)
    checkpoints = Checkpoints(chat.database, run, run.user_message_id, Ledger(), prices.load(), calls)
    calls.store = lambda lost: checkpoints.keep_calls([lost], 0)
    model = calls.watched(ScriptedModel([["Found."], ["Drawn."]]), "m")

    async def answered(task: str) -> ModelResponse:
        request = ModelRequest("", [UserText("Go.")], (), "en", now(), Calendar(), "USD", agent_name=task, task_call_id=task)
        return [event async for event in model.stream(request) if isinstance(event, ModelResponse)][-1]

    found, _ = await answered("find"), await answered("draw")
    given = msgspec.structs.replace(step(0, "Found.", CALL), response=found, within=Delegated("find", "find"))
    await checkpoints.step(given, finish_reason=None)
    await checkpoints.interrupted(0)
    rows = await chat.database.rows(select(ModelCall.agent_name, ModelCall.finish_reason).order_by(ModelCall.id))
    assert sorted((row.agent_name, row.finish_reason) for row in rows) == [
        ("draw", "interrupted"), ("draw", "stop"), ("find", "interrupted"), ("find", "stop"),
    ]  # fmt: skip
