"""Scatter and bubble charts: a mark a row, groups told apart by their shapes."""

from typing import Any

from matplotlib.axes import Axes

from app.data.exports.drawing.canvas import MARKERS, Canvas, colour
from app.data.exports.drawing.pen import DAY_MS
from app.data.exports.drawing.scales import figures_along, times_along

POINTS_A_PIXEL = 0.6
ROOM = 0.06


def plot(canvas: Canvas) -> None:
    """Draw a mark a point; a bubble's area stands for its figure."""
    along, across = canvas.option["xAxis"][0], canvas.option["yAxis"][0]
    axes, handles = canvas.axes(), []
    is_time = along["type"] == "time"
    points = [point["value"] for series in canvas.series for point in series["data"]]
    for index, series in enumerate(canvas.series):
        xs = [point["value"][0] / (DAY_MS if is_time else 1) for point in series["data"]]
        sizes = [(point.get("symbolSize", series["symbolSize"]) * POINTS_A_PIXEL) ** 2 for point in series["data"]]
        look: dict[str, Any] = {"color": colour(index), "marker": MARKERS[index % len(MARKERS)], "alpha": 0.7, "linewidths": 0.5}
        ys = [point["value"][1] for point in series["data"]]
        axes.scatter(xs, ys, s=sizes, edgecolors="white", **look)
        handles.append(axes.scatter([], [], s=30, **look))
    if is_time:
        times_along(canvas, axes, along, [x for x, _ in points])
    else:
        figures_along(canvas, axes, "x", along, [x for x, _ in points])
    figures_along(canvas, axes, "y", across, [y for _, y in points])
    _widen(axes)
    if len(canvas.series) > 1:
        canvas.legend(handles, [series["name"] for series in canvas.series])


def _widen(axes: Axes) -> None:
    """Leave room at the edges for marks that are cut there otherwise."""
    for axis, (least, most) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        if axis.get_scale() == "log":
            axis.axes.set_ylim(least, most * 2)
        else:
            room = (most - least) * ROOM
            (axes.set_xlim if axis is axes.xaxis else axes.set_ylim)(least - room, most + room)
