"""What decides the figures of a query stands in the strip, in each language, and follows the SQL."""

import re

import pytest

from app.data.filter_strip import asked
from app.data.metadata import ColumnNotes
from app.data.sql_policy import check
from app.data.strip_wording import chips
from tests.data.test_filter_strip import SCHEMAS, SHOP, said

TOP = (
    "SELECT client, amount FROM (SELECT client, amount, {}() OVER (PARTITION BY client ORDER BY amount DESC) AS rn FROM sales)"
    " AS x WHERE rn <= 3"
)
PLACES = TOP.format("row_number")
COUNTED = [
    ("sqlite", "SELECT total(CASE WHEN client = 'Lola' THEN amount END) AS x FROM sales", "'Lola'", "'Ali'"),
    ("sqlite", "SELECT total(amount) FILTER (WHERE client = 'Lola') AS x FROM sales", "'Lola'", "'Ali'"),
    ("sqlite", "SELECT sum(amount * (client = 'Lola')) AS x FROM sales", "'Lola'", "'Ali'"),
    ("sqlite", "SELECT sum((client = 'Lola') * amount * 2) AS x FROM sales", "'Lola'", "'Ali'"),
    ("sqlite", "SELECT sum(iif(client = 'Lola', amount, 0)) AS x FROM sales", "'Lola'", "'Ali'"),
    ("postgres", "SELECT sum(amount * (client = 'Lola')::int) AS x FROM sales", "'Lola'", "'Ali'"),
    ("postgres", "SELECT sum(amount) FILTER (WHERE client = 'Lola') AS x FROM sales", "'Lola'", "'Ali'"),
]


@pytest.mark.parametrize(("dialect", "sql", "before", "after"), COUNTED)
def test_the_condition_within_a_figure_is_told(dialect: str, sql: str, before: str, after: str) -> None:
    assert said(sql, dialect=dialect) == ["only for x: Customer = Lola"]
    assert said(sql, "ru", dialect) == ["только для x: Клиент = Lola"]
    assert said(sql, "uz", dialect) == ["faqat x uchun: Mijoz = Lola"]
    for locale in ("en", "ru", "uz"):
        assert said(sql.replace(before, after), locale, dialect) != said(sql, locale, dialect)


@pytest.mark.parametrize("dialect", SCHEMAS)
@pytest.mark.parametrize(
    ("figure", "changed"),
    [
        ("sum(CASE WHEN client = 'a' THEN amount ELSE -amount END)", "sum(CASE WHEN client = 'b' THEN amount ELSE -amount END)"),
        ("sum(CASE WHEN client = 'a' THEN amount ELSE -amount END)", "sum(CASE WHEN client = 'a' THEN amount ELSE price END)"),
        ("avg(CASE WHEN amount < 5 THEN 5 ELSE amount END)", "avg(CASE WHEN amount < 6 THEN 5 ELSE amount END)"),
        ("sum(CASE client WHEN 'a' THEN 1 WHEN 'b' THEN 2 END)", "sum(CASE client WHEN 'a' THEN 1 WHEN 'b' THEN 3 END)"),
    ],
)
def test_a_figure_without_words_is_told_as_sql(dialect: str, figure: str, changed: str) -> None:
    told = said(f"SELECT {figure} AS x FROM sales", dialect=dialect)
    assert len(told) == 1
    assert told[0].startswith("only for x: CASE")
    assert said(f"SELECT {changed} AS x FROM sales", dialect=dialect) != told


WORDED = [
    ("SELECT client, amount FROM sales ORDER BY total(amount)", "total(amount)", "max(amount)",
     "in order of sum of Amount ↑", "порядок: сумма «Сумма» ↑", "Summa yigʻindisi ↑ tartibida"),
    ("SELECT * FROM sales NATURAL JOIN visits", "NATURAL JOIN", "JOIN",
     "matched with visits by all columns that are called alike",
     "сопоставлено с «visits» по всем одноимённым столбцам",
     "“visits” bilan nomi bir xil boʻlgan barcha ustunlar boʻyicha moslangan"),
    ("SELECT client FROM sales UNION SELECT client FROM visits", "UNION", "UNION ALL",
     "without repetitions", "без повторений", "takrorlarsiz"),
    (PLACES, "PARTITION BY client", "PARTITION BY price",
     "top 3 by Amount ↓, within each Customer", "первые 3, порядок: Сумма ↓, внутри каждой группы: Клиент",
     "Summa ↓ boʻyicha eng yuqori 3 ta, har bir guruh ichida: Mijoz"),
    (PLACES, "ORDER BY amount DESC", "ORDER BY price DESC",
     "top 3 by Amount ↓, within each Customer", "первые 3, порядок: Сумма ↓, внутри каждой группы: Клиент",
     "Summa ↓ boʻyicha eng yuqori 3 ta, har bir guruh ichida: Mijoz"),
    (PLACES, "rn <= 3", "rn < 3",
     "top 3 by Amount ↓, within each Customer", "первые 3, порядок: Сумма ↓, внутри каждой группы: Клиент",
     "Summa ↓ boʻyicha eng yuqori 3 ta, har bir guruh ichida: Mijoz"),
    (TOP.format("rank"), "rank()", "row_number()",
     "top 3 by Amount ↓, those with equal values included, within each Customer",
     "первые 3, порядок: Сумма ↓, включая равные значения, внутри каждой группы: Клиент",
     "Summa ↓ boʻyicha eng yuqori 3 ta, teng qiymatlilar bilan birga, har bir guruh ichida: Mijoz"),
    ("SELECT * FROM sales WHERE amount > 1234567.50", "1234567.50", "1234567.51",
     "Amount > 1,234,567.50", "Сумма > 1 234 567,50", "Summa > 1 234 567,50"),
    ("SELECT client FROM sales HAVING count(*) > 5000", "5000", "5001",
     "number of rows > 5,000", "число строк > 5 000", "qatorlar soni > 5 000"),
    ("SELECT * FROM sales WHERE strftime('%Y-%m', paid_on) = '2026-10'", "'2026-10'", "'2026-11'",
     "Payment date: Oct 1–31, 2026", "Дата оплаты: 1–31 окт. 2026 г.", "Toʻlov sanasi: 1–31-okt, 2026"),
    ("SELECT * FROM (SELECT strftime('%Y-%m', paid_on) AS month FROM sales) AS x WHERE month = '2026-10'", "%Y-%m", "%m-%Y",
     "Payment date: Oct 1–31, 2026", "Дата оплаты: 1–31 окт. 2026 г.", "Toʻlov sanasi: 1–31-okt, 2026"),
    ("SELECT * FROM sales WHERE strftime('%Y', paid_on) >= '2025'", "'2025'", "'2026'",
     "Payment date from Jan 1, 2025", "Дата оплаты с 1 янв. 2025 г.", "Toʻlov sanasi: 1-yan, 2025 dan boshlab"),
    ("SELECT * FROM sales WHERE paid_on >= date('now', '-30 days')", "-30", "-31",
     "Payment date: last 30 days", "Дата оплаты: последние 30 дней", "Toʻlov sanasi: oxirgi 30 kun"),
    ("SELECT * FROM sales WHERE paid_on >= date('now', '-1 month')", ">=", ">",
     "Payment date: last 1 month", "Дата оплаты: последний 1 месяц", "Toʻlov sanasi: oxirgi 1 oy"),
    ("SELECT * FROM sales WHERE paid_on > date('now', '-22 days')", "-22", "-21",
     "Payment date > 22 days ago", "Дата оплаты > 22 дня назад", "Toʻlov sanasi > 22 kun oldin"),
    ("SELECT * FROM sales WHERE paid_on < date('now')", "date('now')", "date('now', 'start of month')",
     "Payment date < today", "Дата оплаты < сегодня", "Toʻlov sanasi < bugun"),
    ("SELECT * FROM sales WHERE paid_on >= date('now', 'start of month')", "start of month", "start of year",
     "Payment date ≥ the start of this month", "Дата оплаты ≥ начало этого месяца", "Toʻlov sanasi ≥ shu oy boshi"),
    ("SELECT * FROM sales LIMIT 1", "1", "2", "at most 1 row", "не более 1 строки", "koʻpi bilan 1 qator"),
    ("SELECT * FROM sales LIMIT 5", "5", "6", "at most 5 rows", "не более 5 строк", "koʻpi bilan 5 qator"),
    ("SELECT * FROM sales LIMIT 21", "21", "22", "at most 21 rows", "не более 21 строки", "koʻpi bilan 21 qator"),
]  # fmt: skip


@pytest.mark.parametrize(("sql", "before", "after", "en", "ru", "uz"), WORDED)
def test_it_is_said_in_words_and_follows_the_sql(sql: str, before: str, after: str, en: str, ru: str, uz: str) -> None:
    for locale, words in (("en", en), ("ru", ru), ("uz", uz)):
        assert said(sql, locale) == [words]
        assert said(re.sub(re.escape(before), after, sql, count=1), locale) != [words]


POSTGRES = [
    ("paid_on >= CURRENT_DATE - INTERVAL '30 days'", "'30 days'", "'31 days'", "Payment date: last 30 days"),
    ("paid_on >= now() - INTERVAL '3 months'", "months", "years", "Payment date: last 3 months"),
    ("paid_on > CURRENT_DATE - 7", "7", "8", "Payment date > 7 days ago"),
    ("paid_on >= date_trunc('month', CURRENT_DATE)", "month", "year", "Payment date ≥ the start of this month"),
    ("to_char(paid_on, 'YYYY-MM') = '2026-10'", "2026-10", "2026-11", "Payment date: Oct 1–31, 2026"),
    ("date_trunc('quarter', paid_on) = DATE '2026-10-01'", "10-01", "07-01", "Payment date: Oct 1–Dec 31, 2026"),
    ("extract(year FROM paid_on) = 2026", "2026", "2025", "Payment date: 2026"),
]


@pytest.mark.parametrize(("condition", "before", "after", "told"), POSTGRES)
def test_postgres_has_its_own_ways_to_say_so(condition: str, before: str, after: str, told: str) -> None:
    sql = f"SELECT * FROM sales WHERE {condition}"
    assert said(sql, dialect="postgres") == [told]
    assert said(sql.replace(before, after), dialect="postgres") != [told]


def test_a_table_beside_itself_is_told_with_what_ties_the_two() -> None:
    sql = "SELECT a.client FROM sales a JOIN sales b ON a.client = b.client AND a.paid_on < b.paid_on"
    told = {}
    for locale in ("en", "ru", "uz"):
        query = check(sql, "sqlite", ("main",))
        told[locale] = [chip.text for chip in chips(asked(query, {}, {}, SHOP), locale)]
    assert told["en"] == ["sales (joined with itself)", "a.client is the same as b.client", "a.paid_on < b.paid_on"]
    assert told["ru"][0] == "sales (соединена сама с собой)"
    assert told["uz"][0] == "sales (oʻzi bilan bogʻlangan)"
    assert said(sql.replace("a.client = b.client", "a.price = b.price")) != said(sql)
    assert said(sql.replace("sales b", "visits b")) == ["Payment date < visits.paid_on"]


def test_places_that_are_asked_for_otherwise_are_told_as_sql() -> None:
    told = said(PLACES.replace("rn <= 3", "rn BETWEEN 2 AND 3"))
    assert told == ["rn = row_number() OVER (PARTITION BY client ORDER BY amount DESC)", "rn is between 2 and 3"]
    named = (
        "SELECT * FROM (SELECT client, row_number() OVER w AS rn FROM sales WINDOW w AS (PARTITION BY client ORDER BY price))"
        " AS x WHERE rn = 1"
    )
    assert said(named) == ["first 1 by Price ↑, within each Customer"]
    assert said(named.replace("BY price", "BY amount")) != said(named)


def test_repetitions_dropped_before_more_is_added_are_told_of_the_first_parts() -> None:
    sql = "SELECT client FROM sales UNION SELECT client FROM visits UNION ALL SELECT client FROM visits"
    assert said(sql) == ["in part 1–2: without repetitions"]


def test_keys_and_years_are_no_figures() -> None:
    known = {"t": {"id": ColumnNotes("id", "integer"), "pieces": ColumnNotes("pieces", "integer", unit="pcs")}}
    query = check("SELECT * FROM t WHERE id = 12345 AND year = 2026 AND pieces > 12345", "sqlite", ("main",))
    texts = [chip.text for chip in chips(asked(query, {}, {}, known), "en")]
    assert texts[1:] == ["id = 12345", "year = 2026", "pieces > 12,345"]
