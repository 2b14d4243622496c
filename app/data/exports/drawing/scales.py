"""Axes: figures, times and categories along the sides of a chart."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from app.data.exports.drawing.canvas import POINTS_A_CHARACTER, WIDTH_INCHES, Canvas, shortened
from app.data.exports.drawing.pen import DAY_MS

FEW_TIMES = 8
ROUND_STEPS = [1, 2, 5, 10]
MOST_NAMES = 24
MOST_ROWS = 60
SLANTED_CHARS = 18
BESIDE_CHARS = 30
NAME_CHARS = 70
Option = Mapping[str, Any]


def figures_along(canvas: Canvas, axes: Axes, side: str, option: Option, figures: Sequence[float]) -> None:
    """Put a scale of figures along a side (`x` or `y`), logarithmic where the option says so."""
    axis, format_ = _axis(axes, side), canvas.pen.format(option.get("format"))
    _set(axes, side, "label", shortened(option["name"], NAME_CHARS))
    if option["type"] == "log":
        _set(axes, side, "scale", "log")
        axis.set_major_locator(LogLocator(numticks=8))
        axis.set_minor_locator(NullLocator())
        _set(axes, side, "lim", (10 ** math.floor(math.log10(min(figures))), max(figures) * 1.3))
    else:
        axis.set_major_locator(MaxNLocator(6, steps=ROUND_STEPS, integer=bool(option.get("minInterval"))))
        _set(axes, side, "lim", _span(figures, from_zero=not option.get("scale")))
    axis.set_major_formatter(FuncFormatter(lambda value, _place: canvas.pen.short(value, format_)))
    axes.grid(visible=True, axis="x" if side == "x" else "y")


def _span(figures: Sequence[float], *, from_zero: bool) -> tuple[float, float]:
    least, most = min(figures, default=0), max(figures, default=0)
    if from_zero:
        least, most = min(0, least), max(0, most)
    room = (most - least) * 0.06 or abs(most) * 0.1 or 1
    return (least if from_zero and least == 0 else least - room), (most if from_zero and most == 0 else most + room)


def times_along(canvas: Canvas, axes: Axes, option: Option, times: Sequence[float]) -> None:
    """Put times along the bottom; `times` are in milliseconds, the drawing counts in days."""
    kind, first, last = option["format"], min(times), max(times)
    span = last - first
    places = sorted(set(times))
    if len(places) > FEW_TIMES:
        ticks = _round_times(first / DAY_MS, last / DAY_MS)
        places = [tick * DAY_MS for tick in ticks if first <= tick * DAY_MS <= last]
    written: dict[str, float] = {}
    for place in places:
        written.setdefault(canvas.pen.moment(place, kind, span), place / DAY_MS)
    axes.set_xticks(list(written.values()), [shortened(text) for text in written])
    axes.set_xlabel(shortened(option["name"], NAME_CHARS))
    if span:
        axes.set_xlim(first / DAY_MS - span / DAY_MS * 0.02, last / DAY_MS + span / DAY_MS * 0.02)


def _round_times(first: float, last: float) -> Sequence[float]:
    """Return days, months or years between two days, few enough to be read."""
    untyped: Any = dates
    ticks: Sequence[float] = untyped.AutoDateLocator(minticks=3, maxticks=FEW_TIMES).tick_values(*untyped.num2date([first, last]))
    return ticks


def names_along(axes: Axes, side: str, option: Option) -> None:
    """Put categories along a side: below, slanted where they do not fit side by side; of many, some are left out."""
    names, is_below = option["data"], side == "x"
    step = math.ceil(len(names) / (MOST_NAMES if is_below else MOST_ROWS))
    shown = list(range(0, len(names), step))
    room = WIDTH_INCHES * 72 * 0.85 / len(shown)
    is_slanted = is_below and any(len(names[place]) * POINTS_A_CHARACTER > room for place in shown)
    most = (SLANTED_CHARS if is_slanted else NAME_CHARS) if is_below else BESIDE_CHARS
    texts = [shortened(names[place], most) for place in shown]
    slant: dict[str, Any] = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"} if is_slanted else {}
    _axis(axes, side).set_ticks(shown, texts, **slant)
    _set(axes, side, "label", shortened(option["name"], NAME_CHARS))
    _set(axes, side, "lim", (-0.6, len(names) - 0.4))
    if option.get("inverse"):
        axes.invert_yaxis()


def _axis(axes: Axes, side: str) -> Axis:
    return axes.xaxis if side == "x" else axes.yaxis


def _set(axes: Axes, side: str, name: str, value: Any) -> None:
    getattr(axes, f"set_{side}{name}")(value)
