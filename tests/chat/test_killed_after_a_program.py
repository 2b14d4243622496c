"""A program that the provider ran, and its files, survive the death of the process: nothing of it is asked for again."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from app.database import Database
from tests.chat.test_code_interpreter import named, program
from tests.chat.test_killed_process import dying, ended, rows, send, token
from tests.model_server import ModelServer
from tests.servers import Served

__all__ = ("dying",)

CLOCK = {"call": {"name": "get_current_time", "arguments": {}}}
BEGUN = {"parts": [program(), "I go on.", *named("table.csv"), CLOCK]}
AT_ONCE = {"parts": [program(), "It is 1 235.", *named("table.csv")]}


def script(*turns: Any) -> dict[str, Any]:
    return {"rules": [{"match": "", "turns": list(turns)}]}


@pytest.fixture
async def model() -> AsyncIterator[ModelServer]:
    async with ModelServer() as server:
        server.files = {"/v1/containers/cntr_1/files/id_table_csv/content": b"branch,total\nChilonzor,41\n"}
        yield server


async def allow(server: Served) -> None:
    server.env |= {"BICHAT_MODEL_API": "responses", "BICHAT_HOSTED_TOOLS": "code_interpreter"}
    database = Database(f"sqlite:///{server.data_dir / 'bichat.sqlite'}")
    async with database.writing() as db:
        await db.execute(text("""UPDATE bichat_tenants SET tool_policies = '{"code_interpreter": "allow"}'"""))
    await database.close()


@pytest.mark.parametrize(("turns", "asked"), [([BEGUN, "It is 1 235."], 2), ([AT_ONCE], 1)], ids=["on the way", "in the answer"])
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_it_is_committed_with_its_step(dying: Served, model: ModelServer, turns: list[Any], asked: int) -> None:
    model.script = script(*turns)
    await allow(dying)
    dying.env["DIES_AFTER_COMMIT"] = "2"
    bearer = token(dying)
    await asyncio.to_thread(dying.start)
    await send(dying, bearer)
    assert dying.process is not None
    assert await asyncio.to_thread(dying.process.wait, 10) == -9

    dying.env["DIES_AFTER_COMMIT"] = "0"
    model.files = {}
    await asyncio.to_thread(dying.start)
    assert await ended(dying) == "completed"
    assert len(model.log) == asked
    ((printed, error),) = await rows(
        dying, "SELECT content, error_code FROM bichat_messages WHERE tool_name = 'code_interpreter'"
    )
    assert ("1234.5678" in printed, error) == (True, None)
    assert await rows(dying, "SELECT kind, name FROM bichat_artifacts") == [("code_output", "table.csv")]
