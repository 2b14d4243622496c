"""Whether a view shows each tenant its own rows only, read from its definition."""

from typing import Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from app.data.sqlite_limits import TENANT_FUNCTION

TENANT_SETTING = "app.tenant_id"


def filters_by_tenant(definition: str, dialect: Literal["sqlite", "postgres"]) -> bool:
    """Tell whether every SELECT of the view that reads tables keeps only rows whose column equals the tenant.

    The tenant is `current_tenant()` on SQLite and `current_setting('app.tenant_id', …)` on PostgreSQL.
    """
    try:
        tree = sqlglot.parse_one(definition, read=dialect)
    except SqlglotError:
        return False
    selects = [select for select in tree.find_all(exp.Select) if _reads_a_table(select)]
    return bool(selects) and all(_has_tenant_filter(select) for select in selects)


def _reads_a_table(select: exp.Select) -> bool:
    """Tell whether it reads a table itself, also within parentheses, as PostgreSQL writes joins down."""
    queries = {query.alias for query in select.root().find_all(exp.CTE)}
    sources = [source for source in (select.args.get("from_"), *(select.args.get("joins") or ())) if source is not None]
    read = (
        node
        for source in sources
        for node in source.walk(prune=lambda node: isinstance(node, exp.Query) and not isinstance(node, exp.Subquery))
    )
    return any(isinstance(node, exp.Table) and (node.db or node.name not in queries) for node in read)


def _has_tenant_filter(select: exp.Select) -> bool:
    where = select.args.get("where")
    if where is None:
        return False
    condition = where.this.unnest()
    conditions = condition.flatten() if isinstance(condition, exp.And) else [condition]
    return any(_compares_tenant(part.unnest()) for part in conditions)


def _compares_tenant(condition: exp.Expr) -> bool:
    if not isinstance(condition, exp.EQ):
        return False
    sides = [_bare(condition.left), _bare(condition.right)]
    return any(isinstance(side, exp.Column) for side in sides) and any(_is_tenant(side) for side in sides)


def _bare(side: exp.Expr) -> exp.Expr:
    while isinstance(side, exp.Paren | exp.Cast):
        side = side.this
    return side


def _is_tenant(side: exp.Expr) -> bool:
    if not isinstance(side, exp.Anonymous):
        return False
    name = side.name.lower()
    if name == TENANT_FUNCTION:
        return True
    setting = _bare(side.expressions[0]) if side.expressions else None
    return name == "current_setting" and isinstance(setting, exp.Literal) and setting.name == TENANT_SETTING
