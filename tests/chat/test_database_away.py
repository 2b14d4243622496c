"""The application database goes away for a while: what is done in the background is done again once it is back."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from app import lifecycle
from app.chat import questions, runner, turns
from app.chat.event_log import MemoryEventLog
from app.chat.runner import Control, Runner
from app.chat.turns import Draft
from app.identity import sign_in, tokens
from app.settings import Settings
from tests.chat.conftest import Chat, served
from tests.scripted_model import ScriptedModel

PATIENCE = 10
FAILURES = [ConnectionRefusedError("nobody listens"), OperationalError("UPDATE", {}, Exception("the connection is gone"))]


@pytest.mark.parametrize("failure", FAILURES)
async def test_a_run_that_nobody_works_at_is_taken_over(
    chat: Chat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    monkeypatch.setattr(runner, "HEARTBEAT_SECONDS", 0.01)
    worked_on = asyncio.Queue[uuid.UUID]()

    async def work(run_id: uuid.UUID, _control: Control) -> None:
        worked_on.put_nowait(run_id)

    signed_in = await sign_in.by_token(chat.database, await tokens.create_for(chat.database, "analyst@one.test", "test"))
    assert signed_in
    working = Runner(chat.database, MemoryEventLog(), work, data_dir=tmp_path)
    await working.recover()
    added = await turns.add(chat.database, working, signed_in.actor, Draft("Who?"), session_id=None, max_chars=100)
    assert await worked_on.get() == added.run_id
    monkeypatch.setattr(chat.database, "writing", _away_at_first(chat.database.writing, failure))
    await chat.database.write(lambda db: db.execute(text("UPDATE bichat_runs SET owner = NULL")))
    assert await asyncio.wait_for(worked_on.get(), PATIENCE) == added.run_id
    await working.drain(0)


async def test_questions_expire(chat_settings: Settings, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    looked, is_back = asyncio.Semaphore(0), asyncio.Event()

    async def expire(*_given: Any) -> None:
        looked.release()
        if not is_back.is_set():
            is_back.set()
            raise FAILURES[0]

    monkeypatch.setattr(lifecycle, "SWEEP_SECONDS", 0.01)
    monkeypatch.setattr(questions, "expire", expire)
    async with served(chat_settings, model), asyncio.timeout(PATIENCE):
        await looked.acquire()
        await looked.acquire()


def _away_at_first(writing: Any, failure: Exception) -> Any:
    """Return what opens transactions, though not the first time that it is asked."""
    left = [failure]

    @contextlib.asynccontextmanager
    async def away() -> AsyncIterator[AsyncSession]:
        if left:
            raise left.pop()
        async with writing() as db:
            yield db

    return away
