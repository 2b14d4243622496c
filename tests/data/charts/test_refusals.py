"""What cannot be drawn is refused with the reason and with what would do."""

from decimal import Decimal
from typing import Any

import pytest

from app.data.charts.spec import ChartError, ChartType
from app.data.results import Column
from app.web.locale import translator
from tests.data.charts.results import ROWS, drawn

MANY = [[f"name {number}", f"group {number}", number + 1] for number in range(1000)]
PLAIN = (Column("name", "text"), Column("group", "text"), Column("n", "integer"))
WIDE = (Column("name", "text"), *(Column(f"n{number}", "integer") for number in range(21)))
REFUSALS: dict[str, tuple[dict[str, Any], str, str]] = {
    "an unknown column": ({"type": "bar", "x": "brnch", "y": ("revenue",)}, "unknown_column", "branch"),
    "a column like none": ({"type": "bar", "x": "zzz", "y": ("revenue",)}, "unknown_column", "Its columns: month, branch"),
    "text for figures": ({"type": "bar", "x": "month", "y": ("branch",)}, "type_mismatch", "revenue, cost, orders"),
    "no figures": ({"type": "bar", "x": "month"}, "invalid_arguments", "at least one for “Figures”"),
    "no categories": ({"type": "bar", "y": ("revenue",)}, "invalid_arguments", "“Categories or times”"),
    "a bubble without size": ({"type": "bubble", "x": "orders", "y": ("revenue",)}, "invalid_arguments", "“Size of the bubbles”"),
    "a heatmap without rows": ({"type": "heatmap", "x": "month", "y": ("revenue",)}, "invalid_arguments", "under “Split by”"),
    "a scatter over text": ({"type": "scatter", "x": "branch", "y": ("revenue",)}, "type_mismatch", "orders"),
    "negative parts": ({"type": "pie", "x": "branch", "y": ("cost",)}, "invalid_arguments", "negative"),
    "negative tiles": ({"type": "treemap", "x": "branch", "y": ("cost",)}, "invalid_arguments", "negative"),
    "negative bubbles": ({"type": "bubble", "x": "orders", "y": ("revenue",), "size": "cost"}, "invalid_arguments", "negative"),
    "an empty column": ({"type": "bar", "x": "branch", "y": ("empty",)}, "invalid_arguments", "empty"),
    "two figures in a pie": ({"type": "pie", "x": "branch", "y": ("revenue", "orders")}, "invalid_arguments", "one column"),
    "two split figures": (
        {"type": "line", "x": "month", "y": ("revenue", "orders"), "series": "branch"}, "invalid_arguments", "one column",
    ),
    "a pie with series": ({"type": "pie", "x": "branch", "y": ("revenue",), "series": "month"}, "invalid_arguments", "not split"),
    "a series that is x": (
        {"type": "bar", "x": "branch", "y": ("revenue",), "series": "branch"}, "invalid_arguments", "another column",
    ),
    "three units": ({"type": "line", "x": "month", "y": ("revenue", "orders", "margin")}, "type_mismatch", "different units"),
    "stacked units": (
        {"type": "bar", "x": "branch", "y": ("revenue", "orders"), "stacked": True}, "type_mismatch", "different units",
    ),
    "summed percents": ({"type": "bar", "x": "branch", "y": ("margin",)}, "invalid_arguments", "cannot be added up"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_it_says_why_and_what_would_do(name: str) -> None:
    spec, reason, said = REFUSALS[name]
    with pytest.raises(ChartError) as refused:
        drawn(**spec)
    assert (refused.value.reason, said in str(refused.value)) == (reason, True), str(refused.value)
    for locale in ("ru", "uz"):
        assert "%(" not in translator(locale).sentence(refused.value)


def test_people_read_the_headings_of_columns_and_the_model_their_names() -> None:
    with pytest.raises(ChartError) as refused:
        drawn(type="bar", x="month", y=("branch",))
    told = translator("ru").sentence(refused.value.for_people("ru"))
    assert ("Филиал" in told, "Выручка" in told, "branch" in told) == (True, True, False)
    assert "branch" in str(refused.value)


def test_an_empty_result_has_nothing_to_draw() -> None:
    with pytest.raises(ChartError, match="no rows"):
        drawn(rows=[], type="bar", x="branch", y=("revenue",))


def test_parts_of_nothing_are_refused() -> None:
    rows = [[*row[:2], Decimal(0), *row[3:]] for row in ROWS]
    with pytest.raises(ChartError, match="above zero"):
        drawn(rows=rows, type="pie", x="branch", y=("revenue",))


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"type": "line", "x": "name", "y": ("n",), "series": "group"}, "more than 20 series"),
        ({"type": "scatter", "x": "n", "y": ("n",), "series": "group"}, "more than 20 series"),
        ({"type": "heatmap", "x": "name", "y": ("n",), "series": "group"}, "10000"),
        ({"type": "polar_area", "x": "name", "y": ("n",)}, "at most 20"),
        ({"type": "radar", "x": "name", "y": ("n",)}, "3 to 24"),
    ],
)
def test_more_than_can_be_told_apart_is_refused(spec: dict[str, Any], said: str) -> None:
    with pytest.raises(ChartError, match=said):
        drawn(columns=PLAIN, rows=MANY, **spec)


@pytest.mark.parametrize("kind", ["pie", "donut"])
def test_a_pie_that_would_be_mostly_other_is_refused(kind: ChartType) -> None:
    with pytest.raises(ChartError, match=r"Of \d+ parts the \d+ smallest together would fill more than half") as refused:
        drawn(columns=PLAIN, rows=[[*row[:-1], 1] for row in MANY], type=kind, x="name", y=("n",))
    assert refused.value.reason == "too_many_rows"


def test_places_that_most_series_lack_count_too() -> None:
    rows = [[f"name {number}", f"group {number % 20}", number] for number in range(501)]
    assert drawn(columns=PLAIN, rows=rows[:-1], type="bar", x="name", y=("n",), series="group")
    with pytest.raises(ChartError, match="would have 10020 points"):
        drawn(columns=PLAIN, rows=rows, type="bar", x="name", y=("n",), series="group")


def test_ten_thousand_points_are_drawn_and_no_more() -> None:
    rows = [[number, number] for number in range(10_001)]
    columns = (Column("x", "integer"), Column("y", "integer"))
    assert drawn(columns=columns, rows=rows[:-1], type="scatter", x="x", y=("y",))
    with pytest.raises(ChartError, match="at most 10000"):
        drawn(columns=columns, rows=rows, type="scatter", x="x", y=("y",))


def test_columns_count_as_series() -> None:
    rows = [[f"name {number}", *range(21)] for number in range(3)]
    with pytest.raises(ChartError, match="more than 20 series"):
        drawn(columns=WIDE, rows=rows, type="line", x="name", y=tuple(f"n{number}" for number in range(21)))
