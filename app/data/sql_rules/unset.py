"""Conditions that a parameter without a value leaves out, as `branch = coalesce(:branch, branch)` does."""

from sqlglot import exp

from app.data.sql_rules.conditions import parts_of

HOLDING_FOR_ITSELF = exp.EQ | exp.GTE | exp.LTE
CLAUSES = (exp.Where, exp.Having, exp.Join)


def without_unset(tree: exp.Expr) -> exp.Expr:
    """Fold, in place, what the bound values have settled: conditions that hold for every row that has a value are left out."""
    for node in list(tree.find_all(exp.Coalesce)):
        if len(node.expressions) and _is_constant(node.this):
            node.replace(_bare(node.this) if _is_text(node.this) else node.this)
    for clause in list(tree.find_all(*CLAUSES)):
        _settle(clause)
    return tree


def _settle(clause: exp.Expr) -> None:
    argument = "on" if isinstance(clause, exp.Join) else "this"
    found = clause.args.get(argument)
    if found is None:
        return
    parts = list(parts_of(found))
    settled = [_settled(part) for part in parts]
    if all(one is part for one, part in zip(settled, parts, strict=True)):
        return
    kept = [part for part in settled if part is not None]
    if kept:
        clause.set(argument, exp.and_(*kept, copy=False))
    elif isinstance(clause, exp.Join) or not isinstance(clause.parent, exp.Select):
        clause.set(argument, exp.true())
    else:
        clause.pop()


def _settled(part: exp.Expr) -> exp.Expr | None:
    """Return what is left of a condition, None where it is nothing."""
    if isinstance(part, HOLDING_FOR_ITSELF):
        return None if _is_itself(part.left, part.right) or _is_itself(part.right, part.left) else part
    if not isinstance(part, exp.Or):
        return part
    choices = [choice.unnest() for choice in part.flatten()]
    if any(_tests_nothing(choice, exp.Null) for choice in choices):
        return None
    left = [choice for choice in choices if not _tests_nothing(choice, exp.Literal)]
    if len(left) == len(choices) or not left:
        return part
    return exp.or_(*left, copy=False) if len(left) > 1 else left[0]


def _is_itself(column: exp.Expr, given: exp.Expr) -> bool:
    """Tell whether `given` is `coalesce(NULL, column)`."""
    return (
        isinstance(column, exp.Column)
        and isinstance(given, exp.Coalesce)
        and isinstance(_bare(given.this), exp.Null)
        and given.expressions == [column]
    )


def _tests_nothing(choice: exp.Expr, kind: type[exp.Expr]) -> bool:
    """Tell whether a choice asks of a constant of this kind whether it is NULL."""
    return isinstance(choice, exp.Is) and isinstance(choice.expression, exp.Null) and isinstance(_bare(choice.this), kind)


def _is_constant(node: exp.Expr) -> bool:
    return isinstance(_bare(node), exp.Literal | exp.Boolean)


def _is_text(node: exp.Expr) -> bool:
    """Tell whether a constant is a text that is put into a text, which changes nothing."""
    return (
        isinstance(node, exp.Cast)
        and node.to.this == exp.DType.TEXT
        and isinstance(_bare(node), exp.Literal)
        and _bare(node).is_string
    )


def _bare(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Cast | exp.Paren):
        node = node.this
    return node
