"""A chart as a picture for a document: the same option that a browser draws, drawn by matplotlib."""

from collections.abc import Callable, Mapping
from typing import Any

from matplotlib import get_data_path

from app.data.exports.drawing.canvas import Canvas
from app.data.exports.drawing.cartesian import bars, lines
from app.data.exports.drawing.grids import heatmap, radar
from app.data.exports.drawing.plots import plot
from app.data.exports.drawing.shares import pie, radial_bar, treemap

FONTS = f"{get_data_path()}/fonts/ttf"
"""Where the letters of the pictures are, which stay letters in the document."""
FAMILIES: Mapping[str, Callable[[Canvas], None]] = {
    "line": lines,
    "area": lines,
    "bar": bars,
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


def svg(payload: Mapping[str, Any]) -> str:
    """Return the picture of what `app.data.charts.chart.draw` made; raises `ValueError` or `ArithmeticError`."""
    canvas = Canvas(payload)
    FAMILIES[payload["type"]](canvas)
    return canvas.svg()
