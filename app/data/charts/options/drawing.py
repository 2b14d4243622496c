"""What the families of charts share: the chart being drawn, its figures as floats, and axes.

Everything is plain JSON: where a figure or a time has to be written, an axis or a series names one of `formats`, and the
browser puts a function there.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec

from app.data.charts.pivot import Figure, Pivot
from app.data.charts.spec import Chosen, Place
from app.data.charts.wording import Wording
from app.data.results import Column
from app.web.decimals import places_of_column

LOG_FROM = 100
"""Figures whose largest is this many times the smallest are drawn on a logarithmic axis, when all are positive."""
CROWDED = 40
Option = dict[str, Any]


class Drawing(msgspec.Struct):
    """A chart being drawn for a reader. `formats` collects how the browser writes figures; `notes` are sentences below."""

    chosen: Chosen
    wording: Wording
    formats: dict[str, dict[str, Any]] = {}
    notes: list[str] = []

    def format(self, column: Column) -> str:
        """Return the name under which figures of a column are written."""
        index = [each.name for each in self.chosen.columns].index(column.name)
        places = places_of_column((row[index] for row in self.chosen.rows), column.currency, column.unit)
        name = f"{column.currency or ''}|{column.unit if column.unit == 'percent' else ''}|{places}"
        self.formats.setdefault(name, self.wording.format_of(column, places))
        return name

    def note(self, message: str, **values: object) -> None:
        """Add a sentence below the chart, once."""
        sentence = self.wording.texts.gettext(message, **values)
        if sentence not in self.notes:
            self.notes.append(sentence)


def number(value: Figure | None) -> float | int | None:
    """Return a figure as JSON has it; this is where decimals end."""
    return float(value) if isinstance(value, Decimal) else value


def is_logarithmic(figures: Sequence[Figure]) -> bool:
    """Tell whether figures are far enough apart for a logarithmic axis."""
    return bool(figures) and min(figures) > 0 and max(figures) >= LOG_FROM * min(figures)


def value_axis(
    drawing: Drawing, place: Place, figures: Sequence[Figure], *, may_be_log: bool = True, from_zero: bool = True
) -> Option:
    """Return the axis of the figures of a column."""
    name = drawing.wording.name(place)
    axis: Option = {"format": drawing.format(place.column), "name": name}
    if may_be_log and is_logarithmic(figures):
        # Translators: stands after the name of an axis.
        return {**axis, "type": "log", "name": f"{name} ({drawing.wording.texts.gettext('logarithmic scale')})"}
    return {**axis, "type": "value", "scale": not from_zero}


def category_axis(drawing: Drawing, pivot: Pivot) -> Option:
    """Return the axis of places side by side."""
    return {
        "type": "category",
        "data": drawing.wording.places(pivot, drawing.chosen.x),
        "name": drawing.wording.label(drawing.chosen.x),
        "axisTick": {"alignWithLabel": True},
    }


def is_previous(place: Place) -> bool:
    """Tell whether figures are those of the period before, which step back behind the present ones."""
    return "prev" in place.column.name.casefold()
