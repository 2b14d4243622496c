"""Which unit or currency a result's columns carry: that of the catalogue's column each one comes from."""

from collections.abc import Mapping, Sequence

from sqlglot import exp

from app.data.metadata import ColumnNotes

Known = Mapping[str, Mapping[str, ColumnNotes]]
"""Notes on columns by table and column, both in lower case."""
NOTHING = ColumnNotes("")
KEEPING = (
    exp.Sum, exp.Min, exp.Max, exp.Avg, exp.Round, exp.Abs, exp.Coalesce, exp.Cast, exp.Paren, exp.Neg, exp.Window, exp.Filter,
    exp.Nullif, exp.FirstValue, exp.LastValue, exp.Lag, exp.Lead, exp.Median, exp.Ceil, exp.Floor, exp.Alias,
)  # fmt: skip
"""What gives the same measure as its first argument."""
KEEPING_NAMES = {"total", "trunc"}
DEEPEST = 12


def measures(tree: exp.Expr, known: Known) -> Sequence[ColumnNotes]:
    """Return the notes on each column of the query's result; a wrong number of them where its text does not tell."""
    select = first_select(tree)
    if select is None:
        return ()
    notes: list[ColumnNotes] = []
    for projection in select.expressions:
        star = _starred(projection, select, known)
        notes.extend(star if star is not None else [_measure(projection, select, known, DEEPEST)])
    return notes


def notes_of(column: exp.Column, known: Known) -> ColumnNotes | None:
    """Return the notes on what a column of a query is in the database, None where it is renamed or worked out."""
    select = column.find_ancestor(exp.Select)
    notes = _column(column, select, known, DEEPEST) if isinstance(select, exp.Select) else NOTHING
    return notes if notes.name.lower() == column.name.lower() else None


def first_select(tree: exp.Expr) -> exp.Select | None:
    """Return the SELECT that names a query's columns."""
    while not isinstance(tree, exp.Select):
        if isinstance(tree, exp.SetOperation | exp.Subquery | exp.Lateral):
            tree = tree.this
        else:
            return None
    return tree


def _starred(projection: exp.Expr, select: exp.Select, known: Known) -> list[ColumnNotes] | None:
    """Return the columns that `*` or `table.*` stands for, None for another projection."""
    if not projection.is_star:
        return None
    sources = sources_of(select)
    wanted = projection.text("table").lower() if isinstance(projection, exp.Column) else ""
    chosen = [source for name, source in sources.items() if not wanted or name == wanted]
    return [note for source in chosen for note in _all_of(source, known)]


def _all_of(source: exp.Expr, known: Known) -> Sequence[ColumnNotes]:
    return list(known.get(source.name.lower(), {}).values()) if isinstance(source, exp.Table) else measures(source, known)


def sources_of(select: exp.Select) -> dict[str, exp.Expr]:
    """Return what the SELECT reads by the name it has there; WITH queries and subqueries as the query they stand for."""
    found = {}
    from_ = select.args.get("from_")
    for part in [from_, *(select.args.get("joins") or ())]:
        if part is None:
            continue
        source = part.this
        found[source.alias_or_name.lower()] = _with_query(source) if isinstance(source, exp.Table) else source
    return found


def _with_query(table: exp.Table) -> exp.Expr:
    current: exp.Expr | None = table
    while current is not None:
        clause = current.args.get("with_")
        for query in clause.expressions if clause is not None else ():
            if query.alias.lower() == table.name.lower() and not table.args.get("db"):
                inner: exp.Expr = query.this
                return inner
        current = current.parent
    return table


def _measure(node: exp.Expr, select: exp.Select, known: Known, depth: int) -> ColumnNotes:
    if depth == 0:
        return NOTHING
    if isinstance(node, exp.Column):
        return _column(node, select, known, depth)
    if isinstance(node, exp.Case):
        return _same([part.args["true"] for part in node.args["ifs"]] + [node.args.get("default")], select, known, depth)
    if isinstance(node, exp.Add | exp.Sub):
        return _same([node.left, node.right], select, known, depth)
    if isinstance(node, exp.Mul | exp.Div):
        return _scaled(node, select, known, depth)
    inner, around = _inside(node, select)
    return _measure(inner, around, known, depth - 1) if inner is not None else NOTHING


def _inside(node: exp.Expr, select: exp.Select) -> tuple[exp.Expr | None, exp.Select]:
    """Return the expression whose measure `node` keeps, and the SELECT that it stands in."""
    if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Select) and len(node.this.expressions) == 1:
        return node.this.expressions[0], node.this
    if isinstance(node, exp.Anonymous) and node.name.lower() in KEEPING_NAMES and node.expressions:
        return node.expressions[0], select
    return (node.this, select) if isinstance(node, KEEPING) and isinstance(node.this, exp.Expr) else (None, select)


def _column(column: exp.Column, select: exp.Select, known: Known, depth: int) -> ColumnNotes:
    sources = sources_of(select)
    wanted = column.table.lower()
    candidates = [sources[wanted]] if wanted in sources else list(sources.values()) if not wanted else []
    found = [notes for source in candidates if (notes := _of_source(source, column.name.lower(), known, depth)) is not None]
    return found[0] if len(found) == 1 else NOTHING


def _of_source(source: exp.Expr, column: str, known: Known, depth: int) -> ColumnNotes | None:
    if isinstance(source, exp.Table):
        return known.get(source.name.lower(), {}).get(column)
    inner = first_select(source)
    for projection in inner.expressions if inner is not None else ():
        starred = _starred(projection, inner, known) if inner is not None else None
        if notes := next((notes for notes in starred or () if notes.name.lower() == column), None):
            return notes
        if projection.alias_or_name.lower() == column and inner is not None:
            return _measure(projection, inner, known, depth - 1)
    return None


def _same(parts: Sequence[exp.Expr | None], select: exp.Select, known: Known, depth: int) -> ColumnNotes:
    """Return what the parts agree on; plain numbers and NULL agree with everything."""
    notes = [
        _measure(part, select, known, depth - 1)
        for part in parts
        if part is not None and not isinstance(part, exp.Literal | exp.Null)
    ]
    first = notes[0] if notes else NOTHING
    return first if all((note.unit, note.currency) == (first.unit, first.currency) for note in notes) else NOTHING


def _scaled(node: exp.Mul | exp.Div, select: exp.Select, known: Known, depth: int) -> ColumnNotes:
    """Money times or over a count is money; two measures of a kind divide into a plain number."""
    left = _measure(node.left, select, known, depth - 1)
    right = _measure(node.right, select, known, depth - 1)
    if left.currency and right.currency:
        return NOTHING
    if left.currency or (right.currency and isinstance(node, exp.Mul)):
        return ColumnNotes("", currency=left.currency or right.currency)
    return left if left.unit and isinstance(node.right, exp.Literal) else NOTHING
