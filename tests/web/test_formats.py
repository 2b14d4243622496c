import datetime as dt
import itertools
from decimal import Decimal
from typing import Any

import pytest

from app.data.results import Column
from app.web.formats import Formats
from app.web.static import StaticFiles
from app.web.templating import Templates

EN, RU, UZ = (Formats(locale) for locale in ("en", "ru", "uz"))
MOMENT = dt.datetime(2026, 11, 21, 22, 5, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("value", "english", "russian"),
    [
        (1234567, "1,234,567", "1 234 567"),
        (Decimal("-1234.50"), "-1,234.5", "-1 234,5"),
        (0.1 + 0.2, "0.3", "0,3"),
        (Decimal("0.000123456"), "0.000123", "0,000123"),
        (-0.0, "0", "0"),
        (Decimal("1E+3"), "1,000", "1 000"),
        (float("nan"), "not a number", "не число"),
        (float("-inf"), "-∞", "-∞"),
        (None, "—", "—"),
    ],
)
def test_figures_are_grouped_as_the_language_does(value: Any, english: str, russian: str) -> None:
    assert EN.number(value) == english
    assert RU.number(value).replace("\u00a0", " ") == russian


@pytest.mark.parametrize(
    ("formats", "value", "currency", "text"),
    [
        (EN, 1234567, "USD", "$1,234,567"),
        (EN, Decimal("-0.5"), "USD", "-$0.50"),
        (EN, 1500, "UZS", "UZS 1,500"),
        (RU, 1234567, "UZS", "1 234 567 сум"),
        (UZ, Decimal("1234.5"), "UZS", "1 234,50 soʻm"),
        (UZ, None, "UZS", "—"),
        (EN, 1500, "JPY", "¥1,500"),
    ],
)
def test_money_has_its_currency_where_the_language_puts_it(formats: Formats, value: Any, currency: str, text: str) -> None:
    assert formats.money(value, currency).replace("\u00a0", " ") == text


def test_moments_are_read_on_the_tenants_clock() -> None:
    assert EN.datetime(MOMENT, "Asia/Tashkent") == "Nov 22, 2026, 03:05"
    assert RU.date(MOMENT, "Asia/Tashkent").replace("\u00a0", " ") == "22 нояб. 2026 г."
    assert UZ.time(MOMENT, "Asia/Tashkent") == "03:05"


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(0, "0.0 s"), (3, "0.01 s"), (320, "0.3 s"), (4560, "4.6 s"), (59990, "1 min 00 s"), (125000, "2 min 05 s")],
)
def test_durations_are_short(milliseconds: float, text: str) -> None:
    assert EN.duration(milliseconds) == text


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ("1234.50", "decimal", "1,234.5"),
        ("2026-11-21", "date", "Nov 21, 2026"),
        (dt.datetime(2026, 11, 21, 9, 5), "datetime", "Nov 21, 2026, 09:05"),  # noqa: DTZ001 - business data is local
        (True, "boolean", "yes"),
        ({"a": "б"}, "json", '{"a": "б"}'),
        ("2026", "text", "2026"),
        ("not a date", "date", "not a date"),
    ],
)
def test_a_cell_is_written_by_the_type_of_its_column(value: Any, kind: Any, text: str) -> None:
    assert EN.cell(value, Column("c", kind)) == text


def test_money_in_a_cell_shows_minor_units_when_there_are_any() -> None:
    column = Column("revenue", "decimal", currency="UZS")
    assert [EN.cell(value, column) for value in (Decimal("1500.00"), Decimal("1500.5"))] == ["1,500", "1,500.50"]


@pytest.mark.parametrize(
    ("column", "values", "texts"),
    [
        (Column("rate", "decimal"), ["33.333333", 12, "7.5"], ["33.33", "12.00", "7.50"]),
        (Column("rate", "decimal"), [None, "0.012345", "1"], [None, "0.0123", "1.0000"]),
        (Column("share", "decimal", unit="percent"), ["41.2", "0.04123", 0], ["41.20", "0.04", "0.00"]),
        (Column("revenue", "decimal", currency="UZS"), ["1500.5", "20"], ["1,500.50", "20.00"]),
        (Column("revenue", "decimal", currency="UZS"), ["1500.00", 20], ["1,500", "20"]),
        (Column("stock", "integer", unit="pcs"), [1500, 20], ["1,500", "20"]),
        (Column("rate", "decimal"), ["1E+300", "1.5", "-1E+21"], ["1E+300", "1.5", "-1E+21"]),
        (Column("rate", "decimal"), ["1.23456789E-10", "1.5", "0.25"], ["1.23457E-10", "1.50", "0.25"]),
        (Column("share", "decimal", unit="percent"), ["1E-10", "1.5"], ["0.0", "1.5"]),
        (Column("rate", "decimal"), ["NaN", "1.5"], ["not a number", "1.5"]),
    ],
)
def test_the_figures_of_a_column_have_equally_many_decimals(column: Column, values: list[Any], texts: list[str | None]) -> None:
    written = [row[0] for row in EN.cells([[value] for value in values], [column])]
    assert [text for text in written if "null" not in text] == [text for text in texts if text]


def test_figures_too_long_to_read_are_powers_of_ten_in_the_language_s_signs() -> None:
    assert [RU.number(Decimal(text)) for text in ("-1.5E+300", "2E-9")] == ["-1,5E+300", "2E-9"]
    assert EN.number(1e300) == "1E+300"
    assert EN.money(Decimal("1E+30"), "USD") == "1E+30\u00a0USD"


def test_a_heading_names_the_currency_as_the_answer_does() -> None:
    column = Column("revenue", "decimal", currency="UZS")
    assert [formats.measure(column) for formats in (EN, RU, UZ)] == ["UZS", "сум", "soʻm"]


def test_nothing_in_a_cell_is_visible_and_text_in_a_cell_is_escaped(tmp_path) -> None:
    (tmp_path / "cell.html").write_text("{{ value|cell(column) }}")
    render = Templates(StaticFiles(tmp_path).url, folder=tmp_path).render
    assert 'class="null"' in render("en", "cell.html", value=None, column=Column("c", "text"))
    assert render("en", "cell.html", value="<script>", column=Column("c", "text")) == "&lt;script&gt;"


def test_languages_share_compiled_templates_but_not_formats(tmp_path) -> None:
    (tmp_path / "page.html").write_text("{{ 1234.5|number }}|{{ locale }}")
    templates = Templates(StaticFiles(tmp_path).url, folder=tmp_path)
    assert [templates.render(locale, "page.html").replace("\u00a0", " ") for locale in ("en", "ru")] == [
        "1,234.5|en",
        "1 234,5|ru",
    ]


def test_a_static_url_changes_with_the_content(tmp_path) -> None:
    (tmp_path / "a.css").write_text("a{}")
    files = StaticFiles(tmp_path, fresh=True, clock=itertools.count().__next__)
    before = files.url("a.css")
    (tmp_path / "a.css").write_text("a{color:red}")
    assert files.url("a.css") != before
    assert files.find("../a.css") is None
    assert files.url("none.css") == "/static/none.css"


@pytest.mark.parametrize(
    ("value", "kind", "texts"),
    [
        ("2026-01", "month", ("Jan 2026", "янв. 2026 г.", "yan, 2026")),
        ("2026-Q1", "quarter", ("Q1 2026", "1 кв. 2026 г.", "2026-yil 1-chorak")),
        ("2026-W05", "week", ("Week 5, 2026", "5-я неделя 2026 г.", "2026-yil 5-hafta")),
        ("2026-05", "week", ("Week 5, 2026", "5-я неделя 2026 г.", "2026-yil 5-hafta")),
        ("2026-13", "month", ("2026-13",) * 3),
        ("2026-01", "text", ("2026-01",) * 3),
    ],
)
def test_months_quarters_and_weeks_are_written_as_people_do(value: str, kind: Any, texts: tuple[str, ...]) -> None:
    written = [formats.plain_cell(value, Column("a", kind)).replace("\u00a0", " ") for formats in (EN, RU, UZ)]
    assert written == list(texts)


def test_a_mean_of_large_figures_has_no_parts() -> None:
    assert EN.average(Decimal("1234567.891"), Column("a", "decimal", currency="UZS")) == "1,234,568"
    assert EN.average(Decimal("12.346"), Column("a", "integer")) == "12.35"
    assert RU.average(Decimal("-0.5"), Column("a", "decimal")) == "-0,5"


@pytest.mark.parametrize("formats", [EN, RU, UZ])
def test_a_negative_figure_has_one_sign_everywhere(formats: Formats) -> None:
    column = Column("a", "decimal", currency="UZS")
    texts = [
        formats.number(-5),
        formats.number(Decimal("-5.5")),
        formats.money(-5, "UZS"),
        str(formats.cell(Decimal(-5), column)),
    ]
    assert [text[0] for text in texts] == ["-"] * 4
