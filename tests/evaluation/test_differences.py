"""What differs between two outcomes is told in a few lines that people can read."""

from app.evaluation.differences import of_contents

LONG = "Bar chart: Revenue by product. Highest: UZS 50,257,290 (Qaymoq). Lowest: UZS "


def test_values_are_named_by_their_place() -> None:
    then = '{"tables": [{"name": "sales", "rows": 4}], "result_id": "one", "gone": 1}'
    assert of_contents(then, {"tables": [{"name": "sales", "rows": 5}, {"name": "stock"}], "result_id": "other"}) == [
        "tells something else", "tables[0].rows: 4 → 5", "tables: 1 → 2 of them", "gone: 1 → nothing",
    ]  # fmt: skip
    assert of_contents(then, {"tables": [{"rows": 4, "name": "sales"}], "gone": 1}) == []


def test_long_texts_are_told_from_where_they_begin_to_differ() -> None:
    (_, line) = of_contents(f'{{"text": "{LONG}12"}}', {"text": f"{LONG}13"})
    assert line.endswith("Lowest: UZS 13")
    assert "Lowest: UZS 12 → …" in line
    assert len(line) < 70


def test_many_differences_are_counted_and_signs_for_terminals_are_left_out() -> None:
    found = of_contents('{"rows": [1, 2, 3, 4, 5, 6, 7]}', {"rows": ["\x1b[2J", 0, 0, 0, 0, 0, 0]})
    assert (found[1], found[-1], len(found)) == ("rows[0]: 1 →  [2J", "and 2 more", 7)
