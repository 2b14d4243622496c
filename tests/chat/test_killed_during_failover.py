"""A process that dies while another provider goes on leaves one whole answer after all."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.chat.test_killed_process import dying, ended, rows, send, token
from tests.model_server import ModelServer
from tests.servers import Served

__all__ = ("dying",)

ANSWER = "There are 8 branches in Tashkent, and 4 of them sell bread."
BEGUN = ANSWER[:24]


BROKEN: dict[str, Any] = {"parts": [BEGUN], "ending": "reset"}
REFUSED: dict[str, Any] = {"status": 401}
HALF = {"parts": [ANSWER[12:40], {"sleep": 60}]}


@pytest.fixture
async def model() -> AsyncIterator[ModelServer]:
    """The usual provider."""
    async with ModelServer() as server:
        yield server


@pytest.mark.parametrize(
    ("engine", "api", "fallback_api", "failing"),
    [
        ("sqlite", "chat", "responses", [BROKEN, REFUSED]),
        ("sqlite", "responses", "chat", [REFUSED]),
        pytest.param("postgres", "responses", "responses", [BROKEN, REFUSED], marks=pytest.mark.postgres),
    ],
    indirect=["engine"],
)
async def test_it_is_answered_once_and_whole(
    dying: Served, model: ModelServer, api: str, fallback_api: str, failing: list[dict[str, Any]]
) -> None:
    async with ModelServer([HALF, ANSWER]) as other:
        model.script = failing
        dying.env |= {
            "BICHAT_FALLBACK_BASE_URL": other.url,
            "BICHAT_FALLBACK_API_KEY": "f",
            "BICHAT_FALLBACK_MODEL": "other-model",
        }
        dying.env |= {"BICHAT_MODEL_API": api, "BICHAT_FALLBACK_API": fallback_api}
        bearer = token(dying)
        await asyncio.to_thread(dying.start)
        sending = asyncio.create_task(send(dying, bearer))
        async with asyncio.timeout(60):
            while not other.log:
                await asyncio.sleep(0.05)
        await asyncio.to_thread(dying.kill)
        await sending
        model.script = lambda _request: REFUSED
        await asyncio.to_thread(dying.start)
        assert await ended(dying) == "completed"
        assert await rows(dying, "SELECT content FROM bichat_messages WHERE role = 'assistant'") == [(ANSWER,)]
        calls = await rows(dying, "SELECT model, finish_reason FROM bichat_model_calls ORDER BY created_at, id")
        # The call that the dead process was reading is estimated by whoever takes the run over.
        begun = [("gpt-5.2", "network")] if BROKEN in failing else []
        assert calls == [*begun, ("gpt-5.2", "interrupted"), ("other-model", "stop")]
        assert await told(dying, bearer) == ANSWER


async def told(served: Served, bearer: str) -> str:
    """Return what a program reads of the run now."""
    ((run_id,),) = await rows(served, "SELECT id FROM bichat_runs")
    async with httpx.AsyncClient(base_url=served.url, headers={"Authorization": f"Bearer {bearer}"}, timeout=30) as client:
        text = (await client.get("/bi-chat/stream/events", params={"runId": str(run_id)})).text
    events = [json.loads(line.removeprefix("data: ")) for line in text.splitlines() if line.startswith("data: ")]
    assert events[-1]["type"] == "done", text
    return "".join(event["content"] for event in events if event["type"] == "content")
