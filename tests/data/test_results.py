"""Results keep exact figures, know their types and survive being stored."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.data.checking import described
from app.data.lineage import measures
from app.data.metadata import ColumnNotes
from app.data.results import Column, QueryResult, columns_from, details_of, encode_rows, plain_rows, rows_from, typed
from app.data.sql_policy import check

KNOWN = {
    "orders": {
        "amount": ColumnNotes("amount", currency="UZS"),
        "cost": ColumnNotes("cost", currency="UZS"),
        "pieces": ColumnNotes("pieces", unit="pcs"),
        "city": ColumnNotes("city"),
    }
}


@pytest.mark.parametrize(
    ("values", "kind", "kept"),
    [
        ([1, None, 2], "integer", [1, None, 2]),
        ([1, 2.5], "decimal", [Decimal(1), Decimal("2.5")]),
        ([0.1 + 0.2], "decimal", [Decimal("0.3")]),
        (["2026-01-31", None], "date", [dt.date(2026, 1, 31), None]),
        (["2026-01-31 10:00:00"], "datetime", [dt.datetime(2026, 1, 31, 10)]),  # noqa: DTZ001 - the database keeps it without a zone
        (["2026-02-31"], "text", ["2026-02-31"]),
        (["2026-01"], "month", ["2026-01"]),
        (["2026-Q1", None], "quarter", ["2026-Q1", None]),
        (["2026-W05"], "week", ["2026-W05"]),
        (["2026-01", "2026-13"], "text", ["2026-01", "2026-13"]),
        (["9926-01"], "text", ["9926-01"]),
        (["2026-01-31", "none"], "text", ["2026-01-31", "none"]),
        ([True, False], "boolean", [True, False]),
        ([1, "a"], "text", ["1", "a"]),
        ([b"\x00\x01"], "text", ["<2 bytes>"]),
        ([None], "text", [None]),
    ],
)
def test_a_columns_type_follows_from_its_values(values: list, kind: str, kept: list) -> None:
    columns, rows = typed(("a",), (None,), [[value] for value in values])
    assert (columns[0].type, [row[0] for row in rows]) == (kind, kept)


CELLS = {
    "integer": st.integers(),
    "decimal": st.decimals(allow_nan=False, allow_infinity=False),
    "text": st.text(),
    "boolean": st.booleans(),
    "date": st.dates(),
    "datetime": st.datetimes(timezones=st.just(dt.UTC)),
    "duration": st.timedeltas(),
}


@given(st.data(), st.lists(st.sampled_from(sorted(CELLS)), min_size=1, max_size=4))
def test_a_stored_result_comes_back_as_it_was(data: st.DataObject, kinds: list[str]) -> None:
    columns = tuple(Column(f"c{place}", kind) for place, kind in enumerate(kinds))
    rows = data.draw(st.lists(st.tuples(*(st.none() | CELLS[kind] for kind in kinds)).map(list), max_size=5))
    result = QueryResult(columns, rows, True, "SELECT 1", {"a": 1}, 1.5, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    details = details_of(result)
    assert columns_from(details) == columns
    assert rows_from(details, encode_rows(result)) == rows
    assert (details["row_count"], details["truncated"]) == (len(rows), True)


def test_a_model_gets_numbers_and_never_a_rounded_one() -> None:
    assert plain_rows([[Decimal("1.50"), Decimal("3.00"), Decimal("12345678901234567890.12"), dt.date(2026, 1, 2)]]) == [
        [1.5, 3, "12345678901234567890.12", "2026-01-02"]
    ]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT amount, o.pieces, city FROM orders AS o", ["UZS", "pcs", None]),
        ("SELECT sum(amount), round(avg(amount), 2), count(amount) FROM orders", ["UZS", "UZS", None]),
        ("WITH m AS (SELECT city, sum(amount) AS total FROM orders GROUP BY 1) SELECT total, city FROM m", ["UZS", None]),
        ("SELECT t.x FROM (SELECT amount - cost AS x FROM orders) AS t", ["UZS"]),
        ("SELECT amount * pieces, amount / pieces, amount / cost, 100 * amount FROM orders", ["UZS", "UZS", None, "UZS"]),
        (
            "SELECT CASE WHEN city = 'x' THEN amount ELSE 0 END, coalesce(amount, 0), amount + pieces FROM orders",
            ["UZS", "UZS", None],
        ),
        ("SELECT * FROM orders", ["UZS", "UZS", "pcs", None]),
        ("SELECT sum(amount) OVER (ORDER BY city), lag(amount) OVER (ORDER BY city) FROM orders", ["UZS", "UZS"]),
        ("SELECT (SELECT max(amount) FROM orders)", ["UZS"]),
        ("SELECT amount FROM orders UNION ALL SELECT 1", ["UZS"]),
        ("SELECT amount FROM elsewhere", [None]),
    ],
)
def test_money_and_units_follow_a_column_through_the_query(sql: str, expected: list) -> None:
    found = measures(check(sql, "sqlite", ["main"]).tree, KNOWN)
    assert [note.currency or note.unit for note in found] == expected


MIDNIGHT = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("dialect", "expression", "value", "kind", "kept"),
    [
        ("postgres", "date_trunc('month', d)", MIDNIGHT, "month", "2026-04"),
        ("postgres", "date_trunc('quarter', d)::date", MIDNIGHT.date(), "quarter", "2026-Q2"),
        ("postgres", "date_trunc('week', d)", MIDNIGHT, "date", MIDNIGHT.date()),
        ("postgres", "date_trunc('month', d)", MIDNIGHT.replace(hour=5), "datetime", MIDNIGHT.replace(hour=5)),
        ("postgres", "d", MIDNIGHT, "datetime", MIDNIGHT),
        ("sqlite", "strftime('%Y-%W', d)", "2026-05", "week", "2026-05"),
        ("sqlite", "strftime('%Y-%m', d)", "2026-05", "month", "2026-05"),
        ("sqlite", "date(d, 'start of month')", "2026-05-01", "month", "2026-05"),
        ("sqlite", "strftime('%Y', d) || '-Q' || ((strftime('%m', d) + 2) / 3)", "2026-Q1", "quarter", "2026-Q1"),
    ],
)
def test_the_query_tells_which_moments_stand_for_months(dialect: str, expression: str, value: Any, kind: str, kept: Any) -> None:
    schema = "main" if dialect == "sqlite" else "analytics"
    for sql in (f"SELECT {expression} AS t FROM x", f"WITH y AS (SELECT {expression} AS t FROM x) SELECT t FROM y"):
        query = check(sql, dialect, [schema])  # type: ignore[arg-type]  # one of the two dialects
        columns, rows = typed(("t",), (None,), [[value], [None]])
        assert (described(query, columns, rows, {})[0].type, rows) == (kind, [[kept], [None]])


def test_columns_of_one_name_are_told_apart() -> None:
    columns, _ = typed(["id", "id", "id_2", "ID", "id"], [None] * 5, [])
    assert [column.name for column in columns] == ["id", "id_3", "id_2", "ID", "id_4"]
