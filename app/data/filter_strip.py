"""Read what a query really asked for from its parsed text and bound values: never from anybody's words about it.

Every condition that decides which rows come is told, wherever it stands; one that cannot be put simply is told as SQL.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlglot import exp

from app.data.asked import Asked, Condition, Grouping, Ordering, Place, Placed, Ranking, Span, Tables, Value, subjects
from app.data.lineage import Known
from app.data.sql_policy import CheckedQuery
from app.data.sql_rules.conditions import condition, parts_of
from app.data.sql_rules.figures import counted_by, has_rows
from app.data.sql_rules.naming import is_measure, noted_columns, result_columns
from app.data.sql_rules.periods import spans
from app.data.sql_rules.phrases import phrases
from app.data.sql_rules.places import place_of, read_queries, selects_of
from app.data.sql_rules.unset import without_unset
from app.data.sql_rules.windows import Made, days_of_units, made_columns, rankings
from app.data.sql_rules.writing import sources, written

ORDER: tuple[type[Placed], ...] = (Span, Condition, Ranking, Grouping, Ordering)


def asked(
    query: CheckedQuery,
    parameters: Mapping[str, Any],
    descriptions: Mapping[str, str],
    known: Known | None = None,
    titles: Mapping[str, Mapping[str, str]] | None = None,
) -> Asked:
    """Return what `query` asks with its `parameters`; `descriptions`, `titles` and what is `known` are the catalogue's."""
    tree = without_unset(query.tree.transform(_bound, parameters))
    texts = {name.lower(): text for name, text in descriptions.items()}
    nodes = list(read_queries(tree))
    tables = Tables({name: texts.get(name.lower(), "") for name in query.tables}, _repeated(nodes, query.tables))
    notes = noted_columns(nodes, query.dialect, known or {}, query.tables)
    dates = frozenset(text for text, note in notes.items() if note.type.lower() == "date")
    parts: list[Placed] = []
    made = made_columns(nodes)
    for node in nodes:
        found = list(_conditions(node, query.dialect, made, dates))
        parts += spans([part for part in found if isinstance(part, Condition)], dates)
        parts += [part for part in found if not isinstance(part, Condition)]
        parts += _groupings(node, query.dialect)
        parts += _orderings(node, query.dialect)
    used = set(subjects(parts))
    worded = phrases(nodes, query.dialect, used, dates)
    used |= {text for found in worded.values() for text in found.parts}
    return Asked(
        (tables, *sorted(dict.fromkeys(parts), key=_rank)),
        {name: dict(labels) for name in query.tables if (labels := (titles or {}).get(name.lower()))},
        {text: dict(note.labels) for text, note in notes.items() if text in used and note.labels},
        {text: name for text, name in result_columns(tree, query.dialect).items() if text in used},
        worded,
        tuple(text for text, note in notes.items() if is_measure(note)),
    )


def _rank(part: Placed) -> tuple[bool, int]:
    """Put what stands in the query itself first, then by kind."""
    return bool(part.place.kind), ORDER.index(type(part))


def _bound(node: exp.Expr, parameters: Mapping[str, Any]) -> exp.Expr:
    """Put the bound value where its parameter stands."""
    if not isinstance(node, exp.Placeholder) or node.name not in parameters:
        return node
    value = parameters[node.name]
    if value is None or isinstance(value, bool):
        return exp.null() if value is None else exp.Boolean(this=value)
    if isinstance(value, int | float):
        return exp.Literal.number(str(value))
    return exp.Literal.string(str(value))


def _conditions(node: exp.Expr, dialect: str, made: Made, dates: Collection[str]) -> Iterator[Placed]:
    """Yield the conditions that one clause holds."""
    if isinstance(node, exp.Intersect | exp.Except):
        every = "" if node.args.get("distinct") else " ALL"
        yield Condition(f"{node.key.upper()}{every} {written(node.expression, dialect)}", place=place_of(node))
        return
    if isinstance(node, exp.TableSample):
        yield _sample(node, dialect)
        return
    if isinstance(node, exp.Where | exp.Having):
        found = node.this
    elif isinstance(node, exp.Join):
        found = node.args.get("on")
        if node.args.get("method"):
            text, table = f"{node.text('method').upper()} JOIN {written(node.this, dialect)}", Value(node.this.name)
            yield Condition(text, operator="natural", values=(table,), place=place_of(node))
    else:
        found = counted_by(node)
    if found is None:
        return
    place = place_of(node)
    for part in parts_of(found):
        if _is_always(part) or has_rows(part) or (isinstance(node, exp.Join) and _links(part)):
            continue
        ranked = list(rankings(part, made, dialect, place))
        yield from ranked
        if not any(isinstance(found, Ranking) for found in ranked):
            yield from days_of_units(part, made, dialect, place, dates) or [condition(part, dialect, place)]


def _sample(node: exp.TableSample, dialect: str) -> Condition:
    """Return which share of a table's rows is read, in per cent; the engine chooses them."""
    share, read = node.args.get("percent"), node.parent
    values = (Value(written(share, dialect) if share else ""), Value(read.name if read else ""))
    return Condition(written(node, dialect).strip(), operator="sample", values=values, place=place_of(node))


def _is_always(part: exp.Expr) -> bool:
    return isinstance(part, exp.Boolean) and bool(part.this)


def _links(part: exp.Expr) -> bool:
    """Tell whether a condition of a join ties one table to another and leaves rows alone otherwise."""
    if not isinstance(part, exp.EQ) or not isinstance(part.left, exp.Column) or not isinstance(part.right, exp.Column):
        return False
    left, right = part.left.table.lower(), part.right.table.lower()
    select = part.find_ancestor(exp.Select)
    tables = sources(select) if select is not None else {}
    return not left or (left != right and (left not in tables or tables[left] != tables.get(right)))


def _repeated(nodes: Sequence[exp.Expr], tables: Collection[str]) -> tuple[str, ...]:
    """Return the tables that one SELECT reads more than once."""
    counts = [Counter(name.lower() for name in sources(node).values()) for node in nodes if isinstance(node, exp.Select)]
    return tuple(name for name in tables if any(count[name.lower()] > 1 for count in counts))


def _groupings(node: exp.Expr, dialect: str) -> Iterator[Placed]:
    if isinstance(node, exp.Group):
        by = tuple(_projected(part, node.parent, dialect) for part in node.expressions)
        sets = tuple(
            written(part, dialect) for kind in ("rollup", "cube", "grouping_sets") for part in node.args.get(kind) or () if part
        )
        yield Grouping((*by, *sets), place=place_of(node))
    elif isinstance(node, exp.Distinct) and isinstance(node.parent, exp.Select):
        on = node.args.get("on")
        yield Grouping(
            tuple(written(part, dialect) for part in on.expressions) if on else (), is_distinct=True, place=place_of(node)
        )
    elif isinstance(node, exp.Union) and node.args.get("distinct"):
        yield Grouping((), is_distinct=True, place=_place_of_union(node))


def _place_of_union(node: exp.Union) -> Place:
    """Return where repetitions are dropped: in the first SELECTs alone where others are added to them afterwards."""
    if not isinstance(node.parent, exp.SetOperation):
        return place_of(node)
    first, *_, last = [place_of(select).name for select in selects_of(node)]
    return Place("part", f"{first}–{last}")


def _orderings(node: exp.Expr, dialect: str) -> Iterator[Placed]:
    """Yield the order of a query together with its limit, once for each query that has either."""
    if not isinstance(node, exp.Query):
        return
    order, limit, offset = (node.args.get(name) for name in ("order", "limit", "offset"))
    by = tuple(_ordered(part, node, dialect) for part in order.expressions) if order else ()
    most, skipped = _amount(limit, dialect), _amount(offset, dialect)
    if by or most is not None or skipped is not None:
        options = limit.args.get("limit_options") if limit else None
        yield Ordering(by, most, skipped, place_of(node), with_ties=bool(options and options.args.get("with_ties")))


def _ordered(part: exp.Expr, query: exp.Expr, dialect: str) -> tuple[str, bool]:
    subject = part.this if isinstance(part, exp.Ordered) else part
    return _projected(subject, query, dialect), bool(part.args.get("desc"))


def _amount(node: exp.Expr | None, dialect: str) -> str | None:
    if node is None:
        return None
    if isinstance(node, exp.Fetch):
        return written(node.args["count"], dialect) if node.args.get("count") else "1"
    amount = node.expression
    is_all = isinstance(amount, exp.Column) and amount.name.lower() == "all"
    is_negative = isinstance(amount, exp.Neg) and isinstance(amount.this, exp.Literal)  # SQLite: as many as there are
    return None if amount is None or is_all or is_negative or isinstance(amount, exp.Null) else written(amount, dialect)


def _projected(part: exp.Expr, query: exp.Expr | None, dialect: str) -> str:
    """Return what a position or a name of the SELECT list stands for: names given there are not what was asked."""
    select = query
    while isinstance(select, exp.SetOperation | exp.Subquery):
        select = select.this
    shown = list(select.expressions) if isinstance(select, exp.Select) else []
    if isinstance(part, exp.Literal) and part.is_int and 0 < int(part.name) <= len(shown) and not shown[0].is_star:
        part = shown[int(part.name) - 1]
    elif isinstance(part, exp.Column) and not part.table:
        part = next((one for one in shown if isinstance(one, exp.Alias) and one.alias.lower() == part.name.lower()), part)
    return written(part.this if isinstance(part, exp.Alias) else part, dialect)
