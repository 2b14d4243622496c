"""Lines as CSV for spreadsheets."""

import csv
import io
from collections.abc import Iterable

from app.data.exports.cells import neutralised

BOM = "\ufeff"
"""What a file begins with, so that spreadsheets read it as UTF-8."""


def lines(rows: Iterable[Iterable[object]]) -> bytes:
    """Return rows as text; nothing in them is taken for a formula, and None is an empty cell."""
    text = io.StringIO()
    csv.writer(text).writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode(errors="replace")


def _cell(value: object) -> str:
    return "" if value is None else neutralised(value) if isinstance(value, str) else str(value)
