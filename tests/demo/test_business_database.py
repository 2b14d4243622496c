import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from app.data.errors import QueryError
from app.data.queries import Queries
from app.demo import business_database
from app.demo.companies import Company, companies
from app.demo.knowledge import METADATA
from app.identity.actor import Actor

REGISTON, IPAK = companies()
LIMIT = 1000


async def figures(queries: Queries, actor: Actor, sql: str) -> list[list[object]]:
    return (await queries.execute(actor, sql, {}, max_rows=LIMIT)).rows


async def test_each_company_reads_its_own_figures_under_the_same_names(
    queries: Queries, analyst_of: Callable[[Company], Actor]
) -> None:
    sql = "SELECT branch, SUM(amount) FROM sales WHERE branch IN ('Chilonzor', 'Sergeli', 'Samarqand') GROUP BY branch ORDER BY 1"
    own = await figures(queries, analyst_of(REGISTON), sql)
    other = await figures(queries, analyst_of(IPAK), sql)
    assert [row[0] for row in own] == [row[0] for row in other] == ["Chilonzor", "Samarqand", "Sergeli"]
    assert not {row[1] for row in own} & {row[1] for row in other}


@pytest.mark.parametrize("view", business_database.PUBLIC_VIEWS)
async def test_every_public_view_may_be_read_and_has_rows(
    view: str, queries: Queries, analyst_of: Callable[[Company], Actor]
) -> None:
    for company in companies():
        (row,) = await figures(queries, analyst_of(company), f"SELECT COUNT(*) FROM {view}")
        assert row[0] > 0


@pytest.mark.parametrize("name", ["orders_t", "_bichat_views", "_bichat_demo", "sqlite_master"])
async def test_nothing_but_the_public_views_may_be_read(
    name: str, queries: Queries, analyst_of: Callable[[Company], Actor]
) -> None:
    with pytest.raises(QueryError):
        await queries.execute(analyst_of(REGISTON), f"SELECT * FROM {name}", {}, max_rows=LIMIT)


async def test_every_column_of_the_views_is_described(queries: Queries, analyst_of: Callable[[Company], Actor]) -> None:
    actor = analyst_of(REGISTON)
    assert {path.stem for path in (METADATA / "tables").glob("*.json")} == set(business_database.PUBLIC_VIEWS)
    for table in await queries.tables(actor):
        described = await queries.describe(actor, table.name)
        assert described.description
        assert all(column.description for column in described.columns), table.name


async def test_nothing_of_the_future_shows(queries: Queries, analyst_of: Callable[[Company], Actor]) -> None:
    sql = "SELECT MAX(order_date) <= date('now', '+5 hours'), MAX(amount) > 0 FROM orders"
    assert await figures(queries, analyst_of(REGISTON), sql) == [[1, 1]]
    sql = "SELECT COUNT(*) FROM payments WHERE status <> 'paid' AND (paid_on IS NOT NULL OR kind = 'refund')"
    assert await figures(queries, analyst_of(REGISTON), sql) == [[0]]


def test_without_a_tenant_function_nothing_can_be_read(business_file: Path) -> None:
    with closing(sqlite3.connect(business_file)) as connection, pytest.raises(sqlite3.OperationalError, match="current_tenant"):
        connection.execute("SELECT COUNT(*) FROM orders").fetchone()


def test_inner_views_have_names_of_their_own_in_every_file(business_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.sqlite"
    business_database.build(other, "2026-02", [IPAK])
    assert inner_names(business_file).isdisjoint(inner_names(other))


def inner_names(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {inner for (inner,) in connection.execute("SELECT inner_name FROM _bichat_views")}


def test_a_crash_leaves_the_old_file_and_no_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "analytics.sqlite"
    business_database.build(path, "2026-02", [IPAK])
    before = path.read_bytes()

    def crash(_connection: sqlite3.Connection) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(business_database, "_make_views", crash)
    with pytest.raises(KeyboardInterrupt):
        business_database.build(path, "2026-03", [IPAK])
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_current_for_its_own_month_only(tmp_path: Path) -> None:
    path = tmp_path / "analytics.sqlite"
    assert not business_database.is_current(path, "2026-02")
    business_database.build(path, "2026-02", [IPAK])
    assert business_database.is_current(path, "2026-02")
    assert not business_database.is_current(path, "2026-03")
    path.write_bytes(b"not a database at all, but long enough to be looked at" * 100)
    assert not business_database.is_current(path, "2026-02")
