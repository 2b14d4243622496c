"""A process that dies while another provider goes on leaves one whole answer after all."""

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from tests.chat.test_killed_process import ended, rows, send, token
from tests.model_server import ModelServer
from tests.servers import Served

ANSWER = "There are 8 branches in Tashkent, and 4 of them sell bread."
BEGUN = ANSWER[:24]


@pytest.mark.parametrize("model_api", ["chat", "responses"])
async def test_it_is_answered_once_and_whole(demo_dir: Path, tmp_path: Path, model_api: str) -> None:
    async with ModelServer() as usual, ModelServer() as other:
        usual.script = [{"parts": [BEGUN], "ending": "reset"}, {"status": 401}]
        other.script = [{"parts": [ANSWER[12:40], {"sleep": 60}]}, ANSWER]
        fallback = {"BICHAT_FALLBACK_BASE_URL": other.url, "BICHAT_FALLBACK_API_KEY": "f", "BICHAT_FALLBACK_MODEL": "other-model"}
        place = {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": usual.url, "BICHAT_MODEL_API": model_api, **fallback}
        served = Served(demo_dir, tmp_path / "dying.log", **place)
        try:
            bearer = token(served)
            await asyncio.to_thread(served.start)
            sending = asyncio.create_task(send(served, bearer))
            async with asyncio.timeout(60):
                while not other.log:
                    await asyncio.sleep(0.05)
            await asyncio.to_thread(served.kill)
            await sending
            usual.script, usual.played = lambda _request: {"status": 401}, 0
            await asyncio.to_thread(served.start)
            assert await ended(served) == "completed"
            assert await rows(served, "SELECT content FROM bichat_messages WHERE role = 'assistant'") == [(ANSWER,)]
            calls = await rows(served, "SELECT model, finish_reason FROM bichat_model_calls ORDER BY created_at")
            # The call that the dead process was reading is estimated by whoever takes the run over.
            assert calls == [("gpt-5.2", "network"), ("gpt-5.2", "interrupted"), ("other-model", "stop")]
            assert await told(served, bearer) == ANSWER
        finally:
            served.close()


async def told(served: Served, bearer: str) -> str:
    """Return what a program reads of the run now."""
    ((run_id,),) = await rows(served, "SELECT id FROM bichat_runs")
    async with httpx.AsyncClient(base_url=served.url, headers={"Authorization": f"Bearer {bearer}"}, timeout=30) as client:
        text = (await client.get("/bi-chat/stream/events", params={"runId": str(run_id)})).text
    events = [json.loads(line.removeprefix("data: ")) for line in text.splitlines() if line.startswith("data: ")]
    assert events[-1]["type"] == "done", text
    return "".join(event["content"] for event in events if event["type"] == "content")
