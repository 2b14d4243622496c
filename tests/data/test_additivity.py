"""Averages, ends, shares and distinct counts are not added up: neither below a column nor in a chart."""

import datetime as dt
from decimal import Decimal

import pytest

from app.data.additivity import Additivity
from app.data.charts.spec import ChartError
from app.data.queries import Queries
from app.data.results import Column, columns_from
from app.data.sql_policy import check
from app.data.sql_rules.lexer import Dialect
from app.data.statistics import statistics
from app.web.locale import translator
from tests.data.charts.results import drawn
from tests.data.conftest import OURS, person

KNOWN = {"orders": {}}
EACH: dict[str, bool] = {
    "sum(amount)": True,
    "count(*)": True,
    "amount": True,
    "sum(amount) / 1000.0": True,
    "round(coalesce(sum(amount), 0), 2)": True,
    "sum(amount) - sum(cost)": True,
    "sum(amount * 100.0 / pieces)": True,
    "CASE WHEN max(amount) > 5 THEN sum(amount) ELSE 0 END": True,
    "sum(amount) * 100.0 / (SELECT sum(amount) FROM orders)": True,
    "sum(amount) * 100.0 / sum(sum(amount)) OVER ()": True,
    "lag(sum(amount)) OVER (ORDER BY city)": True,
    "count(*) FILTER (WHERE amount > 3)": True,
    "avg(amount)": False,
    "min(amount)": False,
    "max(amount)": False,
    "round(avg(amount), 1)": False,
    "CAST(avg(amount) AS integer)": False,
    "count(DISTINCT city)": False,
    "round(100.0 * sum(CASE WHEN amount > 5 THEN 1 ELSE 0 END) / count(*), 1)": False,
    "sum(amount) / count(*)": False,
    "sum(amount) / nullif(sum(pieces), 0)": False,
    "CASE WHEN count(*) = 0 THEN 0 ELSE sum(amount) / count(*) END": False,
    "coalesce(avg(amount), 0)": False,
    "sum(sum(amount)) OVER (ORDER BY city)": False,
    "avg(amount) - min(amount)": False,
    "avg(amount) FILTER (WHERE amount > 3)": False,
    "(SELECT avg(amount) FROM orders)": False,
    "amount * 1.0 / pieces": False,
}
WHOLE: dict[str, list[bool]] = {
    "WITH s AS (SELECT city, avg(amount) AS a, sum(amount) AS b FROM orders GROUP BY city) SELECT * FROM s": [True, False, True],
    "WITH s AS (SELECT city, avg(amount) AS a FROM orders GROUP BY city) SELECT t.a, s.city FROM s AS t JOIN s USING (city)": [
        False, True,
    ],
    "SELECT a, round(a, 1) AS b FROM (SELECT min(amount) AS a FROM orders GROUP BY city) AS s": [False, False],
    "SELECT a FROM (SELECT * FROM (SELECT min(amount) AS a FROM orders GROUP BY city) AS r) AS s": [False],
    "WITH s AS (SELECT city, avg(amount) AS a FROM orders GROUP BY city) SELECT sum(a) FROM s": [True],
    "WITH t AS (SELECT sum(amount) AS whole FROM orders) SELECT city, sum(amount) * 100.0 / max(whole) FROM orders, t GROUP BY 1":
        [True, True],
    "WITH t AS (SELECT sum(amount) AS whole FROM orders), s AS (SELECT city, sum(amount) AS a FROM orders GROUP BY city) "
    "SELECT city, a * 100.0 / t.whole FROM s CROSS JOIN t": [True, True],
    "SELECT sum(amount) AS a FROM orders UNION ALL SELECT avg(amount) FROM orders": [False],
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT i FROM n": [True],
}  # fmt: skip


@pytest.mark.parametrize("figure", EACH)
@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
def test_a_figure_tells_whether_it_adds_up(figure: str, dialect: Dialect) -> None:
    schema = "main" if dialect == "sqlite" else "analytics"
    tree = check(f"SELECT city, {figure} AS figure FROM orders GROUP BY city", dialect, [schema]).tree
    assert Additivity(KNOWN).columns(tree) == [True, EACH[figure]]


@pytest.mark.parametrize("sql", WHOLE)
def test_it_is_followed_through_queries_within_queries(sql: str) -> None:
    assert Additivity(KNOWN).columns(check(sql, "postgres", ["analytics"]).tree) == WHOLE[sql]


def test_queries_that_build_on_each_other_many_times_are_told_at_once() -> None:
    steps = ", ".join(f"s{n} AS (SELECT {' + '.join(['a'] * 9)} AS a FROM s{n - 1})" for n in range(1, 10))
    sql = f"WITH s0 AS (SELECT avg(amount) AS a FROM orders), {steps} SELECT a FROM s9"
    assert Additivity(KNOWN).columns(check(sql, "postgres", ["analytics"]).tree) == [False]


async def test_a_result_carries_it_and_shows_no_sum_of_averages(queries: Queries) -> None:
    sql = "SELECT o.*, avg(amount) OVER (PARTITION BY city) AS mean FROM orders AS o"
    result = await queries.execute(person(OURS), sql, {}, max_rows=100)
    told = {column.name: column.is_additive for column in result.columns}
    assert (told["amount"], told["mean"], told["city"]) == (True, False, True)
    mean = statistics(result.columns[-1], [row[-1] for row in result.rows])
    assert (mean.total, mean.average is None) == (None, False)


def test_mean_lengths_of_time_have_no_sum() -> None:
    lengths = [dt.timedelta(hours=hours) for hours in (1, 3)]
    told = [statistics(Column("t", "duration", is_additive=adds), lengths).total for adds in (True, False)]
    assert told == [dt.timedelta(hours=4), None]


def test_a_chart_refuses_to_add_averages_and_draws_one_row_each() -> None:
    columns = (Column("month", "text"), Column("city", "text"), Column("mean", "decimal", is_additive=False))
    rows = [[f"2026-0{month}", city, Decimal(month)] for month in (1, 2) for city in ("Buxoro", "Toshkent")]
    for kind in ("bar", "pie"):
        with pytest.raises(ChartError, match="averages, shares and the like cannot be added up: mean") as refused:
            drawn(type=kind, x="city", y=("mean",), columns=columns, rows=rows)
        for locale in ("ru", "uz"):
            assert translator(locale).sentence(refused.value) != str(refused.value)
    assert drawn(type="bar", x="city", y=("mean",), series="month", columns=columns, rows=rows)["notes"] == []
    assert drawn(type="pie", x="city", y=("mean",), columns=columns, rows=rows[:2])["notes"] == []


def test_small_parts_of_a_pie_that_do_not_add_up_are_not_taken_together() -> None:
    columns = (Column("city", "text"), Column("mean", "decimal", is_additive=False))
    rows = [[f"city {number}", Decimal(100 - 5 * number)] for number in range(15)]
    with pytest.raises(ChartError, match="cannot be taken together"):
        drawn(type="pie", x="city", y=("mean",), columns=columns, rows=rows)


def test_results_stored_before_it_was_told_are_read() -> None:
    (column,) = columns_from({"columns": [{"name": "a", "type": "integer", "unit": None, "currency": None, "labels": {}}]})
    assert column.is_additive
