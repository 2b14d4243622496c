"""Files of validated queries: what is read from them, and how mistakes are told."""

from pathlib import Path

import pytest

from app.demo.knowledge import QUERIES
from app.knowledge.loading import KnowledgeError, load, read
from app.knowledge.validated_queries import ValidatedQueries

WHOLE = """-- <query name>sums</query name>
-- <query title>Sums</query title>
-- <query title ru>Суммы</query title ru>
-- <query title uz>Summalar</query title uz>
-- <query description>Sums.</query description>
-- <query description ru>Суммы.</query description ru>
-- <query description uz>Summalar.</query description uz>
-- <question en>sums</question en>
-- <question ru>суммы</question ru>
-- <question uz>summalar</question uz>
-- <param name="top" type="integer" default="3" min="1" max="9" en="How many" ru="Сколько" uz="Nechta">How many.</param>
-- <param name="branch" type="text" lookup="SELECT name FROM branches" optional en="Branch" ru="Филиал" uz="Filial">One.</param>
-- <column name="total" currency="UZS" en="Total" ru="Итого" uz="Jami" />
-- <answer en>{first:total}</answer en>
-- <answer ru>{first:total}</answer ru>
-- <answer uz>{first:total}</answer uz>
-- A remark.
SELECT SUM(amount) AS total
FROM sales LIMIT :top;
"""


def test_a_query_is_read_with_all_its_parts() -> None:
    (query,) = read(WHOLE, "sums.sql")
    assert (query.name, query.titles["ru"], query.questions["uz"]) == ("sums", "Суммы", ("summalar",))
    assert query.sql == "SELECT SUM(amount) AS total\nFROM sales LIMIT :top"
    top, branch = query.parameters
    assert (top.kind, top.default, top.least, top.most, top.is_needed) == ("integer", "3", 1, 9, False)
    assert (branch.lookup, branch.is_optional) == ("SELECT name FROM branches", True)
    assert query.columns[0].currency == "UZS"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("</query title ru>", "</query title uz>", "sums.sql:3:"),
        ("<query title uz>Summalar</query title uz>", "nothing", "sums has no <query title uz>"),
        ('type="integer"', 'type="number"', "sums.sql:11:"),
        (' lookup="SELECT name FROM branches"', "", "sums.sql:12: a text parameter needs a lookup"),
        (":top;", ":top", "does not end with ';'"),
        ("-- <query name>sums</query name>\n", "", "sums.sql:1:"),
        ('min="1"', 'min="one"', "sums.sql:11:"),
    ],
)
def test_a_mistake_is_told_with_its_file(old: str, new: str, told: str) -> None:
    with pytest.raises(KnowledgeError, match=r"sums\.sql:\d+: ") as raised:
        list(read(WHOLE.replace(old, new), "sums.sql"))
    assert told in str(raised.value)


def test_all_mistakes_of_a_query_are_told_at_once() -> None:
    with pytest.raises(KnowledgeError) as raised:
        list(
            read(
                WHOLE.replace('type="integer"', "").replace(' lookup="SELECT name FROM branches"', "").replace(":top;", ":top"),
                "a",
            )
        )
    assert [fault.partition(": ")[0] for fault in raised.value.faults] == ["a:11", "a:12", "a:1"]
    lines = [line for line in WHOLE.splitlines(keepends=True) if "title uz" not in line and "<answer ru" not in line]
    with pytest.raises(KnowledgeError, match="sums has no <query title uz>, <answer ru>"):
        list(read("".join(lines), "a"))


def test_two_queries_of_one_name_are_refused(tmp_path: Path) -> None:
    for name in ("a.sql", "b.sql"):
        (tmp_path / name).write_text(WHOLE, encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"b\.sql: there are two queries named sums"):
        load(tmp_path)


def test_without_a_folder_nothing_is_known() -> None:
    nothing = ValidatedQueries(None)
    assert (nothing.search("revenue"), nothing.starters("en", 3), nothing.closest("revenue", "en", 3)) == ([], [], [])


@pytest.mark.parametrize("locale", ["en", "ru", "uz"])
def test_starters_are_about_different_things(locale: str) -> None:
    knowledge = ValidatedQueries(QUERIES)
    starters = knowledge.starters(locale, 6)
    assert len(set(starters)) == 6
    found = [knowledge.search(question)[0].query.name.partition("_")[0] for question in starters]
    assert len(set(found)) == 6


def test_a_match_is_plain_json_in_the_language_asked_for() -> None:
    match = ValidatedQueries(QUERIES).search("revenue by branch", locale="ru")[0]
    told = match.as_dict("ru")
    assert (told["name"], told["title"], told["unmatched"]) == ("revenue_by_branch", "Выручка по филиалам", [])
    assert told["score"] > 0.9
    assert told["params"][0]["type"] == "period"


def test_a_name_in_its_place_counts_for_queries_that_take_it_only() -> None:
    matches = {match.query.name: match for match in ValidatedQueries(QUERIES).search("revenue of {branch}", limit=60)}
    assert matches["revenue_total"].unmatched == ()
    assert matches["revenue_by_branch"].unmatched == ("{branch}",)


CHART = '-- <chart type="bar" x="total" y="total" horizontal />'


def test_a_chart_names_columns_of_its_result() -> None:
    text = WHOLE.replace("-- <answer en>", f"{CHART}\n-- <answer en>", 1)
    (query,) = read(text, "sums.sql")
    assert query.chart == {"type": "bar", "x": "total", "y": ["total"], "horizontal": True}
    for right, wrong in (('x="total"', 'x="city"'), ('y="total"', 'y="nothing"'), ('type="bar"', 'type="spiral"')):
        with pytest.raises(KnowledgeError, match=r"sums\.sql:14: a chart has a known type"):
            list(read(text.replace(right, wrong, 1), "sums.sql"))
