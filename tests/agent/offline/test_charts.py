"""The offline analyst draws the chart that goes with a query."""

from typing import get_args

import pytest

from app.agent.tools.registry import BUILT_IN
from app.data.charts.spec import ChartType
from app.demo.knowledge import QUERIES
from app.knowledge.loading import load
from tests.agent.offline.conftest import Talk

QUESTIONS = {
    "Revenue by branch last month": ("bar", "branch"),
    "Выручка по месяцам за этот год": ("line", "month"),
    "revenue by channel last month": ("donut", "channel"),
}


@pytest.mark.parametrize("question", QUESTIONS)
async def test_the_chart_comes_before_the_table(talk: Talk, question: str) -> None:
    said = await talk().say(question)
    assert said.tools[-2:] == ["draw_chart", "render_table"]
    _, arguments, content = said.calls[-2]
    assert (arguments["type"], arguments["x"]) == QUESTIONS[question]
    assert content["shown"] is True


async def test_without_charts_the_table_is_enough(talk: Talk) -> None:
    tools = {tool.name: tool for tool in BUILT_IN if tool.name != "draw_chart"}
    said = await talk(tools=tools).say("Revenue by branch last month")
    assert said.tools[-2:] == ["sql_execute", "render_table"]


def test_the_charts_of_the_demo_suit_their_figures() -> None:
    charts = [query.chart for query in load(QUERIES) if query.chart]
    assert len(charts) > 30
    for chart in charts:
        assert chart["type"] in get_args(ChartType)
        assert (chart["type"] == "line") == (chart["x"] in {"month", "day"})
