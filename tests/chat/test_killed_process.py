"""A run survives the death of its process at every commit, without asking the model or the database twice."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from sqlalchemy import text

from app.database import Database
from tests.model_server import ModelServer
from tests.servers import Served, bichat

ANSWER = "There are **8** branches.\n\nThat is all."
SCRIPT: dict[str, Any] = {
    "rules": [
        {
            "match": ".*",
            "turns": [
                {"parts": ["Let me look. ", {"call": {"name": "schema_list", "arguments": {}}}]},
                {"parts": [{"call": {"name": "sql_execute", "arguments": {"query": "SELECT count(*) AS n FROM branches"}}}]},
                {"parts": [{"call": {"name": "final_answer", "arguments": {"answer": ANSWER}, "pieces": 5}}]},
            ],
        }
    ]
}
COMMITS = 6
"""The message, the two steps with calls and their two results, and the answer."""


@pytest.fixture
async def model() -> AsyncIterator[ModelServer]:
    async with ModelServer(SCRIPT) as server:
        yield server


@pytest.fixture
def dying(demo_dir: Path, tmp_path: Path, model: ModelServer, engine: str, request: pytest.FixtureRequest) -> Iterator[Served]:
    place = {"DATABASE_URL": request.getfixturevalue("peopled_url")} if engine == "postgres" else {}
    server = Served(demo_dir, tmp_path / "dying.log", OPENAI_API_KEY="k", OPENAI_BASE_URL=model.url, **place)
    server.command = [sys.executable, "-m", "tests.chat.dying_server", "serve"]
    yield server
    server.close()


def token(server: Served) -> str:
    place = {name: value for name, value in server.env.items() if name == "DATABASE_URL"}
    email = "analyst@one.test" if place else "analyst@demo.test"
    return bichat("token", "create", "--email", email, data_dir=server.data_dir, **place).stdout.strip()


async def send(server: Served, bearer: str) -> None:
    """Send a question and read what comes until the process dies or the run ends."""
    headers = {"Authorization": f"Bearer {bearer}"}
    async with httpx.AsyncClient(timeout=30) as client:
        try:
            async with client.stream(
                "POST", f"{server.url}/bi-chat/stream", json={"content": "How many branches?"}, headers=headers
            ) as answer:
                async for _ in answer.aiter_bytes():
                    pass
        except httpx.TransportError:
            pass


async def killed(server: Served, reached: Coroutine[Any, Any, object]) -> None:
    """Have a server asked something, and kill it once that has come so far."""
    bearer = token(server)
    await asyncio.to_thread(server.start)
    sending = asyncio.create_task(send(server, bearer))
    await reached
    await asyncio.to_thread(server.kill)
    await sending


async def rows(server: Served, query: str) -> list[tuple[Any, ...]]:
    database = Database(server.env.get("DATABASE_URL", f"sqlite:///{server.data_dir / 'bichat.sqlite'}"))
    try:
        return [tuple(row) for row in await database.rows(text(query))]
    finally:
        await database.close()


async def ended(server: Served, *, seconds: float = 20) -> str:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ((status,),) = await rows(server, "SELECT status FROM bichat_runs")
        if status in {"completed", "failed", "stopped"}:
            return str(status)
        await asyncio.sleep(0.05)
    return "going"


@pytest.mark.parametrize(
    ("engine", "commit"),
    [
        *(("sqlite", commit) for commit in range(1, COMMITS + 1)),
        pytest.param("postgres", 3, marks=pytest.mark.postgres),
    ],
    indirect=["engine"],
)
async def test_it_goes_on_from_the_last_commit(dying: Served, model: ModelServer, commit: int) -> None:
    bearer = token(dying)
    dying.env["DIES_AFTER_COMMIT"] = str(commit)
    await asyncio.to_thread(dying.start)
    await send(dying, bearer)
    assert dying.process is not None
    assert await asyncio.to_thread(dying.process.wait, 10) == -9

    dying.env["DIES_AFTER_COMMIT"] = "0"
    await asyncio.to_thread(dying.start)
    assert await ended(dying) == "completed"

    answered = [msgspec.json.encode(entry["body"]) for entry in model.log if entry["outcome"] == "complete"]
    assert len(answered) == len(set(answered)) == 3
    assert await rows(dying, "SELECT count(*) FROM bichat_audited_statements") == [(1,)]
    texts = await rows(dying, "SELECT content FROM bichat_messages WHERE role = 'assistant' ORDER BY step")
    assert [text for (text,) in texts] == ["Let me look. ", "", ANSWER]


async def test_it_is_given_up_after_three_recoveries_without_progress(dying: Served, model: ModelServer) -> None:
    model.script = {"rules": [{"match": ".*", "turns": [{"parts": ["Well", {"sleep": 60}]}]}]}
    bearer = token(dying)
    dying.env["DIES_AFTER_COMMIT"] = "0"
    for attempt in range(4):
        await asyncio.to_thread(dying.start)
        sending = asyncio.create_task(send(dying, bearer)) if attempt == 0 else None
        while sum(entry["outcome"] == "open" for entry in model.log) < 1 or len(model.log) <= attempt:
            await asyncio.sleep(0.05)
        await asyncio.to_thread(dying.kill)
        if sending:
            await sending
    await asyncio.to_thread(dying.start)
    assert await ended(dying) == "failed"
    lost = await rows(dying, "SELECT finish_reason, is_estimated, input_tokens > 0, output_tokens FROM bichat_model_calls")
    assert lost == [("interrupted", True, True, 0)] * len(model.log)
    assert len(model.log) == 4
