"""Pies, donuts, polar areas, radial bars and treemaps: parts by size."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import squarify
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.projections.polar import PolarAxes

from app.data.exports.drawing.canvas import (
    HATCHES,
    INK,
    PALETTE,
    POINTS_A_CHARACTER,
    WIDTH_INCHES,
    Canvas,
    filled,
    patch,
    shortened,
)

MOST_TILES = 150
"""The smallest tiles of a level beyond this are one: they would be too small to see, and laying out is recursive."""
DONUT = 0.34
INNER = 0.1
HEAD_POINTS = 13
LINE_POINTS = 10
TILE = 0.35
Part = Mapping[str, Any]
Place = tuple[float, float, float, float]
"""Left, top, width and height in points."""


def pie(canvas: Canvas) -> None:
    """Draw a pie, a donut, or parts of equal angles whose radii stand for the figures."""
    (series,) = canvas.series
    parts = [part for part in series["data"] if part["value"]]
    values, names = [float(part["value"]) for part in parts], [part["name"] for part in parts]
    axes: Axes
    if series.get("roseType"):
        axes = canvas.polar()
        _rose(axes, values)
    else:
        axes = canvas.axes()
        width = DONUT if isinstance(series["radius"], list) else 1
        wedges = axes.pie(values, startangle=90, counterclock=False, radius=1.0)[0]
        for index, (wedge, part) in enumerate(zip(wedges, parts, strict=True)):
            wedge.set(**filled(index, previous=bool(part.get("other"))))
            wedge.set_width(width)
    handles = [patch(index, previous=bool(part.get("other"))) for index, part in enumerate(parts)]
    canvas.parts(axes, handles, values, names, series["format"])


def _rose(axes: PolarAxes, values: Sequence[float]) -> None:
    _around(axes)
    angle, inside = 2 * math.pi / len(values), INNER * max(values)
    for index, value in enumerate(values):
        axes.bar((index + 0.5) * angle, value * (1 - INNER), width=angle, bottom=inside, **filled(index))


def radial_bar(canvas: Canvas) -> None:
    """Draw bars bent around a centre, the first outside; the last quarter is left for their names."""
    (series,), names = canvas.series, canvas.option["radiusAxis"]["data"]
    axes, whole = canvas.polar(), canvas.option["angleAxis"]["max"]
    _around(axes)
    format_ = canvas.pen.format(series["format"])
    for place, (name, value) in enumerate(zip(names, series["data"], strict=True)):
        number = len(names) - 1 - place
        axes.barh(place, 2 * math.pi * value / whole, height=0.72, **filled(number))
        text = f"{shortened(name, 24)}: {canvas.pen.label(value, format_)}"
        axes.annotate(text, (0, place), xytext=(-4, 0), textcoords="offset points", ha="right", va="center")
    axes.set_rlim(-len(names) / 4 - 0.5, len(names) - 0.5)


def _around(axes: PolarAxes) -> None:
    axes.set_theta_zero_location("N")
    axes.set_theta_direction(-1)
    axes.set_axis_off()


def treemap(canvas: Canvas) -> None:
    """Draw tiles whose areas stand for the figures, in groups where there are any."""
    (series,) = canvas.series
    axes, high = canvas.axes(), canvas.figure.get_figheight()
    board = (0.0, 0.0, WIDTH_INCHES * 72, high * 72 - 20)
    axes.set_xlim(0, board[2])
    axes.set_ylim(board[3], 0)
    axes.set_axis_off()
    mosaic = _Mosaic(canvas, axes, series["format"])
    parts = [{**part, "index": index} for index, part in enumerate(series["data"]) if _size(part)]
    for part, place in _laid_out(parts, board):
        if "children" in part:
            mosaic.group(part["index"], part, place)
        else:
            mosaic.tile(part.get("index", 0), part, place)


class _Mosaic:
    """Tiles on a board that counts in points."""

    def __init__(self, canvas: Canvas, axes: Axes, form: str) -> None:
        self._pen, self._axes, self._format = canvas.pen, axes, canvas.pen.format(form)

    def group(self, index: int, part: Part, place: Place) -> None:
        """Draw a group's tiles below its name."""
        x, y, wide, high = place
        head = HEAD_POINTS if high > 2 * HEAD_POINTS else 0
        for child, inner in _laid_out(part["children"], (x + 1, y + head, wide - 2, high - head - 1)):
            self.tile(index, child, inner)
        self._axes.add_patch(Rectangle((x, y), wide, high, facecolor="none", edgecolor=INK, linewidth=0.8))
        if head:
            self._write(f"{part['name']} · {self._pen.label(_size(part), self._format)}", x, y, wide, "bold")

    def tile(self, index: int, part: Part, place: Place) -> None:
        """Draw one tile, with its name and its figure where they fit."""
        x, y, wide, high = place
        look: dict[str, Any] = {"facecolor": (PALETTE[index % len(PALETTE)], TILE), "edgecolor": "white", "linewidth": 1.0}
        self._axes.add_patch(Rectangle((x, y), wide, high, **look))
        if part.get("rest"):
            self._axes.add_patch(Rectangle((x, y), wide, high, facecolor="none", edgecolor="white", hatch=HATCHES[1]))
            return
        if high > LINE_POINTS + 2:
            self._write(part["name"], x, y, wide)
        if high > 2 * LINE_POINTS + 2:
            self._write(self._pen.label(part["value"], self._format), x, y + LINE_POINTS, wide, whole=True)

    def _write(self, text: str, x: float, y: float, wide: float, weight: str = "normal", *, whole: bool = False) -> None:
        room = int((wide - 6) / POINTS_A_CHARACTER)
        if room >= (len(text) if whole else 3):
            self._axes.text(x + 3, y + 2, shortened(text, room), va="top", weight=weight, clip_on=True)


def _laid_out(parts: Sequence[Part], board: Place) -> list[tuple[Part, Place]]:
    """Return parts with their places, the largest first."""
    ranked = sorted(parts, key=_size, reverse=True)
    if len(ranked) > MOST_TILES:
        rest = {"name": "", "value": sum(map(_size, ranked[MOST_TILES:])), "rest": True}
        ranked = sorted([*ranked[:MOST_TILES], rest], key=_size, reverse=True)
    x, y, wide, high = board
    if wide <= 0 or high <= 0:
        return []
    sizes = squarify.normalize_sizes([_size(part) for part in ranked], wide, high)
    tiles = squarify.squarify(sizes, x, y, wide, high)
    return [(part, (tile["x"], tile["y"], tile["dx"], tile["dy"])) for part, tile in zip(ranked, tiles, strict=True)]


def _size(part: Part) -> float:
    return sum(map(_size, part["children"])) if "children" in part else float(part["value"] or 0)
