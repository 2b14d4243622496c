"""Comma-separated values for other programs: the data alone, with a byte order mark so that Excel reads the letters."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.data.exports import cells
from app.data.exports.messages import Receipt, TableWork, Written
from app.web import durations
from app.web.column_types import FIGURES


class CsvFile:
    """A file under way: UTF-8 with a mark, commas, numbers with a point and ISO dates, whatever the reader's language."""

    def __init__(self, work: TableWork) -> None:
        self._file = Path(work.path).open("w", encoding="utf-8-sig", newline="", errors="replace")  # noqa: SIM115 - closed at the end of the work
        self._writer = csv.writer(self._file)
        self._figures = [column.type in FIGURES for column in work.columns]
        self._booleans = [column.type == "boolean" for column in work.columns]
        self._durations = [column.type == "duration" for column in work.columns]
        self._count = 0
        self._writer.writerow([cells.neutralised(column.heading) for column in work.columns])

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Write more rows."""
        self._writer.writerows([self._cell(index, value) for index, value in enumerate(row)] for row in rows)
        self._count += len(rows)

    def end(self, _receipt: Receipt) -> Written:
        """Complete the file. There is no receipt in it: whoever reads it expects rows and nothing else."""
        self._file.close()
        return Written(self._count)

    def _cell(self, index: int, value: Any) -> str:
        if value is None:
            return ""
        if self._booleans[index] and isinstance(value, bool | int):
            return "true" if value else "false"
        text = durations.hours(value) if self._durations[index] else cells.text(value)
        figure = cells.figure(text) if self._figures[index] else None
        return cells.neutralised(text) if figure is None else figure
