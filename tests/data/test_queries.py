"""Statements run within their limits and their tenant, and fail in words that a model can act on."""

import asyncio
import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from app.data.queries import Queries, QueryError
from app.data.results import Column
from app.data.sources import open_queries
from app.identity.actor import Actor
from app.settings import Settings
from tests.data.conftest import SHARED

ENDLESS = "WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g) SELECT count(*) FROM g WHERE n < 0"


async def refusal(queries: Queries, actor: Actor, sql: str, **parameters: object) -> QueryError:
    with pytest.raises(QueryError) as refused:
        await queries.execute(actor, sql, parameters, max_rows=10)
    return refused.value


async def test_values_are_bound_and_the_result_is_typed(queries: Queries, ours: Actor) -> None:
    result = await queries.execute(
        ours,
        "SELECT city, max(ordered_on) AS last, sum(amount) AS total, avg(pieces) AS pieces FROM orders "
        "WHERE ordered_on >= :from AND city = :city GROUP BY city",
        {"from": "2026-01-10", "city": "Buxoro'; DROP TABLE orders_t; --"},
        max_rows=10,
    )
    assert result.rows == []
    result = await queries.execute(
        ours, "SELECT city, max(ordered_on) AS last, sum(amount) AS total FROM orders GROUP BY city ORDER BY 1", {}, max_rows=10
    )
    assert result.columns == (Column("city", "text"), Column("last", "date"), Column("total", "integer", currency="UZS"))
    assert result.rows[0] == ["Buxoro", dt.date(2026, 1, 28), 625_000]
    assert result.truncated is False


async def test_a_column_that_keeps_its_catalogue_name_keeps_the_headings_written_for_it(queries: Queries, ours: Actor) -> None:
    kept = await queries.execute(ours, "SELECT pieces FROM orders LIMIT 1", {}, max_rows=1)
    renamed = await queries.execute(ours, "SELECT pieces AS sold FROM orders LIMIT 1", {}, max_rows=1)
    assert kept.columns[0].label("ru") == "Штук"
    assert (renamed.columns[0].label("ru"), renamed.columns[0].unit) == ("sold", "pcs")


async def test_one_row_more_than_the_cap_is_told(queries: Queries, ours: Actor) -> None:
    capped = await queries.execute(ours, "SELECT id FROM orders LIMIT 100", {}, max_rows=7)
    whole = await queries.execute(ours, "SELECT id FROM orders", {}, max_rows=50)
    assert (len(capped.rows), capped.truncated) == (7, True)
    assert (len(whole.rows), whole.truncated) == (50, False)


async def test_everyone_sees_the_rows_of_their_own_company(queries: Queries, ours: Actor, theirs: Actor) -> None:
    mine = await queries.execute(ours, "SELECT note FROM orders ORDER BY id", {}, max_rows=1000)
    other = await queries.execute(theirs, "SELECT note FROM orders ORDER BY id", {}, max_rows=1000)
    assert {row[0].split()[0] for row in mine.rows} == {"plain"}
    assert {row[0].split()[0] for row in other.rows} == {"SECRET"}


async def test_tenants_at_the_same_time_do_not_mix(queries: Queries, ours: Actor, theirs: Actor) -> None:
    async def words(actor: Actor) -> set[str]:
        result = await queries.execute(
            actor, "SELECT DISTINCT substr(note, 1, instr(note, ' ') - 1) FROM orders", {}, max_rows=1000
        )
        return {row[0] for row in result.rows}

    found = await asyncio.gather(*(words(actor) for actor in (ours, theirs) * 20))
    assert found == [{"plain"}, {"SECRET"}] * 20


@pytest.fixture
def chinook() -> Path:
    path = SHARED / "data" / "chinook.sqlite"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    return path


@pytest.mark.parametrize(
    ("sql", "code", "words"),
    [
        ("INSERT INTO orders VALUES (1)", "policy_violation", "query contains disallowed keyword: INSERT"),
        ("SELECT * FROM ordrs", "unknown_table", "Did you mean orders?"),
        ("SELECT amont FROM orders", "unknown_column", "Did you mean orders.amount?"),
        ("SELECT FROM WHERE", "syntax_error", ""),
        ("SELEC id FROM orders", "syntax_error", "did you mean SELECT?"),
        ("SELECT * FROM orders WHERE id = :id", "invalid_arguments", "id"),
        ("SELECT json_extract('{', '$')", "type_mismatch", ""),
        ("WITH orders AS (SELECT 1) SELECT * FROM orders", "policy_violation", "another name"),
        ("SELECT * FROM leaky", "unknown_table", ""),
        ("SELECT replace(hex(zeroblob(400000)), '0', 'xxxxxxxx')", "too_many_rows", ""),
        (ENDLESS, "timeout", "1 s"),
    ],
)
async def test_failures_are_typed_and_say_what_to_do(queries: Queries, ours: Actor, sql: str, code: str, words: str) -> None:
    error = await refusal(queries, ours, sql)
    assert error.code == code
    assert words in f"{error.message} {error.hint}"
    assert error.hint or code == "syntax_error"


async def test_nobody_without_a_company_may_ask(queries: Queries, ours: Actor) -> None:
    nobody = replace(ours, tenant_id=ours.tenant_id.__class__(int=0))
    error = await refusal(queries, nobody, "SELECT 1")
    assert error.message == "tenant ID required for query execution"


async def test_a_missing_database_is_told(tmp_path: Path, ours: Actor) -> None:
    queries = open_queries(Settings(analytics_url=f"sqlite:///{tmp_path / 'nowhere.sqlite'}"))
    error = await refusal(queries, ours, "SELECT 1")
    assert error.message == "database connection is required for BiChat"
    await queries.close()


async def test_a_file_that_is_no_database_is_told(tmp_path: Path, ours: Actor) -> None:
    (tmp_path / "text.sqlite").write_text("not a database at all, only words" * 100)
    queries = open_queries(Settings(analytics_url=f"sqlite:///{tmp_path / 'text.sqlite'}"))
    assert (await refusal(queries, ours, "SELECT 1")).message == "database connection is required for BiChat"
    await queries.close()


async def test_cancelling_the_task_ends_the_statement(business_file: Path, ours: Actor) -> None:
    queries = open_queries(Settings(analytics_url=f"sqlite:///{business_file}", sql_timeout=60))
    running = [asyncio.create_task(queries.execute(ours, ENDLESS, {}, max_rows=1)) for _ in range(4)]
    await asyncio.sleep(0.1)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    async with asyncio.timeout(20):
        await queries.execute(ours, "SELECT 1", {}, max_rows=1)
    await queries.close()


async def test_a_long_reply_is_cut_by_size(queries: Queries, ours: Actor) -> None:
    result = await queries.execute(ours, "SELECT hex(zeroblob(100000)) FROM orders", {}, max_rows=1000)
    assert result.truncated
    assert sum(len(row[0]) for row in result.rows) < 5_000_000


async def test_a_plan_is_given_without_running_and_without_the_inner_name(queries: Queries, ours: Actor, inner_name: str) -> None:
    plan = await queries.explain(ours, "SELECT city, count(*) FROM orders WHERE id > :id GROUP BY city", {"id": 1})
    assert any("orders_t" in line or "orders" in line for line in plan)
    assert inner_name not in "\n".join(plan)


async def test_a_replaced_file_is_opened_anew(queries: Queries, ours: Actor, business_file: Path) -> None:
    assert len((await queries.execute(ours, "SELECT id FROM orders", {}, max_rows=100)).rows) == 50
    await asyncio.to_thread(business_file.unlink)
    assert (await refusal(queries, ours, "SELECT id FROM orders")).code == "failed"


async def test_another_companys_database_can_be_asked(chinook: Path, ours: Actor) -> None:
    queries = open_queries(Settings(analytics_url=f"sqlite:///{chinook}", analytics_isolation="single"))
    result = await queries.execute(
        ours, "SELECT BillingCountry, sum(Total) AS total FROM Invoice GROUP BY 1 ORDER BY 2 DESC", {}, max_rows=3
    )
    assert [str(value) for value in result.rows[0]] == ["USA", "523.06"]
    assert result.truncated
    described = await queries.describe(ours, "track")
    assert next(column for column in described.columns if column.name == "AlbumId").references == "Album.AlbumId"
    await queries.close()


async def test_without_tenant_views_nothing_can_be_read(chinook: Path, ours: Actor) -> None:
    queries = open_queries(Settings(analytics_url=f"sqlite:///{chinook}"))
    assert await queries.tables(ours) == []
    assert (await refusal(queries, ours, "SELECT * FROM Track")).code == "unknown_table"
    await queries.close()
