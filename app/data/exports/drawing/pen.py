"""Figures and times of a chart as its reader's language writes them, from the symbols that a browser is given for the same."""

import datetime as dt
import math
import re
from collections.abc import Mapping
from typing import Any

DAY_MS = 86_400_000
SHORTENED_FROM = 10_000
MOST_DECIMALS = 12
THOUSANDS = re.compile(r"\B(?=(\d{3})+$)")
Format = Mapping[str, Any]


class Pen:
    """Writes figures: `label` beside what is drawn, `short` along axes, `moment` for times."""

    def __init__(self, payload: Mapping[str, Any]) -> None:
        self._symbols = payload["symbols"]
        self._formats = payload["formats"]

    def format(self, name: str | None) -> Format:
        """Return the format of a column, an empty one where there is none."""
        return self._formats.get(name, {}) if name else {}

    def short(self, value: float, format_: Format, places: int | None = None) -> str:
        """Return a figure with a word for thousands, millions and so on."""
        size, word = next(
            ((least, word) for least, word in self._symbols["magnitudes"] if abs(value) >= max(least, SHORTENED_FROM)), (1, "")
        )
        figure = self._plain(value, exactly=places) if size == 1 else self._plain(value / size, most=1)
        return f"{figure}{word and chr(0xA0) + word}{format_.get('tick', '')}"

    def label(self, value: float | None, format_: Format) -> str:
        """Return a figure as it stands beside its bar or in its cell, nothing for none."""
        return "" if value is None else self.short(value, format_, format_.get("places"))

    def share(self, part: float, whole: float) -> str:
        """Return a part in percent."""
        return f"{self._plain(100 * part / whole if whole else 0, most=1)}\u00a0%"

    def moment(self, milliseconds: float, kind: str, span: float) -> str:
        """Return a time along an axis that covers `span` milliseconds."""
        moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=milliseconds)
        if kind == "datetime" and span <= 2 * DAY_MS:
            return f"{moment:%H:%M}"
        written: str = self._symbols["patterns"]["month" if kind == "month" or span > 300 * DAY_MS else "day"]
        parts = {
            "{d}": moment.day, "{y}": moment.year, "{m}": self._symbols["months"][moment.month - 1],
            "{l}": self._symbols["standingMonths"][moment.month - 1],
        }  # fmt: skip
        for mark, part in parts.items():
            written = written.replace(mark, str(part))
        return written

    def _plain(self, value: float, *, most: int | None = None, exactly: int | None = None) -> str:
        size = abs(value)
        digits = exactly if exactly is not None else most
        if digits is None:
            digits = 2 if size == 0 or size >= 1 else min(2 - math.floor(math.log10(size)), MOST_DECIMALS)
        whole, _, fraction = f"{size:.{digits}f}".partition(".")
        fraction = fraction if exactly is not None else fraction.rstrip("0")
        sign = "-" if value < 0 and (whole + fraction).strip("0") else ""
        grouped = THOUSANDS.sub(self._symbols["group"], whole)
        return f"{sign}{grouped}{self._symbols['point']}{fraction}" if fraction else f"{sign}{grouped}"
