"""A statement ends when its time is over, even where the server does not answer any more."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from app.data.queries import Queries, QueryError
from app.data.sources import open_queries
from app.identity.actor import Actor
from app.settings import Settings

pytestmark = pytest.mark.postgres
ENDLESS = "SELECT count(*) FROM generate_series(1, 100000000000)"


@pytest.fixture
async def asked(postgres_url: str) -> AsyncIterator[Queries]:
    queries = open_queries(
        Settings(analytics_url=postgres_url, analytics_schema="public", analytics_isolation="single", sql_timeout=1)
    )
    yield queries
    await queries.close()


@contextlib.asynccontextmanager
async def stopped(postgres_url: str) -> AsyncIterator[None]:
    """Stop the server's process that works on the endless statement, so that it hears neither its own clock nor a request."""
    connection: Any = await asyncpg.connect(postgres_url)
    number = None
    while number is None:
        number = await connection.fetchval(
            "SELECT pid FROM pg_stat_activity WHERE query = $1 AND state = 'active' AND datname = current_database()", ENDLESS
        )
    os.kill(number, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(number, signal.SIGCONT)
        await connection.close()


async def test_a_server_that_stands_still_costs_no_more_than_the_limit(asked: Queries, ours: Actor, postgres_url: str) -> None:
    await asked.execute(ours, "SELECT 1", {}, max_rows=1)
    started = time.monotonic()
    task = asyncio.create_task(asked.execute(ours, ENDLESS, {}, max_rows=1))
    async with stopped(postgres_url):
        done, _ = await asyncio.wait({task}, timeout=5)
        assert done
        assert time.monotonic() - started < 4
    error = task.exception()
    assert isinstance(error, QueryError)
    assert error.code == "timeout"
    assert (await asked.execute(ours, "SELECT 2", {}, max_rows=1)).rows == [[2]]


async def test_a_batch_of_a_server_that_stands_still_is_late_too(asked: Queries, ours: Actor, postgres_url: str) -> None:
    stream = asked.stream(ours, ENDLESS, {}, max_rows=10, max_bytes=9999, batch_rows=5)
    task = asyncio.create_task(anext(stream))
    async with stopped(postgres_url):
        done, _ = await asyncio.wait({task}, timeout=5)
        assert done
    error = task.exception()
    assert isinstance(error, QueryError)
    assert error.code == "timeout"


async def test_whoever_stops_waiting_is_let_go_though_the_server_stands_still(
    asked: Queries, ours: Actor, postgres_url: str
) -> None:
    task = asyncio.create_task(asked.execute(ours, ENDLESS, {}, max_rows=1))
    async with stopped(postgres_url):
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=5)
        assert done
    assert task.cancelled()
