"""What the columns that a query speaks of are called: by the catalogue, and in the query's own result."""

from collections.abc import Collection, Iterable, Mapping

from sqlglot import exp

from app.data.lineage import Known, notes_of
from app.data.metadata import ColumnNotes
from app.data.sql_rules.writing import written

MEASURES = {"decimal", "numeric", "real", "float", "double", "money"}
MOST_COLUMNS = 400
"""Of a query with more columns the rest go by their SQL names."""


def noted_columns(nodes: Iterable[exp.Expr], dialect: str, known: Known, tables: Collection[str]) -> Mapping[str, ColumnNotes]:
    """Return the catalogue's notes by a column as it is written; only where they can mean no other column of `tables`."""
    found: dict[str, ColumnNotes | None] = {}
    columns = [node for node in nodes if isinstance(node, exp.Column)] if known else []
    for column in columns[:MOST_COLUMNS]:
        text, notes = written(column, dialect), notes_of(column, known)
        found[text] = notes if _is_called_alike(found.get(text, notes), notes) else None
    others = [notes for table in tables for notes in known.get(table.lower(), {}).values()]
    return {text: notes for text, notes in found.items() if notes and ("." not in text or _is_alone(notes, others))}


def is_measure(notes: ColumnNotes) -> bool:
    """Tell whether a column holds figures, unlike numbers that only name something, such as keys and years."""
    return bool(notes.unit or notes.currency) or notes.type.lower() in MEASURES


def _is_called_alike(one: ColumnNotes | None, other: ColumnNotes | None) -> bool:
    """Tell whether people say the same for two columns, such as a key and what refers to it."""
    return one == other or (one is not None and other is not None and (one.labels, one.type) == (other.labels, other.type))


def _is_alone(notes: ColumnNotes, others: Collection[ColumnNotes]) -> bool:
    return sum(other.labels == notes.labels for other in others) <= 1


def result_columns(tree: exp.Expr, dialect: str) -> dict[str, str]:
    """Return the name of the result's column by the expression that it shows."""
    while isinstance(tree, exp.Subquery):
        tree = tree.this
    shown = [part for part in tree.expressions if not part.is_star] if isinstance(tree, exp.Select) else []
    return {written(part.unalias(), dialect): part.alias_or_name for part in reversed(shown) if part.alias_or_name}
