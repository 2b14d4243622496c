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
SHOWN_NAMES = 8
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


class Named(msgspec.Struct, frozen=True):
    """Columns in a sentence: by their names for the model, by their headings for people."""

    columns: Sequence[Column]

    def __str__(self) -> str:
        return self._listed([column.name for column in self.columns])

    def headings(self, locale: str) -> str:
        """Return the headings in a language."""
        return self._listed([column.label(locale) for column in self.columns])

    @staticmethod
    def _listed(names: Sequence[str]) -> str:
        listed = ", ".join(names[:SHOWN_NAMES]) or "—"
        return f"{listed}, …" if len(names) > SHOWN_NAMES else listed


class ChartError(Invalid):
    """A chart that cannot be drawn; the message says why and what to do instead. `reason` is the word for the model."""

    def __init__(self, reason: str, message: str, **values: object) -> None:
        super().__init__(message, details=None, **values)
        self.reason = reason

    def for_people(self, locale: str) -> "ChartError":
        """Return the refusal with columns by their headings."""
        values = {key: value.headings(locale) if isinstance(value, Named) else value for key, value in self.values.items()}
        return ChartError(self.reason, self.message, **values)


def present_spec(details: dict[str, Any]) -> ChartSpec:
    """Return how a chart is drawn now: as people last changed it, else as the model chose."""
    edits = details.get("edits") or [details["spec"]]
    return msgspec.convert(edits[-1], ChartSpec)
