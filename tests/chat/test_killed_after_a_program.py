"""A program that the provider ran, and its files, survive the death of the process: nothing of it is asked for again."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from app.database import Database
from tests.chat.test_code_interpreter import named, program
from tests.chat.test_killed_process import dying, ended, killed, rows
from tests.model_server import ModelServer
from tests.servers import Served

__all__ = ("dying",)

CLOCK = {"call": {"name": "get_current_time", "arguments": {}}}
BEGUN = {"parts": [program(), "I go on.", *named("table.csv"), CLOCK]}


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


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_it_is_committed_with_its_step(dying: Served, model: ModelServer) -> None:
    held = asyncio.Event()
    model.script = {"rules": [{"match": "", "turns": [BEGUN, {"parts": [{"until": held}, "It is 1 235."]}]}]}
    await allow(dying)
    await killed(dying, model.until_asked(2))

    model.files = {}
    held.set()
    await asyncio.to_thread(dying.start)
    assert await ended(dying) == "completed"
    assert len(model.log) == 3
    told = "SELECT content, error_code FROM bichat_messages WHERE tool_name = 'code_interpreter'"
    ((printed, error),) = await rows(dying, told)
    assert ("1234.5678" in printed, error) == (True, None)
    assert await rows(dying, "SELECT kind, name FROM bichat_artifacts") == [("code_output", "table.csv")]
