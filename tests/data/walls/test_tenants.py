"""Two companies with the same ids in one business database: whatever one asks, nothing of the other's comes back."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.data.errors import QueryError
from app.data.queries import Queries
from app.data.sources import open_queries
from app.data.walls.findings import corpus
from app.identity.actor import Actor
from app.settings import Settings
from tests.data.conftest import THEIRS
from tests.data.walls.conftest import Company

MARK = "SECRET"
JOINED = """
    CREATE VIEW analytics.our_orders WITH (security_barrier) AS SELECT o.id, c.name
      FROM shop.orders o JOIN shop.customers c ON c.id = o.id WHERE o.tenant_id = current_setting('app.tenant_id', true)::uuid;
    CREATE VIEW analytics.own_orders WITH (security_barrier) AS SELECT o.id, c.name
      FROM shop.orders o JOIN shop.customers c USING (id, tenant_id)
     WHERE o.tenant_id = current_setting('app.tenant_id', true)::uuid
"""
ASKED = (
    "SELECT * FROM orders ORDER BY id",
    "SELECT id, note FROM orders WHERE id IN (1, 2, 3)",
    "SELECT note FROM orders WHERE 1 = 1 OR note LIKE 'S%'",
    f"SELECT note FROM orders WHERE '{THEIRS}' = '{THEIRS}'",
    "SELECT a.note, b.note FROM orders a JOIN orders b ON a.id = b.id",
    "SELECT note FROM orders UNION ALL SELECT note FROM orders",
    "WITH o AS (SELECT * FROM orders) SELECT note FROM o",
    "WITH orders AS (SELECT * FROM orders) SELECT note FROM orders",
    "SELECT (SELECT max(note) FROM orders)",
    "SELECT CAST(note AS integer) FROM orders",
    "SELECT count(*) FROM orders WHERE CAST(note AS integer) > 0",
    "SELECT * FROM orders_t",
    "SELECT * FROM shop.orders",
    "WITH shop AS (SELECT 1) SELECT * FROM shop.orders",
    "SELECT * FROM leaky",
)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def pointed(request: pytest.FixtureRequest) -> Settings:
    """Settings that name the business database on each engine in turn."""
    if request.param == "sqlite":
        path: Path = request.getfixturevalue("business_file")
        return Settings(analytics_url=f"sqlite:///{path}", sql_timeout=5)
    company: Company = request.getfixturevalue("company")
    asyncio.run(company.init())
    return company.settings


@pytest.fixture
async def asked(pointed: Settings) -> AsyncIterator[Queries]:
    queries = open_queries(pointed)
    yield queries
    await queries.close()


async def reply(queries: Queries, actor: Actor, sql: str) -> str:
    """Return everything that a model or a person would be told."""
    try:
        return repr((await queries.execute(actor, sql, {}, max_rows=1000)).rows)
    except QueryError as error:
        return f"{error.code} {error.message} {error.hint}"


async def test_no_statement_tells_anything_of_another_company(asked: Queries, ours: Actor, theirs: Actor) -> None:
    escapes = [
        case.sql.replace("{view}", "orders").replace("{schema}", "analytics").replace("{other}", str(THEIRS))
        for case in corpus(asked.dialect)
        if case.held_by != "time"
    ]
    for sql in (*ASKED, *(sql.replace("{table}", "shop.orders").replace("{owner}", "postgres") for sql in escapes)):
        assert MARK not in await reply(asked, ours, sql), sql
        assert "plain" not in await reply(asked, theirs, sql), sql


async def test_both_see_their_own_rows_also_when_they_ask_at_once(asked: Queries, ours: Actor, theirs: Actor) -> None:
    sql = "SELECT min(note), max(note), count(*) FROM orders"
    answers = await asyncio.gather(*(reply(asked, actor, sql) for actor in (ours, theirs) * 10))
    assert len(set(answers[::2])) == len(set(answers[1::2])) == 1
    assert "plain" in answers[0]
    assert MARK in answers[1]
    assert "50" in answers[0]
    assert "50" in answers[1]


@pytest.mark.postgres
async def test_a_view_that_joins_by_ids_of_both_is_out_of_reach(company: Company, ours: Actor, theirs: Actor) -> None:
    await company.sql(JOINED)
    await company.init()
    queries = open_queries(company.settings)
    try:
        assert set(await queries.catalogue.relations(ours)) == {"orders", "own_orders"}
        for actor, word in ((ours, "plain"), (theirs, MARK)):
            told = await reply(queries, actor, "SELECT count(*), min(name), max(name) FROM own_orders")
            assert "50" in told
            assert told.count(word) == 2
            assert "unknown_table" in await reply(queries, actor, "SELECT * FROM our_orders")
    finally:
        await queries.close()
