"""Whether an answer has its result from a statement, the last one: names that were only looked up are no result."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from app.data.results import Column
from app.web.column_types import MEASURES

EXECUTE = "sql_execute"
SHOWN = ("table", "chart", "export")


class Ran(msgspec.Struct, frozen=True):
    """A statement that ran, with the first rows that it gave."""

    sql: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    params: Mapping[str, Any] = {}


def ran_from(shown: Mapping[str, Any]) -> Ran:
    """Return what is stored of a call of `sql_execute`; one that asked for a plan has no columns."""
    columns = msgspec.convert(shown.get("columns", ()), tuple[Column, ...])
    return Ran(str(shown.get("sql", "")), columns, shown.get("rows", ()), shown.get("params") or {})


def rested_on(latest_first: Sequence[Ran]) -> Ran | None:
    """Return the statement that an answer rests on: the last one that gave a result, however empty."""
    return next((ran for ran in latest_first if ran.sql and ran.columns), None)


def has_result(ran: Ran | None, answer: str, *, is_shown: bool) -> bool:
    """Tell whether an answer has a result: a table or chart `is_shown`, or its statement gave figures or what it says."""
    if ran is None or not ran.rows:
        return False
    gives_figures = any(
        column.type in MEASURES and row[place] is not None for row in ran.rows for place, column in enumerate(ran.columns)
    )
    return is_shown or gives_figures or any(str(cell) in answer for row in ran.rows for cell in row if cell)
