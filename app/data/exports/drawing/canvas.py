"""What all kinds of chart are drawn on: a figure of the document's width, its colours, and marks that need no colour."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Patch
from matplotlib.projections.polar import PolarAxes

from app.data.exports.drawing.pen import Pen

INK, MUTED, LINE, STRONG = "#1b2026", "#5a6672", "#cbc7bc", "#8d8a80"
PALETTE = ("#1f4e8c", "#0b8a94", "#c98a1b", "#a3476d", "#5b7f2b", "#7a5ea8", "#b5532a", "#5a6672")
HATCHES = ("", "///", "...", "\\\\\\", "xxx", "---", "|||", "ooo")
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (6, 2, 1, 2)), (0, (3, 1, 1, 1, 1, 1)), (0, (9, 3)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
WIDTH_INCHES = 6.85
INCHES_A_PIXEL = 0.0085
TEXT_POINTS = 7.5
POINTS_A_CHARACTER = 0.62 * TEXT_POINTS
LONGEST_NAME = 28
MEASURED_SHARE = 0.97
"""The typesetter sets letters a little wider than they are measured here."""
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "bichat",
    "text.parse_math": False,
    "text.hinting": "no_hinting",
    "font.family": ["DejaVu Sans"],
    "font.size": TEXT_POINTS,
    "axes.titlesize": TEXT_POINTS,
    "axes.labelsize": TEXT_POINTS,
    "axes.edgecolor": STRONG,
    "axes.labelcolor": MUTED,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": False,
    "xtick.color": STRONG,
    "ytick.color": STRONG,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "text.color": INK,
    "grid.color": LINE,
    "grid.linewidth": 0.5,
    "hatch.linewidth": 0.5,
    "legend.frameon": False,
    "legend.handlelength": 2.6,
}
"""Texts stay texts, and no text is a formula, whatever signs are in it."""


class Canvas:
    """A figure that a chart is drawn on. `payload` is what a browser would be given to draw the same chart."""

    def __init__(self, payload: Mapping[str, Any]) -> None:
        mpl.rcParams.update(STYLE)
        self.option: Mapping[str, Any] = payload["option"]
        self.series: Sequence[Mapping[str, Any]] = self.option["series"]
        self.measure: str = payload["measure"]
        self.pen = Pen(payload)
        self.figure = Figure(figsize=(WIDTH_INCHES, payload["height"] * INCHES_A_PIXEL), layout="constrained")
        engine = self.figure.get_layout_engine()
        assert isinstance(engine, ConstrainedLayoutEngine)
        engine.set(rect=(0, 0, MEASURED_SHARE, 1))
        FigureCanvasSVG(self.figure)

    def axes(self) -> Axes:
        """Return the place to draw."""
        axes: Axes = self.figure.add_subplot()
        self._title(axes)
        return axes

    def polar(self) -> PolarAxes:
        """Return the place to draw around a centre."""
        axes = self.figure.add_subplot(projection="polar")
        assert isinstance(axes, PolarAxes)
        self._title(axes)
        return axes

    def _title(self, axes: Axes) -> None:
        """Say above charts without named axes what they measure."""
        if self.measure:
            axes.set_title(shortened(self.measure, 90), loc="left", color=MUTED)

    def legend(self, handles: Sequence[Artist], names: Sequence[str]) -> None:
        """Tell above the chart what each mark stands for."""
        texts = [shortened(name) for name in names]
        widest = max(map(len, texts)) * POINTS_A_CHARACTER + 45
        columns = max(1, min(len(texts), int(WIDTH_INCHES * 72 // widest)))
        self._named(self.figure.legend(handles, _numbers(texts), loc="outside upper left", ncols=columns), texts)

    def parts(self, axes: Axes, handles: Sequence[Artist], values: Sequence[float], names: Sequence[str], form: str) -> None:
        """Tell beside the chart what each part is, its figure and its share."""
        format_, whole = self.pen.format(form), sum(values)
        texts = [
            f"{shortened(name)}: {self.pen.label(value, format_)} · {self.pen.share(value, whole)}"
            for name, value in zip(names, values, strict=True)
        ]
        self._named(axes.legend(handles, _numbers(texts), loc="center left", bbox_to_anchor=(1.05, 0.5)), texts)

    def svg(self) -> str:
        """Return the picture."""
        file = io.StringIO()
        self.figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
        return file.getvalue()

    @staticmethod
    def _named(legend: Any, texts: Sequence[str]) -> None:
        """Give the entries their names afterwards: the library leaves out those that begin with an underscore."""
        for entry, text in zip(legend.get_texts(), texts, strict=True):
            entry.set_text(text)


def _numbers(texts: Sequence[str]) -> list[str]:
    return [str(number) for number in range(len(texts))]


def shortened(text: str, most: int = LONGEST_NAME) -> str:
    """Return a name on one line, without signs that cannot be printed, and not longer than there is room for."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def colour(index: int, *, previous: bool = False) -> str:
    """Return the colour of a series; the period before steps back."""
    return STRONG if previous else PALETTE[index % len(PALETTE)]


def filled(index: int, *, previous: bool = False) -> dict[str, Any]:
    """Return how an area is filled so that it is told apart without its colour."""
    hatch = "" if previous else HATCHES[(index + index // len(PALETTE)) % len(HATCHES)]
    return {"facecolor": colour(index, previous=previous), "hatch": hatch, "edgecolor": "white", "linewidth": 0.5}


def patch(index: int, *, previous: bool = False) -> Patch:
    """Return the legend's mark of a filled area."""
    return Patch(**filled(index, previous=previous))


def lined(index: int, *, previous: bool = False) -> dict[str, Any]:
    """Return how a line is drawn so that it is told apart without its colour."""
    return {
        "color": colour(index, previous=previous),
        "linestyle": DASHES[1] if previous else DASHES[index % len(DASHES)],
        "marker": MARKERS[index % len(MARKERS)],
        "linewidth": 1.3,
        "markersize": 3.2,
    }
