"""Where in a query a clause stands, and which of its queries are read at all."""

from collections.abc import Iterator

from sqlglot import exp

from app.data.asked import Place
from app.data.sql_rules.figures import counted_for, name_of

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
    counted = counted_for(node)
    if counted is not None:
        return Place("aggregate", name_of(counted))
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
    for number, select in enumerate(selects_of(top), start=1):
        if select is child:
            return str(number)
    return ""


def selects_of(top: exp.SetOperation) -> Iterator[exp.Expr]:
    """Yield the queries that a chain of set operations puts together, from left to right."""
    waiting: list[exp.Expr] = [top]
    while waiting:
        node = waiting.pop()
        if isinstance(node, exp.SetOperation):
            waiting += [node.right, node.left]
        else:
            yield node
