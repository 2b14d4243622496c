"""What a chart says in its reader's language: names, places, and what a browser needs to write figures and times.

Browsers do not all know Uzbek, so they are given the symbols and patterns that the tables use instead of a locale's name.
"""

import datetime as dt
import functools
import re
from typing import Any

from babel import Locale, dates

from app.data.charts.pivot import Pivot, Series
from app.data.charts.spec import ChartSpec, Chosen, Place
from app.data.results import Column
from app.errors import N_
from app.web.formats import NOTHING, Formats
from app.web.locale import Translator, translator

SKELETONS = {"day": "MMMd", "month": "yMMM", "date": "yMMMd"}
TOKENS = re.compile(r"'([^']*)'|y+|[LM]+|d+|[^'yLMd]+")
TYPES = {
    "line": N_("Line chart"),
    "area": N_("Area chart"),
    "bar": N_("Bar chart"),
    "pie": N_("Pie chart"),
    "donut": N_("Donut chart"),
    "scatter": N_("Scatter chart"),
    "bubble": N_("Bubble chart"),
    "heatmap": N_("Heatmap"),
    "radar": N_("Radar chart"),
    "treemap": N_("Treemap"),
    "radial_bar": N_("Radial bar chart"),
    "polar_area": N_("Polar area chart"),
}
MAGNITUDES = (
    # Translators: short words after a shortened figure on an axis: 1.5 bn.
    (10**12, N_("tn")),
    (10**9, N_("bn")),
    (10**6, N_("m")),
    (10**3, N_("k")),
)


@functools.cache
def wording_of(locale: str) -> "Wording":
    """Return the words of a language, read once."""
    return Wording(locale)


class Wording:
    """The words of one language around the columns of a result."""

    def __init__(self, locale: str) -> None:
        self.texts: Translator = translator(locale)
        self.formats = Formats(locale)
        self._locale = Locale.parse(locale)

    def name(self, place: Place) -> str:
        """Return a column's heading with what it is counted in."""
        measure = self.formats.measure(place.column)
        label = self.formats.label(place.column)
        return f"{label}, {measure}" if measure else label

    def series(self, series: Series, chosen: Chosen) -> str:
        """Return what a series is called in the legend."""
        if chosen.series:
            return self.value(series.value, chosen.series.column)
        return self.name(series.place) if len({place.measure for place in chosen.y}) > 1 else self.label(series.place)

    def measured(self, chosen: Chosen) -> str:
        """Return which figures a chart shows and what they are counted in, for charts without axes to say it."""
        return " · ".join(map(self.name, chosen.y))

    def label(self, place: Place) -> str:
        """Return a column's heading."""
        return self.formats.label(place.column)

    def places(self, pivot: Pivot, place: Place) -> list[str]:
        """Return what stands at the places along x."""
        return [self.place(key, pivot.kind, place.column) for key in pivot.keys]

    def place(self, key: Any, kind: str, column: Column) -> str:
        """Return what stands at one place along an axis."""
        if key is None:
            return NOTHING
        if kind == "month":
            return dates.format_skeleton("yMMM", key, locale=self._locale)
        return str(key) if kind == "year" else self.value(key, column)

    def value(self, value: Any, column: Column) -> str:
        """Return a value as plain text."""
        if value is None:
            return NOTHING
        return str(self.formats.cell(value, column))

    def figure(self, value: Any, column: Column) -> str:
        """Return a figure with its currency or its percent sign."""
        if column.currency:
            return self.formats.money(value, column.currency)
        text = self.formats.number(value)
        return f"{text}\u00a0%" if column.unit == "percent" else text

    def title(self, chosen: Chosen) -> str:
        """Return the title, made of the columns' headings where none was given."""
        if chosen.spec.title:
            return chosen.spec.title
        made = self.about(chosen)
        return made[:1].upper() + made[1:]

    def about(self, chosen: Chosen) -> str:
        """Return which figures a chart shows, and by what."""
        _ = self.texts.gettext
        figures, categories = ", ".join(map(self.label, chosen.y)), self.label(chosen.x)
        if chosen.series is None:
            return _("%(figures)s by %(categories)s", figures=figures, categories=categories)
        groups = self.label(chosen.series)
        return _("%(figures)s by %(categories)s and %(groups)s", figures=figures, categories=categories, groups=groups)

    def format_of(self, column: Column, places: int) -> dict[str, Any]:
        """Return how a browser writes figures of a column: what stands before and after them, and after those on an axis.

        `places` is how many decimals each of them has, as in a table.
        """
        if column.currency:
            before, after = self.formats.money(1, column.currency).split("1")
            return {"kind": "number", "before": before, "after": after, "tick": "", "places": places}
        after = "\u00a0%" if column.unit == "percent" else ""
        return {"kind": "number", "before": "", "after": after, "tick": after, "places": places}

    def symbols(self) -> dict[str, Any]:
        """Return what a browser needs to write figures and times as this language does."""
        point, group = self.formats.number(1.5)[1], self.formats.number(1_000_000)[1]
        skeletons = {name: self._pattern(skeleton) for name, skeleton in SKELETONS.items()}
        months = [dates.format_date(dt.date(2000, month, 1), "MMM", locale=self._locale) for month in range(1, 13)]
        standing = [dates.format_date(dt.date(2000, month, 1), "LLL", locale=self._locale) for month in range(1, 13)]
        magnitudes = [[size, self.texts.gettext(word)] for size, word in MAGNITUDES]
        return {
            "point": point, "group": group, "magnitudes": magnitudes, "months": months, "standingMonths": standing,
            "patterns": skeletons, "nothing": NOTHING,
        }  # fmt: skip

    def _pattern(self, skeleton: str) -> str:
        """Return a pattern of CLDR with `{d}`, `{m}`, `{l}` (a month standing alone) and `{y}` for its parts."""
        pattern = self._locale.datetime_skeletons[skeleton].pattern
        return "".join(_token(match) for match in TOKENS.finditer(pattern)).replace("\u202f", "\u00a0")


def type_word(spec: ChartSpec, texts: Translator) -> str:
    """Return what kind of chart it is, in words."""
    return texts.gettext(TYPES[spec.type])


def _token(match: re.Match[str]) -> str:
    if match[1] is not None:
        return match[1]
    return {"y": "{y}", "L": "{l}", "M": "{m}", "d": "{d}"}.get(match[0][0], match[0])
