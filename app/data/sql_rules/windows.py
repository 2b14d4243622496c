"""Columns that a query makes itself and then asks something of: places in an order, and months of dates."""

import datetime as dt
import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from sqlglot import exp

from app.data.asked import Condition, Place, Placed, Ranking, Value
from app.data.periods import around
from app.data.sql_rules.units import CalendarUnit, rounded
from app.data.sql_rules.writing import written

RANKS: dict[type[exp.Expr], bool] = {exp.RowNumber: False, exp.Rank: True}
"""The functions that give places, each with whether equal rows share one."""
MOST: dict[type[exp.Expr], int] = {exp.LTE: 0, exp.LT: -1, exp.EQ: 0}
MOST_MADE = 300
LAST_YEAR = 3000
MONTH = re.compile(r"([12]\d{3})-(0[1-9]|1[0-2])", re.ASCII)
YEAR = re.compile(r"[12]\d{3}", re.ASCII)
Made = Mapping[str, exp.Expr]
"""What a query makes under a name that stands for nothing else in it."""


def made_columns(nodes: Iterable[exp.Expr]) -> Made:
    """Return the expressions by the names, in lower case, that the query gives them."""
    found: dict[str, exp.Expr | None] = {}
    for alias in [node for node in nodes if isinstance(node, exp.Alias)][:MOST_MADE]:
        if not isinstance(alias.this, exp.Column):
            name = alias.alias.lower()
            found[name] = alias.this if found.get(name, alias.this) == alias.this else None
    return {name: node for name, node in found.items() if node is not None}


def made_by(column: exp.Expr, made: Made) -> exp.Expr | None:
    """Return the expression that a column stands for, None for one of a table."""
    if not isinstance(column, exp.Column) or column.name.lower() not in made:
        return None
    select, queries = column.find_ancestor(exp.Select), {query.alias.lower() for query in column.root().find_all(exp.CTE)}
    clauses = [select.args.get("from_"), *(select.args.get("joins") or ())] if select is not None else []
    tables = [clause.this for clause in clauses if clause is not None and isinstance(clause.this, exp.Table)]
    own = {table.alias_or_name.lower() for table in tables if table.name.lower() not in queries or table.args.get("db")}
    return None if column.table.lower() in own else made[column.name.lower()]


def rankings(part: exp.Expr, made: Made, dialect: str, place: Place) -> Iterator[Placed]:
    """Yield what a condition asks of places that windows give: in full where it asks for the first ones, else as SQL besides."""
    windows = {
        column.name: node.find(exp.Window)
        for column in part.find_all(exp.Column)
        if (node := made_by(column, made)) is not None and node.find(exp.Window)
    }
    if (ranking := _ranking(part, made, dialect, place)) is not None:
        yield ranking
        return
    for name, window in windows.items():
        if window is not None:
            yield Condition(f"{name} = {written(_spelled(window), dialect)}", place=place)


def _ranking(part: exp.Expr, made: Made, dialect: str, place: Place) -> Ranking | None:
    window = made_by(part.this, made) if type(part) in MOST else None
    amount = part.args.get("expression")
    if not isinstance(window, exp.Window) or not isinstance(amount, exp.Literal) or not amount.is_int:
        return None
    window, most = _spelled(window), int(amount.name) + MOST[type(part)]
    order = window.args.get("order")
    if type(window.this) not in RANKS or order is None or most < 1 or (isinstance(part, exp.EQ) and most > 1):
        return None
    by = tuple((written(one.this, dialect), bool(one.args.get("desc"))) for one in order.expressions)
    within = tuple(written(one, dialect) for one in window.args.get("partition_by") or ())
    return Ranking(str(most), by, within, RANKS[type(window.this)], place)


def _spelled(window: exp.Window) -> exp.Window:
    """Return a window with what the WINDOW clause says of it, in the place where it stands."""
    select, name = window.find_ancestor(exp.Select), window.text("alias").lower()
    for known in (select.args.get("windows") or ()) if select is not None and name else ():
        if known.name.lower() == name:
            own = {key: value for key, value in known.args.items() if key in {"partition_by", "order", "spec"} and value}
            spelled = window.copy()
            for key, value in own.items():
                spelled.set(key, [one.copy() for one in value] if isinstance(value, list) else value.copy())
            spelled.set("alias", None)
            spelled.parent = window.parent
            return spelled
    return window


def days_of_units(part: exp.Expr, made: Made, dialect: str, place: Place, dates: Collection[str]) -> list[Condition]:
    """Return what `strftime('%Y-%m', day) = '2026-10'` asks of the day itself, nothing where it asks no such thing."""
    is_between = isinstance(part, exp.Between)
    if not is_between and type(part) not in {exp.EQ, exp.GTE, exp.GT, exp.LTE, exp.LT}:
        return []
    unit = rounded(made_by(part.this, made) or part.this)
    if unit is None or not isinstance(unit[1], exp.Column):
        return []
    column = written(unit[1], dialect)
    low, high = (part.args["low"], part.args["high"]) if is_between else (part.args["expression"],) * 2
    is_text = any(isinstance(node, exp.Substring) for node in (part.this, made_by(part.this, made)))
    first, last = _day(low, unit[0]), _day(high, unit[0])
    if first is None or last is None or (is_text and column not in dates) or unit[0] == "day":
        return []
    starts, ends = around(first, unit[0]), around(last, unit[0])
    bounds: dict[type[exp.Expr], tuple[dt.date | None, dt.date | None]] = {
        exp.EQ: (starts.start, ends.end), exp.Between: (starts.start, ends.end), exp.GTE: (starts.start, None),
        exp.GT: (starts.end, None), exp.LTE: (None, ends.end), exp.LT: (None, ends.start),
    }  # fmt: skip
    text = written(part, dialect)
    return [
        Condition(text, column, operator, (Value(day.isoformat(), is_text=True),), place=place)
        for operator, day in zip((">=", "<"), bounds[type(part)], strict=True)
        if day is not None
    ]


def _day(node: exp.Expr, unit: CalendarUnit) -> dt.date | None:
    """Return the first day of the unit that a constant names."""
    node = node.this if isinstance(node, exp.Cast | exp.Date) and isinstance(node.this, exp.Literal) else node
    if not isinstance(node, exp.Literal):
        return None
    if unit == "month" and node.is_string and (found := MONTH.fullmatch(node.name)):
        return dt.date(int(found[1]), int(found[2]), 1)
    if unit == "year" and YEAR.fullmatch(node.name):
        return dt.date(int(node.name), 1, 1)
    try:
        day = dt.date.fromisoformat(node.name) if node.is_string and len(node.name) == len("2026-01-01") else None
    except ValueError:
        return None
    is_first = day is not None and dt.MINYEAR < day.year < LAST_YEAR and around(day, unit).start == day
    return day if is_first else None
