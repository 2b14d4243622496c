"""The walls in SQLite hold by themselves, for statements that no policy has seen."""

from pathlib import Path

import pytest

from app.data.engine import BoundStatement
from app.data.errors import QueryError
from app.data.sources import open_source
from app.identity.actor import Actor
from app.settings import Settings


async def read(business_file: Path, actor: Actor, sql: str) -> list[list]:
    source = open_source(Settings(analytics_url=f"sqlite:///{business_file}"))
    try:
        return (await source.run(BoundStatement(sql, {}, actor.tenant_id, 100, 1))).rows
    finally:
        await source.close()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM orders_t",
        "SELECT count(*) FROM orders_t",
        "WITH orders AS (SELECT * FROM orders_t) SELECT * FROM orders",
        "WITH orders AS MATERIALIZED (SELECT note FROM orders_t) SELECT * FROM orders",
        "SELECT * FROM (SELECT * FROM orders_t) AS orders",
        "SELECT (SELECT group_concat(note) FROM orders_t) FROM orders",
        "SELECT 1 FROM orders WHERE id IN orders_t",
        "SELECT orders.id FROM orders, orders_t AS orders2",
        "SELECT * FROM leaky",
        "SELECT * FROM v_leaky",
        "SELECT * FROM _bichat_views",
        "SELECT sql FROM sqlite_master",
        "SELECT count(*) FROM sqlite_master",
        "SELECT * FROM pragma_table_info('orders')",
        "PRAGMA table_info(orders)",
        "PRAGMA query_only=0",
        "SELECT current_tenant()",
        "SELECT load_extension('x')",
        "SELECT randomblob(10000000)",
        "ATTACH ':memory:' AS other",
        "INSERT INTO orders_t DEFAULT VALUES",
        "DELETE FROM orders",
        "CREATE TEMP TABLE t (a)",
        "CREATE TEMP VIEW orders AS SELECT * FROM orders_t",
        "VACUUM INTO '/tmp/copied.sqlite'",
        "BEGIN",
    ],
)
async def test_nothing_but_public_views_can_be_read(business_file: Path, ours: Actor, sql: str) -> None:
    with pytest.raises(QueryError):
        await read(business_file, ours, sql)


async def test_the_inner_view_can_be_read_by_nobody_who_does_not_know_it(
    business_file: Path, ours: Actor, inner_name: str
) -> None:
    with pytest.raises(QueryError) as refused:
        await read(business_file, ours, f"SELECT * FROM {inner_name}")
    assert inner_name not in refused.value.message
    rows = await read(business_file, ours, f"WITH orders AS (SELECT * FROM {inner_name}) SELECT note FROM orders")
    assert {row[0].split()[0] for row in rows} == {"plain"}, "even then the tenant is the statement's own"


async def test_ordinary_statements_get_through(business_file: Path, theirs: Actor) -> None:
    rows = await read(
        business_file,
        theirs,
        "WITH a AS (SELECT city, sum(amount) AS s FROM orders GROUP BY city), n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n "
        "WHERE x < 3) SELECT count(*), max(a.s), (SELECT count(*) FROM n) FROM a, json_each('[1, 2]') AS j",
    )
    assert rows == [[4, 625_000, 3]]
