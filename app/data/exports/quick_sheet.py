"""A worksheet that writes plain cells in one piece: the library gathers attributes for each, which takes half of the time."""

from typing import Any

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import CellNumberTuple, CellStringTuple, Worksheet

MARKUP = frozenset("&<>_")


class QuickSheet(Worksheet):  # type: ignore[misc]  # xlsxwriter ships no types
    """A worksheet of a workbook in constant memory. Whatever is not plain is left to the library."""

    _letters: list[str]

    def __init__(self) -> None:
        super().__init__()
        self._letters = []

    def _write_cell(self, row: int, col: int, cell: Any) -> None:
        kind = type(cell)
        assert self.fh is not None
        if kind is CellNumberTuple:
            self.fh.write(f"<c {self._place(row, col, cell)}><v>{cell.number:.16G}</v></c>")
        elif kind is CellStringTuple and _is_plain(cell.string):
            self.fh.write(f'<c {self._place(row, col, cell)} t="inlineStr"><is><t>{cell.string}</t></is></c>')
        else:
            super()._write_cell(row, col, cell)

    def _place(self, row: int, col: int, cell: Any) -> str:
        while col >= len(self._letters):
            self._letters.append(xl_col_to_name(len(self._letters)))
        place = f'r="{self._letters[col]}{row + 1}"'
        return f'{place} s="{cell.format._get_xf_index()}"' if cell.format else place  # noqa: SLF001 - as the library does


def _is_plain(text: Any) -> bool:
    """Tell whether a text needs neither escapes nor marks that its spaces count."""
    return text.isprintable() and MARKUP.isdisjoint(text) and text[:1] != " " and text[-1:] != " "
