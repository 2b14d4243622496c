"""What comes back from PostgreSQL is what PostgreSQL itself would write, whatever Python makes of it."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from app.data.queries import Queries, QueryError
from app.data.results import QueryResult
from app.data.sources import open_queries
from app.identity.actor import Actor
from app.settings import Settings

pytestmark = pytest.mark.postgres
SCHEMA = """
    CREATE SCHEMA analytics;
    CREATE VIEW analytics.odd_days AS
        SELECT n, ('{2026-01-05,20226-01-05,0044-03-15 BC,infinity,-infinity}'::date[])[n] AS day FROM generate_series(1, 5) AS n;
    DO $$ BEGIN CREATE ROLE asker LOGIN PASSWORD 'asks'; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
    GRANT USAGE ON SCHEMA analytics TO asker;
    GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO asker;
"""


@pytest.fixture
async def administrator(postgres_url: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(SCHEMA)
    yield connection
    await connection.close()


@pytest.fixture
async def asked(postgres_url: str, administrator: Any) -> AsyncIterator[Queries]:
    assert administrator
    address = postgres_url.partition("@")[2]
    url = f"postgresql://asker:asks@{address}"
    queries = open_queries(Settings(analytics_url=url, analytics_isolation="single", sql_timeout=5))
    yield queries
    await queries.close()


async def reply(queries: Queries, actor: Actor, sql: str, **parameters: Any) -> QueryResult:
    return await queries.execute(actor, sql, parameters, max_rows=100)


async def test_strings_are_read_as_the_policy_reads_them_whatever_the_database_is_set_to(
    asked: Queries, administrator: Any, ours: Actor
) -> None:
    database = await administrator.fetchval("SELECT current_database()")
    await administrator.execute(f'ALTER DATABASE "{database}" SET standard_conforming_strings = off')
    hidden = r"""SELECT 'a\'' || (SELECT string_agg(rolname::text, chr(32)) FROM pg_catalog.pg_roles) --'"""
    try:
        (row,) = (await reply(asked, ours, hidden)).rows
    except QueryError as refused:
        assert "pg_catalog" in refused.message
    else:
        assert "asker" not in row[0]
    assert (await reply(asked, ours, r"SELECT 'C:\new' AS path")).rows == [[r"C:\new"]]
