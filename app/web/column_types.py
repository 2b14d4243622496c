"""Kinds of values in a column, as far as pages and files treat them alike."""

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Any

FIGURES = frozenset({"integer", "decimal"})
"""The types of columns that hold numbers: those stand at the right, are added up and drawn."""
MEASURES = FIGURES | {"duration"}
"""The types of columns that hold what was counted or measured."""


def typed(value: Any, kind: str) -> Any:
    """Give a value that came through JSON its type back; one that does not fit stays as it is."""
    if not isinstance(value, str):
        return value
    try:
        match kind:
            case "decimal" | "integer":
                return Decimal(value)
            case "date":
                return dt.date.fromisoformat(value)
            case "datetime":
                return dt.datetime.fromisoformat(value)
            case _:
                return value
    except (ValueError, InvalidOperation):
        return value
