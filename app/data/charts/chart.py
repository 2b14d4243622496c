"""A chart for one reader: the ECharts option and all that goes around it, as plain JSON."""

from collections.abc import Callable, Sequence
from typing import Any

from app.data.charts.checking import check
from app.data.charts.describing import described
from app.data.charts.options.cartesian import cartesian
from app.data.charts.options.drawing import Drawing, Option
from app.data.charts.options.grids import heatmap, radar
from app.data.charts.options.plots import plot
from app.data.charts.options.shares import pie, radial_bar, treemap
from app.data.charts.spec import ChartSpec, ChartType, Chosen
from app.data.charts.wording import wording_of
from app.data.results import Column

HEIGHT = 340
BAR_HEIGHT = 30
MOST_BARS = 20
RING = 34
FAMILIES: dict[ChartType, Callable[[Drawing], Option]] = {
    "line": cartesian,
    "area": cartesian,
    "bar": cartesian,
    "pie": pie,
    "donut": pie,
    "scatter": plot,
    "bubble": plot,
    "heatmap": heatmap,
    "radar": radar,
    "treemap": treemap,
    "radial_bar": radial_bar,
    "polar_area": pie,
}


def draw(spec: ChartSpec, columns: Sequence[Column], rows: Sequence[Sequence[Any]], locale: str) -> dict[str, Any]:
    """Return what a browser needs to draw a chart; raises `ChartError`."""
    wording = wording_of(locale)
    chosen = check(spec, columns, rows)
    drawing = Drawing(chosen, wording)
    option = FAMILIES[spec.type](drawing)
    return {
        "type": spec.type,
        "title": wording.title(chosen),
        "measure": "" if "xAxis" in option else wording.measured(chosen),
        "description": described(chosen, wording),
        "option": option,
        "formats": drawing.formats,
        "symbols": wording.symbols(),
        "notes": drawing.notes,
        "height": _height(chosen, option),
    }


def described_in(spec: ChartSpec, columns: Sequence[Column], rows: Sequence[Sequence[Any]], locale: str) -> tuple[str, str]:
    """Return a chart's title and the chart in words, without drawing it; raises `ChartError`."""
    wording = wording_of(locale)
    chosen = check(spec, columns, rows)
    return wording.title(chosen), described(chosen, wording)


def _height(chosen: Chosen, option: Option) -> int:
    """Return the height in pixels: lying bars, rings and rows of a heatmap need room each."""
    if chosen.spec.type == "radial_bar":
        return max(HEIGHT, 100 + RING * len(option["series"][0]["data"]))
    if chosen.spec.type == "heatmap" or (chosen.spec.type == "bar" and chosen.spec.horizontal):
        places = min(len(option["yAxis"][0]["data"]), MOST_BARS)
        bars = 1 if chosen.spec.stacked else len(option["series"])
        return max(220, min(110 + places * BAR_HEIGHT * min(bars, 3), 720))
    return HEIGHT
