"""Every statement that was begun is in the audit, whatever ended it."""

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from app.agent.model import ModelRequest
from app.audit.models import AuditedStatement
from app.data.exports.messages import Batch
from app.data.exports.process import Writing, WritingError
from app.errors import NotFound
from app.settings import Settings
from tests.chat.conftest import PATIENCE, Chat, Person
from tests.chat.test_exports import JOB, TABLE
from tests.scripted_model import Call, final_answer
from tests.site import ON_EACH_ENGINE

HEAVY = "SELECT count(*) AS n FROM sales AS a, sales AS b, sales AS c, sales AS d"
ALL = "SELECT id, name FROM sales ORDER BY id"
ROWS = 100_000


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A business of which results keep a hundred rows."""
    path = settings.data_dir / "sales.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE sales (id INTEGER PRIMARY KEY, name TEXT)")
        connection.executemany("INSERT INTO sales VALUES (?, ?)", [(n, f"Shop {n}") for n in range(ROWS)])
    return msgspec.structs.replace(settings, analytics_url=f"sqlite:///{path}", analytics_isolation="single", sql_max_rows=100)


async def statements(chat: Chat, least: int) -> Sequence[tuple[str, str, int | None]]:
    """Return what the audit holds once there are `least` of them."""
    columns = (AuditedStatement.sql, AuditedStatement.outcome, AuditedStatement.row_count)
    async with asyncio.timeout(PATIENCE):
        while True:
            async with chat.database.reading() as db:
                found = (await db.execute(select(*columns).order_by(AuditedStatement.id))).all()
            if len(found) >= least:
                return [tuple(row) for row in found]
            await asyncio.sleep(0.05)


def shown(request: ModelRequest) -> list[Call]:
    return [Call("render_table", {"result_id": msgspec.json.decode(request.messages[-1].content)["result_id"], "title": "Shops"})]


async def with_table(chat: Chat, person: Person) -> str:
    chat.model.add([Call("sql_execute", {"query": ALL})], shown, [final_answer("Here.")])
    session, _ = await person.ask("Which shops?")
    return TABLE.findall(await person.until(session, "completed"))[0]


@ON_EACH_ENGINE
async def test_a_stopped_run_tells_what_it_was_at(chat: Chat, analyst: Person) -> None:
    chat.model.add([Call("sql_execute", {"query": HEAVY})])
    session, run = await analyst.ask("Count.")
    await asyncio.sleep(0.5)
    await analyst.post(f"/bi-chat/runs/{run}/stop")
    await analyst.until(session, "stopped")
    assert await statements(chat, 1) == [(HEAVY, "cancelled", None)]


async def test_a_statement_that_outlasts_its_tool_timed_out(chat: Chat, settings: Settings, analyst: Person) -> None:
    chat.model.add([Call("sql_execute", {"query": HEAVY})], [final_answer("Too much.")])
    session, _ = await analyst.ask("Count.")
    await analyst.until(session, "completed")
    assert await statements(chat, 1) == [(HEAVY, "timeout", None)]


@pytest.fixture
def chat_settings(chat_settings: Settings, request: pytest.FixtureRequest) -> Settings:
    is_short = "outlasts" in request.node.name
    return msgspec.structs.replace(chat_settings, tool_timeout=1) if is_short else chat_settings


@ON_EACH_ENGINE
async def test_a_cancelled_export_tells_what_it_read(chat: Chat, analyst: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    table = await with_table(chat, analyst)
    reading = asyncio.Event()
    address = await begun(analyst, table, reading, monkeypatch)
    await analyst.post(f"{address}/cancel")
    assert await statements(chat, 2) == [(ALL, "ok", 100), (ALL, "cancelled", None)]


async def begun(person: Person, table: str, reading: asyncio.Event, monkeypatch: pytest.MonkeyPatch) -> str:
    """Begin an export that never gets past its first rows; returns the job's address."""

    async def never(writing: Writing, message: object) -> None:
        if isinstance(message, Batch):
            reading.set()
            await asyncio.Event().wait()
        await send(writing, message)

    send: Any = Writing.send
    monkeypatch.setattr(Writing, "send", never)
    answer = await person.post(f"/bi-chat/artifacts/{table}/exports", htmx=True, format="csv")
    async with asyncio.timeout(PATIENCE):
        await reading.wait()
    return f"/bi-chat/exports/{JOB.findall(answer.text)[0]}"


async def test_what_was_read_for_a_file_that_could_not_be_written_is_told(
    chat: Chat, analyst: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(writing: Writing, message: object) -> None:
        if isinstance(message, Batch):
            raise WritingError("the disk is full")
        await send(writing, message)

    send: Any = Writing.send
    monkeypatch.setattr(Writing, "send", full)
    chat.model.add([Call("export_query_to_excel", {"query": ALL})], [final_answer("It failed.")])
    session, _ = await analyst.ask("A file, please.")
    await analyst.until(session, "completed")
    assert await statements(chat, 2) == [(ALL, "ok", 100), (ALL, "cancelled", None)]


async def test_a_refresh_of_what_is_gone_meanwhile_is_told(chat: Chat, analyst: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    table = await with_table(chat, analyst)

    async def deleted_meanwhile(*_arguments: object) -> None:
        raise NotFound("There is no such table.")

    monkeypatch.setattr("app.chat.refreshing._keep", deleted_meanwhile)
    assert (await analyst.post(f"/bi-chat/artifacts/{table}/refresh")).status_code == 404
    assert await statements(chat, 2) == [(ALL, "ok", 100)] * 2


async def test_nobody_else_cancels_an_export(chat: Chat, analyst: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    address = await begun(analyst, await with_table(chat, analyst), asyncio.Event(), monkeypatch)
    for email in ("admin@one.test", "analyst@two.test"):
        async with chat.person(email) as person:
            assert [(await person.post(f"{address}/cancel")).status_code, (await person.get(address)).status_code] == [404, 404]
    assert 'data-state="running"' in (await analyst.get(address)).text
    await analyst.post(f"{address}/cancel")
    assert 'data-state="cancelled"' in (await analyst.get(address)).text
