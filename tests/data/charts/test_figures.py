"""No figure is lost or made up between a result and its chart, whatever the result."""

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.data.charts.checking import check
from app.data.charts.pivot import pivot
from app.data.charts.sampling import kept
from app.data.charts.spec import LINE_POINTS, ChartSpec
from app.data.results import Column
from tests.data.charts.results import drawn

COLUMNS = (Column("place", "text"), Column("group", "text"), Column("n", "decimal"))
FIGURES = st.one_of(st.none(), st.integers(-(10**9), 10**9).map(lambda number: Decimal(number) / 100))
ROWS = st.lists(
    st.tuples(st.sampled_from("abcd—"), st.sampled_from(["x", "y", None]), FIGURES).map(list), min_size=1, max_size=40
)
VALUES = st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9)), min_size=1, max_size=3000)


@given(ROWS, st.booleans())
def test_the_sum_of_a_chart_is_the_sum_of_its_rows(rows: list[list[Any]], is_split: Any) -> None:
    if all(row[2] is None for row in rows):
        rows[0][2] = Decimal(1)
    spec = ChartSpec(type="bar", x="place", y=("n",), series="group" if is_split else "")
    table = pivot(check(spec, COLUMNS, rows))
    assert sum(table.figures()) == sum(row[2] for row in rows if row[2] is not None)
    assert len(table.keys) == len({row[0] for row in rows})


@settings(deadline=None)
@given(VALUES)
def test_a_long_line_keeps_its_ends_and_no_more_points_than_are_drawn(values: list[float | None]) -> None:
    chosen = kept(range(len(values)), values)
    assert len(chosen) <= LINE_POINTS
    assert chosen == sorted(set(chosen))
    solid = [number for number, value in enumerate(values) if value is not None]
    if solid:
        drawn_points = [number for number in chosen if values[number] is not None]
        assert (drawn_points[0], drawn_points[-1]) == (solid[0], solid[-1])
    if len(values) <= LINE_POINTS:
        assert chosen == list(range(len(values)))


def test_a_peak_survives_and_a_gap_stays_a_gap() -> None:
    values: list[float | None] = [float(number % 7) for number in range(5000)]
    values[2500] = 1000.0
    values[3000:3200] = [None] * 200
    chosen = kept(range(5000), values)
    assert 2500 in chosen
    assert 3000 in chosen


def test_stacked_areas_share_their_points() -> None:
    columns = (Column("at", "integer"), Column("a", "integer"), Column("b", "integer"))
    rows = [[number, number % 13, number % 17] for number in range(2000)]
    chart = drawn(columns=columns, rows=rows, type="area", x="at", y=("a", "b"), stacked=True)
    first, second = ([x for x, _ in series["data"]] for series in chart["option"]["series"])
    assert first == second
    assert len(first) <= LINE_POINTS
    assert chart["notes"] != []
