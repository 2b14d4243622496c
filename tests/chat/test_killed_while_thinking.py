"""A process that dies while the model thinks leaves nothing of that: whoever takes the run over keeps what is thought then."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.chat.test_killed_process import dying, ended, killed, rows
from tests.model_server import ModelServer
from tests.servers import Served

__all__ = ("dying",)


@pytest.fixture
async def model() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        yield server


@pytest.mark.parametrize(
    ("engine", "api"),
    [("sqlite", "chat"), ("sqlite", "responses"), pytest.param("postgres", "responses", marks=pytest.mark.postgres)],
    indirect=["engine"],
)
async def test_only_the_reasoning_of_the_step_that_was_committed_is_kept(dying: Served, model: ModelServer, api: str) -> None:
    never = asyncio.Event()
    model.script = [{"parts": [{"reasoning": "Half a"}, {"until": never}]}, {"parts": [{"reasoning": "Whole."}, "Done."]}]
    dying.env |= {"BICHAT_MODEL_API": api}
    await killed(dying, model.until("open"))
    await asyncio.to_thread(dying.start)
    assert await ended(dying) == "completed"
    kept = await rows(dying, "SELECT reasoning, content FROM bichat_messages WHERE role = 'assistant'")
    assert kept == [("Whole.", "Done.")]


@pytest.mark.parametrize("api", ["chat", "responses"])
async def test_of_an_agents_steps_each_has_its_own_once(dying: Served, model: ModelServer, api: str) -> None:
    never = asyncio.Event()
    look = {"call": {"name": "get_current_time", "arguments": {}}}
    task = {"call": {"name": "task", "arguments": {"agent": "sql_analyst", "instructions": "First."}}}
    later = iter([{"parts": [{"reasoning": "Half a"}, {"until": never}]}, {"parts": [{"reasoning": "Whole."}, "Eight."]}])
    turns = [{"parts": [{"reasoning": "Looked."}, look]}, lambda _request: next(later)]
    own = [{"parts": [{"reasoning": "Share it."}, task]}, {"parts": ["Done."]}]
    model.script = {"rules": [{"match": "^First", "turns": turns}, {"turns": own}]}
    dying.env |= {"BICHAT_MODEL_API": api}
    await killed(dying, model.until_asked(3))
    await asyncio.to_thread(dying.start)
    assert await ended(dying) == "completed"
    kept = await rows(dying, "SELECT reasoning, task_call_id != '' FROM bichat_messages WHERE role = 'assistant' ORDER BY id")
    assert [(told, bool(is_nested)) for told, is_nested in kept] == [
        ("Share it.", False), ("Looked.", True), ("Whole.", True), (None, False),
    ]  # fmt: skip
