"""Agents at work on tasks survive the death of their process, and nothing that was committed is done again."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.chat.test_killed_process import dying, ended, killed, rows, send, token
from tests.model_server import ModelServer
from tests.servers import Served

__all__ = ("dying",)

COUNT = {"call": {"name": "sql_execute", "arguments": {"query": "SELECT count(*) AS n FROM branches"}}}
ASKED = "SELECT count(*) FROM bichat_messages WHERE role = 'assistant'"


def task(instructions: str) -> dict[str, Any]:
    return {"call": {"name": "task", "arguments": {"agent": "sql_analyst", "instructions": instructions}}}


def turns(*parts: list[Any]) -> list[dict[str, Any]]:
    return [{"parts": each} for each in parts]


SCRIPT: dict[str, Any] = {
    "rules": [
        {"match": "^First", "turns": turns([COUNT], ["8 branches."])},
        {"match": "^Second", "turns": turns([COUNT], ["8 again."])},
        {"match": "", "turns": turns(["Two tasks. ", task("First count."), task("Second count.")], ["There are 8 branches."])},
    ]
}
STEPS = 6
COMMITS = 11
"""The message, the step with both tasks, two steps and a result of each agent, what both tasks came to, and the answer."""


@pytest.fixture
async def model() -> AsyncIterator[ModelServer]:
    async with ModelServer(SCRIPT) as server:
        yield server


@pytest.mark.parametrize(
    ("engine", "commit", "api"),
    [
        *(("sqlite", commit, "chat") for commit in (2, 5, 8, COMMITS - 1)),
        ("sqlite", 6, "responses"),
        pytest.param("postgres", 6, "responses", marks=pytest.mark.postgres),
    ],
    indirect=["engine"],
)
async def test_each_task_goes_on_from_its_last_commit(dying: Served, model: ModelServer, commit: int, api: str) -> None:
    dying.env |= {"DIES_AFTER_COMMIT": str(commit), "BICHAT_MODEL_API": api}
    bearer = token(dying)
    await asyncio.to_thread(dying.start)
    await send(dying, bearer)
    assert dying.process is not None
    assert await asyncio.to_thread(dying.process.wait, 10) == -9
    ((committed,),) = await rows(dying, ASKED)
    before = len(model.log)

    dying.env["DIES_AFTER_COMMIT"] = "0"
    await asyncio.to_thread(dying.start)
    assert await ended(dying) == "completed"
    assert len(model.log) - before == STEPS - committed
    assert {entry["path"].rsplit("/", 1)[-1] for entry in model.log} == {"responses" if api == "responses" else "completions"}

    assert await rows(dying, "SELECT count(*) FROM bichat_model_calls WHERE NOT is_estimated") == [(STEPS,)]
    said = await rows(dying, "SELECT content FROM bichat_messages WHERE role = 'assistant' AND task_call_id != '' AND step = 1")
    assert sorted(text for (text,) in said) == ["8 again.", "8 branches."]
    results = await rows(dying, "SELECT count(*) FROM bichat_artifacts WHERE kind = 'result'")
    tasks = await rows(dying, "SELECT content FROM bichat_messages WHERE tool_name = 'task' ORDER BY call_id")
    assert results == [(2,)]
    assert ["8 branches." in tasks[0][0], "8 again." in tasks[1][0]] == [True, True]


async def test_the_call_that_each_agent_was_lost_in_is_counted_as_its_own(dying: Served, model: ModelServer) -> None:
    held = asyncio.Event()
    first, second = ({"match": name, "turns": turns([{"until": held}, "8."])} for name in ("^First", "^Second"))
    model.script = {"rules": [first, second, SCRIPT["rules"][-1]]}
    await killed(dying, model.until_asked(3))
    held.set()
    await asyncio.to_thread(dying.start)
    assert await ended(dying) == "completed"
    lost = await rows(dying, "SELECT agent_name, finish_reason FROM bichat_model_calls WHERE is_estimated")
    assert lost == [("sql_analyst", "interrupted")] * 2
    told = await rows(dying, "SELECT agent_name FROM bichat_model_calls WHERE NOT is_estimated ORDER BY agent_name")
    assert told == [("",), ("",), ("sql_analyst",), ("sql_analyst",)]
