"""Values of a result as cells of a file. Business texts are hostile: none of them may become a formula."""

import datetime as dt
import json
import math
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from app.web import durations

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula, or strips to find one."""
AFTER_A_CUT = re.compile(rf'([;\t\r\n][\s"]*)(?=[{re.escape("=+-@＝＋－＠")}])')
"""Where a spreadsheet that reads semicolons, tabs or lines apart finds a cell that begins like a formula."""
EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - Excel's days have no zone
FIRST_DAY = dt.datetime(1900, 3, 1)  # noqa: DTZ001 - before it Excel counts a day that never was
CERTAIN_DIGITS = 15
"""What Excel keeps of a number; longer ones are written as text, so that no digit is made up."""


def neutralised(text: str) -> str:
    """Return `text` so that no program takes it for a formula when it is read from a CSV file."""
    begun = f"'{text}" if text.lstrip(" ").startswith(DANGEROUS) else text
    return AFTER_A_CUT.sub(r"\1'", begun)


def number(value: Any) -> float | int | None:
    """Return a value of a column of figures as Excel can hold it, None where it cannot."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < 10**CERTAIN_DIGITS else None
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(format(value, f".{CERTAIN_DIGITS}g"))
    return None


def _from_text(text: str) -> float | None:
    digits = text.lstrip("-0.").replace(".", "").rstrip("0") if len(text) > CERTAIN_DIGITS else ""
    if len(digits) > CERTAIN_DIGITS:
        return None
    try:
        figure = float(text)
    except ValueError:
        return None
    return figure if math.isfinite(figure) else None


def figure(text: str) -> str | None:
    """Return a figure written out as programs read it, without powers of ten; None where it is none."""
    try:
        exact = Decimal(text)
    except InvalidOperation:
        return None
    return format(exact, "f")


def day_number(value: Any) -> float | None:
    """Return a date or a moment in days as Excel counts them, None where it is none or too early; zones stay as written."""
    moment: Any = value
    if isinstance(value, str):
        try:
            moment = dt.datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(moment, dt.datetime):
        return None
    moment = moment.replace(tzinfo=None)
    return (moment - EPOCH) / dt.timedelta(days=1) if moment >= FIRST_DAY else None


def month_number(value: Any) -> float | None:
    """Return a month's first day as Excel counts days, None where it is none: `2026-01`, or a moment from the database."""
    return day_number(f"{value}-01" if isinstance(value, str) and len(value) == len("2026-01") else value)


def duration_days(value: Any) -> float | None:
    """Return a length of time in days, None where it holds months or is negative, which Excel cannot show."""
    length = durations.read(value) if isinstance(value, str | dt.timedelta) else None
    return None if length is None or length.months or length.order < 0 else length.order / durations.DAY


def text(value: Any) -> str:
    """Return any other value as it is read."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, float):
        return format(value, f".{CERTAIN_DIGITS}g")
    if isinstance(value, dt.timedelta):
        return durations.hours(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value.isoformat(" ") if isinstance(value, dt.datetime) else str(value)
