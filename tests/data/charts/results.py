"""A stored result to draw: sales by month and branch, read back as it was kept."""

import datetime as dt
from decimal import Decimal
from typing import Any

from app.data.charts.chart import draw
from app.data.charts.spec import ChartSpec
from app.data.results import Column, QueryResult, columns_from, details_of, encode_rows, rows_from

BRANCHES = ("Chilonzor", "Buxoro", "Sergeli")
HOSTILE = '</script><img src=x onerror="alert(1)">{b}'
COLUMNS = (
    Column("month", "text", labels={"en": "Month", "ru": "Месяц", "uz": "Oy"}),
    Column("branch", "text", labels={"en": "Branch", "ru": "Филиал", "uz": "Filial"}),
    Column("revenue", "decimal", currency="UZS", labels={"en": "Revenue", "ru": "Выручка", "uz": "Tushum"}),
    Column("cost", "decimal", currency="UZS"),
    Column("orders", "integer", unit="orders"),
    Column("margin", "decimal", unit="percent"),
    Column("opened", "date"),
    Column("empty", "decimal"),
)
ROWS: list[list[Any]] = [
    [
        f"2026-{month:02}", branch, Decimal(f"{month * 1000 + place * 100}.50"), Decimal(month * 400 - 2000), month + place,
        Decimal("12.5"), dt.date(2026, month, 1 + place), None,
    ]
    for month in (3, 1, 2) for place, branch in enumerate(BRANCHES)
]  # fmt: skip


def stored(
    columns: tuple[Column, ...] = COLUMNS, rows: list[list[Any]] | None = None
) -> tuple[tuple[Column, ...], list[list[Any]]]:
    """Return columns and rows as they come out of the artifact that kept them."""
    result = QueryResult(
        columns=columns, rows=ROWS if rows is None else rows, truncated=False, sql="SELECT 1", parameters={}, duration_ms=1.0,
        executed_at=dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
    )  # fmt: skip
    return columns_from(details_of(result)), rows_from(details_of(result), encode_rows(result))


def drawn(
    locale: str = "en", rows: list[list[Any]] | None = None, columns: tuple[Column, ...] = COLUMNS, **spec: Any
) -> dict[str, Any]:
    """Draw a chart of the stored result."""
    return draw(ChartSpec(**spec), *stored(columns, rows), locale)
