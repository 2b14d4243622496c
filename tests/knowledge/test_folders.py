"""What is read of a folder of knowledge, and how mistakes in it are told."""

import json
from pathlib import Path

import pytest

from app.knowledge.folder import read_folder
from tests.knowledge.conftest import FOLDER, TABLE, write

TAGGED = "-- <query name>q</query name>\n-- <query description>D</query description>\n"
UNNAMED = TABLE | {"table_columns": [{"name": "a"}, {"type": "text"}]}
METRIC = '{"metrics": [\n {"name": "Margin", "definition": "What remains"},\n 5\n]}'


def test_everything_in_a_folder_is_read(folder: Path) -> None:
    drafts, faults = read_folder(folder)
    assert faults == []
    assert [(draft.kind, draft.name) for draft in drafts] == [
        ("metric", "Net revenue"), ("rule", "The financial year begins in April"), ("definition", "Regular customer"),
        ("gotcha", "Amounts are in tiyin"), ("document", "delivery.md"), ("query", "orders_by_city"), ("query", "largest_orders"),
        ("table", "orders"),
    ]  # fmt: skip
    known = {draft.name: draft for draft in drafts}
    assert known["orders_by_city"].sql == "SELECT city, COUNT(*) AS orders FROM orders\nGROUP BY city ORDER BY city"
    assert known["orders_by_city"].text.startswith("How many orders each city made. Cancelled ones are left out.")
    assert known["largest_orders"].sql == "SELECT id, amount FROM orders ORDER BY amount DESC LIMIT 5"
    assert known["largest_orders"].place == "queries/shop.sql:11"
    assert known["Amounts are in tiyin"].text == "Tables affected: orders\nSolution: Divide by 100"
    assert known["delivery.md"].title == "Delivery"
    assert "! Cancelled orders are left out" in known["orders"].text


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        (f"{TAGGED}-- <query>SELECT 1</query>", "SELECT 1"),
        ("-- <query q>\n-- <description>\n-- Several\n-- </description>\n-- <query>\nSELECT 1;\n-- </query>", "SELECT 1"),
        ("-- <query q>\n-- <description> Until the statement\nSELECT 1\nFROM orders;\n", "SELECT 1\nFROM orders"),
        (f"{TAGGED}-- <query>\n-- SELECT 1\n-- </query>", "SELECT 1"),
    ],
)  # fmt: skip
def test_queries_are_read_in_every_spelling(tmp_path: Path, text: str, sql: str) -> None:
    drafts, faults = read_folder(write(tmp_path, {"queries/q.sql": text}))
    assert (faults, [(draft.name, draft.sql) for draft in drafts]) == ([], [("q", sql)])


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("tables/a.json", '{\n "table_name": "a",\n}', "tables/a.json:3: not valid JSON"),
        ("tables/a.json", json.dumps(UNNAMED, indent=0), "tables/a.json:14: "),
        ("tables/a.json", '{"table_name": 5}', "tables/a.json:1: $.table_name: Expected `str`"),
        ("queries/a.sql", "SELECT 1", "queries/a.sql:1: SQL before the first <query name>"),
        ("queries/a.sql", "-- <query name>a</query name>\nSELECT 1", "queries/a.sql:1: a has no <query description>"),
        ("queries/a.sql", "\n-- <query a>\n-- <description>A</description>\n", "queries/a.sql:2: a has no statement"),
        ("business/a.json", METRIC, "business/a.json:3: $.metrics[1]: a text, or an object"),
        ("business/a.json", '{\n"metriks": []}', "business/a.json:2: $.metriks: not one of rules"),
        ("business/a.json", "[]", "business/a.json:1: an object with"),
        ("tables/b.json", json.dumps(TABLE), "tables/orders.json:1: the table 'orders' is there already, at tables/b.json:1"),
        ("a.md", "# A\x00", "a.md:1: there are characters that cannot be stored"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_file_and_line(folder: Path, file: str, text: str, told: str) -> None:
    _, faults = read_folder(write(folder, {file: text}))
    assert any(fault.startswith(told) for fault in faults), faults


def test_all_mistakes_are_told_at_once(folder: Path) -> None:
    wrong = {"tables/a.json": "{", "queries/a.sql": "SELECT 1", "business/a.json": METRIC}
    _, faults = read_folder(write(folder, FOLDER | wrong))
    assert [fault.partition(":")[0] for fault in faults] == ["business/a.json", "queries/a.sql", "queries/a.sql", "tables/a.json"]


def test_each_entry_of_a_file_that_is_wrong_is_told(tmp_path: Path) -> None:
    columns: list[object] = [{"name": 1, "unit": 2}, {"type": "text"}, {"name": "a", "descriptions": {"de": "A"}}, 5]
    table = {"table_name": "", "table_columns": columns, "use_cases": ["a", 7]}
    _, faults = read_folder(write(tmp_path, {"tables/a.json": json.dumps(table, indent=0)}))
    assert [fault.split(": ")[1] for fault in faults] == [
        "$.table_name", "$.use_cases[1]", "$.table_columns[0].name", "$.table_columns[0].unit", "$.table_columns[1]",
        "$.table_columns[2].descriptions.de", "$.table_columns[3]",
    ]  # fmt: skip
    assert all(int(fault.split(":")[1]) > 1 for fault in faults)


def test_a_file_that_is_no_text_and_an_empty_folder_are_told(tmp_path: Path) -> None:
    assert read_folder(tmp_path / "nothing")[1] == [f"{tmp_path / 'nothing'} is not a directory"]
    assert "has no tables/*.json" in read_folder(tmp_path)[1][0]
    (tmp_path / "a.md").write_bytes(b"first\n\xff\xfe")
    assert read_folder(tmp_path)[1] == ["a.md:2: the file is not UTF-8"]
