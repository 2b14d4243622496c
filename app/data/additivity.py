"""Which columns of a result may be added up: sums and counts, but no averages, ends, shares and distinct counts.

What the query's text does not tell, such as a plain column of a table, counts as something to add up.
"""

from collections.abc import Mapping, Sequence

from sqlglot import exp

from app.data.lineage import Known, first_select, sources_of

SHIFTING = (exp.Lag, exp.Lead)
"""Windows that give another row's figure instead of one of several rows."""
CURVED = (exp.Mod, exp.Pow, exp.Sqrt, exp.Ln, exp.Log, exp.Exp, exp.Cbrt)
CONSTANTS = (exp.Literal, exp.Placeholder, exp.Parameter, exp.Null, exp.Boolean)


class Additivity:
    """The columns of one query. Each expression is judged once, so that WITH queries that build on each other stay cheap."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._judged: dict[int, bool] = {}

    def columns(self, query: exp.Expr) -> list[bool]:
        """Tell of each column in turn; a wrong number of them where the text does not tell."""
        if isinstance(query, exp.SetOperation):
            left, right = self.columns(query.left), self.columns(query.right)
            return [all(pair) for pair in zip(left, right, strict=True)] if len(left) == len(right) else left
        select = first_select(query)
        return [each for projection in select.expressions for each in self._projected(projection, select)] if select else []

    def names(self, query: exp.Expr) -> Mapping[str, bool]:
        """Tell of the columns that have a name in the query's text, in lower case."""
        select = first_select(query)
        named = [each for each in select.expressions if not each.is_star] if select else []
        return {each.alias_or_name.lower(): self._adds(each) for each in named}

    def _projected(self, projection: exp.Expr, select: exp.Select) -> list[bool]:
        if not projection.is_star:
            return [self._adds(projection)]
        wanted = projection.text("table").lower() if isinstance(projection, exp.Column) else ""
        sources = [source for name, source in sources_of(select).items() if not wanted or name == wanted]
        return [each for source in sources for each in self._all_of(source)]

    def _all_of(self, source: exp.Expr) -> list[bool]:
        return [True] * len(self._known.get(source.name.lower(), {})) if isinstance(source, exp.Table) else self.columns(source)

    def _adds(self, node: exp.Expr) -> bool:
        if id(node) not in self._judged:
            self._judged[id(node)] = True  # what a recursive query says of itself
            self._judged[id(node)] = self._judge(node)
        return self._judged[id(node)]

    def _judge(self, node: exp.Expr) -> bool:
        if isinstance(node, exp.Column):
            return self._column(node)
        if isinstance(node, exp.Subquery):
            return all(self.columns(node.this))
        if isinstance(node, exp.Div | exp.IntDiv):
            return self._adds(node.left) and self._is_constant(node.right)
        if isinstance(node, CURVED):
            return self._is_constant(node)
        told = _told_by_figure(node)
        return all(map(self._adds, _parts(node))) if told is None else told

    def _column(self, column: exp.Column) -> bool:
        found = self._source_of(column)
        return found is None or self._named(found, column.name.lower())

    def _source_of(self, column: exp.Column) -> exp.Expr | None:
        """Return the WITH query or subquery that a column is read from."""
        select = column.find_ancestor(exp.Select)
        sources = sources_of(select) if isinstance(select, exp.Select) else {}
        wanted = column.table.lower()
        queries = {name: source for name, source in sources.items() if not isinstance(source, exp.Table)}
        if wanted:
            return queries.get(wanted)
        name = column.name.lower()
        return next((source for source in queries.values() if name in self.names(source) or len(sources) == 1), None)

    def _named(self, source: exp.Expr, name: str) -> bool:
        """Tell of a query's column by its name, which another query may have given it with a star."""
        named = self.names(source)
        if name in named:
            return named[name]
        select = first_select(source)
        stars = [each for each in select.expressions if each.is_star] if select else []
        wanted = {each.text("table").lower() for each in stars if isinstance(each, exp.Column)}
        inner = sources_of(select) if select and stars else {}
        return all(
            self._named(query, name)
            for alias, query in inner.items()
            if not isinstance(query, exp.Table) and (len(wanted) < len(stars) or alias in wanted)
        )

    def _is_constant(self, node: exp.Expr) -> bool:
        """Tell whether all rows of the result have the same value there, so that parts of it can be added up."""
        if isinstance(node, exp.Window):
            is_whole = not node.args.get("partition_by") and not node.args.get("order")
            return is_whole and isinstance(node.this, exp.AggFunc | exp.Filter) and not isinstance(node.this, SHIFTING)
        if isinstance(node, exp.Subquery):
            return _is_one_row(node) and not _reaches_out(node)
        if isinstance(node, exp.Column):
            source = self._source_of(node)
            return source is not None and _is_one_row(source)
        if isinstance(node, exp.Max | exp.Min | exp.Avg | exp.AnyValue) and isinstance(node.this, exp.Column):
            return self._is_constant(node.this)
        if isinstance(node, exp.AggFunc | exp.Case | exp.If):
            return False
        parts = _parts(node)
        return isinstance(node, CONSTANTS) or (bool(parts) and all(map(self._is_constant, parts)))


def _told_by_figure(node: exp.Expr) -> bool | None:
    """Tell of a figure that is made of several rows, None of what only keeps or joins other figures."""
    if isinstance(node, exp.Window):
        return None if isinstance(node.this, SHIFTING) else False
    if isinstance(node, exp.Sum | exp.Count):
        return not isinstance(node.this, exp.Distinct)
    if isinstance(node, exp.CountIf) or (isinstance(node, exp.Anonymous) and node.name.lower() == "total"):
        return True
    return False if isinstance(node, exp.AggFunc | exp.WithinGroup) and not isinstance(node, SHIFTING) else None


def _parts(node: exp.Expr) -> Sequence[exp.Expr]:
    """Return what a value is made of, without conditions, types and orders."""
    held: list[exp.Expr | None] = [node.args.get(place) for place in ("this", "expression")]
    if isinstance(node, exp.Case):
        held = [*(part.args["true"] for part in node.args["ifs"]), node.args.get("default")]
    elif isinstance(node, exp.If):
        held = [node.args.get(place) for place in ("true", "false")]
    elif isinstance(node, exp.Filter):
        held = [node.this]
    else:
        held += node.expressions
    return [each for each in held if isinstance(each, exp.Expr) and not isinstance(each, exp.Identifier | exp.DataType)]


def _is_one_row(query: exp.Expr) -> bool:
    """Tell whether a query comes to one row: figures of everything, without groups."""
    select = first_select(query)
    if select is None or isinstance(query, exp.SetOperation) or select.args.get("group"):
        return False
    return all(any(_figures(each)) for each in select.expressions)


def _figures(projection: exp.Expr) -> Sequence[exp.Expr]:
    found = projection.find_all(exp.AggFunc)
    return [each for each in found if not isinstance(_around(each), exp.Window)]


def _around(figure: exp.Expr) -> exp.Expr | None:
    return figure.parent.parent if isinstance(figure.parent, exp.Filter) else figure.parent


def _reaches_out(query: exp.Subquery) -> bool:
    """Tell whether a subquery reads a column of the query around it."""
    names = {source.alias_or_name.lower() for source in query.find_all(exp.Table, exp.Subquery, exp.CTE)}
    return any(column.table and column.table.lower() not in names for column in query.find_all(exp.Column))
