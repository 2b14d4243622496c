"""Which unit or currency a result's columns carry: that of the catalogue's column each comes from."""

from collections.abc import Mapping, Sequence

from sqlglot import exp

from app.data.metadata import ColumnNotes

Known = Mapping[str, Mapping[str, ColumnNotes]]
NOTHING = ColumnNotes("")
KEEPS_MEASURE = (
    exp.Sum,
    exp.Min,
    exp.Max,
    exp.Avg,
    exp.Round,
    exp.Abs,
    exp.Coalesce,
    exp.Cast,
    exp.Paren,
    exp.Neg,
    exp.Window,
    exp.Filter,
)


def measures(tree: exp.Expression, known: Known) -> Sequence[ColumnNotes]:
    """Return the notes that apply to each column of the query's result, or nothing at all for `*`."""
    return []
