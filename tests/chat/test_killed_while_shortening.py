"""Nothing is lost of a conversation whose process dies while it is made to fit, and what is sent then is the same again."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from app.agent.context.shortening import NOTE
from tests.chat.test_killed_process import dying, ended, killed, rows
from tests.model_server import ModelServer
from tests.servers import Served

__all__ = ("dying",)

MANY = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) "
    "SELECT i * 1000003 AS a, 'Buyurtma Chilonzor filialidan, raqami ' || (i * 1000033) || ', hali toʻlanmagan' AS b, "
    "'Buyurtma Yunusobod filialidan, raqami ' || (i * 1000037) || ', kecha toʻlandi' AS c FROM n"
)
READ: dict[str, Any] = {"call": {"name": "sql_execute", "arguments": {"query": MANY, "limit": 200}}}
ANSWER: dict[str, Any] = {"call": {"name": "final_answer", "arguments": {"answer": "Read."}}}


@pytest.fixture
async def model() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        yield server


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
async def test_it_goes_on_with_the_same_context_and_everything_is_kept(dying: Served, model: ModelServer) -> None:
    held = asyncio.Event()
    turns = [{"parts": [READ]}, {"parts": [READ]}, {"parts": [{"until": held}, ANSWER]}]
    model.script = {"rules": [{"match": "", "turns": turns}]}
    dying.env |= {"BICHAT_CONTEXT_WINDOW": "20000", "BICHAT_COMPLETION_RESERVE": "1000"}
    await killed(dying, model.until_asked(3))

    held.set()
    await asyncio.to_thread(dying.start)
    assert await ended(dying) == "completed"
    stored = await rows(dying, "SELECT content FROM bichat_messages WHERE role = 'tool'")
    before, after = (msgspec.json.encode(entry["body"]["messages"]) for entry in model.log[2:])
    assert before == after
    assert before.count(NOTE.encode()) == 1
    assert len(stored) == 2
    assert not any(NOTE in content for (content,) in stored)
