"""Nothing is lost of a conversation whose process dies while it is made to fit, and what is sent then is the same again."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec

from app.agent.context.shortening import NOTE
from tests.chat.test_killed_process import ended, rows, send, token
from tests.model_server import ModelServer
from tests.servers import Served

READ: dict[str, Any] = {"call": {"name": "sql_execute", "arguments": {"query": "SELECT * FROM orders", "limit": 200}}}
ANSWER: dict[str, Any] = {"call": {"name": "final_answer", "arguments": {"answer": "Read."}}}
SCRIPT = {"rules": [{"match": ".*", "turns": [{"parts": [READ]}, {"parts": [READ]}, {"parts": [{"sleep": 60}]}]}]}
ANSWERING = {"rules": [{"match": ".*", "turns": [{"parts": [READ]}, {"parts": [READ]}, {"parts": [ANSWER]}]}]}


async def test_it_goes_on_with_the_same_context_and_everything_is_kept(demo_dir: Path, tmp_path: Path) -> None:
    async with ModelServer(SCRIPT) as model:
        window = {"BICHAT_CONTEXT_WINDOW": "20000", "BICHAT_COMPLETION_RESERVE": "1000"}
        served = Served(demo_dir, tmp_path / "dying.log", OPENAI_API_KEY="k", OPENAI_BASE_URL=model.url, **window)
        try:
            bearer = token(served)
            await asyncio.to_thread(served.start)
            sending = asyncio.create_task(send(served, bearer))
            async with asyncio.timeout(60):
                while len(model.log) < 3:
                    await asyncio.sleep(0.05)
            await asyncio.to_thread(served.kill)
            await sending
            model.script = ANSWERING
            await asyncio.to_thread(served.start)
            assert await ended(served) == "completed"
            stored = await rows(served, "SELECT content FROM bichat_messages WHERE role = 'tool'")
        finally:
            served.close()
    before, after = (msgspec.json.encode(entry["body"]["messages"]) for entry in model.log[2:])
    assert before == after
    assert before.count(NOTE.encode()) == 1
    assert len(stored) == 2
    assert not any(NOTE in content for (content,) in stored)
