"""A spreadsheet, written row by row in constant memory: the data with a frozen head, and a sheet that says where it is from."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

from app.data.exports import cells
from app.data.exports.messages import Receipt, TableWork, Written
from app.data.exports.quick_sheet import QuickSheet
from app.web import durations
from app.web.column_types import FIGURES

LONGEST_TEXT = 32_767
"""In UTF-16 units, as Excel counts."""
MOST_ROWS = 1_048_575
MEASURED_ROWS = 500
WIDTHS = (8, 60)
OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
FIXED_WIDTHS = {"date": 13, "datetime": 18, "month": 11, "duration": 14}
Put = Callable[[int, int, Any], None]
Write = Callable[[Any], str]


class ExcelFile:
    """A workbook under way."""

    def __init__(self, work: TableWork) -> None:
        path = Path(work.path)
        self._book = xlsxwriter.Workbook(work.path, {**OPTIONS, "tmpdir": str(path.parent)})
        self._book.set_properties({"title": work.title})
        self._sheet = self._book.add_worksheet(work.sheet, QuickSheet)
        self._columns = work.columns
        self._yes_no = work.yes_no
        self._quoted = self._book.add_format({"quote_prefix": True})
        self._formats = [self._book.add_format({"num_format": column.number_format or "General"}) for column in work.columns]
        self._widths = [len(column.heading) + 4 for column in work.columns]
        self._puts = [self._put_of(index) for index in range(len(work.columns))]
        self._row = 0
        self._cut = 0
        self._write_head()

    def add(self, rows: Sequence[Sequence[Any]]) -> None:
        """Write more rows."""
        for row in rows:
            self._row += 1
            for column, value in enumerate(row):
                if value is not None:
                    self._puts[column](self._row, column, value)
            if self._row <= MEASURED_ROWS:
                self._measure(row)

    def end(self, receipt: Receipt) -> Written:
        """Complete the file."""
        for column, width in enumerate(self._widths):
            self._sheet.set_column(column, column, min(max(width, WIDTHS[0]), WIDTHS[1]))
        if self._columns:
            self._sheet.autofilter(0, 0, max(self._row, 1), len(self._columns) - 1)
        self._write_receipt(receipt)
        self._book.close()
        return Written(self._row, self._cut)

    def _write_head(self) -> None:
        bold = self._book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top", "quote_prefix": True})
        self._sheet.freeze_panes(1, 0)
        for column, described in enumerate(self._columns):
            self._text(0, column, described.heading, bold)

    def _put_of(self, column: int) -> Put:
        """Return what writes the values of a column; one that does not fit its type is written as text."""
        sheet, style = self._sheet, self._formats[column]
        match self._columns[column].type:
            case "integer" | "decimal":
                return self._figures(cells.number, sheet, style)
            case "date" | "datetime":
                return self._figures(cells.day_number, sheet, style)
            case "duration":
                return self._figures(cells.duration_days, sheet, style, durations.hours)
            case "month":
                return self._figures(cells.month_number, sheet, style)
            case "boolean":
                return self._put_boolean
            case _:
                return self._put_text

    def _figures(self, read: Callable[[Any], float | None], sheet: Any, style: Any, write: Write = cells.text) -> Put:
        def put(row: int, column: int, value: Any) -> None:
            figure = read(value)
            if figure is None:
                self._text(row, column, write(value))
            else:
                sheet.write_number(row, column, figure, style)

        return put

    def _put_boolean(self, row: int, column: int, value: Any) -> None:
        if isinstance(value, bool | int):
            self._text(row, column, self._yes_no[not value])
        else:
            self._put_text(row, column, value)

    def _put_text(self, row: int, column: int, value: Any) -> None:
        self._text(row, column, cells.text(value))

    def _text(self, row: int, column: int, text: str, style: Any = None, *, sheet: Any = None) -> None:
        """Write a text as it is: never a formula, a link or markup."""
        if len(text) > LONGEST_TEXT // 2 and len(text.encode("utf-16-le")) > LONGEST_TEXT * 2:
            text = text.encode("utf-16-le")[: (LONGEST_TEXT - 2) * 2].decode("utf-16-le", "ignore") + "…"
            self._cut += 1
        if text.startswith("<r>"):
            text = f"\u200b{text}"  # The library writes a text that looks like its own markup without escaping it.
        if style is None and text.startswith(cells.DANGEROUS):
            style = self._quoted
        (sheet or self._sheet).write_string(row, column, text, style)

    def _measure(self, row: Sequence[Any]) -> None:
        for column, value in enumerate(row):
            if value is None:
                continue
            width = FIXED_WIDTHS.get(self._columns[column].type)
            if width is None:
                shown = cells.text(value)
                width = max(map(len, shown.splitlines()), default=0) + (2 if len(shown) < WIDTHS[1] else 0)
                width += width // 3 if self._columns[column].type in FIGURES else 0
            self._widths[column] = max(self._widths[column], width)

    def _write_receipt(self, receipt: Receipt) -> None:
        sheet = self._book.add_worksheet(receipt.heading[:31])
        label = self._book.add_format({"bold": True, "valign": "top"})
        wrapped = self._book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 100)
        lines = [*receipt.lines, *([receipt.if_cut] if self._cut else [])]
        for row, (name, text) in enumerate(lines):
            self._text(row, 0, name, label, sheet=sheet)
            self._text(row, 1, text, wrapped, sheet=sheet)
        name, address = receipt.link
        if address:
            self._text(len(lines), 0, name, label, sheet=sheet)
            sheet.write_url(len(lines), 1, address, string=address)
