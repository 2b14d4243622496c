"""The strip says what the SQL asks: change one part of the SQL and the strip follows, in both dialects."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.data.checking import told
from app.data.filter_strip import asked
from app.data.metadata import ColumnNotes
from app.data.results import Column
from app.data.sql_policy import check
from app.data.strip_wording import chips

SCHEMAS = {"sqlite": ("main",), "postgres": ("analytics",)}
BASE = """
    WITH paid AS (SELECT * FROM payments WHERE method = 'card' AND amount > 10)
    SELECT b.city, count(*) AS orders, sum(CASE WHEN o.kind = 'web' THEN o.amount END) AS web
    FROM orders o JOIN branches b ON b.id = o.branch_id AND b.region IN ('north', 'south')
    LEFT JOIN paid p ON p.order_id = o.id AND p.state <> 'void'
    WHERE o.ordered_on >= '2026-10-01' AND o.ordered_on < '2026-11-01' AND o.status = 'done'
      AND (o.amount > 100 OR o.pieces BETWEEN 2 AND 5) AND b.city NOT LIKE 'T%' AND o.note IS NULL
      AND o.id IN (SELECT order_id FROM lines WHERE discount >= 7)
    GROUP BY b.city HAVING count(*) > 3 ORDER BY web DESC LIMIT 10 OFFSET 2
"""
CHANGES = [
    ("method = 'card'", "method = 'cash'"), ("amount > 10)", "amount > 11)"), ("o.kind = 'web'", "o.kind = 'shop'"),
    ("'north', 'south'", "'north', 'west'"), ("p.state <> 'void'", "p.state = 'void'"), ("'2026-10-01'", "'2026-09-01'"),
    ("'2026-11-01'", "'2026-12-01'"), ("o.ordered_on <", "o.ordered_on <="), ("o.status = 'done'", "b.status = 'done'"),
    ("o.status = 'done'", "o.status <> 'done'"), ("> 100 OR", "> 100 AND"), ("2 AND 5", "2 AND 6"),
    ("NOT LIKE 'T%'", "LIKE 'T%'"),
    ("note IS NULL", "note IS NOT NULL"), ("discount >= 7", "discount > 7"), ("o.id IN (", "o.id NOT IN ("),
    ("GROUP BY b.city", "GROUP BY b.region"), ("count(*) > 3", "count(*) > 4"), ("web DESC", "web"), ("LIMIT 10", "LIMIT 20"),
    ("OFFSET 2", "OFFSET 3"), ("FROM lines", "FROM items"), ("AND o.note IS NULL", ""),
    ("SELECT b.city", "SELECT DISTINCT b.city"),
]  # fmt: skip


def strip(sql: str, dialect: str = "sqlite", locale: str = "en", **parameters: Any) -> list[tuple[str, str]]:
    query = check(sql, dialect, SCHEMAS[dialect])  # type: ignore[arg-type]  # one of the two dialects
    return [(chip.kind, chip.text) for chip in chips(asked(query, parameters, {}), locale)]


@pytest.mark.parametrize("dialect", SCHEMAS)
@pytest.mark.parametrize(("before", "after"), CHANGES)
def test_it_follows_a_change_of_the_sql(dialect: str, before: str, after: str) -> None:
    assert before in BASE
    assert strip(BASE.replace(before, after, 1), dialect) != strip(BASE, dialect)


@pytest.mark.parametrize("dialect", SCHEMAS)
def test_it_tells_every_part(dialect: str) -> None:
    assert strip(BASE, dialect) == [
        ("tables", "orders, branches, payments, lines"),
        ("period", "orders.ordered_on: Oct 1–31, 2026"),
        ("filter", "branches.region is one of north, south"),
        ("filter", "orders.status = done"),
        ("filter", "orders.amount > 100 or orders.pieces is between 2 and 5"),
        ("filter", "branches.city does not begin with T"),
        ("filter", "orders.note has no value"),
        ("filter", "orders.id is among order_id of lines"),
        ("filter", "number of rows > 3"),
        ("group", "by branches.city"),
        ("order", "top 10 by sum(CASE WHEN orders.kind = 'web' THEN orders.amount END) ↓, after the first 2"),
        ("filter", "joined paid: paid.state ≠ void"),
        ("filter", "only for web: orders.kind = web"),
        ("filter", "in paid: method = card"),
        ("filter", "in paid: amount > 10"),
        ("filter", "in a subquery: discount ≥ 7"),
    ]


def test_bound_values_stand_where_their_parameters_do() -> None:
    sql = "SELECT * FROM orders WHERE city = :city AND (a = :n OR b = :n) AND d >= :since LIMIT :most"
    assert strip(sql, city="7", n=4, since="2026-01-01", most=5)[1:] == [
        ("period", "d from Jan 1, 2026"),
        ("filter", "city = “7”"),
        ("filter", "a = 4 or b = 4"),
        ("order", "at most 5 rows"),
    ]


def test_what_no_query_reads_is_no_filter() -> None:
    sql = "WITH unread AS (SELECT * FROM orders WHERE secret = 1) SELECT * FROM orders WHERE open = 2"
    assert [text for kind, text in strip(sql) if kind == "filter"] == ["open = 2"]


def test_an_end_that_is_no_midnight_or_belongs_to_the_day_is_no_period() -> None:
    sql = (
        "SELECT * FROM orders WHERE at >= '2026-10-01 08:00' AND at <= '2026-10-31' AND at BETWEEN '2026-01-01' AND '2026-02-01'"
    )
    assert [kind for kind, _ in strip(sql)] == ["tables", "filter", "filter", "filter"]


def test_each_part_of_a_union_and_what_is_left_out_is_told() -> None:
    sql = (
        "SELECT city FROM orders WHERE a = 1 UNION SELECT city FROM orders WHERE a = 2 EXCEPT SELECT city FROM orders WHERE a = 3"
    )
    texts = [text for _, text in strip(sql)]
    assert {"in part 1: a = 1", "in part 2: a = 2", "in part 3: a = 3"} <= set(texts)
    assert "EXCEPT SELECT city FROM orders WHERE a = 3" in texts


NAMES = st.sampled_from(["city", "status", "amount", "kind", "pieces", "note", "state", "region"])
VALUES = st.integers(-99, 9999).map(str) | st.text("abcxyzäя '%,", min_size=1, max_size=6).map(
    lambda text: "'" + text.replace("'", "''") + "'"
)
FILTERS = st.one_of(
    st.builds("{} {} {}".format, NAMES, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), VALUES),
    st.builds("{} {}IN ({}, {})".format, NAMES, st.sampled_from(["", "NOT "]), VALUES, VALUES),
    st.builds("{} {}BETWEEN {} AND {}".format, NAMES, st.sampled_from(["", "NOT "]), VALUES, VALUES),
    st.builds("{} IS {}NULL".format, NAMES, st.sampled_from(["", "NOT "])),
    st.builds("{} {}LIKE {}".format, NAMES, st.sampled_from(["", "NOT "]), VALUES),
    st.builds("({} = {} OR {} > {})".format, NAMES, VALUES, NAMES, VALUES),
    st.builds("EXISTS (SELECT 1 FROM lines WHERE {} = {})".format, NAMES, VALUES),
)
SHAPES = st.sampled_from(
    [
        "SELECT * FROM orders WHERE {}",
        "SELECT city, count(*) FROM orders WHERE {} GROUP BY city",
        "SELECT * FROM (SELECT * FROM orders WHERE {}) AS t",
        "WITH q AS (SELECT * FROM orders WHERE {}) SELECT * FROM q",
        "SELECT * FROM orders AS o JOIN lines AS l ON l.order_id = o.id AND {}",
        "SELECT sum(amount) FILTER (WHERE {}) FROM orders",
        "SELECT sum(CASE WHEN {} THEN amount ELSE 0 END) AS s FROM orders",
        "SELECT sum(CASE WHEN {} THEN amount ELSE -amount END) AS s FROM orders",
        "SELECT city FROM orders GROUP BY city HAVING {}",
        "SELECT * FROM lines WHERE id IN (SELECT id FROM orders WHERE {})",
        "SELECT city FROM lines UNION ALL SELECT city FROM orders WHERE {}",
    ]
)  # fmt: skip


@pytest.mark.parametrize("dialect", SCHEMAS)
@settings(deadline=None)
@given(shape=SHAPES, conditions=st.lists(FILTERS, min_size=1, max_size=4, unique=True), data=st.data())
def test_no_filter_is_dropped_or_made_up(dialect: str, shape: str, conditions: list[str], data: st.DataObject) -> None:
    told = strip(shape.format(" AND ".join(conditions)), dialect)
    place = data.draw(st.integers(0, len(conditions) - 1))
    without = [condition for index, condition in enumerate(conditions) if index != place]
    assert strip(shape.format(" AND ".join(without) or "1 = 1"), dialect) != told
    other = data.draw(FILTERS.filter(lambda condition: condition not in conditions))
    assert strip(shape.format(" AND ".join([*without, other])), dialect) != told


@pytest.mark.parametrize("locale", ["en", "ru", "uz"])
def test_a_whole_strip_is_written_in_each_language(locale: str) -> None:
    assert all(text for _, text in strip(BASE, locale=locale))


OPTIONAL = [
    "SELECT * FROM orders WHERE day >= '2026-01-01' AND branch = COALESCE(:branch, branch)",
    "SELECT * FROM orders WHERE (:branch IS NULL OR branch = :branch) AND day >= '2026-01-01'",
    "SELECT * FROM orders WHERE (branch = :branch OR :branch IS NULL) AND day >= '2026-01-01'",
    "SELECT * FROM orders WHERE COALESCE(CAST(:branch AS TEXT), branch) = branch AND day >= '2026-01-01'",
]


@pytest.mark.parametrize("dialect", SCHEMAS)
@pytest.mark.parametrize("sql", OPTIONAL)
def test_a_parameter_without_a_value_is_no_filter_and_one_with_a_value_is(dialect: str, sql: str) -> None:
    assert strip(sql, dialect, branch=None)[1:] == [("period", "day from Jan 1, 2026")]
    assert ("filter", "branch = Chilonzor") in strip(sql, dialect, branch="Chilonzor")


def test_a_parameter_without_a_value_leaves_out_no_more_than_its_own_condition() -> None:
    assert strip("SELECT * FROM orders WHERE branch = COALESCE(:branch, branch)", branch=None) == [("tables", "orders")]
    kept = "SELECT * FROM orders WHERE branch = COALESCE(:branch, city) AND NOT kind = COALESCE(:branch, kind) AND note IS NULL"
    assert len(strip(kept, branch=None)) == 4
    assert strip("SELECT * FROM orders WHERE :city IS NULL OR kind = 1 OR kind = 2", city="x")[1:] == [
        ("filter", "kind = 1 or kind = 2")
    ]


def test_patterns_and_negations_are_put_as_people_say_them() -> None:
    sql = (
        "SELECT * FROM t WHERE a LIKE '%Lola%' AND b NOT LIKE 'x%' AND c LIKE '%y' AND d LIKE '%a_b%'"
        " AND NOT e = 1 AND NOT (f >= 2)"
    )
    assert [text for _, text in strip(sql)][1:] == [
        "a contains Lola", "b does not begin with x", "c ends with y", "d is like %a_b%", "e ≠ 1", "f < 2",
    ]  # fmt: skip
    assert strip("SELECT * FROM t WHERE a ILIKE '%Lola%'", "postgres")[1:] == [("filter", "a contains Lola, in capitals or not")]


@pytest.mark.parametrize(("sql", "stops"), [("LIMIT 5", True), ("LIMIT 6", False), ("", False), ("LIMIT :most", True)])
def test_a_result_as_long_as_the_limit_may_not_be_all(sql: str, *, stops: bool) -> None:
    query = check(f"SELECT * FROM (SELECT * FROM t LIMIT 3) AS x {sql}", "sqlite", ("main",))
    assert asked(query, {"most": 5}, {}).stops_at(5) is stops


LABELS = {"en": "Order date", "ru": "Дата заказа", "uz": "Buyurtma sanasi"}
KNOWN = {
    "sales": {
        "order_date": ColumnNotes("order_date", "date", labels=LABELS),
        "branch": ColumnNotes("branch", "text", labels={"en": "Branch", "ru": "Филиал"}),
        "amount": ColumnNotes("amount", "decimal", labels={"en": "Amount"}),
    }
}
RESULT = (
    Column("revenue", "decimal", labels={"en": "Revenue", "ru": "Выручка"}),
    Column("previous", "decimal", labels={"en": "Period before"}),
    Column("month", "text", labels={"en": "Month"}),
)
COMPARED = """
    SELECT x.branch, SUM(x.now_amount) AS revenue, SUM(x.then_amount) AS previous FROM (
      SELECT branch, CASE WHEN order_date >= '2026-11-01' AND order_date < '2026-11-22' THEN amount ELSE 0 END AS now_amount,
        CASE WHEN order_date >= '2026-10-01' AND order_date < '2026-10-22' THEN amount ELSE 0 END AS then_amount
      FROM sales WHERE order_date >= '2026-10-01' AND order_date < '2026-11-22' AND branch = 'Chilonzor') AS x
    GROUP BY x.branch
"""


def named(sql: str, locale: str = "en") -> list[str]:
    found = asked(check(sql, "sqlite", ("main",)), {}, {}, KNOWN, {"sales": {"en": "Sales", "ru": "Продажи"}})
    return [chip.text for chip in chips(found, locale, RESULT)]


def test_tables_columns_and_figures_have_the_names_that_people_know() -> None:
    sql = (
        "SELECT strftime('%Y-%m', order_date) AS month, sum(amount) AS revenue FROM sales WHERE branch = 'Chilonzor'"
        " GROUP BY month ORDER BY revenue DESC LIMIT 3"
    )
    assert named(sql) == ["Sales", "Branch = Chilonzor", "by Month", "top 3 by Revenue ↓"]
    assert named(sql, "ru") == [
        "Продажи",
        "Филиал = Chilonzor",
        "группировка: «Дата заказа» по месяцам",
        "первые 3, порядок: Выручка ↓",
    ]


def test_what_two_things_are_called_is_told_of_neither() -> None:
    same = (Column("total", "decimal", labels={"en": "Amount"}),)
    query = check("SELECT sum(amount) AS total FROM sales WHERE amount > 1 ORDER BY total", "sqlite", ("main",))
    assert [chip.text for chip in chips(asked(query, {}, {}, KNOWN), "en", same)][1:] == [
        "Amount > 1",
        "in order of sum of Amount ↑",
    ]
    alone = check("SELECT sum(amount) AS total FROM sales ORDER BY total", "sqlite", ("main",))
    assert chips(asked(alone, {}, {}, KNOWN), "en", same)[1].text == "in order of Amount ↑"


def test_a_name_that_the_query_gives_a_figure_itself_is_not_taken_for_what_it_is() -> None:
    assert named("SELECT sum(cost) AS profit FROM sales ORDER BY profit DESC LIMIT 3") == ["Sales", "top 3 by sum of cost ↓"]
    assert named("SELECT * FROM (SELECT amount - cost AS branch FROM sales) AS x WHERE branch > 5")[1:] == ["branch > 5"]


def test_periods_that_figures_compare_are_told_beside_each_other() -> None:
    assert named(COMPARED) == [
        "Sales",
        "Order date: Nov 1–21, 2026 compared with Oct 1–21, 2026",
        "read in all: Order date: Oct 1–Nov 21, 2026",
        "Branch = Chilonzor",
        "by Branch",
    ]
    assert named(COMPARED.replace("'2026-10-22'", "'2026-10-21'"))[1].endswith("Oct 1–20, 2026")
    assert "only for Revenue: Branch = x" in named(COMPARED.replace("'2026-11-22' THEN", "'2026-11-22' AND branch = 'x' THEN"))


def test_days_between_two_of_a_column_without_times_are_a_period() -> None:
    assert named("SELECT * FROM sales WHERE order_date BETWEEN '2026-10-01' AND '2026-10-31'")[1:] == [
        "Order date: Oct 1–31, 2026"
    ]
    assert named("SELECT * FROM sales WHERE order_date <= '2026-10-31'")[1:] == ["Order date before Nov 1, 2026"]


def test_the_name_of_a_subquery_is_told_only_where_there_is_more_than_one_place() -> None:
    inside = "SELECT branch, sum(amount) FROM (SELECT * FROM sales WHERE branch = 'A') AS x"
    assert named(inside) == ["Sales", "Branch = A"]
    assert named(f"{inside} WHERE amount > 1")[1:] == ["Amount > 1", "in x: Branch = A"]
    with_query = "WITH q AS (SELECT * FROM sales WHERE branch = 'A') SELECT * FROM q"
    assert named(with_query) == ["Sales", "Branch = A"]
    assert "in q: Branch = A" in named(f"{with_query} JOIN q AS r ON r.id = q.id")


SHOP = {
    "sales": {
        name: ColumnNotes(name, kind, labels={"en": en, "ru": ru, "uz": uz})
        for name, kind, en, ru, uz in (
            ("paid_on", "date", "Payment date", "Дата оплаты", "Toʻlov sanasi"),
            ("due_on", "date", "Due date", "Срок оплаты", "Toʻlov muddati"),
            ("amount", "decimal", "Amount", "Сумма", "Summa"),
            ("pieces", "integer", "Quantity", "Количество", "Miqdor"),
            ("price", "decimal", "Price", "Цена", "Narx"),
            ("client", "text", "Customer", "Клиент", "Mijoz"),
        )
    },
    "visits": {"client": ColumnNotes("client", "text", labels={"en": "Customer", "ru": "Клиент", "uz": "Mijoz"})},
}
WORDED = [
    (
        "paid_on > due_on", "paid_on >= due_on",
        "Payment date > Due date",
        "Дата оплаты > Срок оплаты",
        "Toʻlov sanasi > Toʻlov muddati",
    ),
    (
        "paid_on = due_on", "paid_on <> due_on",
        "Payment date is the same as Due date",
        "Дата оплаты совпадает с «Срок оплаты»",
        "Toʻlov sanasi va Toʻlov muddati bir xil",
    ),
    (
        "(amount > 5 OR client = 'Lola')", "(amount > 6 OR client = 'Lola')",
        "Amount > 5 or Customer = Lola",
        "Сумма > 5 или Клиент = Lola",
        "Summa > 5 yoki Mijoz = Lola",
    ),
    (
        "NOT (amount > 5 OR pieces IS NULL)", "NOT (amount > 5 OR price IS NULL)",
        "Amount ≤ 5 and Quantity has a value",
        "Сумма ≤ 5 и Количество: значение есть",
        "Summa ≤ 5 va Miqdor: qiymati bor",
    ),
    (
        "amount BETWEEN price AND price * 2", "amount BETWEEN price AND price * 3",
        "Amount is between Price and Price × 2",
        "Сумма от Цена до Цена × 2",
        "Summa: Narx dan Narx × 2 gacha",
    ),
    (
        "client LIKE 'A%z'", "client LIKE 'A%y'",
        "Customer begins with A and ends with z",
        "Клиент начинается с A и заканчивается на z",
        "Mijoz boshi A, oxiri z",
    ),
    (
        "client LIKE '%' || 'ol' || '%'", "client LIKE '%' || 'al' || '%'",
        "Customer contains ol",
        "Клиент содержит ol",
        "Mijoz ichida ol bor",
    ),
    (
        "lower(client) IN ('a', 'b')", "lower(client) IN ('a', 'c')",
        "Customer in small letters is one of a, b",
        "Клиент строчными буквами — одно из: a, b",
        "Mijoz (kichik harflarda) bulardan biri: a, b",
    ),
    (
        "pieces * price >= 7", "pieces * amount >= 7",
        "Quantity × Price ≥ 7",
        "Количество × Цена ≥ 7",
        "Miqdor × Narx ≥ 7",
    ),
    (
        "paid_on <> '2026-10-05'", "paid_on <> '2026-10-06'",
        "Payment date ≠ Oct 5, 2026",
        "Дата оплаты ≠ 5 окт. 2026 г.",
        "Toʻlov sanasi ≠ 5-okt, 2026",
    ),
    (
        "EXISTS (SELECT 1 FROM visits)", "NOT EXISTS (SELECT 1 FROM visits)",
        "has matching rows in visits",
        "есть соответствующие строки в «visits»",
        "“visits” jadvalida mos qatorlar bor",
    ),
    (
        "sales.client IN (SELECT client FROM visits)", "sales.client NOT IN (SELECT client FROM visits)",
        "Customer is among Customer of visits",
        "Клиент есть среди «Клиент» в «visits»",
        "Mijoz “visits” jadvalidagi “Mijoz” orasida bor",
    ),
]  # fmt: skip


def said(sql: str, locale: str = "en", dialect: str = "sqlite") -> list[str]:
    query = check(sql, dialect, SCHEMAS[dialect])  # type: ignore[arg-type]  # one of the two dialects
    return [chip.text.replace("\u00a0", " ") for chip in chips(asked(query, {}, {}, SHOP), locale)][1:]


@pytest.mark.parametrize(("condition", "changed", "en", "ru", "uz"), WORDED)
def test_conditions_are_said_in_words_and_follow_the_sql(condition: str, changed: str, en: str, ru: str, uz: str) -> None:
    sql = f"SELECT * FROM sales WHERE {condition}"
    for locale, words in (("en", en), ("ru", ru), ("uz", uz)):
        assert said(sql, locale) == [words]
        assert said(sql.replace(condition, changed), locale) != [words]


GROUPED = [
    ("sqlite", "strftime('%Y-%m', paid_on)", "strftime('%Y', paid_on)", "by month of Payment date"),
    ("sqlite", "substr(paid_on, 1, 7)", "substr(due_on, 1, 7)", "by month of Payment date"),
    ("sqlite", "date(paid_on, 'start of month')", "date(paid_on, 'start of year')", "by month of Payment date"),
    ("sqlite", "strftime('%Y-%W', paid_on)", "strftime('%Y-%m', paid_on)", "by week of Payment date"),
    ("postgres", "date_trunc('quarter', paid_on)", "date_trunc('month', paid_on)", "by quarter of Payment date"),
    ("postgres", "to_char(paid_on, 'YYYY-MM')", "to_char(paid_on, 'YYYY')", "by month of Payment date"),
    ("postgres", "extract(year from paid_on)", "extract(year from due_on)", "by year of Payment date"),
]


@pytest.mark.parametrize(("dialect", "expression", "changed", "told"), GROUPED)
def test_groupings_by_the_calendar_are_said_in_words(dialect: str, expression: str, changed: str, told: str) -> None:
    sql = f"SELECT {expression} AS bucket, sum(amount) FROM sales GROUP BY 1"
    assert said(sql, dialect=dialect) == [told]
    within = f"WITH x AS (SELECT {expression} AS bucket, amount FROM sales) SELECT bucket, sum(amount) FROM x GROUP BY bucket"
    assert said(within, dialect=dialect) == [told]
    for locale in ("en", "ru", "uz"):
        assert said(sql.replace(expression, changed), locale, dialect) != said(sql, locale, dialect)


ORDERED = [
    ("sum(amount)", "sum of Amount", "sum(price)"),
    ("count(*)", "number of rows", "count(amount)"),
    ("count(DISTINCT client)", "number of different values of Customer", "count(client)"),
    ("sum(pieces * price)", "sum of Quantity × Price", "sum(pieces + price)"),
    ("avg(coalesce(amount, 0))", "average of Amount (0 where there is none)", "avg(coalesce(amount, 1))"),
    ("max(paid_on)", "latest Payment date", "min(paid_on)"),
    ("round(sum(amount) / count(*), 2)", "sum of Amount ÷ number of rows, rounded", "round(sum(amount) * count(*), 2)"),
]


@pytest.mark.parametrize(("expression", "told", "changed"), ORDERED)
def test_figures_without_a_heading_are_said_in_words(expression: str, told: str, changed: str) -> None:
    sql = f"SELECT client, {expression} FROM sales GROUP BY client HAVING {expression} > 3 ORDER BY {expression} DESC LIMIT 5"
    assert said(sql) == [f"{told} > 3", "by Customer", f"top 5 by {told} ↓"]
    for locale in ("en", "ru", "uz"):
        first, second = said(sql, locale), said(sql.replace(expression, changed), locale)
        assert first[0] != second[0]
        assert first[2] != second[2]
        assert not any(mark in text for text in first for mark in ("sum(", "count(", "client"))


TODAY = dt.date(2026, 11, 21)


def not_over(sql: str, rows: list[list[Any]], *types: str, locale: str = "en") -> list[str]:
    query = check(sql, "sqlite", ("main",))
    columns = tuple(Column(f"c{place}", kind) for place, kind in enumerate(types))  # type: ignore[arg-type]  # names of types
    found = told(query, asked(query, {}, {}), columns, rows, TODAY)
    assert found
    return [chip.text.replace("\u00a0", " ") for chip in chips(found, locale) if chip.kind == "unfinished"]


def test_a_period_that_was_not_over_is_told() -> None:
    by_month = "SELECT strftime('%Y-%m', d), sum(a) FROM t GROUP BY 1"
    months = [["2026-10", 1], ["2026-11", 2]]
    assert not_over(by_month, months, "month", "integer") == ["Nov 2026 was not over yet on Nov 21, 2026"]
    assert not_over(by_month, months, "month", "integer", locale="ru") == [
        "нояб. 2026 г. — период на 21 нояб. 2026 г. ещё не закончился"
    ]
    assert not_over(by_month, months, "month", "integer", locale="uz") == ["noy, 2026: 21-noy, 2026 holatiga hali tugamagan"]
    assert not_over(by_month, months[:1], "month", "integer") == []
    assert not_over("SELECT strftime('%Y', d), sum(a) FROM t GROUP BY 1", [["2026", 1]], "text", "integer") == [
        "2026 was not over yet on Nov 21, 2026"
    ]
    assert not_over("SELECT q, 1 FROM t", [["2026-Q4", 1]], "quarter", "integer") == ["Q4 2026 was not over yet on Nov 21, 2026"]


def test_a_period_that_was_asked_for_and_goes_on_is_told_and_follows_the_sql() -> None:
    sql = "SELECT sum(a) FROM t WHERE d >= '2026-11-01' AND d < '2026-12-01'"
    assert not_over(sql, [[1]], "integer") == ["Nov 1–30, 2026 was not over yet on Nov 21, 2026"]
    assert not_over(sql.replace("2026-12-01", "2026-11-22"), [[1]], "integer") == []
    assert not_over(sql.replace("2026-11-01", "2026-11-22"), [[1]], "integer") == []


def test_a_sample_is_told_with_its_share() -> None:
    sql = "SELECT sum(amount) FROM orders TABLESAMPLE BERNOULLI (10)"
    assert strip(sql, "postgres")[1:] == [("filter", "about 10\N{NO-BREAK SPACE}% of the rows of orders, chosen at random")]
    assert strip(sql.replace("10", "2.5"), "postgres") != strip(sql, "postgres")
    assert "выбранных случайно" in strip(sql, "postgres", "ru")[1][1]


def test_equal_rows_that_come_with_the_last_are_told_and_a_limit_below_nothing_is_none() -> None:
    ties = "SELECT * FROM orders ORDER BY amount DESC FETCH FIRST 10 ROWS WITH TIES"
    assert strip(ties, "postgres")[1:] == [("order", "top 10 by amount ↓, those with equal values included")]
    assert strip(ties.replace("WITH TIES", "ONLY"), "postgres")[1:] == [("order", "top 10 by amount ↓")]
    assert strip("SELECT * FROM orders LIMIT -1") == strip("SELECT * FROM orders")


@pytest.mark.parametrize(
    ("dialect", "sql", "words"),
    [
        ("postgres", "HAVING percentile_cont(0.5) WITHIN GROUP (ORDER BY amount) > 3", "median of amount > 3"),
        ("sqlite", "HAVING median(amount) > 3", "median of amount > 3"),
        ("postgres", "WHERE extract(month from d) = 10", "number of the month in d = 10"),
        ("sqlite", "WHERE strftime('%m', d) = '10'", "number of the month in d = “10”"),
        ("postgres", "WHERE extract(hour from d) < 9", "hour in d < 9"),
    ],
)
def test_medians_and_parts_of_moments_are_told_in_words(dialect: str, sql: str, words: str) -> None:
    assert strip(f"SELECT count(*) FROM orders {sql}", dialect)[1:] == [("filter", words)]


@pytest.mark.parametrize("dialect", SCHEMAS)
def test_that_there_are_rows_at_all_is_no_condition_but_how_many_are_is(dialect: str) -> None:
    for always in ("count(*) > 0", "count(*) >= 1", "count(*) <> 0"):
        assert len(strip(f"SELECT sum(amount) FROM orders HAVING {always}", dialect)) == 1
    for some in ("count(*) > 1", "count(amount) > 0", "count(*) < 1", "sum(amount) > 0"):
        assert len(strip(f"SELECT sum(amount) FROM orders HAVING {some}", dialect)) == 2
