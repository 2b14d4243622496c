"""A process that dies while a conversation is summarised leaves it whole, or summarised: never half of either."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.chat.test_killed_process import dying, rows, token
from tests.model_server import ModelServer
from tests.servers import Served
from tests.site import ON_EACH_ENGINE

__all__ = ("dying",)

SAID = {"First?": "One.", "Second?": "Two.", "Third?": "Three.", "Fourth?": "Four."}
SUMMARY = "They asked twice: one, two."


def script(*summary: Any) -> dict[str, Any]:
    """Return the answers to what is `SAID`, and what the summary is written in."""
    rules = [{"match": "^Write the summary", "turns": [{"parts": list(summary)}]}]
    for question, answer in SAID.items():
        call = {"name": "final_answer", "arguments": {"answer": answer}}
        rules.append({"match": f"^{question[:-1]}", "turns": [{"parts": [{"call": call}]}]})
    return {"rules": rules}


@pytest.fixture
async def model() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        yield server


@pytest.fixture
async def program(dying: Served) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {token(dying)}"}
    async with httpx.AsyncClient(base_url=dying.url, timeout=30, headers=headers) as client:
        yield client


@pytest.fixture
async def session(dying: Served, model: ModelServer, program: httpx.AsyncClient) -> str:
    """A conversation that is long enough to be summarised, in a process that runs."""
    model.script = script(SUMMARY)
    await asyncio.to_thread(dying.start)
    made: str = (await call(program, "bichat.session.create", title="Talk"))["result"]["session"]["id"]
    for question in SAID:
        answer = await program.post("/bi-chat/stream", json={"sessionId": made, "content": question})
        assert answer.status_code == 200
    return made


async def call(program: httpx.AsyncClient, method: str, **params: Any) -> dict[str, Any]:
    answered: dict[str, Any] = (await program.post("/bi-chat/rpc", json={"id": 1, "method": method, "params": params})).json()
    return answered


async def died_before_it_answered(program: httpx.AsyncClient, session: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        await call(program, "bichat.session.compact", id=session)
        return False
    return True


async def summarised(dying: Served) -> int:
    """Return how many messages are summaries or stand behind one."""
    query = "SELECT count(*) FROM bichat_messages WHERE role = 'summary' OR summary_id IS NOT NULL"
    ((count,),) = await rows(dying, query)
    return int(count)


@ON_EACH_ENGINE
async def test_the_conversation_is_whole_and_can_be_summarised_again(
    dying: Served, model: ModelServer, program: httpx.AsyncClient, session: str
) -> None:
    before = await call(program, "bichat.session.get", id=session)
    held, asked = asyncio.Event(), len(model.log)
    model.script = script("They asked ", {"until": held}, "once.")
    compacting = asyncio.create_task(died_before_it_answered(program, session))
    await model.until_asked(asked + 1)
    await asyncio.to_thread(dying.kill)
    assert await compacting

    model.script = script(SUMMARY)
    await asyncio.to_thread(dying.start)
    after = await call(program, "bichat.session.get", id=session)
    assert after == before
    assert [turn["assistantTurn"]["content"] for turn in after["result"]["turns"]] == list(SAID.values())
    assert "summary" not in after["result"]
    assert await summarised(dying) == 0

    done = await call(program, "bichat.session.compact", id=session)
    assert (done["result"]["summary"], done["result"]["deletedMessages"]) == (SUMMARY, 4)
    got = (await call(program, "bichat.session.get", id=session))["result"]
    assert (got["summary"]["content"], len(got["turns"])) == (SUMMARY, 2)


@ON_EACH_ENGINE
async def test_what_was_committed_is_the_summary_with_all_that_belongs_to_it(
    dying: Served, program: httpx.AsyncClient, session: str
) -> None:
    await asyncio.to_thread(dying.kill)
    dying.env["DIES_AFTER_COMMIT"] = "1"
    await asyncio.to_thread(dying.start)
    assert await died_before_it_answered(program, session)
    assert dying.process is not None
    assert await asyncio.to_thread(dying.process.wait, 10) == -9

    dying.env["DIES_AFTER_COMMIT"] = "0"
    await asyncio.to_thread(dying.start)
    got = (await call(program, "bichat.session.get", id=session))["result"]
    assert (got["summary"]["content"], got["summary"]["turns"]) == (SUMMARY, 2)
    assert [turn["assistantTurn"]["content"] for turn in got["turns"]] == ["Three.", "Four."]
    assert await summarised(dying) == 5
    assert (await call(program, "bichat.session.compact", id=session))["error"]["code"] == "conflict"
