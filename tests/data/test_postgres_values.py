"""What comes back from PostgreSQL is what PostgreSQL itself would write, whatever Python makes of it."""

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import openpyxl
import pytest

from app.data import result_pages
from app.data.charts.chart import draw
from app.data.charts.spec import ChartSpec
from app.data.exports import cells
from app.data.exports.columns import sheet_column
from app.data.exports.csv_file import CsvFile
from app.data.exports.excel import ExcelFile
from app.data.exports.messages import Receipt, TableWork
from app.data.queries import Queries, QueryError
from app.data.results import QueryResult, details_of, encode_rows, plain_rows, rows_from
from app.data.sources import open_queries
from app.data.statistics import statistics
from app.identity.actor import Actor
from app.settings import Settings
from app.web.formats import Formats
from tests.data.conftest import ASKER

pytestmark = pytest.mark.postgres
SCHEMA = (
    """
    CREATE SCHEMA analytics;
    CREATE VIEW analytics.odd_days AS
        SELECT n, ('{2026-01-05,20226-01-05,0044-03-15 BC,infinity,-infinity}'::date[])[n] AS day FROM generate_series(1, 5) AS n;
"""
    + ASKER
)


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
    ((text,),) = (await reply(asked, ours, hidden)).rows
    assert text.endswith("pg_catalog.pg_roles) --")
    assert (await reply(asked, ours, r"SELECT 'C:\new' AS path")).rows == [[r"C:\new"]]


async def shown(queries: Queries, actor: Actor, sql: str, locale: str = "en") -> list[str]:
    """Return the cells of a result's only row as a reader sees them, once it was stored and read back."""
    result = await reply(queries, actor, sql)
    (row,) = rows_from(details_of(result), encode_rows(result))
    return [Formats(locale).plain_cell(cell, column) for cell, column in zip(row, result.columns, strict=True)]


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("en", ["2 years 8 months 1 day", "-01:00:00", "1 month", "1 day 03:30:00", "00:00:00.25", "∞"]),
        ("ru", ["2 года 8 месяцев 1 день", "-01:00:00", "1 месяц", "1 день 03:30:00", "00:00:00,25", "∞"]),
        ("uz", ["2 yil 8 oy 1 kun", "-01:00:00", "1 oy", "1 kun 03:30:00", "00:00:00,25", "∞"]),
    ],
)
async def test_lengths_of_time_keep_their_months_and_are_written_in_the_reader_s_language(
    asked: Queries, ours: Actor, locale: str, words: list[str]
) -> None:
    sql = """SELECT age(date '2026-11-01', date '2024-02-29'), interval '-1 hour', interval '1 mon',
             timestamp '2026-01-02 05:00' - timestamp '2026-01-01 01:30', interval '250 ms', interval 'infinity'"""
    assert await shown(asked, ours, sql, locale) == words


async def test_lengths_of_time_are_sorted_added_up_and_told_to_the_model_and_to_files(asked: Queries, ours: Actor) -> None:
    sql = "SELECT t AS late FROM unnest('{10 days,9 hours,-1 hour,2 days 03:00}'::interval[]) AS t"
    result = await reply(asked, ours, sql)
    (column,), rows = result.columns, rows_from(details_of(result), encode_rows(result))
    ordered = result_pages.sort(rows, 0, "en", column.type, descending=False)
    assert plain_rows(ordered) == [["-01:00:00"], ["09:00:00"], ["2 days 03:00:00"], ["10 days"]]
    found = statistics(column, [row[0] for row in rows])
    assert (found.total, found.average) == (dt.timedelta(days=12, hours=11), dt.timedelta(days=3, hours=2, minutes=45))
    assert [result_pages.raw(row[0]) for row in ordered] == ["-01:00:00", "09:00:00", "51:00:00", "240:00:00"]
    assert [cells.duration_days(row[0]) for row in ordered] == [None, 0.375, 2.125, 10]
    (months,) = (await reply(asked, ours, "SELECT interval '1 year -3 days' AS t")).rows
    assert (months, plain_rows([months])) == (["P1Y-3D"], [["P1Y-3D"]])


async def test_figures_of_four_bytes_show_the_digits_that_were_written(asked: Queries, ours: Actor) -> None:
    sql = "SELECT 19.99::real, 0.7::real, 1234567.9::real, 3.4028235e38::real, '1e-45'::real, '{0.1}'::real[]"
    ((*figures, listed),) = (await reply(asked, ours, sql)).rows
    assert [format(figure, "g") if 0 < figure < 1 else str(figure) for figure in figures[:3]] == ["19.99", "0.7", "1234567.9"]
    assert (float(figures[3]), figures[4] > 0, listed) == (3.4028235e38, True, [0.1])


async def test_days_that_python_cannot_hold_stay_postgresql_s_text_and_in_order(asked: Queries, ours: Actor) -> None:
    result = await reply(asked, ours, "SELECT * FROM odd_days ORDER BY n")
    texts = ["2026-01-05", "20226-01-05", "0044-03-15 BC", "infinity", "-infinity"]
    assert (result.columns[1].type, [str(row[1]) for row in result.rows]) == ("date", texts)
    rows = rows_from(details_of(result), encode_rows(result))
    assert [row[0] for row in result_pages.sort(rows, 1, "en", "date", descending=False)] == [5, 3, 1, 2, 4]
    assert [Formats("en").plain_cell(row[1], result.columns[1]) for row in rows] == [
        "Jan 5, 2026", "20226-01-05", "0044-03-15 BC", "∞", "-∞",
    ]  # fmt: skip
    assert [cells.day_number(text) is None for text in texts] == [False, True, True, True, True]
    batches = [
        batch async for batch in asked.stream(ours, "SELECT * FROM odd_days", {}, max_rows=9, batch_rows=2, max_bytes=9999)
    ]
    assert [str(row[1]) for batch in batches for row in batch.rows] == texts


async def test_moments_and_times_that_python_cannot_hold_stay_text(asked: Queries, ours: Actor) -> None:
    sql = """SELECT time '24:00', timetz '23:59:59.5-03:30', timestamp '20226-01-05 10:00', '-infinity'::timestamptz,
             timestamptz '0044-03-15 10:00:00 BC UTC', ROW(date '20226-01-05')::text, ROW(date 'infinity')"""
    (row,) = (await reply(asked, ours, sql)).rows
    assert row == [
        "24:00:00", "23:59:59.5-03:30", "20226-01-05 10:00:00", "-infinity", "0044-03-15 10:00:00+00 BC", "(20226-01-05)",
        ["infinity"],
    ]  # fmt: skip


async def test_figures_without_end_are_told_apart_from_no_value(asked: Queries, ours: Actor) -> None:
    sql = "SELECT 'Infinity'::numeric AS a, '-Infinity'::float8 AS b, 'NaN'::numeric AS c, 'Infinity'::real AS d"
    assert await shown(asked, ours, sql) == ["∞", "-∞", "not a number", "∞"]
    assert await shown(asked, ours, sql, "ru") == ["∞", "-∞", "не число", "∞"]


async def test_other_types_are_written_as_postgresql_writes_them(asked: Queries, ours: Actor) -> None:
    sql = """SELECT int4range(1, 5), b'101011', 'r'::"char", daterange('2026-01-01', NULL), 'empty'::int4range,
             tsrange('2026-01-01', '2026-01-02'), '10.0.0.0/8'::cidr"""
    (row,) = (await reply(asked, ours, sql)).rows
    assert row == [
        "[1,5)",
        "101011",
        "r",
        "[2026-01-01,)",
        "empty",
        '["2026-01-01 00:00:00","2026-01-02 00:00:00")',
        "10.0.0.0/8",
    ]


async def test_days_moments_and_lengths_are_bound_as_before(asked: Queries, ours: Actor) -> None:
    sql = "SELECT CAST(:day AS date), CAST(:at AS timestamptz), CAST(:plain AS timestamp), CAST(:figure AS real)"
    values = {"day": "2026-03-01", "at": "2026-03-01 10:00", "plain": "2026-03-01", "figure": 1.5}
    (row,) = (await reply(asked, ours, sql, **values)).rows
    assert [str(cell) for cell in row] == ["2026-03-01", "2026-03-01 10:00:00+05:00", "2026-03-01 00:00:00", "1.5"]
    for wrong in (1, [1], "soon"):
        with pytest.raises(QueryError) as refused:
            await reply(asked, ours, "SELECT CAST(:day AS date)", day=wrong)
        assert refused.value.code == "type_mismatch"


async def test_lengths_of_time_go_to_files_and_far_days_to_charts(asked: Queries, ours: Actor, tmp_path: Path) -> None:
    sql = """SELECT day, interval '25 hours' AS took, interval '-25 hours' AS early, interval '1 mon 25 hours' AS late, n
             FROM odd_days ORDER BY n"""
    result = await reply(asked, ours, sql)
    columns = tuple(sheet_column(column, Formats("ru")) for column in result.columns)
    rows = msgspec.msgpack.decode(msgspec.msgpack.encode(result.rows))
    for kind, writer in (("csv", CsvFile), ("xlsx", ExcelFile)):
        file = writer(
            TableWork("csv" if kind == "csv" else "excel", str(tmp_path / f"a.{kind}"), "t", "s", columns, ("yes", "no"))
        )
        file.add(rows)
        file.end(Receipt("r", ()))
    lines = (tmp_path / "a.csv").read_text("utf-8-sig").splitlines()
    assert lines[1:3] == ["2026-01-05,25:00:00,'-25:00:00,P1MT90000S,1", "20226-01-05,25:00:00,'-25:00:00,P1MT90000S,2"]
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    assert [cell.value for cell in sheet[2]][1:] == [dt.timedelta(hours=25), "-25:00:00", "P1MT90000S", 1]
    assert [sheet.cell(row, 1).value for row in (3, 5)] == ["20226-01-05", "infinity"]
    drawn = draw(ChartSpec("line", x="day", y=("n",)), result.columns, result.rows, "en")
    assert "20226" not in str(drawn)
