"""Whether an answer has its result from a statement, the last one: names that were only looked up are no result."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from app.data.results import Column

SHOWN = ("table", "chart", "export")
FIGURES = {"integer", "decimal", "duration"}


class Ran(msgspec.Struct, frozen=True):
    """A statement that ran, with the first rows that it gave."""

    sql: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]


def ran_from(shown: Mapping[str, Any]) -> Ran:
    """Return what is stored of a call of `sql_execute`; no statement for a plan."""
    sql = "" if "plan" in shown else str(shown.get("sql", ""))
    return Ran(sql, msgspec.convert(shown.get("columns", ()), tuple[Column, ...]), shown.get("rows", ()))


def has_result(last: Ran, answer: str, *, is_shown: bool) -> bool:
    """Tell whether an answer has a result: a table or chart `is_shown`, or its last statement gave figures or what it says."""
    if not last.sql or not last.rows:
        return False
    gives_figures = any(
        column.type in FIGURES and row[place] is not None for row in last.rows for place, column in enumerate(last.columns)
    )
    return is_shown or gives_figures or any(str(cell) in answer for row in last.rows for cell in row if cell)
