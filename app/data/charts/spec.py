"""What a chart shows of a stored result: its type, and which columns stand for what."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from app.data.results import Column
from app.errors import Invalid

ChartType = Literal[
    "line", "area", "bar", "pie", "donut", "scatter", "bubble", "heatmap", "radar", "treemap", "radial_bar", "polar_area"
]
SHARES = {"pie", "donut", "treemap", "radial_bar", "polar_area"}
"""Types that show parts by size: one figure for each part."""
PLOTS = {"scatter", "bubble"}
MAX_SERIES = 20
MAX_POINTS = 10_000
LINE_POINTS = 500
MAX_SLICES = 12
"""More parts of a pie than this are drawn as one, called other."""


class ChartSpec(msgspec.Struct, frozen=True, omit_defaults=True):
    """A chart. `x` names the column of the categories, times or parts, `y` those of the figures.

    `series` splits the one figure into a series a value: the second axis of a heatmap, the groups of a treemap. `size` is
    the figure behind a bubble's area. `stacked` goes with bars and areas, `horizontal` with bars.
    """

    type: ChartType
    x: str = ""
    y: tuple[str, ...] = ()
    series: str = ""
    size: str = ""
    label: str = ""
    stacked: bool = False
    horizontal: bool = False
    title: str = ""


class Place(msgspec.Struct, frozen=True):
    """A column and where in a row it stands."""

    index: int
    column: Column

    @property
    def measure(self) -> tuple[str | None, str | None]:
        """What the figures are counted in."""
        return self.column.unit, self.column.currency


class Chosen(msgspec.Struct, frozen=True):
    """A chart whose columns were found in its result, with that result."""

    spec: ChartSpec
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    x: Place
    y: tuple[Place, ...]
    series: Place | None = None
    size: Place | None = None
    label: Place | None = None


class ChartError(Invalid):
    """A chart that cannot be drawn; the message says why and what to do instead. `reason` is the word for the model."""

    def __init__(self, reason: str, message: str, **values: object) -> None:
        super().__init__(message, details=None, **values)
        self.reason = reason


def present_spec(details: dict[str, Any]) -> ChartSpec:
    """Return how a chart is drawn now: as people last changed it, else as the model chose."""
    edits = details.get("edits") or [details["spec"]]
    return msgspec.convert(edits[-1], ChartSpec)
