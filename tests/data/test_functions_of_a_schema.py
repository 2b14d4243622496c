"""Functions that a company keeps beside its views: none is called by a question, and a view may call only harmless ones."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.data.queries import Queries, QueryError
from app.data.sources import open_queries
from app.identity.actor import Actor
from app.settings import Settings
from tests.data.conftest import ASKER, OURS, THEIRS

pytestmark = pytest.mark.postgres
MINE = "WHERE tenant_id = current_setting('app.tenant_id', true)::uuid"
SCHEMA = f"""
    CREATE SCHEMA app; CREATE SCHEMA analytics;
    CREATE TABLE app.orders (id bigint PRIMARY KEY, tenant_id uuid, note text);
    INSERT INTO app.orders VALUES (1, '{OURS}', 'plain'), (2, '{THEIRS}', 'SECRET');
    CREATE VIEW analytics.orders AS SELECT id, note FROM app.orders {MINE};
    CREATE FUNCTION analytics.peek(analytics.orders) RETURNS text LANGUAGE sql SECURITY DEFINER
        AS 'SELECT string_agg(note, '','') FROM app.orders';
    CREATE FUNCTION analytics.note(analytics.orders) RETURNS text LANGUAGE sql SECURITY DEFINER AS 'SELECT $1.note';
    CREATE FUNCTION public.leak() RETURNS SETOF text LANGUAGE sql SECURITY DEFINER AS 'SELECT note FROM app.orders';
    CREATE FUNCTION public.tidied(text) RETURNS text LANGUAGE sql AS 'SELECT upper($1)';
    CREATE VIEW analytics.tidy AS SELECT id, public.tidied(note) AS note FROM app.orders {MINE};
    CREATE VIEW analytics.leaky AS SELECT id, public.leak() AS note FROM app.orders {MINE};
    CREATE VIEW analytics.joined AS SELECT id, l.note FROM app.orders CROSS JOIN LATERAL public.leak() AS l (note) {MINE};
    CREATE VIEW analytics.idiom AS SELECT id FROM app.orders
        WHERE tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid);
    {ASKER}
"""


@pytest.fixture
async def asked(postgres_url: str) -> AsyncIterator[Queries]:
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(SCHEMA)
    await connection.close()
    queries = open_queries(Settings(analytics_url=f"postgresql://asker:asks@{postgres_url.partition('@')[2]}"))
    yield queries
    await queries.close()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT o.peek FROM orders o",
        "SELECT (o).peek FROM orders o",
        "SELECT o.PEEK, 1 AS peek FROM orders o",
        'SELECT analytics.orders."peek" FROM orders',
        "SELECT id FROM orders o WHERE o.peek LIKE '%S%'",
        "SELECT (x.r).peek FROM (SELECT o AS r FROM orders o) x",
        "SELECT ((SELECT o FROM orders o)).peek",
        "WITH q AS (SELECT * FROM orders) SELECT q.peek FROM q",
        "SELECT t.peek FROM tidy t JOIN orders o USING (id)",
    ],
)
async def test_a_row_is_not_asked_for_what_a_function_would_tell(asked: Queries, ours: Actor, sql: str) -> None:
    with pytest.raises(QueryError) as refused:
        await asked.execute(ours, sql, {}, max_rows=10)
    assert (refused.value.code, refused.value.message) == ("policy_violation", "the function peek is not allowed")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT o.note FROM orders o",
        "SELECT q.peek FROM (SELECT note AS peek FROM orders) q",
        "SELECT q.peek FROM (SELECT note FROM orders) AS q (peek)",
        "SELECT note AS peek FROM orders ORDER BY peek",
    ],
)
async def test_columns_that_are_called_like_a_function_are_read(asked: Queries, ours: Actor, sql: str) -> None:
    assert (await asked.execute(ours, sql, {}, max_rows=10)).rows == [["plain"]]


async def test_only_views_without_functions_of_other_rights_can_be_asked_about(asked: Queries, ours: Actor) -> None:
    assert [table.name for table in await asked.tables(ours)] == ["idiom", "orders", "tidy"]
    assert (await asked.execute(ours, "SELECT * FROM tidy", {}, max_rows=10)).rows == [[1, "PLAIN"]]
    assert (await asked.execute(ours, "SELECT * FROM idiom", {}, max_rows=10)).rows == [[1]]
