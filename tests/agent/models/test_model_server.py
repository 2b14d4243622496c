"""The scripted server as a process of its own, as the tests that kill the product use it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from app.agent.model import AssistantText, ToolCall, ToolOutput, UserText
from app.agent.openai_api import Api
from app.agent.openai_client import Endpoint, OpenAIModel
from tests.agent.models.conftest import a_request, answer_of

SCRIPT = {
    "rules": [
        {"match": "sales", "turns": [{"parts": [{"call": {"name": "sql_execute"}}]}, "Ten.", "Too far."]},
        {"match": "hang", "turns": [{"parts": ["first", {"sleep": 60}]}]},
    ]
}


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[str]:
    script = tmp_path / "script.json"
    script.write_text(json.dumps(SCRIPT), encoding="utf-8")
    command = (sys.executable, "-m", "tests.model_server", "--script", str(script))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    yield (await process.stdout.readline()).decode().strip()
    process.terminate()
    assert await process.wait() == 0


async def log_of(url: str) -> list[dict]:
    async with httpx.AsyncClient() as client:
        return (await client.get(url.removesuffix("/v1") + "/control/log")).json()


async def test_rules_follow_from_the_conversation_and_the_log_tells_what_was_answered(url: str, api: Api) -> None:
    model = OpenAIModel(api, Endpoint(url, "m", "k"))
    question = UserText("sales?")
    _, first = await answer_of(model, a_request(question))
    step = (
        AssistantText("", (*first.tool_calls, ToolCall("c2", "f", "{}"))),
        ToolOutput(first.tool_calls[0].id, "sql_execute", "{}"),
    )
    _, second = await answer_of(model, a_request(UserText("before"), AssistantText("x"), question, *step))
    assert (first.tool_calls[0].name, second.text) == ("sql_execute", "Ten.")

    task = asyncio.create_task(answer_of(model, a_request(UserText("hang"))))
    while len(await log_of(url)) < 3:
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])
    await model.close()
    await asyncio.sleep(0.05)
    assert [entry["outcome"] for entry in await log_of(url)] == ["complete", "complete", "cut"]
