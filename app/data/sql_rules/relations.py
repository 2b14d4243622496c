"""Which relations of the database a query reads: every table that is not one of its own WITH queries."""

from sqlglot import exp

from app.data.sql_rules.statement import Statement


def relations(statement: Statement) -> tuple[str, ...]:
    """Return the names as the engine resolves them, without schema, each once, in the order they are written."""
    found: dict[str, None] = {}
    for node in statement.nodes:
        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            name = statement.name(node.this)
            if node.args.get("db") or not _is_with_query(statement, node, name):
                found[name] = None
        elif isinstance(node, exp.In) and statement.dialect == "sqlite" and isinstance(node.args.get("field"), exp.Column):
            name = statement.name(node.args["field"].this)
            if not _is_with_query(statement, node, name):
                found[name] = None
    return tuple(found)


def _is_with_query(statement: Statement, node: exp.Expr, name: str) -> bool:
    """Tell whether a WITH clause around `node` gives `name` a meaning there."""
    child: exp.Expr | None = None
    current: exp.Expr | None = node
    while current is not None:
        clause = current.args.get("with_")
        if clause is not None and child is not clause and _names(statement, clause.expressions, name):
            return True
        if isinstance(current, exp.With) and _sees(statement, current, child, name):
            return True
        child, current = current, current.parent
    return False


def _sees(statement: Statement, clause: exp.With, inside: exp.Expr | None, name: str) -> bool:
    """Tell whether a query of a WITH clause sees `name` of the same clause: in PostgreSQL the earlier ones, unless RECURSIVE."""
    queries = clause.expressions
    if statement.dialect == "postgres" and not clause.args.get("recursive"):
        place = next((index for index, query in enumerate(queries) if query is inside), 0)
        queries = queries[:place]
    return _names(statement, queries, name)


def _names(statement: Statement, queries: list[exp.Expr], name: str) -> bool:
    return any(statement.name(query.args["alias"].this) == name for query in queries)
