"""Check a statement and read its result's measures. It brings the SQL parser, so it is loaded at the first query."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from sqlglot import exp

from app.data.additivity import Additivity
from app.data.asked import Asked
from app.data.calendar_columns import settled
from app.data.engine import Relation
from app.data.errors import QueryError
from app.data.filter_strip import asked as read_asked
from app.data.lineage import Known, measures
from app.data.metadata import ColumnNotes
from app.data.results import Column
from app.data.sql_policy import CheckedQuery, PolicyViolation, check
from app.data.sql_rules.lexer import Dialect
from app.data.sql_rules.units import units_of
from app.data.unfinished import unfinished
from app.web.column_types import FIGURES

Rows = list[list[Any]]


def parsed(sql: str, dialect: Dialect, schemas: Sequence[str]) -> CheckedQuery:
    """Return the query as far as its text alone can be judged; raises `QueryError`."""
    try:
        return check(sql, dialect, schemas)
    except PolicyViolation as violation:
        if violation.code == "syntax_error":
            raise QueryError("syntax_error", violation.reason, "Correct the syntax.") from violation
        raise QueryError("policy_violation", violation.reason, "Send one SELECT over the tables of schema_list.") from violation


def check_reach(query: CheckedQuery, readable: Collection[str], withheld: Collection[str] = ()) -> None:
    """Refuse relations outside the actor's reach, and names of relations that are given to something else.

    `withheld` are relations that there are, in lower case, but not for the actor's role.
    """
    names = {name.lower() for name in readable}
    if kept := sorted({table.lower() for table in query.tables} & set(withheld)):
        message = f"the person's role may not read: {', '.join(kept)}"
        raise QueryError("permission_denied", message, "Answer without these tables, or say so.")
    for table in query.tables:
        if table.lower() not in names:
            raise QueryError("unknown_table", f"no such table: {table}")
    for expression in query.tree.find_all(exp.CTE):
        if expression.alias.lower() in names.union(withheld):
            message = f"{expression.alias} is the name of a table and cannot be the name of a WITH query"
            raise QueryError("policy_violation", message, "Give the WITH query another name.")


def check_attributes(query: CheckedQuery, relations: Mapping[str, Relation]) -> None:
    """Refuse `row.name` that calls a function of the schema: PostgreSQL does where the row has no such column."""
    functions = frozenset[str]().union(*(relation.functions for relation in relations.values()))
    asked = [node for node in query.tree.find_all(exp.Column, exp.Dot) if _attribute(node) in functions] if functions else []
    if not asked:
        return
    of_rows: dict[str, list[Relation]] = {}
    for table in query.tree.find_all(exp.Table):
        same = [relation for relation in relations.values() if relation.name.lower() == table.name.lower()]
        of_rows.setdefault(table.alias_or_name.lower(), []).extend(same)
    given = {alias.alias for alias in query.tree.find_all(exp.Alias)}
    given |= {name.name for alias in query.tree.find_all(exp.TableAlias) for name in alias.args.get("columns") or ()}
    for node in asked:
        name, rows = _attribute(node), of_rows.get(node.text("table").lower(), []) if isinstance(node, exp.Column) else []
        columns = [{column.name for column in row.columns} for row in rows] or [given if isinstance(node, exp.Column) else set()]
        if not all(name in known for known in columns):
            raise QueryError("policy_violation", f"the function {name} is not allowed", "Name columns that the table has.")


def _attribute(node: exp.Expr) -> str:
    """Return what is taken of a row, as PostgreSQL knows the name; nothing for a name that stands alone."""
    name = node.args["this"] if isinstance(node, exp.Column) else node.args["expression"]
    if isinstance(node, exp.Column) and not node.args.get("table"):
        return ""
    return name.name if isinstance(name, exp.Identifier) and name.args.get("quoted") else name.name.lower()


def check_parameters(query: CheckedQuery, parameters: Mapping[str, Any]) -> None:
    """Refuse a query that names parameters without a value."""
    wanted = {placeholder.name for placeholder in query.tree.find_all(exp.Placeholder) if placeholder.name}
    missing = sorted(wanted - set(parameters))
    if missing:
        message = f"the query needs values for: {', '.join(missing)}"
        raise QueryError("invalid_arguments", message, "Give every :name in the query a value in params.")


def asked(
    query: CheckedQuery,
    parameters: Mapping[str, Any],
    descriptions: Mapping[str, str],
    known: Known,
    titles: Mapping[str, Mapping[str, str]],
) -> Asked | None:
    """Return what the query asks, for the strip above its result; None where its nesting is too deep to be told."""
    try:
        return read_asked(query, parameters, descriptions, known, titles)
    except RecursionError:
        return None


def told(query: CheckedQuery, asked: Asked | None, columns: Sequence[Column], rows: Rows, today: dt.date) -> Asked | None:
    """Add to what was asked that a period of the result was not over `today`."""
    if asked is None:
        return None
    return msgspec.structs.replace(asked, unfinished=unfinished(columns, rows, units_of(query.tree), asked.parts, today))


def translated(asked: Asked | None, descriptions: Mapping[str, Mapping[str, str]]) -> Asked | None:
    """Add what the tables are for in other languages; `descriptions` are by table in lower case and locale."""
    if asked is None:
        return None
    known = {name: dict(texts) for name in asked.tables if (texts := descriptions.get(name.lower()))}
    return msgspec.structs.replace(asked, descriptions=known)


def described(query: CheckedQuery, columns: tuple[Column, ...], rows: Rows, known: Known) -> tuple[Column, ...]:
    """Give the result's columns what the query's text and the catalogue tell of them; months become months in place."""
    return additive(query, measured(query, settled(columns, rows, units_of(query.tree)), known), known)


def measured(query: CheckedQuery, columns: tuple[Column, ...], known: Known) -> tuple[Column, ...]:
    """Give the result's columns the unit and currency of the catalogue's columns they come from, labels with the name."""
    notes = measures(query.tree, known)
    if len(notes) != len(columns):
        return columns
    return tuple(_noted(column, note) for column, note in zip(columns, notes, strict=True))


def additive(query: CheckedQuery, columns: tuple[Column, ...], known: Known) -> tuple[Column, ...]:
    """Mark the columns whose figures cannot be added up; where nesting is too deep to be told, none."""
    reading = Additivity(known)
    try:
        adds = reading.columns(query.tree)
        if len(adds) != len(columns):
            named = reading.names(query.tree)
            adds = [named.get(column.name.lower(), True) for column in columns]
    except RecursionError:
        return columns
    return tuple(
        msgspec.structs.replace(column, is_additive=each or column.type not in {*FIGURES, "duration"})
        for column, each in zip(columns, adds, strict=True)
    )


def _noted(column: Column, note: ColumnNotes) -> Column:
    labels = note.labels if note.name.lower() == column.name.lower() else {}
    return Column(column.name, column.type, note.unit, note.currency, labels)
