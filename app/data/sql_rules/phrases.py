"""Expressions that people have words for: figures, sums of columns, and units of the calendar."""

from collections.abc import Collection, Iterable, Mapping

from sqlglot import exp

from app.data.asked import Phrase
from app.data.sql_rules.figures import is_figure
from app.data.sql_rules.units import bare, rounded
from app.data.sql_rules.writing import written

FIGURES: dict[type[exp.Expr], str] = {
    exp.Sum: "sum", exp.Avg: "average", exp.Min: "least", exp.Max: "most", exp.Median: "median",
    exp.Lower: "small", exp.Upper: "capitals", exp.Round: "rounded", exp.Abs: "size", exp.Paren: "paren",
}  # fmt: skip
ARITHMETIC: dict[type[exp.Expr], str] = {exp.Add: "plus", exp.Sub: "minus", exp.Mul: "times", exp.Div: "over", exp.IntDiv: "over"}
BY_EXTRACT = {"month": "month number", "day": "day number", "dow": "weekday", "isodow": "weekday", "hour": "hour"}
BY_SIGN = {"%m": "month number", "%d": "day number", "%w": "weekday", "%u": "weekday", "%H": "hour"}
PERCENTILES = (exp.PercentileCont, exp.PercentileDisc)
OF_DATES = {"least": "earliest", "most": "latest"}
OWN_ARGUMENTS = {"this", "expression", "expressions", "big_int", "typed", "safe", "decimals", "is_string", "distinct"}
"""What a function may carry besides for its words to be the whole of it."""
WORDED = (exp.AggFunc, exp.Func, exp.Binary, exp.Paren, exp.Cast, exp.Neg, exp.WithinGroup)
MOST_NODES = 300
DEEPEST = 6


def phrases(nodes: Iterable[exp.Expr], dialect: str, used: Collection[str], dates: Collection[str]) -> dict[str, Phrase]:
    """Return the words by the expression as it is written, for all that is `used`; `dates` are columns known to hold days."""
    nodes = list(nodes)
    made = _made(nodes, dialect, dates)
    found: dict[str, Phrase] = {}
    for node in [node for node in nodes if isinstance(node, WORDED)][:MOST_NODES]:
        if (text := written(node, dialect)) in used and text not in found and (read := phrase(node, dialect, dates)):
            found |= {text: read, **_within(node, dialect, dates)}
    for text in set(used) - set(found):
        if each := made.get(text.rpartition(".")[2].lower()):
            found |= each | {text: next(iter(each.values()))}
    return found


def phrase(node: exp.Expr, dialect: str, dates: Collection[str], depth: int = DEEPEST) -> Phrase | None:
    """Return the words of one expression, None where there are none for all of it."""
    if unit := rounded(node):
        text = written(unit[1], dialect)
        is_told = isinstance(unit[1], exp.Column) and (text in dates or not node.find(exp.Substring))
        return Phrase(unit[0], (text,)) if is_told else None
    read = _read(node)
    if read is None or depth == 0:
        return None
    kind, inner = read
    if not all(_is_told(bare(part), dialect, dates, depth - 1) for part in inner):
        return None
    parts = tuple(written(bare(part) if kind != "paren" else part, dialect) for part in inner)
    return Phrase(OF_DATES.get(kind, kind) if set(parts) & set(dates) else kind, parts)


def is_worded(node: exp.Expr, dialect: str) -> bool:
    """Tell whether a column, or an expression with a column in it, can be put in words."""
    return node.find(exp.Column) is not None and _is_told(bare(node), dialect, (), DEEPEST)


def _is_told(node: exp.Expr, dialect: str, dates: Collection[str], depth: int) -> bool:
    return isinstance(node, exp.Column | exp.Literal) or phrase(node, dialect, dates, depth) is not None


def _read(node: exp.Expr) -> tuple[str, list[exp.Expr]] | None:
    if isinstance(node, exp.Count):
        return _count(node)
    if isinstance(node, exp.Anonymous) and node.name.lower() == "total" and len(node.expressions) == 1:
        return "sum", [node.expressions[0]]
    kind = FIGURES.get(type(node))
    if kind and isinstance(node.this, exp.Expr) and not isinstance(node.this, exp.Distinct) and _is_plain(node):
        return kind, [node.this]
    if (kind := ARITHMETIC.get(type(node))) and isinstance(node, exp.Binary):
        return kind, [node.left, node.right]
    if isinstance(node, exp.Coalesce) and len(node.expressions) == 1 and isinstance(node.expressions[0], exp.Literal):
        return "default", [node.this, node.expressions[0]]
    return _part_of_moment(node) or _middle(node)


def _part_of_moment(node: exp.Expr) -> tuple[str, list[exp.Expr]] | None:
    """Read which month of any year, or the like, a moment lies in."""
    kind = BY_EXTRACT.get(node.name.lower()) if isinstance(node, exp.Extract) else None
    kind = BY_SIGN.get(node.text("format")) if isinstance(node, exp.TimeToStr) else kind
    return (kind, [node.expression if isinstance(node, exp.Extract) else node.this]) if kind else None


def _count(node: exp.Count) -> tuple[str, list[exp.Expr]] | None:
    counted = node.this
    if isinstance(counted, exp.Star) or (isinstance(counted, exp.Literal) and not counted.is_string):
        return "rows", []
    if isinstance(counted, exp.Distinct):
        return ("distinct", list(counted.expressions)) if len(counted.expressions) == 1 else None
    return ("count", [counted]) if isinstance(counted, exp.Expr) and not node.expressions else None


def _middle(node: exp.Expr) -> tuple[str, list[exp.Expr]] | None:
    """Read a percentile of one half."""
    share = node.this.this if isinstance(node, exp.WithinGroup) and isinstance(node.this, PERCENTILES) else None
    order = node.expression.expressions if share is not None and isinstance(node.expression, exp.Order) else []
    is_half = isinstance(share, exp.Literal) and share.name in {"0.5", ".5", "0.50"}
    return ("median", [order[0].this]) if is_half and len(order) == 1 and isinstance(order[0], exp.Ordered) else None


def _is_plain(node: exp.Expr) -> bool:
    return not any(value for name, value in node.args.items() if name not in OWN_ARGUMENTS)


def _within(node: exp.Expr, dialect: str, dates: Collection[str]) -> Mapping[str, Phrase]:
    """Return the words of the parts of an expression."""
    parts = [part for part in node.walk() if part is not node and isinstance(part, WORDED)]
    return {written(part, dialect): read for part in parts if (read := phrase(part, dialect, dates))}


def _made(nodes: Iterable[exp.Expr], dialect: str, dates: Collection[str]) -> Mapping[str, dict[str, Phrase]]:
    """Return the words of figures and units to which the query gives a name that stands for nothing else in it."""
    found: dict[str, dict[str, Phrase]] = {}
    taken: set[str] = set()
    for alias in [node for node in nodes if isinstance(node, exp.Alias)][:MOST_NODES]:
        name, made = alias.alias.lower(), alias.this
        read = phrase(made, dialect, dates) if rounded(made) or is_figure(made) else None
        words = {written(made, dialect): read, **_within(made, dialect, dates)} if read else {}
        if name in taken and found.get(name, {}) != words and not isinstance(made, exp.Column):
            words = {}
        if name not in taken or not isinstance(made, exp.Column):
            found[name] = words
        taken.add(name)
    return {name: words for name, words in found.items() if words}
