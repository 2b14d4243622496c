"""Whether a view shows each tenant its own rows only, read from its definition.

Every relation with a column `tenant_id` that any SELECT of the view reads must be tied to the tenant: its column equals
the tenant's setting, or the column of a relation that is tied. A table without the column is somebody's too where a
foreign key leads to one with it, and must be joined by that key; without such a key it is a reference table, which all
companies may read. Views are read where they are safe themselves. Whatever is not understood is not safe.
"""

from collections.abc import Collection
from typing import Literal

import msgspec
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from app.data.sqlite_limits import TABLE_FUNCTIONS
from app.data.tenant_tables import TENANT_COLUMN, Name, Tables, is_owned
from app.data.tenant_ties import Condition, Side, Source, Ties, conjuncts, folded

JOIN_KINDS = {"", "INNER", "CROSS", "OUTER"}
JOIN_PARTS = {"this", "side", "kind", "on", "using"}


class _LeakError(Exception):
    """Something is read that is not known to be the tenant's."""


class _Rows(msgspec.Struct, frozen=True):
    """What a query gives: whether rows of the tenant, and whether its column `tenant_id` is the tenant's."""

    is_filtered: bool
    has_tenant: bool = False


class _Scope(msgspec.Struct, frozen=True):
    """What names mean within a query: the WITH queries around it, and the relations of the queries that it is part of."""

    queries: dict[str, _Rows] = {}
    outer: dict[str, Source] = {}


def filters_by_tenant(
    view: Name, tables: Tables, dialect: Literal["sqlite", "postgres"], functions: Collection[Name] = ()
) -> bool:
    """Tell whether a view of `tables` shows each tenant its own rows only.

    The tenant is `current_tenant()` on SQLite and `current_setting('app.tenant_id', …)` on PostgreSQL. `functions` are those
    that act with the rights of whoever asks; others that are not PostgreSQL's own may read anything.
    """
    return _Views(tables, dialect, functions).is_safe(view)


class _Views:
    def __init__(self, tables: Tables, dialect: Literal["sqlite", "postgres"], functions: Collection[Name]) -> None:
        self.tables = tables
        self.functions = functions
        self.dialect = dialect
        self._known: dict[Name, bool] = {}

    def is_safe(self, name: Name) -> bool:
        if name not in self._known:
            self._known[name] = False  # also while it is looked at: one that reads itself is not safe
            stored = self.tables.get(name)
            self._known[name] = stored is not None and stored.kind == "view" and self._filters(stored.definition)
        return self._known[name]

    def _filters(self, definition: str) -> bool:
        try:
            (tree,) = sqlglot.parse(definition, read=self.dialect)
            query = tree.expression if isinstance(tree, exp.Create) else tree
            return isinstance(query, exp.Query) and _View(self, query).is_safe()
        except (SqlglotError, _LeakError, RecursionError, ValueError):
            return False


class _View:
    """Looks through one definition, from its outermost query inwards."""

    def __init__(self, views: _Views, query: exp.Query) -> None:
        self._views = views
        self._query = query
        self._is_exact = views.dialect == "postgres"
        self._seen: set[int] = set()
        """The tables and queries that were looked at."""

    def is_safe(self) -> bool:
        if not all(self._may_be_called(part) for part in self._query.find_all(exp.Dot, exp.Operator)):
            return False
        rows = self._rows(self._query, _Scope())
        return rows.is_filtered and all(id(table) in self._seen for table in self._query.find_all(exp.Table))

    def _rows(self, query: exp.Expr, scope: _Scope) -> _Rows:
        self._seen.add(id(query))
        scope = self._with(query, scope)
        if isinstance(query, exp.Subquery):
            return self._rows(query.this, scope)
        if isinstance(query, exp.SetOperation):
            left, right = self._rows(query.left, scope), self._rows(query.right, scope)
            return _Rows(left.is_filtered or right.is_filtered)
        if isinstance(query, exp.Select):
            return self._select(query, scope)
        raise _LeakError

    def _with(self, query: exp.Expr, scope: _Scope) -> _Scope:
        known = dict(scope.queries)
        clause = query.args.get("with_") or exp.With()
        for part in clause.expressions:
            name = self._name(part.args["alias"].this)
            if clause.args.get("recursive"):
                known[name] = _Rows(is_filtered=True)
            rows = self._rows(part.this, _Scope(dict(known), scope.outer))
            known[name] = _Rows(rows.is_filtered, rows.has_tenant and not part.args["alias"].args.get("columns"))
        return _Scope(known, scope.outer)

    def _select(self, select: exp.Select, scope: _Scope) -> _Rows:
        conditions: list[Condition] = []
        start = select.args.get("from_")
        side = self._joined(self._side(start.this, conditions, scope), select, conditions, scope) if start else Side()
        where = select.args.get("where")
        conditions.append(Condition(list(conjuncts(where and where.this)), side.sources, side.tenant))
        seen = {**scope.outer, **{source.alias: source for source in side.sources}}
        ties = Ties(seen, conditions, is_exact=self._is_exact)
        ties.follow()
        if any(source.must_be_tied and not source.is_tied for source in side.sources):
            raise _LeakError
        self._inner(select, _Scope(scope.queries, seen))
        named = [part for part in select.expressions if part.alias_or_name.lower() == TENANT_COLUMN]
        found = [ties.tenant_column(part.unalias(), side.tenant) for part in named]
        has_tenant = len(found) == 1 and found[0] is not None and found[0].is_tied
        return _Rows(any(source.is_tied for source in side.sources), has_tenant)

    def _inner(self, node: exp.Expr, scope: _Scope) -> None:
        """Look at the queries within expressions, and at LATERAL ones, which see the relations around them."""
        for child in node.iter_expressions():
            if id(child) in self._seen and isinstance(child, exp.Query):
                continue
            if isinstance(child, exp.Query) and not _is_group(child):
                self._rows(child, scope)
            else:
                self._inner(child, scope)

    def _side(self, node: exp.Expr, conditions: list[Condition], scope: _Scope) -> Side:
        """Return the relation of a node, or of its parentheses, with what is joined to it there."""
        if isinstance(node, exp.Subquery) and _is_group(node):
            if node.args.get("alias"):
                raise _LeakError
            return self._joined(self._side(node.this, conditions, scope), node, conditions, scope)
        source = self._source(node, scope)
        return self._joined(Side([source], source if source.has_tenant else None), node, conditions, scope)

    def _joined(self, left: Side, holder: exp.Expr, conditions: list[Condition], scope: _Scope) -> Side:
        """Add the joins of `holder`, and collect what they demand."""
        for join in holder.args.get("joins") or ():
            if join.kind not in JOIN_KINDS or {name for name, value in join.args.items() if value} - JOIN_PARTS:
                raise _LeakError
            right = self._side(join.this, conditions, scope)
            holds_for = {"LEFT": right.sources, "RIGHT": left.sources, "FULL": []}.get(join.side, left.sources + right.sources)
            tenants = [side.tenant for side in (left, right) if side.tenant]
            bare = tenants[0] if len(tenants) == 1 else None
            same: tuple[tuple[Source, Source], ...] = ()
            if left.tenant and right.tenant and TENANT_COLUMN in [self._name(name) for name in join.args.get("using") or ()]:
                same = ((left.tenant, right.tenant),)
                bare = {"RIGHT": right.tenant, "FULL": None}.get(join.side, left.tenant)
            conditions.append(Condition(list(conjuncts(join.args.get("on"))), holds_for, bare, same))
            left = Side(left.sources + right.sources, bare)
        return left

    def _source(self, node: exp.Expr, scope: _Scope) -> Source:
        alias = node.args.get("alias")
        name = self._name(alias.this) if alias and alias.this else ""
        renamed = bool(alias and alias.args.get("columns"))
        if isinstance(node, exp.Subquery):
            rows = self._rows(node, _Scope(scope.queries, scope.outer))
            return Source(name, has_tenant=rows.has_tenant and not renamed, is_tied=rows.is_filtered)
        if isinstance(node, exp.Table):
            self._seen.add(id(node))
            return self._table(node, name, scope, renamed=renamed)
        if isinstance(node, exp.Lateral | exp.Unnest | exp.Values):
            return Source(name)
        raise _LeakError

    def _table(self, table: exp.Table, alias: str, scope: _Scope, *, renamed: bool) -> Source:
        if not isinstance(table.this, exp.Identifier):
            return self._function(table, alias)
        name = (self._name(table.args.get("db")), self._name(table.this))
        alias = alias or name[1]
        if not name[0] and name[1] in scope.queries:
            rows = scope.queries[name[1]]
            return Source(alias, has_tenant=rows.has_tenant and not renamed, is_tied=rows.is_filtered)
        stored = self._views.tables.get(name)
        if stored is None or stored.tenant == "wrong" or renamed or table.args.get("catalog"):
            raise _LeakError
        if stored.kind == "view":
            if not self._views.is_safe(name):
                raise _LeakError
            return Source(alias, name, is_tied=True)
        has_tenant = stored.tenant == "right"
        if stored.kind == "other" and not has_tenant:
            raise _LeakError
        owned = is_owned(name, self._views.tables)
        return Source(alias, name, has_tenant=has_tenant, must_be_tied=owned, references=stored.references)

    def _function(self, table: exp.Table, alias: str) -> Source:
        """Let functions of the server itself stand in a FROM; those of others may read anything."""
        is_known = table.this is not None and (self._is_exact or table.this.name.lower() in TABLE_FUNCTIONS)
        if table.args.get("db") or not is_known:
            raise _LeakError
        return Source(alias)

    def _may_be_called(self, part: exp.Expr) -> bool:
        """Tell whether what a schema is named for is no function, or one that acts for whoever asks."""
        if isinstance(part, exp.Operator):
            return "." not in part.text("operator")
        if isinstance(part.expression, exp.Identifier | exp.Star):
            return True
        function = part.expression.find(exp.Anonymous)
        name = function.this if function else ""
        called = self._name(name) if isinstance(name, exp.Expr) else name.lower()
        return (self._name(part.this), called) in self._views.functions

    def _name(self, name: exp.Expr | None) -> str:
        return folded(name, is_exact=self._is_exact)


def _is_group(node: exp.Query) -> bool:
    """Tell whether parentheses hold joined relations and not a query."""
    inner = node.this
    if isinstance(inner, exp.Subquery):
        return bool(inner.args.get("joins") or inner.args.get("alias")) or _is_group(inner)
    return isinstance(node, exp.Subquery) and not isinstance(inner, exp.Query)
