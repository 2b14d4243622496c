"""Each kind of chart as the browser gets it: figures, places, names and words."""

import datetime as dt
import json
from decimal import Decimal
from typing import Any, get_args

import pytest

from app.data.charts.spec import ChartType
from app.data.results import Column
from tests.data.charts.results import BRANCHES, COLUMNS, HOSTILE, ROWS, drawn

SPLIT = {"x": "month", "y": ("revenue",), "series": "branch"}
PARTS = {"x": "branch", "y": ("revenue",)}
EVERY = {
    "line": SPLIT, "area": SPLIT | {"stacked": True}, "bar": PARTS, "pie": PARTS, "donut": PARTS,
    "scatter": {"x": "orders", "y": ("revenue",), "series": "branch"},
    "bubble": {"x": "orders", "y": ("revenue",), "size": "orders"},
    "heatmap": SPLIT, "radar": SPLIT, "treemap": SPLIT, "radial_bar": PARTS, "polar_area": PARTS,
}  # fmt: skip


def millis(year: int, month: int, day: int) -> int:
    return int(dt.datetime(year, month, day, tzinfo=dt.UTC).timestamp() * 1000)


@pytest.mark.parametrize("locale", ["en", "ru", "uz"])
@pytest.mark.parametrize("kind", get_args(ChartType))
def test_every_kind_is_plain_json_with_a_title_and_a_description(kind: ChartType, locale: str) -> None:
    chart = drawn(locale, type=kind, **EVERY[kind])
    assert json.loads(json.dumps(chart, allow_nan=False)) == chart
    assert chart["title"]
    assert chart["option"]["series"]
    label = COLUMNS[2].label(locale)
    assert label in chart["title"]
    assert label in chart["description"]


def test_a_line_lies_on_a_time_axis_in_order() -> None:
    chart = drawn(type="line", **SPLIT)
    (axis,), series = chart["option"]["xAxis"], chart["option"]["series"]
    assert (axis["type"], axis["name"], chart["option"]["yAxis"][0]["name"]) == ("time", "Month", "Revenue, UZS")
    assert [line["name"] for line in series] == list(BRANCHES)
    assert series[0]["data"] == [[millis(2026, 1, 1), 1000.5], [millis(2026, 2, 1), 2000.5], [millis(2026, 3, 1), 3000.5]]


def test_bars_stand_side_by_side_in_the_order_of_the_query() -> None:
    rows = [row for row in ROWS if row[0] == "2026-03"]
    option = drawn(rows=rows, type="bar", x="branch", y=("revenue",))["option"]
    assert option["xAxis"][0]["data"] == list(BRANCHES)
    assert option["series"][0]["data"] == [3000.5, 3100.5, 3200.5]
    lying = drawn(rows=rows, type="bar", x="branch", y=("revenue",), horizontal=True)["option"]
    assert (lying["yAxis"][0]["data"], lying["xAxis"][0]["type"]) == (list(BRANCHES), "value")


def test_months_are_named_in_the_readers_language() -> None:
    names = {locale: drawn(locale, type="bar", **SPLIT)["option"]["xAxis"][0]["data"][0] for locale in ("en", "ru", "uz")}
    assert (names["en"], names["uz"]) == ("Jan 2026", "yan, 2026")
    assert names["ru"].startswith("янв. 2026")


def test_figures_in_two_units_have_two_axes() -> None:
    option = drawn(type="bar", x="branch", y=("revenue", "orders"))["option"]
    assert [axis["name"] for axis in option["yAxis"]] == ["Revenue, UZS", "orders"]
    assert [series["yAxisIndex"] for series in option["series"]] == [0, 1]


def test_an_axis_is_logarithmic_only_when_all_figures_are_positive_and_far_apart() -> None:
    columns = (Column("name", "text"), Column("n", "integer"))

    def axis(least: int, most: int, **more: bool) -> dict[str, Any]:
        rows = [["a", least], ["b", most]]
        option = drawn(columns=columns, rows=rows, type="bar", x="name", y=("n",), **more)["option"]
        return option["yAxis"][0]

    assert axis(1, 100)["type"] == "log"
    assert "logarithmic" in axis(1, 100)["name"]
    assert [axis(1, 99)["type"], axis(0, 100)["type"], axis(-1, 1000)["type"]] == ["value"] * 3
    assert axis(1, 100, stacked=True)["type"] == "value"


def test_the_small_parts_of_a_pie_are_drawn_as_one() -> None:
    columns = (Column("name", "text"), Column("n", "integer"))
    rows = [[f"part {number}", number] for number in range(1, 31)]
    parts = drawn(columns=columns, rows=rows, type="pie", x="name", y=("n",))["option"]["series"][0]["data"]
    assert len(parts) == 12
    assert parts[-1] == {"name": "Other (19)", "value": sum(range(1, 20)), "other": True}
    assert sum(part["value"] for part in parts) == sum(range(1, 31))


@pytest.mark.parametrize("kind", ["pie", "donut", "treemap", "radial_bar", "polar_area", "radar"])
def test_a_chart_without_axes_says_what_it_measures(kind: ChartType) -> None:
    assert drawn("ru", type=kind, **EVERY[kind])["measure"] == "Выручка, сум"
    assert drawn(type="bar", **PARTS)["measure"] == ""


def test_figures_have_as_many_decimals_as_in_the_table() -> None:
    columns = (Column("name", "text"), Column("share", "decimal", unit="percent"), Column("paid", "decimal", currency="UZS"))
    rows = [["a", Decimal("12.50"), Decimal(5)], ["b", Decimal("7.125"), Decimal(6)]]
    for figures, places in (("share", 2), ("paid", 0)):
        chart = drawn(columns=columns, rows=rows, type="bar", x="name", y=(figures,))
        assert chart["formats"][chart["option"]["series"][0]["format"]]["places"] == places


def test_a_bubbles_area_stands_for_its_size() -> None:
    columns = (Column("x", "integer"), Column("y", "integer"), Column("size", "integer"))
    data = drawn(columns=columns, rows=[[1, 2, 0], [3, 4, 25], [5, 6, 100]], type="bubble", x="x", y=("y",), size="size")[
        "option"
    ]["series"][0]["data"]
    assert [point["symbolSize"] for point in data] == [8, 26, 44]


def test_a_heatmap_has_a_cell_for_each_place_and_row() -> None:
    option = drawn(type="heatmap", **SPLIT)["option"]
    assert (len(option["series"][0]["data"]), option["yAxis"][0]["data"]) == (9, list(BRANCHES))
    assert (option["visualMap"]["min"], option["visualMap"]["max"]) == (1000.5, 3200.5)


def test_nothing_is_a_gap_and_not_a_zero() -> None:
    rows = [["2026-01", "a", Decimal(1), 0, 0, 0, None, None], ["2026-02", "a", None, 0, 0, 0, None, None]]
    data = drawn(rows=rows, type="line", x="month", y=("revenue",))["option"]["series"][0]["data"]
    assert [figure for _, figure in data] == [1.0, None]


def test_what_is_added_up_is_said() -> None:
    assert drawn("ru", type="bar", **PARTS)["notes"] != []
    assert drawn(type="bar", **SPLIT)["notes"] == []


def test_a_description_tells_the_figures_that_stand_out() -> None:
    rows = [row for row in ROWS if row[1] == "Buxoro"]
    description = drawn(rows=rows, type="line", x="month", y=("revenue",))["description"]
    assert description == (
        "Line chart: Revenue by Month. It begins with UZS\u00a01,100.50 (Jan 2026) and ends with UZS\u00a03,100.50 (Mar 2026). "
        "Highest: UZS\u00a03,100.50 (Mar 2026). Lowest: UZS\u00a01,100.50 (Jan 2026)."
    )


@pytest.mark.parametrize("kind", get_args(ChartType))
def test_hostile_names_stay_plain_text_and_are_never_asked_to_be_html(kind: ChartType) -> None:
    rows = [[row[0], HOSTILE if row[1] == "Buxoro" else row[1], *row[2:]] for row in ROWS]
    chart = drawn(rows=rows, type=kind, title=HOSTILE, **EVERY[kind])
    text = json.dumps(chart)
    assert "formatter" not in text
    assert "renderMode" not in text
    assert chart["title"] == HOSTILE
