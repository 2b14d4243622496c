"""What a query restricts, read from its parsed text: the conditions of its WHERE and JOIN clauses one by one."""

from collections.abc import Iterator
from typing import Literal

import msgspec
from sqlglot import exp

COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.Like: "like",
    exp.ILike: "ilike",
    exp.In: "in",
    exp.Between: "between",
    exp.Is: "is",
}
TURNED = {">": "<", ">=": "<=", "<": ">", "<=": ">=", "=": "=", "<>": "<>"}


class Filter(msgspec.Struct, frozen=True):
    """One condition that rows must meet.

    `column` and `operator` are set where it compares a column with `values`, written as in the query; else both are
    None and only `text` tells. `negated` tells that it must not hold.
    """

    clause: Literal["where", "join", "having"]
    text: str
    column: str | None = None
    operator: str | None = None
    values: tuple[str, ...] = ()
    negated: bool = False


def filters(tree: exp.Expr, dialect: str) -> tuple[Filter, ...]:
    """Return the conditions in the order of the tree; joins of one table's column with another's restrict nothing."""
    return tuple(
        _filter(clause, condition, dialect)
        for clause, condition in _conditions(tree)
        if not (clause == "join" and _links(condition))
    )


def _conditions(tree: exp.Expr) -> Iterator[tuple[Literal["where", "join", "having"], exp.Expr]]:
    for node in tree.walk():
        clause: Literal["where", "join", "having"]
        if isinstance(node, exp.Where):
            clause, condition = "where", node.this
        elif isinstance(node, exp.Having):
            clause, condition = "having", node.this
        elif isinstance(node, exp.Join) and node.args.get("on") is not None:
            clause, condition = "join", node.args["on"]
        else:
            continue
        yield from ((clause, part) for part in _parts(condition))


def _parts(condition: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(condition, exp.Paren) and isinstance(condition.this, exp.And | exp.Paren):
        yield from _parts(condition.this)
    elif isinstance(condition, exp.And):
        yield from _parts(condition.left)
        yield from _parts(condition.right)
    else:
        yield condition


def _links(condition: exp.Expr) -> bool:
    return isinstance(condition, exp.EQ) and isinstance(condition.left, exp.Column) and isinstance(condition.right, exp.Column)


def _filter(clause: Literal["where", "join", "having"], condition: exp.Expr, dialect: str) -> Filter:
    text = condition.sql(dialect)
    negated = isinstance(condition, exp.Not)
    compared = condition.this if negated else condition
    negated ^= bool(compared.args.get("negate"))
    operator = COMPARISONS.get(type(compared))
    if operator is None:
        return Filter(clause, text)
    subject, values = compared.this, _values(compared)
    if not subject.find(exp.Column) and len(values) == 1 and isinstance(values[0], exp.Column) and operator in TURNED:
        subject, values, operator = values[0], [subject], TURNED[operator]
    column = subject if isinstance(subject, exp.Column) else subject.find(exp.Column)
    if column is None:
        return Filter(clause, text)
    return Filter(clause, text, column.name, operator, tuple(value.sql(dialect) for value in values), negated)


def _values(compared: exp.Expr) -> list[exp.Expr]:
    if isinstance(compared, exp.Between):
        return [compared.args["low"], compared.args["high"]]
    if isinstance(compared, exp.In):
        query = compared.args.get("query")
        return [query] if query is not None else list(compared.expressions)
    return [compared.expression]
