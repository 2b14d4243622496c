"""Moments that a query works out from when it runs, as `date('now', '-30 days')` and `CURRENT_DATE - INTERVAL '30 days'` do."""

import re
from typing import cast, get_args

from sqlglot import exp

from app.data.asked import Moment, StepUnit
from app.data.sql_rules.units import BY_MODIFIER, UNITS, bare

STEP = re.compile(r"([+-]?\d{1,6}) (day|month|year)s?", re.IGNORECASE | re.ASCII)
FUNCTIONS = {"date": "today", "datetime": "now"}
STARTS = {"day", *UNITS}


def moment(node: exp.Expr) -> Moment | None:
    """Return the moment that an expression stands for, None where it is another one or there are no words for it."""
    node = bare(node)
    match node:
        case exp.CurrentDate() | exp.CurrentTimestamp():
            return Moment("today" if isinstance(node, exp.CurrentDate) else "now")
        case exp.Anonymous() if node.name.lower() in FUNCTIONS:
            return _modified(FUNCTIONS[node.name.lower()], node.expressions)
        case exp.Date():
            return _modified("today", [node.this, *node.expressions])
        case exp.TimestampTrunc() | exp.DateTrunc():
            return _started(moment(node.this), node.text("unit").lower())
        case exp.Sub():
            return _before(moment(node.left), node.right)
    return None


def _modified(base: str, arguments: list[exp.Expr]) -> Moment | None:
    """Read the modifiers of SQLite."""
    texts = [part.name if isinstance(part, exp.Literal) else "" for part in arguments]
    if not texts or texts[0].lower() != "now":
        return None
    found: Moment | None = Moment(base)
    for text in texts[1:]:
        if text.lower() in BY_MODIFIER:
            found = _started(found, BY_MODIFIER[text.lower()])
        elif text.lower() != "localtime":
            step = STEP.fullmatch(text)
            found = _stepped(found, -int(step[1]), step[2].lower()) if step else None
    return found


def _before(base: Moment | None, step: exp.Expr) -> Moment | None:
    if isinstance(step, exp.Literal) and step.is_int and base is not None and base.base == "today":
        return _stepped(base, int(step.name), "day")
    if not isinstance(step, exp.Interval) or not isinstance(step.this, exp.Literal) or not step.this.name.isdecimal():
        return None
    return _stepped(base, int(step.this.name), step.text("unit").lower().removesuffix("s"))


def _started(base: Moment | None, unit: str) -> Moment | None:
    """Return the start of the unit that a moment of today lies in."""
    is_plain = base is not None and not base.start and not base.steps and unit in STARTS
    return Moment("today", unit if unit != "day" else "") if is_plain else None


def _stepped(base: Moment | None, steps: int, unit: str) -> Moment | None:
    if base is None or base.steps or steps <= 0 or unit not in get_args(StepUnit):
        return None
    if base.start and (base.start, steps) != (unit, 1):
        return None
    return Moment(base.base, base.start, steps, cast("StepUnit", unit))
