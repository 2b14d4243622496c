"""Lengths of time in words: `2 years 8 months 1 day`, `1 day 03:30:00`."""

from decimal import Decimal
from typing import Literal

from babel import Locale, numbers, units

from app.web.durations import Length, clock

FINE_SECONDS = 60
"""Lengths from here on are written to the second."""


def written(length: Length, locale: Locale) -> str:
    """Write years, months and days in words and the rest as on a clock."""
    parts = [_counted(count, unit, locale) for unit, count in length.words if count]
    is_fine = not parts and abs(length.seconds) < FINE_SECONDS
    seconds = length.seconds if is_fine else length.seconds.quantize(Decimal(1))
    time = clock(seconds).replace(".", numbers.get_decimal_symbol(locale, numbering_system="latn"))
    return " ".join([*parts, time] if seconds or not parts else parts)


def _counted(count: int, unit: str, locale: Locale) -> str:
    style: Literal["short", "long"] = "short" if locale.language == "uz" else "long"  # Babel has no long words in Uzbek.
    return units.format_unit(count, f"duration-{unit}", length=style, locale=locale)
