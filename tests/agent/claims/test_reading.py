"""Figures are read as people of each language write them; dates, names and ordinals claim nothing."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.agent.claims.figure import Figure
from app.agent.claims.reading import figures
from app.web.formats import formats_of

LOCALES = ("en", "ru", "uz")


def read(text: str, locale: str = "en") -> list[Decimal]:
    return [value(figure) for figure in figures(text, locale)]


def value(figure: Figure) -> Decimal:
    assert figure.plain
    return figure.plain.value * (figure.sign or 1)


@pytest.mark.parametrize(
    ("locale", "text", "values"),
    [
        ("en", "1,234.5 of 12,345 and 0.75", ["1234.5", "12345", "0.75"]),
        ("en", "−12%, -$7.50, UZS 1,234,567 and +3", ["-12", "-7.50", "1234567", "3"]),
        ("en", "5–10 of 3.5 million, $5K, 2bn and 12pcs", ["5", "10", "3500000", "5000", "2000000000", "12"]),
        ("en", "1,2,3", ["1", "2", "3"]),
        ("ru", "1 234,5 из 12\u00a0345\u202f678 сум", ["1234.5", "12345678"]),
        ("ru", "2,5 млн, 15 тыс. сум, 1,2 млрд, 25,5 % и 1.234.567,89", ["2500000", "15000", "1200000000", "25.5", "1234567.89"]),
        ("uz", "12 345,6 soʻm, 2,5 mln, 5 ming va 25%", ["12345.6", "2500000", "5000", "25"]),
    ],
)
def test_figures_are_read_as_they_are_written(locale: str, text: str, values: list[str]) -> None:
    assert read(text, locale) == [Decimal(each) for each in values]


@pytest.mark.parametrize(
    "text",
    [
        "on Oct 1–31, 2026", "in October 2026", "15 October", "October 15, 2026", "2026-10-15 at 10:30", "15.10.2026", "10/2026",
        "Q3 2026", "2026-Q1 and 2026-W05", "2024–2026", "the 2nd", "S24 and COVID-19", "#1234", "№ 45", "ID 778899",
        "https://example.test/123?x=456", "sales2026@example.test", "+998 90 123-45-67", "1.2.3.4", "(7)", "30-day", "4G",
        "за октябрь 2026 г.", "1–31 окт. 2026 г.", "15 ноября 2026 г.", "2026 годы", "3-й квартал 2026 г.", "2-го",
        "2026-yil oktabr", "2026-yil 1–31-oktabr", "15-noyabr", "2026-yil 4-chorak", "3-oʻrin",
    ],
)  # fmt: skip
def test_dates_names_and_ordinals_claim_nothing(text: str) -> None:
    assert [read(text, locale) for locale in LOCALES] == [[], [], []]


def test_what_is_said_to_be_about_so_much_is_exact_to_its_last_digit_that_is_not_zero() -> None:
    (about,) = figures("about 1,200,000", "en")
    (plain,) = figures("sold 1,200,000", "en")
    assert [figure.plain and figure.plain.quantum for figure in (about, plain)] == [Decimal(100_000), Decimal(1)]


def test_blanks_between_groups_may_also_divide_two_numbers() -> None:
    (figure,) = figures("12 345", "ru")
    assert [[reading.value for reading in way] for way in figure.ways] == [[12345], [12, 345]]


@given(st.text(alphabet=st.sampled_from("0123456789.,- −%+()$/:=x \u00a0кмaг\n"), max_size=40), st.sampled_from(LOCALES))
def test_any_text_can_be_read(text: str, locale: str) -> None:
    for figure in figures(text, locale):
        assert text[figure.start].isdigit()
        assert text[figure.end - 1].isdigit()


@given(st.decimals(-(10**12), 10**12, places=2), st.sampled_from(LOCALES))
def test_what_a_page_writes_is_read_again(amount: Decimal, locale: str) -> None:
    assert amount in read(f"x {formats_of(locale).number(amount)} y", locale) or abs(amount) < 1
