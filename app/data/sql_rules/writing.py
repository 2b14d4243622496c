"""Expressions of a query as SQL for people: columns by their tables' names, and not by what the query calls those."""

from sqlglot import exp

MOST_NAMED = 200
"""An expression of more columns is told as it stands: finding out whose they are takes a climb each."""


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
        read = sources(select)
        table = read.get(column.table.lower())
        if table is not None:
            is_alone = select is nearest and len(read) == 1
            is_twice = list(read.values()).count(table) > 1
            if is_alone:
                column.set("table", None)
            elif not is_twice:
                column.set("table", exp.to_identifier(table))
            return
        select = select.find_ancestor(exp.Select)


def sources(select: exp.Select) -> dict[str, str]:
    """Return the names by which a SELECT calls what it reads, each with the table's own name."""
    clauses = [select.args.get("from_"), *(select.args.get("joins") or ())]
    tables = [clause.this for clause in clauses if clause is not None]
    return {table.alias_or_name.lower(): table.name if isinstance(table, exp.Table) else table.alias for table in tables}
