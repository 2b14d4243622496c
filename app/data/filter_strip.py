"""Read what a query really asked for from its parsed text and bound values: never from anybody's words about it.

Every condition that decides which rows come is told, wherever it stands; one that cannot be put simply is told as SQL.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from sqlglot import exp

from app.data.asked import Asked, Condition, Grouping, Ordering, Place, Placed, Span, Tables
from app.data.sql_policy import CheckedQuery
from app.data.sql_rules.conditions import condition, parts_of, written
from app.data.sql_rules.places import counted_by, place_of, read_queries
from app.data.sql_rules.unset import without_unset

ORDER: tuple[type[Placed], ...] = (Span, Condition, Grouping, Ordering)


def asked(query: CheckedQuery, parameters: Mapping[str, Any], descriptions: Mapping[str, str]) -> Asked:
    """Return what `query` asks with its `parameters`; `descriptions` are the catalogue's, by table."""
    tree = without_unset(query.tree.transform(_bound, parameters))
    known = {name.lower(): text for name, text in descriptions.items()}
    tables = Tables({name: known.get(name.lower(), "") for name in query.tables})
    parts: list[Placed] = []
    for node in read_queries(tree):
        parts += _spans(list(_conditions(node, query.dialect)))
        parts += _groupings(node, query.dialect)
        parts += _orderings(node, query.dialect)
    return Asked((tables, *sorted(dict.fromkeys(parts), key=_rank)))


def _rank(part: Placed) -> tuple[bool, int]:
    """Put what stands in the query itself first, then by kind."""
    return bool(part.place.kind), ORDER.index(type(part))


def _bound(node: exp.Expr, parameters: Mapping[str, Any]) -> exp.Expr:
    """Put the bound value where its parameter stands."""
    if not isinstance(node, exp.Placeholder) or node.name not in parameters:
        return node
    value = parameters[node.name]
    if value is None or isinstance(value, bool):
        return exp.null() if value is None else exp.Boolean(this=value)
    if isinstance(value, int | float):
        return exp.Literal.number(str(value))
    return exp.Literal.string(str(value))


def _conditions(node: exp.Expr, dialect: str) -> Iterator[Condition]:
    """Yield the conditions that one clause holds."""
    if isinstance(node, exp.Intersect | exp.Except):
        yield Condition(f"{node.key.upper()} {written(node.expression, dialect)}", place=place_of(node))
        return
    if isinstance(node, exp.Where | exp.Having):
        found = node.this
    elif isinstance(node, exp.Join):
        found = node.args.get("on")
    else:
        found = counted_by(node)
    if found is None:
        return
    place = place_of(node)
    for part in parts_of(found):
        if not _is_always(part) and not (isinstance(node, exp.Join) and _links(part)):
            yield condition(part, dialect, place)


def _is_always(part: exp.Expr) -> bool:
    return isinstance(part, exp.Boolean) and bool(part.this)


def _links(part: exp.Expr) -> bool:
    """Tell whether a condition of a join ties one table to another and leaves rows alone otherwise."""
    if not isinstance(part, exp.EQ) or not isinstance(part.left, exp.Column) or not isinstance(part.right, exp.Column):
        return False
    return part.left.table.lower() != part.right.table.lower() or not part.left.table


def _spans(conditions: list[Condition]) -> list[Placed]:
    """Put the two ends of a half-open interval of dates together; what is no such end stays as it is."""
    ends: dict[tuple[str, Place], dict[str, list[int]]] = {}
    for index, found in enumerate(conditions):
        if found.operator in {">=", "<"} and not found.negated and _day(found):
            ends.setdefault((found.subject, found.place), {}).setdefault(found.operator, []).append(index)
    parts: list[Placed | None] = list(conditions)
    for (subject, place), found_ends in ends.items():
        starts, stops = found_ends.get(">=", []), found_ends.get("<", [])
        if len(starts) > 1 or len(stops) > 1:
            continue
        start = _day(conditions[starts[0]]) if starts else None
        end = _day(conditions[stops[0]]) if stops else None
        if start and end and start >= end:
            continue
        first, *others = sorted([*starts, *stops])
        parts[first] = Span(subject, start, end, place)
        for index in others:
            parts[index] = None
    return [part for part in parts if part is not None]


def _day(found: Condition) -> str | None:
    """Return the date that a condition compares with, None where it is something else or not midnight."""
    if len(found.values) != 1 or not found.values[0].is_text:
        return None
    text = found.values[0].text
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    is_plain = len(text) >= len("2026-01-01") and text[4:5] == "-" and moment.tzinfo is None and moment.time() == dt.time()
    return moment.date().isoformat() if is_plain else None


def _groupings(node: exp.Expr, dialect: str) -> Iterator[Placed]:
    if isinstance(node, exp.Group):
        by = tuple(_projected(part, node.parent, dialect) for part in node.expressions)
        sets = tuple(
            written(part, dialect) for kind in ("rollup", "cube", "grouping_sets") for part in node.args.get(kind) or () if part
        )
        yield Grouping((*by, *sets), place=place_of(node))
    elif isinstance(node, exp.Distinct) and isinstance(node.parent, exp.Select):
        on = node.args.get("on")
        yield Grouping(
            tuple(written(part, dialect) for part in on.expressions) if on else (), is_distinct=True, place=place_of(node)
        )


def _orderings(node: exp.Expr, dialect: str) -> Iterator[Placed]:
    """Yield the order of a query together with its limit, once for each query that has either."""
    if not isinstance(node, exp.Query):
        return
    order, limit, offset = (node.args.get(name) for name in ("order", "limit", "offset"))
    by = tuple(_ordered(part, node, dialect) for part in order.expressions) if order else ()
    most, skipped = _amount(limit, dialect), _amount(offset, dialect)
    if by or most is not None or skipped is not None:
        yield Ordering(by, most, skipped, place_of(node))


def _ordered(part: exp.Expr, query: exp.Expr, dialect: str) -> tuple[str, bool]:
    subject = part.this if isinstance(part, exp.Ordered) else part
    return _projected(subject, query, dialect), bool(part.args.get("desc"))


def _amount(node: exp.Expr | None, dialect: str) -> str | None:
    if node is None:
        return None
    if isinstance(node, exp.Fetch):
        options = node.args.get("limit_options")
        ties = " WITH TIES" if options is not None and options.args.get("with_ties") else ""
        return f"{written(node.args['count'], dialect) if node.args.get('count') else '1'}{ties}"
    amount = node.expression
    is_none = amount is None or isinstance(amount, exp.Null) or (isinstance(amount, exp.Column) and amount.name.lower() == "all")
    return None if is_none else written(amount, dialect)


def _projected(part: exp.Expr, query: exp.Expr | None, dialect: str) -> str:
    """Return what a position or a name of the SELECT list stands for: names given there are not what was asked."""
    select = query
    while isinstance(select, exp.SetOperation | exp.Subquery):
        select = select.this
    shown = list(select.expressions) if isinstance(select, exp.Select) else []
    if isinstance(part, exp.Literal) and part.is_int and 0 < int(part.name) <= len(shown) and not shown[0].is_star:
        part = shown[int(part.name) - 1]
    elif isinstance(part, exp.Column) and not part.table:
        part = next((one for one in shown if isinstance(one, exp.Alias) and one.alias.lower() == part.name.lower()), part)
    return written(part.this if isinstance(part, exp.Alias) else part, dialect)
