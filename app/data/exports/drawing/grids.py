"""Heatmaps and radar charts."""

import math
from typing import Literal

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.ticker import FuncFormatter, MaxNLocator

from app.data.exports.drawing.canvas import LINE, MUTED, Canvas, colour, lined, shortened
from app.data.exports.drawing.scales import ROUND_STEPS, names_along

SHADES = LinearSegmentedColormap.from_list("shades", ["#eef3fa", "#7ba0cf"])
"""Light enough at its end for figures in ink."""
FEW_RINGS = 3
FEW_SPOKES = 12


def heatmap(canvas: Canvas) -> None:
    """Draw cells whose shade stands for their figure; few of them have it written in."""
    (series,), along, down = canvas.series, canvas.option["xAxis"][0], canvas.option["yAxis"][0]
    cells = np.full((len(down["data"]), len(along["data"])), np.nan)
    for column, row, value in series["data"]:
        cells[row, column] = value
    axes, scale = canvas.axes(), canvas.option["visualMap"]
    format_ = canvas.pen.format(series["format"])
    shade = Normalize(scale["min"], scale["max"] if scale["max"] > scale["min"] else scale["min"] + 1)
    axes.imshow(cells, cmap=SHADES, norm=shade, aspect="auto", interpolation="nearest")
    if series["label"]["show"]:
        for column, row, value in series["data"]:
            axes.text(column, row, canvas.pen.label(value, format_), ha="center", va="center")
    names_along(axes, "x", along)
    names_along(axes, "y", {**down, "inverse": True})
    for side, count in (("x", len(along["data"])), ("y", len(down["data"]))):
        getattr(axes, f"set_{side}lim")(*((-0.5, count - 0.5) if side == "x" else (count - 0.5, -0.5)))
    bar = canvas.figure.colorbar(ScalarMappable(shade, SHADES), ax=axes, pad=0.02, aspect=14)
    bar.ax.yaxis.set_major_locator(MaxNLocator(5, steps=ROUND_STEPS))
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: canvas.pen.short(value, format_)))
    bar.set_label(shortened(series["name"], 60))


def radar(canvas: Canvas) -> None:
    """Draw a ring a series over spokes that share one scale."""
    (series,), spokes = canvas.series, canvas.option["radar"]["indicator"]
    axes = canvas.polar()
    axes.set_theta_offset(math.pi / 2)
    angles = [2 * math.pi * number / len(spokes) for number in range(len(spokes))]
    handles = []
    for index, ring in enumerate(series["data"]):
        values, previous = [math.nan if value is None else value for value in ring["value"]], bool(ring.get("previous"))
        handles += axes.plot([*angles, angles[0]], [*values, values[0]], **lined(index, previous=previous))
        if len(series["data"]) <= FEW_RINGS:
            axes.fill(angles, np.nan_to_num(values), color=colour(index, previous=previous), alpha=0.08)
    axes.set_rlim(spokes[0]["min"], spokes[0]["max"])
    axes.set_xticks(angles, [shortened(spoke["name"], 22 if len(spokes) <= FEW_SPOKES else 14) for spoke in spokes])
    axes.tick_params(axis="x", pad=1)
    for angle, label in zip(angles, axes.get_xticklabels(), strict=True):
        label.set_horizontalalignment(_side(angle))
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=ROUND_STEPS))
    format_ = canvas.pen.format(series["format"])
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _place: canvas.pen.short(value, format_)))
    axes.set_rlabel_position(180 / len(spokes))
    axes.tick_params(axis="y", labelcolor=MUTED)
    axes.spines["polar"].set_color(LINE)
    if len(handles) > 1:
        canvas.legend(handles, [ring["name"] for ring in series["data"]])


def _side(angle: float) -> Literal["center", "left", "right"]:
    """Return how a spoke's name is aligned, so that it stands outside: angles begin at the top and go to the left."""
    across = -math.sin(angle)
    return "center" if abs(across) < 0.1 else "left" if across > 0 else "right"
