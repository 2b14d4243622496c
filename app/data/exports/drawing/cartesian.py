"""Lines, areas and bars between axes, grouped or stacked, with one scale of figures or two."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from app.data.exports.drawing.canvas import Canvas, colour, filled, lined, patch
from app.data.exports.drawing.pen import DAY_MS
from app.data.exports.drawing.scales import figures_along, names_along, times_along

BAR_SHARE = 0.8
WIDEST_BAR = 0.6
MARKS = 14
LABEL_ROOM = 1.1
Series = Mapping[str, Any]


def bars(canvas: Canvas) -> None:
    """Draw standing or lying bars."""
    is_lying = canvas.option["yAxis"][0]["type"] == "category"
    side = "x" if is_lying else "y"
    scales, handles = _scales(canvas, side), []
    groups = 1 if canvas.series[0].get("stack") else len(canvas.series)
    width = min(BAR_SHARE / groups, WIDEST_BAR)
    stack = _Stack(len(canvas.series[0]["data"]))
    for index, series in enumerate(canvas.series):
        axes, previous = scales[series["xAxisIndex" if is_lying else "yAxisIndex"]], bool(series.get("previous"))
        sizes = np.array([np.nan if value is None else value for value in series["data"]], dtype=float)
        base = stack.bases(sizes) if series.get("stack") else np.zeros(len(sizes))
        places = np.arange(len(sizes)) + (0 if groups == 1 else (index - (groups - 1) / 2) * width)
        look = filled(index, previous=previous)
        if is_lying:
            drawn = axes.barh(places, sizes, height=width, left=base, **look)
        else:
            drawn = axes.bar(places, sizes, width=width, bottom=base, **look)
        handles.append(patch(index, previous=previous))
        if series["label"]["show"]:
            format_ = canvas.pen.format(series["format"])
            axes.bar_label(drawn, [canvas.pen.label(value, format_) for value in series["data"]], padding=2)
    names_along(scales[0], "y" if is_lying else "x", canvas.option["yAxis" if is_lying else "xAxis"][0])
    if is_lying and len(scales) > 1:
        scales[1].set_ylim(scales[0].get_ylim())
    _zero_lines(scales, is_lying=is_lying)
    _legend(canvas, handles)


def lines(canvas: Canvas) -> None:
    """Draw lines, or areas below them."""
    along = canvas.option["xAxis"][0]
    scales, handles = _scales(canvas, "y"), list[Artist]()
    stack = _Stack(len(canvas.series[0]["data"]))
    step = DAY_MS if along["type"] == "time" else 1
    for index, series in enumerate(canvas.series):
        axes, previous = scales[series["yAxisIndex"]], bool(series.get("previous"))
        xs = np.array([x for x, _ in series["data"]], dtype=float) / step
        ys = np.array([np.nan if y is None else y for _, y in series["data"]], dtype=float)
        if series.get("stack"):
            base = stack.bases(ys)
            axes.fill_between(xs, base, base + ys, alpha=0.75, **filled(index, previous=previous))
            handles.append(patch(index, previous=previous))
            continue
        marks = {"markevery": max(1, len(xs) // MARKS)} if len(canvas.series) > 1 or series["showSymbol"] else {"marker": ""}
        if len(xs) <= 60 or _has_lone_points(ys):
            marks = {}
        handles += axes.plot(xs, ys, **{**lined(index, previous=previous), **marks})
        if "areaStyle" in series:
            axes.fill_between(xs, max(0.0, axes.get_ylim()[0]) if _is_above(ys) else 0.0, ys, alpha=0.15, color=colour(index))
    _places_along(canvas, scales[0], along)
    _zero_lines(scales, is_lying=False)
    _legend(canvas, handles)


class _Stack:
    """Where the next layer begins: what is above zero grows upwards, what is below grows downwards."""

    def __init__(self, places: int) -> None:
        self._above, self._below = np.zeros(places), np.zeros(places)

    def bases(self, sizes: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
        known = np.nan_to_num(sizes)
        base = np.where(known >= 0, self._above, self._below)
        self._above, self._below = self._above + np.maximum(known, 0), self._below + np.minimum(known, 0)
        return base


def _scales(canvas: Canvas, side: str) -> list[Axes]:
    """Return the axes with their scales of figures: one, or two that share the places."""
    first = canvas.axes()
    options = canvas.option[f"{side}Axis"]
    scales = [first, *(first.twinx() if side == "y" else first.twiny() for _ in options[1:])]
    for number, (axes, option) in enumerate(zip(scales, options, strict=True)):
        figures_along(canvas, axes, side, option, _extent(canvas, side, number))
        if number:
            axes.grid(visible=False)
            axes.spines["right" if side == "y" else "top"].set_visible(True)
    return scales


def _extent(canvas: Canvas, side: str, number: int) -> list[float]:
    """Return figures between which a scale lies: those of its series, or the heights of their stacks."""
    of_scale = [series for series in canvas.series if series.get(f"{side}AxisIndex", 0) == number]
    columns = [[point[1] if isinstance(point, list) else point for point in series["data"]] for series in of_scale]
    if of_scale[0].get("stack"):
        rows = list(zip(*columns, strict=True))
        return [sum(value for value in row if value and (value > 0) is above) for row in rows for above in (True, False)]
    known = [float(value) for column in columns for value in column if value is not None]
    labelled = of_scale[0]["type"] == "bar" and of_scale[0]["label"]["show"]
    return [value * LABEL_ROOM for value in known] if labelled and min(known) <= 0 else known


def _places_along(canvas: Canvas, axes: Axes, along: Mapping[str, Any]) -> None:
    xs = [point[0] for series in canvas.series for point in series["data"]]
    if along["type"] == "time":
        times_along(canvas, axes, along, xs)
    elif along["type"] == "value":
        figures_along(canvas, axes, "x", along, xs)
    else:
        names_along(axes, "x", along)


def _zero_lines(scales: Sequence[Axes], *, is_lying: bool) -> None:
    """Show where zero is when figures lie on both sides of it."""
    least, most = scales[0].get_xlim() if is_lying else scales[0].get_ylim()
    if least < 0 < most:
        (scales[0].axvline if is_lying else scales[0].axhline)(0, color="#8d8a80", linewidth=0.8)


def _legend(canvas: Canvas, handles: Sequence[Artist]) -> None:
    if len(canvas.series) > 1:
        canvas.legend(handles, [series["name"] for series in canvas.series])


def _is_above(ys: "np.ndarray[Any, Any]") -> bool:
    return bool(np.nanmin(ys) > 0) if np.isfinite(ys).any() else False


def _has_lone_points(ys: "np.ndarray[Any, Any]") -> bool:
    """Tell whether a point stands between gaps, where no line can show it."""
    known = np.concatenate(([False], np.isfinite(ys), [False]))
    return bool((known[1:-1] & ~known[:-2] & ~known[2:]).any())
