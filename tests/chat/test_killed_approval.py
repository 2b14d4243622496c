"""A process that dies right after somebody allowed a call, or while they think: the call is made, and made once."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.database import Database
from tests.chat.test_killed_process import ended, rows, send, token
from tests.model_server import ModelServer
from tests.servers import Served

SCRIPT: list[Any] = [
    {"parts": [{"call": {"name": "sql_execute", "arguments": {"query": "SELECT count(*) AS n FROM branches"}}}]},
    "There are 8 branches.",
]


@pytest.fixture
async def model() -> AsyncIterator[ModelServer]:
    async with ModelServer(SCRIPT) as server:
        yield server


@pytest.fixture
def dying(demo_dir: Path, tmp_path: Path, model: ModelServer) -> Iterator[Served]:
    server = Served(demo_dir, tmp_path / "dying.log", OPENAI_API_KEY="k", OPENAI_BASE_URL=model.url)
    server.command = [server.command[0], "-m", "tests.chat.dying_server", "serve"]
    yield server
    server.close()


async def ask_before_queries(server: Served) -> None:
    database = Database(f"sqlite:///{server.data_dir / 'bichat.sqlite'}")
    async with database.writing() as db:
        await db.execute(text("""UPDATE bichat_tenants SET tool_policies = '{"sql_execute": "ask"}'"""))
    await database.close()


async def allow(server: Served, bearer: str) -> None:
    """Allow the call that waits; the process may die before it says so."""
    headers = {"Authorization": f"Bearer {bearer}"}
    ((session,),) = await rows(server, "SELECT session_id FROM bichat_questions")
    async with httpx.AsyncClient(timeout=30, headers=headers) as client:

        async def rpc(method: str, **params: Any) -> Any:
            asked = {"id": 1, "method": method, "params": params}
            return (await client.post(f"{server.url}/bi-chat/rpc", json=asked)).json()["result"]

        waiting = (await rpc("bichat.session.get", id=str(session)))["pendingQuestion"]
        answers = {question["id"]: "allow" for question in waiting["questions"]}
        with contextlib.suppress(httpx.TransportError):
            await rpc("bichat.question.submit", sessionId=str(session), checkpointId=waiting["checkpointId"], answers=answers)


async def test_a_call_that_was_allowed_is_made_once_after_the_process_died(dying: Served, model: ModelServer) -> None:
    await ask_before_queries(dying)
    bearer = token(dying)
    await asyncio.to_thread(dying.start)
    await send(dying, bearer)
    assert await rows(dying, "SELECT kind, status FROM bichat_questions") == [("approval", "open")]
    assert await rows(dying, "SELECT count(*) FROM bichat_audited_statements") == [(0,)]
    await asyncio.to_thread(dying.kill)

    dying.env["DIES_AFTER_ANSWER"] = "1"
    await asyncio.to_thread(dying.start)
    await allow(dying, bearer)
    assert dying.process is not None
    assert await asyncio.to_thread(dying.process.wait, 10) == -9
    assert await rows(dying, "SELECT status FROM bichat_questions") == [("answered",)]
    assert await rows(dying, "SELECT count(*) FROM bichat_audited_statements") == [(0,)]

    del dying.env["DIES_AFTER_ANSWER"]
    await asyncio.to_thread(dying.start)
    assert await ended(dying) == "completed"
    assert await rows(dying, "SELECT count(*) FROM bichat_audited_statements") == [(1,)]
    assert [entry["outcome"] for entry in model.log] == ["complete", "complete"]
