import hashlib
from itertools import pairwise

import pytest

from app.demo.companies import Company, companies
from app.demo.generator import generate
from app.demo.seasons import MONTHS, months

END_MONTH = "2026-02"
REGISTON, IPAK = companies()


def digest(company: Company, end_month: str) -> str:
    return hashlib.sha256(repr(generate(company, end_month)).encode()).hexdigest()


def test_the_same_end_month_gives_the_same_rows() -> None:
    assert digest(IPAK, END_MONTH) == digest(IPAK, END_MONTH)


def test_another_end_month_gives_other_rows() -> None:
    assert digest(IPAK, END_MONTH) != digest(IPAK, "2026-03")


def test_history_is_36_whole_months_ending_with_the_end_month() -> None:
    history = months(END_MONTH)
    assert (len(history), str(history[0]), str(history[-1])) == (MONTHS, "2023-03-01", "2026-02-01")
    dates = [row[1] for row in generate(IPAK, END_MONTH)["orders_t"]]
    assert (min(dates), max(dates)) == ("2023-03-01", "2026-02-28")


@pytest.mark.parametrize("company", companies(), ids=lambda company: company.key)
def test_the_number_of_order_lines_is_about_what_the_company_says(company: Company) -> None:
    assert len(generate(company, END_MONTH)["order_lines_t"]) == pytest.approx(company.order_lines, rel=0.03)


def test_an_order_is_worth_its_lines_and_its_payments() -> None:
    tables = generate(IPAK, END_MONTH)
    lines: dict[object, int] = {}
    payments: dict[object, int] = {}
    for row in tables["order_lines_t"]:
        lines[row[2]] = lines.get(row[2], 0) + row[13]
    for row in tables["payments_t"]:
        if row[4] == "payment":
            payments[row[1]] = payments.get(row[1], 0) + row[6]
    for order_id, _day, _branch, _customer, _seller, _channel, status, amount, _paid in tables["orders_t"]:
        assert lines[order_id] == amount
        assert payments.get(order_id, 0) == (0 if status == "cancelled" else amount)


def test_money_is_whole_numbers() -> None:
    tables = generate(IPAK, END_MONTH)
    assert not any(isinstance(cell, float) for rows in tables.values() for row in rows for cell in row)


def test_trade_grows_and_saturdays_are_busier_than_mondays() -> None:
    orders = generate(REGISTON, END_MONTH)["orders_t"]
    years = [
        sum(first <= row[1] < last for row in orders) for first, last in pairwise(("2023-03", "2024-03", "2025-03", "2026-03"))
    ]
    assert years == sorted(years)
    mondays, saturdays = (
        sum(row[1] in days for row in orders) for days in ({"2025-06-02", "2025-06-09"}, {"2025-06-07", "2025-06-14"})
    )
    assert saturdays > mondays


def test_few_products_make_much_of_the_trade() -> None:
    sold: dict[object, int] = {}
    for row in generate(REGISTON, END_MONTH)["order_lines_t"]:
        sold[row[8]] = sold.get(row[8], 0) + 1
    counts = sorted(sold.values(), reverse=True)
    assert sum(counts[: len(counts) // 5]) > 0.45 * sum(counts)
    assert counts[-1] < counts[0] / 100
