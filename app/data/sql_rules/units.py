"""Expressions that put moments together by a unit of the calendar, as `date_trunc('month', paid_at)` does."""

from collections.abc import Sequence
from typing import Literal

from sqlglot import exp

CalendarUnit = Literal["day", "week", "month", "quarter", "year"]
UNITS: tuple[CalendarUnit, ...] = ("day", "week", "month", "quarter", "year")
BY_FORMAT: dict[str, CalendarUnit] = {
    "%Y": "year", "%Y-%m": "month", "%Y-%m-01": "month", "%Y-%m-%d": "day", "%Y-%W": "week", "%Y-%U": "week", "%G-%V": "week",
    "%Y-W%W": "week", "%G-W%V": "week", '%G-"W"%V': "week", '%Y-"Q"Q': "quarter", "%F": "day",
}  # fmt: skip
BY_LENGTH: dict[str, CalendarUnit] = {"4": "year", "7": "month", "10": "day"}
BY_MODIFIER: dict[str, CalendarUnit] = {"start of month": "month", "start of year": "year"}
WRAPPED = (exp.Paren, exp.Cast, exp.TsOrDsToTimestamp, exp.TsOrDsToDate, exp.TsOrDsToDateStr)

Rounded = tuple[CalendarUnit, exp.Expr]
"""A unit, and the moments that are put together by it."""


def rounded(node: exp.Expr) -> Rounded | None:
    """Return what an expression makes of moments, None where it is no unit of the calendar."""
    while isinstance(node, exp.Cast | exp.Paren):
        node = node.this
    match node:
        case exp.Date() if not node.expressions and isinstance(bare(node.this), exp.Column):
            found = _found("day", node.this)
        case exp.Anonymous() | exp.Date():
            found = _modified(node)
        case exp.DPipe():
            found = _quarter(node)
        case _:
            found = _shortened(node)
    return found


def _shortened(node: exp.Expr) -> Rounded | None:
    """Read what writes or keeps only the beginning of a moment."""
    match node:
        case exp.TimeToStr():
            return _found(BY_FORMAT.get(node.text("format")), node.this)
        case exp.TimestampTrunc() | exp.DateTrunc():
            unit = node.text("unit").lower()
            return _found(next((known for known in UNITS if known == unit), None), node.this)
        case exp.Extract() if node.name.lower() == "year":
            return _found("year", node.expression)
        case exp.Substring() if node.text("start") == "1":
            return _found(BY_LENGTH.get(node.text("length")), node.this)
    return None


def _found(unit: CalendarUnit | None, moments: exp.Expr) -> Rounded | None:
    inner = bare(moments)
    within = rounded(inner)
    if unit is not None and within is not None:
        inner = within[1]
    return (unit, inner) if unit else None


def _modified(node: exp.Expr) -> Rounded | None:
    """Read `date(paid_at, 'start of month')` of SQLite."""
    parts = [*([node.this] if isinstance(node.this, exp.Expr) else []), *node.expressions]
    if isinstance(node, exp.Anonymous) and node.name.lower() not in {"date", "datetime"}:
        return None
    last = parts[-1] if len(parts) == 2 and isinstance(parts[-1], exp.Literal) else None
    return _found(BY_MODIFIER.get(last.name), parts[0]) if last is not None else None


def _quarter(node: exp.DPipe) -> Rounded | None:
    """Read `strftime('%Y', paid_at) || '-Q' || …`, which puts a quarter together by hand."""
    written = [found for part in node.find_all(exp.TimeToStr, exp.Substring) if (found := rounded(part))]
    year = next((found for found in written if found[0] == "year"), None)
    is_quarter = any(literal.name.upper().strip("- ") == "Q" for literal in node.find_all(exp.Literal))
    return ("quarter", year[1]) if year and is_quarter else None


def bare(node: exp.Expr) -> exp.Expr:
    """Return a node without what only changes its type."""
    while isinstance(node, WRAPPED):
        node = node.this
    return node


def units_of(tree: exp.Expr) -> Sequence[CalendarUnit | None]:
    """Return the unit of each column of the query's result; one that a subquery made by the name that it has there."""
    while isinstance(tree, exp.SetOperation | exp.Subquery):
        tree = tree.this
    if not isinstance(tree, exp.Select) or any(part.is_star for part in tree.expressions):
        return ()
    made: dict[str, set[CalendarUnit | None]] = {}
    for alias in tree.find_all(exp.Alias):
        found = rounded(alias.this)
        if found or not isinstance(alias.this, exp.Column):
            made.setdefault(alias.alias.lower(), set()).add(found[0] if found else None)
    return [_unit(part.unalias(), made) for part in tree.expressions]


def _unit(node: exp.Expr, made: dict[str, set[CalendarUnit | None]]) -> CalendarUnit | None:
    if found := rounded(node):
        return found[0]
    known = made.get(node.name.lower(), set()) if isinstance(node, exp.Column) else set()
    return next(iter(known)) if len(known) == 1 else None
