"""Whatever a database gives stays what it is in a file: figures exact, texts texts, and none of them a formula."""

import csv
import datetime as dt
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.data.exports import cells
from app.data.exports.csv_file import CsvFile
from app.data.exports.excel import ExcelFile
from app.data.exports.exporter import file_name
from app.data.exports.messages import Receipt, SheetColumn, TableWork
from app.data.exports.rich_text import blocks

RECEIPT = Receipt("Receipt", (("Question", "=1+1"), ("SQL", "+cmd|' /C calc'!A0")), if_cut=("Cut", "yes"))
FORMULAS = ["=1+1", "+1", "-1+cmd", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "  =1", "=cmd|' /C calc'!A0"]


def written(folder: Path, form: Any, kind: str, values: list[Any], heading: str = "c") -> Path:
    path = folder / "made"
    is_day = kind.startswith(("date", "month"))
    columns = (SheetColumn(heading, kind, "yyyy-mm-dd" if is_day else "0.00"),)
    file = (ExcelFile if form == "excel" else CsvFile)(TableWork(form, str(path), "t", "Data", columns, ("yes", "no")))
    file.add([[value] for value in values])
    file.end(RECEIPT)
    return path


def in_excel(path: Path) -> list[Any]:
    book = openpyxl.load_workbook(io.BytesIO(path.read_bytes()))
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d", "b"}
    return [row[0].value for row in book.worksheets[0].iter_rows(min_row=2)]


def in_csv(path: Path) -> list[str]:
    return [row[0] for row in csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""))]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("integer", 12, 12), ("integer", 10**17, str(10**17)), ("decimal", "12.50", 12.5), ("decimal", 0.1 + 0.2, 0.3),
        ("decimal", "12345678901234567.89", "12345678901234567.89"), ("decimal", "NaN", "NaN"), ("decimal", "=1", "=1"),
        ("date", "2026-02-28", dt.datetime.fromisoformat("2026-02-28")), ("date", "1812-06-24", "1812-06-24"),
        ("datetime", "2026-02-28 13:45:10", dt.datetime.fromisoformat("2026-02-28 13:45:10")), ("date", "soon", "soon"),
        ("month", "2026-02", dt.datetime.fromisoformat("2026-02-01")),
        ("month", "2026-02-01 00:00:00", dt.datetime.fromisoformat("2026-02-01")),
        ("quarter", "2026-Q1", "2026-Q1"), ("week", "2026-W05", "2026-W05"),
        ("boolean", True, "yes"), ("boolean", 0, "no"), ("json", {"a": [1]}, '{"a": [1]}'), ("text", b"abc", "<3 bytes>"),
        ("text", "2026-02-28", "2026-02-28"), ("text", "007", "007"), ("text", "http://evil.example", "http://evil.example"),
        ("text", "<r><t>x</t></r>", "\u200b<r><t>x</t></r>"), ("text", "a\x00b", "a\x00b"),
    ],
)  # fmt: skip
def test_excel_holds_every_value_as_what_it_is(tmp_path: Path, kind: str, value: Any, expected: Any) -> None:
    (found,) = in_excel(written(tmp_path, "excel", kind, [value]))
    assert (found.replace("_x0000_", "\x00") if isinstance(found, str) else found) == expected


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula(tmp_path: Path, text: str) -> None:
    book = openpyxl.load_workbook(written(tmp_path, "excel", "text", [text], heading=text).rename(tmp_path / "made.xlsx"))
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} == {"s"}
    for found in in_csv(written(tmp_path, "csv", "text", [text], heading=text)):
        assert found == (f"'{text[0]}'{text[1:]}" if text[0] in "\t\r\n" else f"'{text}")


@given(st.lists(st.sampled_from([";", "=1+1", '"', "a", ",", "\t", "\n", "\r", " ", "-2", "@x"])).map("".join))
@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_no_text_holds_a_formula_for_those_who_cut_elsewhere(delimiter: str, text: str) -> None:
    line = io.StringIO()
    csv.writer(line).writerow(["x", cells.neutralised(text)])
    for row in csv.reader(io.StringIO(line.getvalue(), newline=""), delimiter=delimiter):
        assert not any(cell.lstrip(" ").startswith(cells.DANGEROUS[:4]) for cell in row)


def test_figures_are_written_out(tmp_path: Path) -> None:
    given = ["1.23456789012346E+19", "1E-10", 1e-10, "NaN"]
    expected = ["12345678901234600000", "0.0000000001", "0.0000000001", "NaN"]
    assert in_csv(written(tmp_path, "csv", "decimal", given)) == ["c", *expected]


@given(st.text())
def test_a_neutralised_text_never_begins_like_a_formula(text: str) -> None:
    assert not cells.neutralised(text).lstrip(" ").startswith(cells.DANGEROUS)


def test_negative_figures_stay_figures(tmp_path: Path) -> None:
    assert in_csv(written(tmp_path, "csv", "decimal", ["-12.50", -3, "-x"])) == ["c", "-12.50", "-3", "'-x"]


def test_a_text_too_long_for_a_cell_is_cut_and_told(tmp_path: Path) -> None:
    path = written(tmp_path, "excel", "text", ["😀" * 20_000, "x" * 32_767])
    cut, whole = in_excel(path)
    assert cut.endswith("…")
    assert whole == "x" * 32_767
    receipt = openpyxl.load_workbook(io.BytesIO(path.read_bytes())).worksheets[1]
    assert "Cut" in [cell.value for cell in receipt["A"]]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("../../etc/passwd", "etc passwd"),
        ("a\r\nSet-Cookie: x", "a Set-Cookie x"),
        ("  ", "export"),
        ("Oʻtgan oy", "Oʻtgan oy"),
    ],
)
def test_titles_make_safe_names(title: str, name: str) -> None:
    assert file_name(title) == name


def test_markdown_becomes_data() -> None:
    found = blocks('# H\n\nHi **b** `c` #read("x")\n\n- a\n  - deep\n- b\n\n|a|b|\n|-|-:|\n|1|2|\n\n```sql\nx\n```\n')
    assert [block["kind"] for block in found] == ["heading", "paragraph", "list", "table", "code"]
    assert "".join(part["text"] for part in found[1]["parts"]) == 'Hi b c #read("x")'
    assert (found[3]["heads"], found[3]["rows"], found[3]["figures"]) == (["a", "b"], [["1", "2"]], [False, True])
    assert len(found[2]["items"]) >= 2
