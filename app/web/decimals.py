"""How many decimals figures are written with: enough to tell them apart, and as many for all of a column."""

from collections.abc import Iterable
from decimal import Context, Decimal
from typing import Any

MONEY = PERCENT = 2
LARGEST, SMALLEST = Decimal("1E+21"), Decimal("1E-6")
"""Figures from the one on and below the other are written as powers of ten, which can be read."""
MANTISSA = Context(prec=6)


def places_needed(value: Decimal) -> int:
    """Return two places, or as many as three significant digits of a figure below one need."""
    return 2 if value == 0 or abs(value) >= 1 else min(2 - value.adjusted(), 12)


def is_tiny(value: Decimal) -> bool:
    """Tell whether a figure is so close to nothing that its decimals cannot be counted."""
    return value.is_finite() and 0 < abs(value) < SMALLEST


def power_of_ten(value: Decimal) -> str:
    """Write a figure as `1.23457E+300`."""
    return f"{MANTISSA.plus(value).normalize():E}"


def places_of_column(values: Iterable[Any], currency: str | None, unit: str | None) -> int:
    """Return the most decimals that one of the values shows; money shows its minor units or none."""
    most = max((_shown(figure) for value in values if (figure := _figure(value)) is not None), default=0)
    if currency:
        return MONEY if most else 0
    return min(most, PERCENT) if unit == "percent" else most


def _figure(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    return exact if exact.is_finite() else None


def _shown(value: Decimal) -> int:
    if is_tiny(value) or value == value.to_integral_value():
        return 0
    return len(f"{value:.{places_needed(value)}f}".rstrip("0").rpartition(".")[2])
