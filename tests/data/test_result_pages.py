"""Rows are sorted by value, found as they are written, counted exactly and compared by what tells them apart."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.data.comparison import Difference, compare, differences
from app.data.result_pages import page, search, sort
from app.data.results import Column
from app.data.statistics import statistics
from app.web.formats import formats_of

DAY = dt.date(2026, 10, 1)


def sorted_values(values: list, locale: str = "en", *, descending: bool = False) -> list:
    return [row[0] for row in sort([[value] for value in values], 0, locale, descending=descending)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([Decimal(10), None, Decimal("9.5"), 2], [2, Decimal("9.5"), Decimal(10), None]),
        ([dt.date(2026, 10, 9), DAY, None], [DAY, dt.date(2026, 10, 9), None]),
        (["b", "A", "a", "B"], ["A", "a", "B", "b"]),
        ([True, None, False], [False, True, None]),
    ],
)
def test_values_are_sorted_by_what_they_are_with_nothing_last(values: list, expected: list) -> None:
    assert sorted_values(values) == expected
    falling = sorted_values(values, descending=True)
    assert [value for value in falling if value is not None] == [value for value in reversed(expected) if value is not None]
    assert (None in values) == (falling[-1] is None)


def test_words_are_found_in_several_cells_and_without_their_apostrophes() -> None:
    columns = (Column("city", "text"), Column("month", "month"), Column("n", "integer"))
    rows = [["Buxoro", "2026-07", 447548], ["Buxoro", "2026-08", 5], ["Fargʻona", "2026-07", 447], ["Fargʻona", "2026-08", 548]]
    formats = formats_of("ru")
    for words, found in {
        "Buxoro июль": rows[:1], "июль  buxoro": rows[:1], "buxoro 447 548": rows[:1], "fargona": rows[2:], "buxoro июнь": [],
        "farg'ona 548": rows[3:], "447 548": rows[:1],
    }.items():  # fmt: skip
        assert search(rows, columns, words, formats.typed_forms, formats.unformatted) == found, words


def test_texts_follow_the_alphabet_of_the_reader() -> None:
    assert sorted_values(["ж", "ё", "е", "я", "Ё"], "ru") == ["е", "Ё", "ё", "ж", "я"]
    assert sorted_values(["choy", "zira", "oʻrik", "olma", "shakar", "sut"], "uz") == [
        "olma",
        "sut",
        "zira",
        "oʻrik",
        "shakar",
        "choy",
    ]


@given(
    st.lists(
        st.none()
        | st.decimals().filter(lambda value: not value.is_snan())
        | st.integers()
        | st.text(max_size=3)
        | st.dates()
        | st.booleans()
    )
)
def test_whatever_a_column_holds_can_be_sorted_and_counted(values: list) -> None:
    assert sorted(map(repr, sorted_values(values))) == sorted(map(repr, values))
    for kind in ("integer", "decimal", "text", "date"):
        if kind in {"text", "date"} or all(isinstance(value, int | Decimal | None) for value in values):
            assert statistics(Column("c", kind), values).nulls == values.count(None)


def test_a_cell_is_found_as_it_is_written_or_stored() -> None:
    columns = [Column("a", "decimal"), Column("b", "text"), Column("c", "date")]
    rows = [[Decimal("1234567.5"), "Oʻzbekiston  Ёлка", DAY], [None, None, None]]
    formats = formats_of("ru")
    for words in ("1 234 567,5", "1234567.5", "o'zbek", "елка", "окт", "2026-10"):
        assert search(rows, columns, words, formats.typed_forms, formats.unformatted) == rows[:1], words
    assert search(rows, columns, "nothing", formats.typed_forms, formats.unformatted) == []


FOUND = [
    (
        "en", ("1,234,567.5", "1,234,567.50", "1 234 567.5", "-3.33", "\u22123.33", "Oct 1, 2026", "10/1/2026", "october 1",
               "Nov 2026", "november 2026", "2026-11"),
    ),
    (
        "ru", ("1 234 567,5", "1\u00a0234\u00a0567,50", "-3,33", "1 окт 2026", "01.10.2026", "1 октября 2026", "нояб. 2026",
               "ноябрь 2026", "11.2026"),
    ),
    ("uz", ("1 234 567,5", "-3,33", "1-okt, 2026", "01.10.2026", "1 oktabr 2026", "noy, 2026", "noyabr 2026")),
]  # fmt: skip


@pytest.mark.parametrize(("locale", "typed"), FOUND)
def test_figures_and_dates_are_found_as_people_type_them(locale: str, typed: tuple[str, ...]) -> None:
    columns = [Column("a", "decimal"), Column("b", "decimal"), Column("c", "date"), Column("m", "month")]
    wanted = [Decimal("1234567.5"), Decimal("-3.3333"), DAY, "2026-11"]
    other = [Decimal("1234567.6"), Decimal("-3.4"), dt.date(2025, 9, 2), "2025-08"]
    formats = formats_of(locale)
    for words in typed:
        assert search([other, wanted], columns, words, formats.typed_forms, formats.unformatted) == [wanted], words


@given(st.integers(0, 300), st.integers(1, 400), st.sampled_from([10, 25, 200]))
def test_pages_hold_each_row_once(total: int, number: int, size: int) -> None:
    rows = [[n] for n in range(total)]
    shown = page(rows, number, size)
    assert [row for n in range(1, shown.count + 1) for row in page(rows, n, size).rows] == rows
    assert list(shown.rows) == rows[shown.first - 1 : shown.last] if total else shown.first == shown.last == 0


def test_sums_are_exact_and_only_where_they_mean_something() -> None:
    cents = [Decimal("0.1")] * 10 + [Decimal("1e20"), None]
    found = statistics(Column("paid", "decimal"), cents)
    assert (found.total, found.nulls, found.distinct, found.least) == (Decimal("100000000000000000001.0"), 1, 2, Decimal("0.1"))
    assert statistics(Column("branch_id", "integer"), [1, 2]).total is None
    assert statistics(Column("share", "decimal", unit="percent"), [Decimal(1)]).total is None
    days = statistics(Column("day", "date"), [DAY, None, DAY])
    assert (days.total, days.least, days.most, days.distinct) == (None, DAY, DAY, 1)
    assert statistics(Column("city", "text"), ["b", "a"]).least is None


def test_results_are_compared_by_the_columns_that_tell_rows_apart() -> None:
    columns = [Column("city", "text"), Column("month", "integer"), Column("sales", "decimal")]
    before = [["A", 1, Decimal(5)], ["A", 2, Decimal(6)], ["B", 1, Decimal(7)]]
    after = [["A", 1, Decimal(5)], ["A", 2, Decimal(9)], ["C", 1, Decimal(7)], ["C", 2, Decimal(7)]]
    changes = compare(columns, before, after)
    assert (changes.added, changes.removed, changes.cells) == (2, 1, 1)
    assert not compare(columns, before, list(reversed(before)))


def test_whole_numbers_that_are_counted_are_no_part_of_the_key() -> None:
    columns = [Column("orders", "integer"), Column("city", "text"), Column("pieces", "integer", unit="pcs")]
    changes = compare(columns, [[4, "A", 1], [9, "B", 2]], [[5, "A", 1], [9, "B", 3]])
    assert (changes.added, changes.removed, changes.cells) == (0, 0, 2)
    named = [Column("client_id", "integer"), Column("orders", "integer")]
    changes = compare(named, [[1, 4], [2, 4]], [[1, 5], [3, 4]])
    assert (changes.added, changes.removed, changes.cells) == (1, 1, 1)
    headed = [Column("c", "integer", labels={"en": "Customer ID"}), Column("total", "decimal")]
    assert compare(headed, [[1, 4], [2, 4]], [[1, 5], [2, 4]]).cells == 1
    assert compare([Column("total", "integer")], [[4]], [[5]]).cells == 1
    per_month = [Column("orders_per_month", "integer"), Column("order_year", "integer")]
    assert compare(per_month, [[4, 2025], [6, 2026]], [[5, 2025], [6, 2026]]).cells == 1


def test_results_without_a_key_are_compared_as_whole_rows() -> None:
    columns = [Column("sales", "decimal")]
    changes = compare(columns, [[Decimal(1)], [Decimal(1)]], [[Decimal(1)], [Decimal(2)]])
    assert (changes.added, changes.removed, changes.cells) == (1, 1, 0)


def test_differences_name_the_row_the_column_and_both_values() -> None:
    columns = [Column("city", "text"), Column("sales", "decimal")]
    before, after = [["A", Decimal(5)], ["B", Decimal(7)]], [["C", None], ["A", Decimal(6)]]
    assert list(differences(columns, before, after)) == [
        Difference("added", ("C", None)), Difference("changed", ("A",), "sales", "5", "6"), Difference("removed", ("B", "7")),
    ]  # fmt: skip
