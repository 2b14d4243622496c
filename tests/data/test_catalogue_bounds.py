"""A look at the catalogue ends soon, however big or slow the tables are, and leaves the database to those who ask."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path
from unittest.mock import AsyncMock

import asyncpg
import pytest

from app.data import looks, postgres_source
from app.data.queries import Queries
from app.data.sources import open_queries
from app.identity.actor import Actor
from app.settings import Settings
from tests.data.conftest import ASKER

SLOW = 6
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i, 'x' AS word FROM n"


@pytest.fixture
async def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Queries]:
    """64 tables, the first of which never end."""
    monkeypatch.setattr(looks, "BUDGET_SECONDS", 1.5)
    monkeypatch.setattr(looks, "LOOK_SECONDS", 0.3)
    with sqlite3.connect(tmp_path / "many.sqlite") as connection:
        for place in range(64):
            endless = ENDLESS if place < SLOW else "SELECT 1 AS i, 'a' AS word"
            connection.execute(f"CREATE VIEW t{place:02} AS {endless}")
    url = f"sqlite:///{tmp_path / 'many.sqlite'}"
    queries = open_queries(Settings(analytics_url=url, analytics_isolation="single", sql_timeout=5))
    yield queries
    await queries.close()


async def test_64_tables_are_described_in_bounded_time_and_queries_run_meanwhile(slow: Queries, ours: Actor) -> None:
    began = time.monotonic()
    look = asyncio.gather(*(slow.describe(ours, f"t{place:02}") for place in range(64)))
    result = await slow.execute(ours, "SELECT word FROM t63", {}, max_rows=10)
    assert result.rows == [["a"]]
    assert not look.done()
    tables = await look
    assert time.monotonic() - began < 4
    assert [table.row_estimate for table in tables[:SLOW]] == [None] * SLOW
    assert all([column.name for column in table.columns] == ["i", "word"] for table in tables)


async def test_what_one_look_did_not_reach_comes_with_the_next_ones(
    slow: Queries, ours: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(6):
        sizes = [table.row_estimate for table in await slow.tables(ours)]
        if sizes == [None] * SLOW + [1] * (64 - SLOW):
            break
    assert sizes == [None] * SLOW + [1] * (64 - SLOW)
    looked = AsyncMock()
    monkeypatch.setattr(slow.source, "run", looked)
    assert [table.row_estimate for table in await slow.tables(ours)] == sizes
    looked.assert_not_called()


async def test_sizes_and_values_are_kept_until_the_file_changes(queries: Queries, ours: Actor, business_file: Path) -> None:
    assert (await queries.describe(ours, "orders")).row_estimate == 50
    with sqlite3.connect(business_file) as connection:
        connection.execute("DELETE FROM orders_t WHERE city = 'Buxoro'")
    table = await queries.describe(ours, "orders")
    assert table.row_estimate == 25
    assert next(column for column in table.columns if column.name == "city").values == ("Toshkent",)


@pytest.fixture
async def postgres(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Queries, asyncpg.Connection]]:
    monkeypatch.setattr(postgres_source, "FRESH_SECONDS", 0)
    owner = await asyncpg.connect(postgres_url)
    await owner.execute(
        """
        CREATE SCHEMA analytics;
        CREATE TYPE analytics.mood AS ENUM ('glad', 'sad');
        CREATE TABLE analytics.people (id bigint PRIMARY KEY, mood analytics.mood, city text);
        COMMENT ON TABLE analytics.people IS 'Who buys';
        CREATE TABLE analytics.visits (id bigint, person_id bigint REFERENCES analytics.people, note text);
        ALTER TABLE analytics.visits SET (autovacuum_enabled = off);
        CREATE VIEW analytics.endless AS SELECT pg_sleep(3600)::text AS word FROM generate_series(1, 1000000);
        INSERT INTO analytics.people SELECT n, 'glad', 'Toshkent' FROM generate_series(1, 10) AS n;
        INSERT INTO analytics.visits SELECT n, 1, 'n' || n FROM generate_series(1, 120000) AS n;
        ANALYZE;
    """
        + ASKER
    )
    url = f"postgresql://asker:asks@{postgres_url.partition('@')[2]}"
    queries = open_queries(Settings(analytics_url=url, analytics_isolation="single", sql_timeout=5))
    yield queries, owner
    await queries.close()
    await owner.close()


@pytest.mark.postgres
async def test_big_tables_of_postgresql_are_estimated_small_ones_counted_and_endless_views_left_out(
    postgres: tuple[Queries, asyncpg.Connection], ours: Actor
) -> None:
    queries, owner = postgres
    await owner.execute("DELETE FROM analytics.visits WHERE id > 119900; DELETE FROM analytics.people WHERE id = 10")
    began = time.monotonic()
    sizes = {table.name: table.row_estimate for table in await queries.tables(ours)}
    assert time.monotonic() - began < 5
    assert sizes == {"people": 9, "visits": 120_000, "endless": None}


@pytest.mark.postgres
async def test_postgresql_tells_keys_references_comments_and_the_values_of_enums(
    postgres: tuple[Queries, asyncpg.Connection], ours: Actor
) -> None:
    queries, owner = postgres
    people, visits = await asyncio.gather(queries.describe(ours, "people"), queries.describe(ours, "analytics.VISITS"))
    columns = {column.name: column for column in people.columns}
    assert people.description == "Who buys"
    assert (columns["id"].is_key, columns["mood"].type, columns["mood"].values) == (True, "analytics.mood (enum)", ("glad",))
    assert next(column for column in visits.columns if column.name == "person_id").references == "people.id"
    await owner.execute("ALTER TABLE analytics.people ADD COLUMN age int")
    assert [column.name for column in (await queries.describe(ours, "people")).columns] == ["id", "mood", "city", "age"]
