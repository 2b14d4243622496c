"""Every figure of an answer is found in a result or worked out of one; change a digit, and it is told."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.agent.claims.checking import check
from app.agent.claims.derived import Derived
from app.agent.claims.evidence import Evidence, Table
from app.data.results import Column

BRANCHES = Table(
    (Column("branch", "text"), Column("revenue", "decimal", currency="UZS"), Column("orders", "integer")),
    [["Chilonzor", Decimal(1234567), 412], ["Yunusobod", Decimal(987654), 377], ["Branch 12", Decimal("455000.5"), 98]],
)
MONTHS = Table(
    (Column("month", "month"), Column("revenue", "decimal"), Column("share", "decimal")),
    [["2026-09", Decimal("1200.25"), Decimal("0.456")], ["2026-10", Decimal("1500.75"), Decimal("0.544")]],
)


def unmatched(
    answer: str, *tables: Table, texts: Sequence[str] = (), locale: str = "en", numbers: Sequence[str] = ()
) -> list[str]:
    evidence = Evidence(tables, texts, map(Decimal, numbers), locale)
    return [answer[start:end] for start, end in check(answer, evidence, locale).unmatched]


@pytest.mark.parametrize(
    ("locale", "answer", "wrong"),
    [
        ("en", "Chilonzor made **UZS 1,234,567** in 412 orders.", "1,234,568"),
        ("ru", "Chilonzor: 1\u00a0234\u202f567 сум, заказов 412.", "1\u00a0234\u202f577"),
        ("uz", "Chilonzor: 1 234 567 soʻm.", "1 334 567"),
        ("en", "About 1.23 million in Chilonzor.", "1.24 million"),
        ("ru", "В Chilonzor 1,23 млн сум.", "1,33 млн"),
        ("uz", "Chilonzor: 1,23 mln soʻm, Yunusobod: 988 ming.", "998 ming"),
        ("en", "Altogether 2,677,221.5 in 887 orders.", "897 orders"),
        ("en", "On average 295.67 orders a branch.", "295.77 orders"),
        ("en", "That is 1234567 − 987654 = 246913 more.", "= 247913"),
        ("en", "Chilonzor has 46.4% of all orders (412/887 = 46.4%).", "= 46.5%"),
        ("en", "Chilonzor sold for 2,996.5 per order.", "2,986.5"),
        ("en", "All 3 branches sold something.", "All 0 branches"),
    ],
)
def test_a_changed_digit_is_told(locale: str, answer: str, wrong: str) -> None:
    assert unmatched(answer, BRANCHES, locale=locale) == []
    place, right = next(
        (at, answer[at : at + len(wrong)])
        for at in range(len(answer))
        if len(answer[at : at + len(wrong)]) == len(wrong)
        and sum(a != b for a, b in zip(answer[at : at + len(wrong)], wrong, strict=True)) == 1
    )
    assert unmatched(answer[:place] + wrong + answer[place + len(right) :], BRANCHES, locale=locale)


def test_half_a_unit_of_the_last_digit_is_rounding_and_cutting_off_is_not() -> None:
    table = Table((Column("a", "decimal"),), [[Decimal("12.345")], [Decimal("12.89")]])
    assert unmatched("12.34, 12.35 and 12.3", table) == []
    assert unmatched("12.36 and 12.8", table) == ["12.36", "12.8"]


def test_a_share_is_found_in_per_cent_and_a_fall_without_its_sign() -> None:
    table = Table(
        (Column("change", "decimal", unit="percent"), Column("share", "decimal")), [[Decimal("-12.5"), Decimal("0.456")]]
    )
    assert unmatched("It fell by 12.5%, to 45.6% of all; a change of −12.5 %.", table) == []
    assert unmatched("It rose by +12.5%.", table) == ["12.5"]


def test_how_many_rose_and_fell_is_counted() -> None:
    table = Table((Column("branch", "text"), Column("change", "decimal")), [[f"No {row}.", Decimal(row - 3)] for row in range(9)])
    assert unmatched("5 branches rose and 3 fell.", table) == []
    fallen = Table(table.columns, table.rows[:3])
    assert unmatched("0 branches rose and 3 fell.", fallen) == []


def test_changes_between_rows_that_a_sentence_names_are_found() -> None:
    assert unmatched("From Sep 2026 to Oct 2026 it grew by 25.0%, or 300.5.", MONTHS) == []
    assert unmatched("From Sep 2026 to Oct 2026 it grew by 26.0%.", MONTHS) == ["26.0"]


def test_names_years_and_what_was_asked_are_no_claims() -> None:
    said = ("What did Branch 12 and the top 5 of 2019 make over 777?",)
    assert unmatched("Branch 12 is below 777 among the top 5 of 2019.", BRANCHES, texts=said) == []
    assert unmatched("Branch 13 is below 778 in 2018.", BRANCHES, texts=said) == ["13", "778", "2018"]


def test_code_and_addresses_are_no_prose_and_bold_and_tables_are() -> None:
    code = "`x = 55512`\n\n```sql\nSELECT 55513\n```\n\n[here](https://example.test/55514)"
    prose = "**555**15\n\n| a |\n|--|\n| 55516 |\n\n<b>55517</b>"
    assert unmatched(f"{code} {prose}", BRANCHES) == ["555**15", "55516", "55517"]


def test_numbers_of_other_tools_hold_as_cells_do() -> None:
    assert unmatched("It is 21.5 degrees.", numbers=["21.5"]) == []
    assert unmatched("It is 22.5 degrees.", numbers=["21.5"]) == ["22.5"]


def test_without_any_result_scaled_figures_and_shares_say_much_however_short() -> None:
    for answer in ("Revenue grew by 15 %.", "Revenue was 12 million som.", "Margin fell to 7%.", "Выручка — 3 млрд."):
        assert len(check(answer, Evidence((), (), (), "en"), "en").unmatched) == 1, answer
    assert not check("It takes 3 steps, and I show the top 10.", Evidence((), (), (), "en"), "en").unmatched


def test_without_any_result_only_figures_that_say_much_are_told() -> None:
    assert unmatched("I read at most 1,000 characters, in 3 languages.") == []
    assert unmatched("Revenue was 4,567,890.") == ["4,567,890"]
    assert not check("Revenue was 4,567,890.", Evidence((), (), (), "en"), "en").has_data


def test_figures_of_different_kinds_are_not_taken_from_each_other() -> None:
    columns = (Column("branch", "text"), Column("revenue", "integer"), Column("orders", "integer"))
    table = Table(columns, [["Chilonzor", 5_000_000, 5]])
    assert unmatched("Chilonzor made 1,000,000 an order.", table) == []
    assert unmatched("Chilonzor made 4,999,995.", table) == ["4,999,995"]


def test_nothing_found_is_a_zero() -> None:
    assert unmatched("There were 0 orders.", Table((Column("orders", "integer"),), [])) == []


def test_a_large_result_holds_its_own_numbers_and_not_any_other_one() -> None:
    rows = [[dt.date(2020, 1, 1) + dt.timedelta(days=day), Decimal(1_000_000 + 7919 * day)] for day in range(5000)]
    table = Table((Column("day", "date"), Column("revenue", "decimal")), rows)
    assert unmatched("The last day brought 40,587,081; the first 1,000,000.", table) == []
    assert unmatched("The last day brought 40,587,181, a change of 53.21%.", table) == ["40,587,181", "53.21"]


@pytest.mark.parametrize(
    ("stored", "written"),
    [
        ("Chilonzor", "Чиланзар"), ("Chilonzor", "в Чиланзаре"), ("Chilonzor", "Чилонзор"), ("Чиланзар", "Chilonzor"),
        *(("Fargʻona", f"Farg{apostrophe}ona") for apostrophe in "'’‘`ʼ"), ("Farg'ona", "Fargʻonada"), ("Fargʻona", "Фарғона"),
        ("Fargʻona", "В Фергане"), ("Samarqand", "Самарканд"), ("Samarqand", "Samarkand"), ("Samarqand", "Самарқанд"),
        ("Toshkent", "Tashkent"), ("Buxoro", "Бухара"), ("Qarshi", "Карши"), ("Urganch", "Ургенч"), ("Boʻz", "Bo'z"),
        ("Yakkasaroy", "Яккасарай"), ("Mirzo Ulugʻbek", "Мирзо-Улугбек"),
    ],
)  # fmt: skip
def test_a_share_of_a_row_holds_however_the_row_is_spelled(stored: str, written: str) -> None:
    others = [[f"Filial {number}", Decimal(137_159_261 + 9_517_337 * number)] for number in range(1, 60)]
    table = Table(BRANCHES.columns[:2], [*others, [stored, Decimal(177_160_675)]])
    total = sum((row[1] for row in table.rows), Decimal(0))
    share, wrong = (f"{value:.1f}".replace(".", ",") for value in (17_716_067_500 / total, 17_716_067_500 / total + 3))
    assert unmatched(f"{written}: 177 160 675 ({share} %)", table, locale="ru") == []
    assert unmatched(f"{written}: 177 160 675 ({wrong} %)", table, locale="ru") == [wrong]
    assert unmatched(f"{written}: 177 160 685 ({share} %)", table, locale="ru") == ["177 160 685"]
    assert unmatched(f"Навоий: 177 160 675 ({share} %)", table, locale="ru") == [share]


@pytest.mark.parametrize(("stored", "written"), [("Kola", "Около"), ("Ona", "Она"), ("Xiva", "архива")])
def test_what_only_sounds_a_little_like_a_name_is_none(stored: str, written: str) -> None:
    assert Derived(Table(BRANCHES.columns[:1], [[stored]]), "ru").named(written) == []


def test_a_number_in_a_name_is_known_with_another_apostrophe() -> None:
    table = Table((Column("branch", "text"),), [["Fargʻona 77"]])
    assert unmatched("Farg'ona 77 is the best.", table) == []
    assert unmatched("Farg'ona 78 is the best.", table) == ["78"]


@given(st.text(alphabet=st.sampled_from("0123456789., −%()/=*_`[]|<b>\n#&;-x"), max_size=60))
def test_any_answer_can_be_checked(answer: str) -> None:
    found = check(answer, Evidence([BRANCHES], [answer], [], "en"), "en")
    assert all(0 <= start < end <= len(answer) for start, end in found.unmatched)
