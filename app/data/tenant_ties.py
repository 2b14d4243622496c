"""What ties the relations of one SELECT to the tenant: equalities that hold for every row that they give."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from app.data.sqlite_limits import TENANT_FUNCTION
from app.data.tenant_tables import TENANT_COLUMN, TENANT_SETTING, Name, Reference

PLAIN_TYPES = {exp.DataType.Type.UUID, exp.DataType.Type.TEXT, exp.DataType.Type.VARCHAR}


@dataclass(eq=False)
class Source:
    """One relation in a FROM. `has_tenant` tells of a tenant column, `must_be_tied` of rows that are somebody's.

    Once `is_tied`, each of its rows is the tenant's, or all NULL where an outer join found none.
    """

    alias: str
    name: Name | None = None
    has_tenant: bool = False
    must_be_tied: bool = False
    is_tied: bool = False
    references: tuple[Reference, ...] = ()


@dataclass
class Side:
    """Relations that are joined already; `tenant` is the one whose column the bare name means, None where none or several."""

    sources: list[Source] = field(default_factory=list)
    tenant: Source | None = None


@dataclass
class Condition:
    """Parts of a condition that are all true wherever a row of `holds_for` is not NULL; `bare` is what bare names mean."""

    parts: list[exp.Expr]
    holds_for: list[Source]
    bare: Source | None
    same: tuple[tuple[Source, Source], ...] = ()


def folded(name: exp.Expr | None, *, is_exact: bool) -> str:
    """Return a name as the database knows it: in small letters unless it keeps the case of quoted ones."""
    if name is None:
        return ""
    return name.name if is_exact and isinstance(name, exp.Identifier) and name.args.get("quoted") else name.name.lower()


def conjuncts(condition: exp.Expr | None) -> Iterator[exp.Expr]:
    """Yield what AND joins, through parentheses."""
    while isinstance(condition, exp.Paren):
        condition = condition.this
    if isinstance(condition, exp.And):
        yield from conjuncts(condition.left)
        yield from conjuncts(condition.right)
    elif condition is not None:
        yield condition


class Ties:
    """Finds which of the relations that `seen` names are tied, starting with those that are."""

    def __init__(self, seen: Mapping[str, Source], conditions: Iterable[Condition], *, is_exact: bool) -> None:
        self._seen = seen
        self._conditions = list(conditions)
        self._is_exact = is_exact

    def follow(self) -> None:
        """Tie what can be tied."""
        is_changed = True
        while is_changed:
            is_changed = False
            for condition in self._conditions:
                for source in condition.holds_for:
                    if not source.is_tied and self._ties(condition, source):
                        source.is_tied = is_changed = True

    def tenant_column(self, side: exp.Expr, bare: Source | None) -> Source | None:
        """Return the relation whose tenant column `side` is, also cast to a type that keeps it whole."""
        column = _whole(side)
        if not isinstance(column, exp.Column) or self._name(column.this) != TENANT_COLUMN or column.args.get("db"):
            return None
        source = self._seen.get(self._name(column.args["table"])) if column.args.get("table") else bare
        return source if source is not None and source.has_tenant else None

    def _ties(self, condition: Condition, source: Source) -> bool:
        equalities = [part for part in condition.parts if isinstance(part, exp.EQ)]
        pairs = [(part.left, part.right) for part in equalities] + [(part.right, part.left) for part in equalities]
        for one, other in pairs:
            if self.tenant_column(one, condition.bare) is source:
                tied = self.tenant_column(other, condition.bare)
                if _is_setting(other) or (tied is not None and tied.is_tied):
                    return True
        same = [*condition.same, *((second, first) for first, second in condition.same)]
        if any(first is source and second.is_tied for first, second in same):
            return True
        return any(self._belongs(source, key, pairs) for key in source.references)

    def _belongs(self, source: Source, key: Reference, pairs: list[tuple[exp.Expr, exp.Expr]]) -> bool:
        """Tell whether a whole foreign key is equated with the row of a tied relation that it refers to."""
        equal = {(self._column(one), self._column(other)) for one, other in pairs}
        return any(
            parent.is_tied
            and parent.name == key.table
            and all(
                ((source.alias, column), (parent.alias, target)) in equal
                for column, target in zip(key.columns, key.targets, strict=True)
            )
            for parent in self._seen.values()
        )

    def _column(self, side: exp.Expr) -> tuple[str, str]:
        while isinstance(side, exp.Paren):
            side = side.this
        if not isinstance(side, exp.Column) or not side.args.get("table") or side.args.get("db"):
            return "", ""
        return self._name(side.args["table"]), self._name(side.this)

    def _name(self, name: exp.Expr) -> str:
        return folded(name, is_exact=self._is_exact)


def _whole(side: exp.Expr) -> exp.Expr:
    """Take off parentheses, casts that shorten nothing, and a SELECT of nothing else."""
    while isinstance(side, exp.Paren | exp.Subquery) or (type(side) is exp.Cast and _keeps_whole(side.args["to"])):
        inner = side.this
        if isinstance(side, exp.Subquery):
            if not isinstance(inner, exp.Select) or {name for name, value in inner.args.items() if value} != {"expressions"}:
                break
            inner = inner.expressions[0].unalias() if len(inner.expressions) == 1 else inner
        side = inner
    return side


def _keeps_whole(kind: exp.Expr) -> bool:
    return isinstance(kind, exp.DataType) and kind.this in PLAIN_TYPES and not kind.expressions


def _is_setting(side: exp.Expr) -> bool:
    call = _whole(side)
    if isinstance(call, exp.Nullif):  # what is set to nothing equals no row's tenant
        call = _whole(call.this) if isinstance(_whole(call.expression), exp.Literal) else call
    if not isinstance(call, exp.Anonymous):
        return False
    name = call.name.lower()
    if name == TENANT_FUNCTION:
        return not call.expressions
    setting = _whole(call.expressions[0]) if call.expressions else None
    return name == "current_setting" and isinstance(setting, exp.Literal) and setting.name == TENANT_SETTING
