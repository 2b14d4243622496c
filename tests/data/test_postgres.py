"""PostgreSQL as the business database: a reading role, views that filter by the transaction's tenant, the server's limits."""

import asyncio
import dataclasses
import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal

import asyncpg
import pytest

from app.data import result_pages
from app.data.exports import cells
from app.data.queries import Queries, QueryError
from app.data.results import Column, details_of, encode_rows, rows_from
from app.data.sources import open_queries
from app.data.statistics import statistics
from app.identity.actor import Actor
from app.settings import Settings
from app.web.formats import Formats
from tests.data.conftest import ASKER, OURS, THEIRS

pytestmark = pytest.mark.postgres
SCHEMA = f"""
    CREATE SCHEMA app; CREATE SCHEMA analytics;
    CREATE TABLE app.orders (id bigint PRIMARY KEY, tenant_id uuid, day date, at timestamptz, amount numeric(14,2), note text);
    INSERT INTO app.orders
        SELECT n, CASE n % 2 WHEN 0 THEN '{OURS}'::uuid ELSE '{THEIRS}'::uuid END, date '2026-01-01' + n % 100,
               now(), n * 1.1, CASE n % 2 WHEN 0 THEN 'plain' ELSE 'SECRET' END
          FROM generate_series(1, 100) AS n;
    CREATE VIEW analytics.orders AS SELECT id, day, at, amount, note FROM app.orders
        WHERE tenant_id = current_setting('app.tenant_id', true)::uuid;
    CREATE TABLE app.visits (tenant_id uuid, at timestamptz);
    INSERT INTO app.visits VALUES ('{OURS}', '2026-03-31 20:30Z'), ('{OURS}', '2026-03-31 18:30Z');
    CREATE VIEW analytics.visits AS SELECT at, to_char(at, 'YYYY-MM-DD') AS day FROM app.visits
        WHERE tenant_id = current_setting('app.tenant_id', true)::uuid;
    CREATE VIEW analytics.leaky AS SELECT * FROM app.orders;
    CREATE VIEW analytics.half AS SELECT id FROM app.orders WHERE tenant_id = current_setting('app.tenant_id', true)::uuid
        UNION ALL SELECT id FROM app.orders;
    COMMENT ON VIEW analytics.orders IS 'All orders';
    COMMENT ON COLUMN analytics.orders.amount IS 'What was paid';
    {ASKER}
    REVOKE EXECUTE ON FUNCTION set_config(text, text, boolean) FROM PUBLIC;
"""

AT_WORK = """
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND state = 'active' AND query ILIKE '%generate_series(1, 100000000000)%'
       AND pid <> pg_backend_pid()
"""


@pytest.fixture
async def asked(postgres_url: str) -> AsyncIterator[Queries]:
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(SCHEMA)
    await connection.close()
    address = postgres_url.partition("@")[2]
    queries = open_queries(Settings(analytics_url=f"postgresql://asker:asks@{address}", sql_timeout=1))
    yield queries
    await queries.close()


async def refusal(queries: Queries, actor: Actor, sql: str, **parameters: object) -> QueryError:
    with pytest.raises(QueryError) as refused:
        await queries.execute(actor, sql, parameters, max_rows=10)
    return refused.value


async def test_values_are_bound_to_the_type_of_their_column(asked: Queries, ours: Actor) -> None:
    result = await asked.execute(
        ours,
        "SELECT id, day, amount, note FROM orders "
        "WHERE day >= :from AND amount > :least AND note = :note AND id = ANY(:ids) ORDER BY id",
        {"from": "2026-01-03", "least": 5.5, "note": "plain", "ids": [6, 7, 8]},
        max_rows=10,
    )
    assert result.columns == (Column("id", "integer"), Column("day", "date"), Column("amount", "decimal"), Column("note", "text"))
    assert result.rows == [
        [6, dt.date(2026, 1, 7), Decimal("6.60"), "plain"],
        [8, dt.date(2026, 1, 9), Decimal("8.80"), "plain"],
    ]


async def test_everyone_sees_the_rows_of_their_own_company(asked: Queries, ours: Actor, theirs: Actor) -> None:
    async def notes(actor: Actor) -> set[str]:
        return {row[0] for row in (await asked.execute(actor, "SELECT note FROM orders", {}, max_rows=1000)).rows}

    assert await asyncio.gather(*(notes(actor) for actor in (ours, theirs) * 10)) == [{"plain"}, {"SECRET"}] * 10


async def test_a_view_that_does_not_filter_by_tenant_is_out_of_reach(asked: Queries, ours: Actor) -> None:
    assert [table.name for table in await asked.tables(ours)] == ["orders", "visits"]
    assert (await refusal(asked, ours, "SELECT * FROM leaky")).code == "unknown_table"
    assert (await refusal(asked, ours, "SELECT * FROM analytics.half")).code == "unknown_table"


async def test_days_begin_at_the_company_s_midnight(asked: Queries, ours: Actor) -> None:
    sql = "SELECT at, at::date AS day, date_trunc('month', at) AS month, now()::text AS now FROM visits WHERE at >= :from"
    (row,) = (await asked.execute(ours, sql, {"from": "2026-04-01"}, max_rows=10)).rows
    moment, day, month, now = row
    assert (moment.isoformat(" "), day) == ("2026-04-01 01:30:00+05:00", dt.date(2026, 4, 1))
    assert (month, now[-3:]) == ("2026-04", "+05")
    streamed = asked.stream(ours, sql, {"from": "2026-04-01"}, max_rows=10, batch_rows=5, max_bytes=9999)
    batches = [batch.rows async for batch in streamed]
    assert batches[0][0][0].isoformat() == moment.isoformat()
    described = await asked.describe(ours, "visits")
    assert described.columns[1].values == ("2026-03-31", "2026-04-01")
    elsewhere = dataclasses.replace(ours, time_zone="America/New_York")
    assert (await asked.execute(elsewhere, "SELECT max(at::date) FROM visits", {}, max_rows=1)).rows == [[dt.date(2026, 3, 31)]]


async def test_every_copy_of_a_moment_shows_the_company_s_clock(asked: Queries, ours: Actor) -> None:
    result = await asked.execute(ours, "SELECT at FROM visits ORDER BY at DESC LIMIT 1", {}, max_rows=1)
    (moment,) = rows_from(details_of(result), encode_rows(result))[0]
    assert Formats("en").cell(moment, result.columns[0]) == "Apr 1, 2026, 01:30"
    assert cells.day_number(moment) == cells.day_number("2026-04-01 01:30:00")
    assert cells.text(moment).startswith("2026-04-01 01:30")
    assert result_pages.raw(moment).startswith("2026-04-01 01:30")
    assert statistics(result.columns[0], [moment]).most == moment


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "UTC'; DROP TABLE x; --", "../../etc/passwd", "/etc/localtime"])
async def test_no_zone_but_a_known_one_reaches_the_database(asked: Queries, ours: Actor, zone: str) -> None:
    error = await refusal(asked, dataclasses.replace(ours, time_zone=zone), "SELECT 1")
    assert error.code == "invalid_arguments"


async def test_one_row_more_than_the_cap_is_told(asked: Queries, ours: Actor) -> None:
    result = await asked.execute(ours, "SELECT generate_series(1, 1000000000) AS n LIMIT 100000000", {}, max_rows=1000)
    assert (len(result.rows), result.truncated) == (1000, True)
    whole = await asked.execute(ours, "SELECT * FROM generate_series(1, 1000) AS n", {}, max_rows=1000)
    assert (len(whole.rows), whole.truncated) == (1000, False)


@pytest.mark.parametrize(
    ("sql", "code", "words"),
    [
        ("UPDATE orders SET id = 1", "policy_violation", "query contains disallowed keyword: UPDATE"),
        ("SELECT * FROM app.orders", "policy_violation", "app"),
        ("SELECT * FROM ordrs", "unknown_table", "orders"),
        ("SELECT amont FROM orders", "unknown_column", "orders.amount"),
        ("SELECT sum(note) FROM orders", "type_mismatch", "cast"),
        ("SELECT 1 / 0", "type_mismatch", "NULLIF"),
        ("SELECT day, count(*) FROM orders", "syntax_error", "GROUP BY"),
        ("SELECT count(*) FROM generate_series(1, 100000000000)", "timeout", "shorter period"),
    ],
)
async def test_failures_are_typed_and_say_what_to_do(asked: Queries, ours: Actor, sql: str, code: str, words: str) -> None:
    error = await refusal(asked, ours, sql)
    assert error.code == code
    assert words in f"{error.message} {error.hint}"


async def test_a_value_of_the_wrong_type_is_told(asked: Queries, ours: Actor) -> None:
    assert (await refusal(asked, ours, "SELECT * FROM orders WHERE day = :day", day="soon")).code == "type_mismatch"
    assert (await refusal(asked, ours, "SELECT * FROM orders WHERE id = :id", id=[1])).code == "type_mismatch"


@pytest.mark.usefixtures("asked")
async def test_cancelling_the_task_ends_the_statement(postgres_url: str, ours: Actor) -> None:
    owner = await asyncpg.connect(postgres_url)
    address = postgres_url.partition("@")[2]
    patient = open_queries(Settings(analytics_url=f"postgresql://asker:asks@{address}", sql_timeout=120))
    running = [
        asyncio.create_task(patient.execute(ours, "SELECT count(*) FROM generate_series(1, 100000000000)", {}, max_rows=1))
        for _ in range(5)
    ]
    async with asyncio.timeout(30):
        while not await owner.fetchval(AT_WORK):
            await asyncio.sleep(0.05)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    async with asyncio.timeout(30):
        while await owner.fetchval(AT_WORK):
            await asyncio.sleep(0.05)
        await patient.execute(ours, "SELECT 1", {}, max_rows=1)
    await patient.close()
    await owner.close()


async def test_a_long_reply_is_cut_by_size(asked: Queries, ours: Actor) -> None:
    result = await asked.execute(ours, "SELECT repeat('x', 100000) FROM generate_series(1, 1000)", {}, max_rows=1000)
    assert result.truncated
    assert sum(len(row[0]) for row in result.rows) < 10_000_000


async def test_a_table_is_described_with_the_databases_comments(asked: Queries, ours: Actor) -> None:
    table = await asked.describe(ours, "analytics.orders")
    columns = {column.name: column for column in table.columns}
    assert (table.description, table.row_estimate, columns["amount"].description) == ("All orders", 50, "What was paid")
    assert columns["note"].values == ("plain",)


async def test_a_plan_is_given_without_running(asked: Queries, ours: Actor) -> None:
    assert any("orders" in line for line in await asked.explain(ours, "SELECT * FROM orders WHERE id = :id", {"id": 1}))


async def test_a_server_that_is_gone_is_told(ours: Actor) -> None:
    queries = open_queries(Settings(analytics_url="postgresql://asker:asks@127.0.0.1:1/nowhere"))
    assert (await refusal(queries, ours, "SELECT 1")).message == "database connection is required for BiChat"
    await queries.close()


async def test_a_wrong_password_is_told_without_details(postgres_url: str, ours: Actor) -> None:
    address = postgres_url.partition("@")[2]
    queries = open_queries(Settings(analytics_url=f"postgresql://asker:wrong@{address}"))
    assert (await refusal(queries, ours, "SELECT 1")).message == "database connection is required for BiChat"
    await queries.close()


async def test_rows_stream_in_batches_of_ones_own_company_until_the_cap(asked: Queries, ours: Actor) -> None:
    sql = "SELECT n, amount, note FROM orders CROSS JOIN generate_series(1, 1000) AS n WHERE amount > :least ORDER BY id, n"
    stream = asked.stream(ours, sql, {"least": 0}, max_rows=20_000, max_bytes=10**9, batch_rows=500)
    batches = [batch async for batch in stream]
    assert sum(len(batch.rows) for batch in batches) == 20_000
    assert max(len(batch.rows) for batch in batches) == 500
    assert [batch.truncated for batch in batches if batch.truncated] == [True]
    assert {row[2] for batch in batches for row in batch.rows} == {"plain"}
    assert batches[0].types == ("integer", "decimal", "text")


@pytest.mark.parametrize(("cap", "truncated"), [(50, False), (49, True)])
async def test_a_stream_tells_whether_there_were_more(asked: Queries, ours: Actor, cap: int, *, truncated: bool) -> None:
    batches = [
        batch async for batch in asked.stream(ours, "SELECT id FROM orders", {}, max_rows=cap, max_bytes=10**9, batch_rows=25)
    ]
    assert sum(len(batch.rows) for batch in batches) == cap
    assert batches[-1].truncated is truncated


async def test_a_stream_that_is_left_or_late_frees_its_connection(asked: Queries, ours: Actor) -> None:
    for _ in range(12):
        stream = asked.stream(
            ours, "SELECT n FROM generate_series(1, 1000000) AS n", {}, max_rows=10**6, max_bytes=10**9, batch_rows=10
        )
        assert len((await anext(stream)).rows) == 10
        await stream.aclose()
    late = asked.stream(
        ours, "SELECT count(*) FROM generate_series(1, 1000000000) AS n", {}, max_rows=10, max_bytes=10**9, batch_rows=10
    )
    with pytest.raises(QueryError, match=r"stopped after|timeout"):
        await anext(late)
    assert (await asked.execute(ours, "SELECT count(*) AS n FROM orders", {}, max_rows=1)).rows == [[50]]
