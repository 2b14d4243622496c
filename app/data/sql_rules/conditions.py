"""One condition of a query in plain values: what is compared, how, and with which constants."""

from collections.abc import Iterator

from sqlglot import exp

from app.data.asked import Condition, Place, Value

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
MOST_NAMED = 200
"""An expression of more columns is told as it stands: finding out whose they are takes a climb each."""
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


def condition(part: exp.Expr, dialect: str, place: Place) -> Condition:
    """Return a condition; its text alone where it is no comparison with constants."""
    text = written(part, dialect)
    negated, compared = False, part
    while isinstance(compared, exp.Not):
        negated, compared = not negated, compared.this.unnest() if isinstance(compared.this, exp.Paren) else compared.this
    negated ^= bool(compared.args.get("negate"))
    read = _compared(compared)
    if read is None or any(value for name, value in compared.args.items() if name not in SAID):
        return Condition(text, place=place)
    subject, operator, nodes = read
    values = [_value(node) for node in nodes]
    if any(value is None for value in values) or not subject.find(exp.Column, exp.AggFunc) or subject.find(exp.Query):
        return Condition(text, place=place)
    constants = tuple(value for value in values if value is not None)
    return Condition(text, written(subject, dialect), operator, constants, negated, place)


def _compared(node: exp.Expr) -> tuple[exp.Expr, str, list[exp.Expr]] | None:
    match node:
        case exp.Between():
            return node.this, "between", [node.args["low"], node.args["high"]]
        case exp.In() if node.expressions:
            return node.this, "in", list(node.expressions)
        case exp.Is() if isinstance(node.expression, exp.Null):
            return node.this, "null", []
        case exp.Binary() if operator := COMPARISONS.get(type(node)):
            if _value(node.left) is not None and operator in TURNED:
                return node.right, TURNED[operator], [node.left]
            return node.left, operator, [node.right]
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
    is_date = isinstance(node, exp.Cast) and node.to.this in DATE_TYPES and not node.to.expressions
    if (is_date or isinstance(node, exp.Date)) and isinstance(node.this, exp.Literal) and not node.expressions:
        return Value(node.this.name, is_text=True) if node.this.is_string else None
    return None


def written(node: exp.Expr, dialect: str) -> str:
    """Return an expression as SQL; a column by its table's name, or by its own where there is one table only."""
    shown = node.copy()
    columns = [shown] if isinstance(shown, exp.Column) else list(shown.find_all(exp.Column))
    if len(columns) <= MOST_NAMED:
        shown.parent = node.parent
        for column in columns:
            if column.table:
                _name_table(column)
        shown.parent = None
    return shown.sql(dialect, normalize_functions="lower")


def _name_table(column: exp.Column) -> None:
    """Replace the alias of a column's table by the table's name, or drop it."""
    select = column.find_ancestor(exp.Select)
    nearest = select
    while select is not None:
        sources = _sources(select)
        table = sources.get(column.table.lower())
        if table is not None:
            is_alone = select is nearest and len(sources) == 1
            is_twice = list(sources.values()).count(table) > 1
            if is_alone:
                column.set("table", None)
            elif not is_twice:
                column.set("table", exp.to_identifier(table))
            return
        select = select.find_ancestor(exp.Select)


def _sources(select: exp.Select) -> dict[str, str]:
    """Return the names by which a SELECT calls what it reads, each with the table's own name."""
    clauses = [select.args.get("from_"), *(select.args.get("joins") or ())]
    tables = [clause.this for clause in clauses if clause is not None]
    return {table.alias_or_name.lower(): table.name if isinstance(table, exp.Table) else table.alias for table in tables}
