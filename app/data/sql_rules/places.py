"""Where in a query a clause stands, and which of its queries are read at all."""

from collections.abc import Iterator

from sqlglot import exp

from app.data.asked import Place

QUERY = Place()


def read_queries(tree: exp.Expr) -> Iterator[exp.Expr]:
    """Yield all nodes but those of WITH queries that nothing reads: their conditions decide nothing."""
    unread = _unread(tree)
    return (node for node in tree.walk(prune=lambda node: id(node) in unread) if id(node) not in unread)


def _unread(tree: exp.Expr) -> set[int]:
    unread: set[int] = set()
    queries = list(tree.find_all(exp.CTE))
    while True:
        inside = {id(node) for query in queries if id(query) in unread for node in query.walk()}
        used = [node for node in tree.find_all(exp.Table) if id(node) not in inside and not node.args.get("db")]
        found = {id(query) for query in queries if not any(_reads(table, query) for table in used)}
        if found == unread:
            return unread
        unread = found


def _reads(table: exp.Table, query: exp.CTE) -> bool:
    return table.name.lower() == query.alias.lower() and table.find_ancestor(exp.CTE) is not query


def place_of(node: exp.Expr) -> Place:
    """Return the innermost named place around a clause."""
    counted = _aggregate(node)
    if counted is not None:
        return Place("aggregate", _measure(counted))
    if isinstance(node, exp.Join) and node.side:
        return Place("join", node.this.name or node.this.alias)
    child, current = node, node.parent
    part = ""
    passed: set[int] = set()
    while current is not None:
        if isinstance(current, exp.SetOperation) and isinstance(child, exp.Query):
            if not part and not isinstance(child, exp.SetOperation):
                part = _part(child, current)
        elif isinstance(current, exp.CTE | exp.Subquery) and current.alias:
            reader = None if part or not _is_of_rows(node) or node.parent is not child else _only_reader(current)
            if reader is None or id(reader) in passed:
                return Place("with" if isinstance(current, exp.CTE) else "derived", _joined(current.alias, part))
            passed.add(id(reader))
            node = reader
            current = reader
        elif isinstance(child, exp.Query) and not isinstance(current, exp.Query | exp.With):
            return Place("subquery", part)
        child, current = current, current.parent
    return Place("part", part) if part else QUERY


def _is_of_rows(node: exp.Expr) -> bool:
    """Tell whether a clause holds for the rows that a SELECT reads."""
    return isinstance(node, exp.Where | exp.Join | exp.From)


def _only_reader(query: exp.CTE | exp.Subquery) -> exp.Expr | None:
    """Return the FROM that reads a named subquery and nothing besides, without conditions; None where there are more places.

    What the rows of such a subquery must meet can be meant of nothing else, so its name says nothing to people.
    """
    read: list[exp.Expr] = [query]
    if isinstance(query, exp.CTE):
        read = [table for table in query.root().find_all(exp.Table) if table.name.lower() == query.alias.lower()]
    reader = read[0].parent if len(read) == 1 else None
    select = reader.parent if isinstance(reader, exp.From) else None
    is_alone = isinstance(select, exp.Select) and not any(select.args.get(name) for name in ("where", "joins", "laterals"))
    return reader if is_alone and not read[0].args.get("joins") else None


def _joined(name: str, part: str) -> str:
    return f"{name} {part}" if part else name


def _part(child: exp.Expr, operation: exp.SetOperation) -> str:
    """Return which SELECT of a chain of set operations `child` is, counted from one."""
    top = operation
    while isinstance(top.parent, exp.SetOperation):
        top = top.parent
    for number, select in enumerate(_selects(top), start=1):
        if select is child:
            return str(number)
    return ""


def _selects(top: exp.SetOperation) -> Iterator[exp.Expr]:
    """Yield the queries that a chain of set operations puts together, from left to right."""
    waiting: list[exp.Expr] = [top]
    while waiting:
        node = waiting.pop()
        if isinstance(node, exp.SetOperation):
            waiting += [node.right, node.left]
        else:
            yield node


def counted_by(node: exp.Expr) -> exp.Expr | None:
    """Return the condition by which a figure counts rows, as `sum(CASE WHEN … THEN amount END)` does."""
    if isinstance(node, exp.Case) and (_figure(node) or _fed(node)) is not None:
        branches, otherwise = node.args["ifs"], node.args.get("default")
        is_simple = len(branches) == 1 and node.this is None
        return (branches[0].this if is_simple else node) if _is_nothing(otherwise) else None
    if isinstance(node, exp.If) and not isinstance(node.parent, exp.Case) and _figure(node) is not None:
        return node.this if _is_nothing(node.args.get("false")) else None
    return node if isinstance(node, exp.Predicate | exp.Connector) and isinstance(node.parent, exp.AggFunc) else None


def _is_nothing(node: exp.Expr | None) -> bool:
    return node is None or isinstance(node, exp.Null) or (isinstance(node, exp.Literal) and node.name == "0")


def _figure(node: exp.Expr) -> exp.Expr | None:
    """Return the aggregate around a node of the same SELECT."""
    found = node.find_ancestor(exp.AggFunc, exp.Query)
    return found if isinstance(found, exp.AggFunc) else None


def _aggregate(node: exp.Expr) -> exp.Expr | None:
    """Return the figure that a condition is for alone: one with FILTER, or a CASE within."""
    if isinstance(node, exp.Where):
        return node.parent.this if isinstance(node.parent, exp.Filter) else None
    return (_figure(node) or _fed(node)) if counted_by(node) is not None else None


def _fed(node: exp.Expr) -> exp.Expr | None:
    """Return the first aggregate over the column that a CASE makes in a named subquery: one with a name of its own, if any."""
    column = node.parent if isinstance(node.parent, exp.Alias) else None
    query = column.parent.parent if column is not None and isinstance(column.parent, exp.Select) else None
    if column is None or not isinstance(query, exp.CTE | exp.Subquery) or not query.alias:
        return None
    figures = [
        found
        for found in query.root().find_all(exp.AggFunc)
        if isinstance(found.this, exp.Column) and found.this.name.lower() == column.alias.lower()
        and found.this.table.lower() in {"", query.alias.lower()}
    ]  # fmt: skip
    return next((found for found in figures if isinstance(found.parent, exp.Alias)), figures[0] if figures else None)


def _measure(figure: exp.Expr) -> str:
    holder = figure.find_ancestor(exp.Alias, exp.Query)
    return holder.alias if isinstance(holder, exp.Alias) else f"{figure.key}(…)"
