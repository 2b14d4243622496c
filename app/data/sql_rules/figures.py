"""Figures of a query, and the conditions by which they count rows."""

from sqlglot import exp

NAMED = {"total", "group_concat", "json_group_array", "json_group_object", "median"}
"""Aggregates that the parser takes for any function of their name."""
FACTORS = (exp.Mul, exp.Paren, exp.Cast, exp.Distinct)
"""What leaves a condition one that keeps rows in a figure or drops them."""
ENDS = (exp.Predicate, exp.Connector, exp.Not, exp.Window, exp.Filter, exp.Case, exp.If, exp.Where)
"""What tells of the conditions within itself."""


def is_figure(node: exp.Expr) -> bool:
    """Tell whether an expression puts many rows together."""
    return isinstance(node, exp.AggFunc) or (isinstance(node, exp.Anonymous) and node.name.lower() in NAMED)


def figure_around(node: exp.Expr) -> exp.Expr | None:
    """Return the aggregate around a node of the same SELECT."""
    current = node.parent
    while current is not None and not isinstance(current, exp.Query):
        if is_figure(current):
            return current
        current = current.parent
    return None


def name_of(figure: exp.Expr) -> str:
    """Return the name that the query gives a figure, else its function's."""
    holder = figure.find_ancestor(exp.Alias, exp.Query)
    if isinstance(holder, exp.Alias):
        return holder.alias
    figure = figure.this if isinstance(figure, exp.WithinGroup) else figure
    return f"{figure.name.lower() if isinstance(figure, exp.Anonymous) else figure.key}(…)"


def counted_for(node: exp.Expr) -> exp.Expr | None:
    """Return the figure that a condition is for alone: one with FILTER, or with a condition within."""
    if isinstance(node, exp.Where):
        return node.parent.this if isinstance(node.parent, exp.Filter) else None
    return (figure_around(node) or _fed(node)) if counted_by(node) is not None else None


def counted_by(node: exp.Expr) -> exp.Expr | None:
    """Return the condition by which a figure counts rows, as `sum(CASE WHEN … THEN amount END)` does.

    Where that decides more than whether a row counts, it is all of the expression that it stands in.
    """
    if isinstance(node, exp.Case):
        return _of_case(node) if figure_around(node) or _fed(node) else None
    if isinstance(node, exp.If):
        is_own = not isinstance(node.parent, exp.Case) and figure_around(node) is not None
        return (node.this if _is_nothing(node.args.get("false")) else node) if is_own and not _is_told_around(node) else None
    return _of_factor(node) if isinstance(node, exp.Predicate | exp.Connector | exp.Not) else None


def _of_case(node: exp.Case) -> exp.Expr | None:
    branches = node.args["ifs"]
    is_simple = len(branches) == 1 and node.this is None and _is_nothing(node.args.get("default"))
    return None if _is_told_around(node) else branches[0].this if is_simple else node


def _of_factor(node: exp.Expr) -> exp.Expr | None:
    """Read `sum(amount * (status = 'done'))`; a condition in any other sum is told with what it is added to."""
    figure = figure_around(node)
    if figure is None:
        return None
    found, is_factor = node, True
    while node.parent is not figure and node.parent is not None:
        node = node.parent
        if isinstance(node, ENDS):
            return None
        is_factor = is_factor and isinstance(node, FACTORS)
    return found if is_factor else node


def _is_told_around(node: exp.Expr) -> bool:
    """Tell whether a CASE stands within another one of its figure that is told as a whole."""
    current, figure = node.parent, figure_around(node)
    while current is not None and current is not figure and not isinstance(current, exp.Query):
        if isinstance(current, exp.Case | exp.If) and counted_by(current) is current:
            return True
        current = current.parent
    return False


def _is_nothing(node: exp.Expr | None) -> bool:
    return node is None or isinstance(node, exp.Null) or (isinstance(node, exp.Literal) and node.name in {"0", "0.0"})


def _fed(node: exp.Expr) -> exp.Expr | None:
    """Return the first aggregate over the column that a CASE makes in a named subquery: one with a name of its own, if any."""
    column = node.parent if isinstance(node.parent, exp.Alias) else None
    query = column.parent.parent if column is not None and isinstance(column.parent, exp.Select) else None
    if column is None or not isinstance(query, exp.CTE | exp.Subquery) or not query.alias:
        return None
    figures = [
        found
        for found in query.root().walk()
        if is_figure(found) and isinstance(counted := _argument(found), exp.Column)
        and counted.name.lower() == column.alias.lower() and counted.table.lower() in {"", query.alias.lower()}
    ]  # fmt: skip
    return next((found for found in figures if isinstance(found.parent, exp.Alias)), figures[0] if figures else None)


def _argument(figure: exp.Expr) -> exp.Expr | None:
    counted = figure.this if isinstance(figure.this, exp.Expr) else None
    return counted or (figure.expressions[0] if figure.expressions else None)


def has_rows(condition: exp.Expr) -> bool:
    """Tell whether a condition asks only that there are rows at all, `COUNT(*) > 0`: it decides nothing about which ones."""
    at_least: dict[type[exp.Expr], str] = {exp.GT: "0", exp.NEQ: "0", exp.GTE: "1"}
    counted, number = condition.args.get("this"), condition.args.get("expression")
    is_count = isinstance(counted, exp.Count) and isinstance(counted.this, exp.Star)
    return is_count and isinstance(number, exp.Literal) and number.name == at_least.get(type(condition))
