"""One condition of a query in plain values: what is compared, how, and with which constants."""

from collections.abc import Iterator

from sqlglot import exp

from app.data.asked import Condition, Place, Value
from app.data.sql_rules.moments import moment
from app.data.sql_rules.phrases import is_worded
from app.data.sql_rules.writing import written

COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.Like: "like",
    exp.ILike: "ilike",
    exp.Glob: "glob",
}
TURNED = {">": "<", ">=": "<=", "<": ">", "<=": ">=", "=": "=", "<>": "<>"}
SAID = {"this", "expression", "expressions", "low", "high", "negate"}
"""The parts of a comparison that a `Condition` has a place for."""
NOT_SIMPLE = ("joins", "group", "having", "limit", "offset", "laterals", "distinct", "with_")
DATE_TYPES = {exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ, exp.DType.DATETIME}


def parts_of(condition: exp.Expr) -> Iterator[exp.Expr]:
    """Yield the conditions that AND ties together."""
    waiting = [condition]
    while waiting:
        part = waiting.pop()
        bare = part.unnest() if isinstance(part, exp.Paren) else part
        if isinstance(bare, exp.And):
            waiting += [bare.right, bare.left]
        else:
            yield bare


def condition(part: exp.Expr, dialect: str, place: Place, *, negated: bool = False) -> Condition:
    """Return a condition; its text alone where people have no words for it."""
    text = written(part, dialect)
    negated, bare = _positive(part, negated=negated)
    if isinstance(bare, exp.And | exp.Or):
        parts = tuple(condition(each, dialect, Place(), negated=negated) for each in bare.flatten())
        is_any = isinstance(bare, exp.Or) != negated
        operator = "any" if is_any else "all"
        return Condition(text, operator=operator if all(each.operator for each in parts) else "", place=place, parts=parts)
    if found := _asked_of_another(bare, dialect):
        return Condition(text, *found, negated, place)
    read = _compared(bare)
    if read is None or any(value for name, value in bare.args.items() if name not in SAID):
        return Condition(text, place=place)
    subject, operator, nodes = read
    values = [_value(node) or _moment(node, dialect) or _expression(node, dialect) for node in nodes]
    if any(value is None for value in values) or not subject.find(exp.Column, exp.AggFunc) or subject.find(exp.Query):
        return Condition(text, place=place)
    told = tuple(value for value in values if value is not None)
    return Condition(text, written(subject, dialect), operator, told, negated, place)


def _positive(part: exp.Expr, *, negated: bool) -> tuple[bool, exp.Expr]:
    """Return whether a condition is turned round, and the condition without what turns it."""
    bare = part.unnest() if isinstance(part, exp.Paren) else part
    while isinstance(bare, exp.Not):
        negated, bare = not negated, bare.this.unnest() if isinstance(bare.this, exp.Paren) else bare.this
    return negated ^ bool(bare.args.get("negate")), bare


def _moment(node: exp.Expr, dialect: str) -> Value | None:
    """Return a moment that is counted from the time of the query."""
    found = moment(node)
    return Value(written(node, dialect), is_text=True, moment=found) if found else None


def _expression(node: exp.Expr, dialect: str) -> Value | None:
    """Return a column or what is worked out of some, None where there are no words for it."""
    return Value(written(node, dialect), is_expression=True) if is_worded(node, dialect) else None


def _asked_of_another(node: exp.Expr, dialect: str) -> tuple[str, str, tuple[Value, ...]] | None:
    """Read whether a value is among a column of another table, or whether that has any rows that match."""
    found = node.args.get("query") if isinstance(node, exp.In) else node.this if isinstance(node, exp.Exists) else None
    query = found.this if isinstance(found, exp.Subquery) else found
    if not isinstance(query, exp.Select) or any(query.args.get(name) for name in NOT_SIMPLE):
        return None
    source = query.args.get("from_")
    if source is None or not isinstance(source.this, exp.Table):
        return None
    table = Value(source.this.name)
    if isinstance(node, exp.Exists):
        return "", "exists", (table,)
    column = query.expressions[0].unalias() if len(query.expressions) == 1 else None
    if not isinstance(column, exp.Column) or not isinstance(node.this, exp.Column):
        return None
    return written(node.this, dialect), "among", (Value(written(column, dialect), is_expression=True), table)


def _compared(node: exp.Expr) -> tuple[exp.Expr, str, list[exp.Expr]] | None:
    match node:
        case exp.Column():
            return node, "=", [exp.true()]
        case exp.Between():
            return node.this, "between", [node.args["low"], node.args["high"]]
        case exp.In() if node.expressions:
            return node.this, "in", list(node.expressions)
        case exp.Is() if isinstance(node.expression, exp.Null):
            return node.this, "null", []
        case exp.Binary() if operator := COMPARISONS.get(type(node)):
            is_turned = _value(node.left) is not None and operator in TURNED
            return (node.right, TURNED[operator], [node.left]) if is_turned else (node.left, operator, [node.right])
    return None


def _value(node: exp.Expr) -> Value | None:
    """Return a constant, a date in any of the ways to write it; None for anything that is worked out."""
    match node:
        case exp.Literal():
            return Value(node.name, node.is_string)
        case exp.Neg() if isinstance(node.this, exp.Literal) and not node.this.is_string:
            return Value(f"-{node.this.name}")
        case exp.Boolean():
            return Value("true" if node.this else "false")
        case exp.Paren():
            return _value(node.this)
    return _text(node)


def _text(node: exp.Expr) -> Value | None:
    """Return a constant text: a date, or texts that are joined."""
    if isinstance(node, exp.DPipe):
        joined = [value.text for part in (node.left, node.right) if (value := _value(part))]
        return Value("".join(joined), is_text=True) if len(joined) == 2 else None
    is_date = isinstance(node, exp.Cast) and node.to.this in DATE_TYPES and not node.to.expressions
    if (is_date or isinstance(node, exp.Date)) and isinstance(node.this, exp.Literal) and not node.expressions:
        return Value(node.this.name, is_text=True) if node.this.is_string and node.this.name.lower() != "now" else None
    return None
