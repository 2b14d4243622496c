"""The columns of a validated query's result have headings in every language; those of other SQL keep their names."""

from typing import Any

import pytest

from app.agent.tools.sql_execute import SQL_EXECUTE, Arguments
from app.data.results import Column, columns_from
from app.knowledge.validated_queries import ValidatedQueries
from app.web.static import StaticFiles
from app.web.templating import Templates
from tests.agent.offline.conftest import Talk

MONTHS = {"period_from": "2025-01-01", "period_to": "2100-01-01"}


async def run(talk: Talk, sql: str, **params: Any) -> tuple[Column, ...]:
    """Run a statement as a model does and return the columns as they are stored."""
    outcome = await SQL_EXECUTE.run(talk().context, Arguments(sql, params))
    return columns_from(outcome.artifacts[0].details)


def validated(knowledge: ValidatedQueries, name: str) -> str:
    return next(query.sql for query in knowledge.queries if query.name == name)


async def test_an_answers_table_is_stored_with_the_headings_of_all_languages(talk: Talk) -> None:
    conversation = talk("en")
    await conversation.say("revenue by branch last month")
    details = next(kept.details for kept in conversation.kept.all.values() if kept.kind == "result")
    branch, revenue, *_ = columns_from(details)
    assert branch.labels == {"en": "Branch", "ru": "Филиал", "uz": "Filial"}
    assert (revenue.name, revenue.label("ru"), revenue.currency) == ("revenue", "Выручка", "UZS")


async def test_a_model_that_runs_a_validated_query_gets_its_headings(talk: Talk, knowledge: ValidatedQueries) -> None:
    sql = validated(knowledge, "revenue_by_city")
    columns = await run(talk, sql.replace("\n", "  \n ") + " ;", **MONTHS)
    assert columns[0].label("uz") == "Shahar"


async def test_other_sql_is_headed_by_the_catalogue_or_by_the_names_it_gave(talk: Talk, knowledge: ValidatedQueries) -> None:
    sql = validated(knowledge, "revenue_by_city").replace("SUM(amount)", "COUNT(*)")
    columns = await run(talk, sql, **MONTHS)
    assert columns[0].label("ru") == "Город"
    assert [column.label("ru") for column in columns[1:]] == [column.name for column in columns[1:]]


async def test_the_model_reads_the_heading_in_the_readers_language_only(talk: Talk, knowledge: ValidatedQueries) -> None:
    outcome = await SQL_EXECUTE.run(talk("ru").context, Arguments(validated(knowledge, "branch_list"), {}))
    assert outcome.content["columns"][0] == {"name": "branch", "type": "text", "label": "Филиал"}


@pytest.mark.parametrize(
    ("locale", "headings"),
    [
        ("en", ["Revenue, UZS", "Sold, pcs", "Change, %", "net_total"]),
        ("ru", ["Выручка, сум", "Продано, шт.", "Изменение, %", "net_total"]),
        ("uz", ["Tushum, soʻm", "Sotilgan, dona", "Oʻzgarish, %", "net_total"]),
    ],
)
def test_the_reader_decides_the_language_of_the_headings(tmp_path, locale: str, headings: list[str]) -> None:
    columns = [
        Column("revenue", "decimal", currency="UZS", labels={"en": "Revenue", "ru": "Выручка", "uz": "Tushum"}),
        Column("sold", "integer", unit="pcs", labels={"en": "Sold", "ru": "Продано", "uz": "Sotilgan"}),
        Column("change", "decimal", unit="percent", labels={"en": "Change", "ru": "Изменение", "uz": "Oʻzgarish"}),
        Column("net_total", "decimal"),
    ]
    html = Templates(StaticFiles(tmp_path).url).render(locale, "chat/_figures.html", columns=columns, rows=[], caption="")
    cells = [cell.partition("</th>")[0] for cell in html.split('scope="col"')[1:]]
    written = [cell.partition(">")[2].replace('<span class="figures-unit">', "").replace("</span>", "") for cell in cells]
    assert written == headings


def test_a_heading_that_names_the_unit_does_not_get_it_twice(tmp_path) -> None:
    columns = [Column("orders", "integer", unit="orders", labels={"en": "Orders"})]
    html = Templates(StaticFiles(tmp_path).url).render("en", "chat/_figures.html", columns=columns, rows=[], caption="")
    assert "figures-unit" not in html
