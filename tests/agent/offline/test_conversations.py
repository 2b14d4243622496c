"""Conversations with the offline analyst: figures, periods, names, going on, asking back, failing honestly."""

import datetime as dt
import re
import sqlite3
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from app.agent.tool import Tool, ToolError
from app.agent.tools.registry import BUILT_IN
from app.demo.companies import companies
from tests.agent.offline.conftest import Talk

Sum = Callable[..., int]


@pytest.fixture
def revenue(seeded: Path) -> Sum:
    """Return the net revenue of a tenant's completed orders, computed from the base tables."""

    def of(start: str, end: str, company: int = 0, branch: str | None = None) -> int:
        statement = """
            SELECT SUM(o.amount) FROM orders_t AS o JOIN branches_t AS b ON b.id = o.branch_id
            WHERE o.tenant_id = ? AND o.status = 'sold' AND o.order_date >= ? AND o.order_date < ?
              AND b.name = COALESCE(?, b.name)
        """
        with sqlite3.connect(seeded / "analytics.sqlite") as connection:
            tenant = {row[0] for row in connection.execute("SELECT DISTINCT tenant_id FROM orders_t")}
            key = next(key for key in tenant if uuid.UUID(key) == companies()[company].tenant_id)
            (total,) = connection.execute(statement, (key, start, end, branch)).fetchone()
        connection.close()
        return round(total)

    return of


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def month(now: dt.datetime, back: int = 0) -> tuple[str, str]:
    at = now.year * 12 + now.month - 1 - back
    return f"{at // 12}-{at % 12 + 1:02}-01", f"{(at + 1) // 12}-{(at + 1) % 12 + 1:02}-01"


@pytest.mark.parametrize(
    ("locale", "question"),
    [
        ("ru", "How much did we sell last month?"),
        ("uz", "какая выручка за прошлый месяц"),
        ("en", "oʻtgan oyda tushum qancha boʻldi"),
    ],
)
async def test_the_answer_has_the_figures_of_the_data(
    talk: Talk, revenue: Sum, now: dt.datetime, locale: str, question: str
) -> None:
    said = await talk(locale).say(question)
    assert said.query == "revenue_total"
    assert str(revenue(*month(now, 1))) in digits(said.answer)


async def test_each_company_has_its_own_figures(talk: Talk, revenue: Sum, now: dt.datetime) -> None:
    mine, theirs = [(await talk("en", company).say("revenue last month")).answer for company in (0, 1)]
    assert str(revenue(*month(now, 1), company=1)) in digits(theirs)
    assert mine != theirs


async def test_tools_are_called_in_the_order_any_model_would(talk: Talk) -> None:
    said = await talk().say("revenue by branch last month")
    assert said.tools == ["search_validated_queries", "sql_execute", "draw_chart", "render_table"]


@pytest.mark.parametrize(
    "question", ["revenue in Samarkand last month", "выручка в Самарканде за прошлый месяц", "oʻtgan oyda Samarqanddagi tushum"]
)
async def test_a_branch_is_found_in_any_form_of_its_name(talk: Talk, revenue: Sum, now: dt.datetime, question: str) -> None:
    said = await talk().say(question)
    assert said.params["branch"] == "Samarqand"
    assert str(revenue(*month(now, 1), branch="Samarqand")) in digits(said.answer)


async def test_a_place_that_the_company_does_not_have_is_not_answered(talk: Talk) -> None:
    assert (await talk().say("выручка в Москве")).query is None
    assert (await talk(company=1).say("revenue of the Yunusobod branch")).query is None


async def test_what_follows_keeps_the_question_and_changes_what_is_said(talk: Talk, now: dt.datetime) -> None:
    conversation = talk()
    await conversation.say("what is our revenue?")
    said = await conversation.say("and for last month?")
    assert (said.query, said.params["period_from"]) == ("revenue_total", month(now, 1)[0])
    said = await conversation.say("а в Самарканде?")
    assert (said.params["branch"], said.params["period_from"]) == ("Samarqand", month(now, 1)[0])
    said = await conversation.say("bu oy-chi?")
    assert (said.params["branch"], said.params["period_from"]) == ("Samarqand", month(now)[0])
    said = await conversation.say("and by category?")
    assert (said.query, said.params["branch"]) == ("revenue_by_category", "Samarqand")


async def test_a_new_question_does_not_inherit(talk: Talk, now: dt.datetime) -> None:
    conversation = talk()
    await conversation.say("revenue in Samarkand last month")
    said = await conversation.say("revenue by branch")
    assert (said.query, said.params["period_from"]) == ("revenue_by_branch", month(now)[0])


async def test_something_else_after_a_question_is_not_taken_for_its_continuation(talk: Talk) -> None:
    conversation = talk()
    await conversation.say("revenue this month")
    assert (await conversation.say("and the weather last month?")).query is None
    assert (await conversation.say("delete all orders")).query is None


async def test_what_follows_a_declined_question_goes_on_from_the_answered_one(talk: Talk) -> None:
    conversation = talk()
    await conversation.say("revenue this month")
    assert (await conversation.say("what about Paris")).query is None
    assert (await conversation.say("and yesterday")).query == "revenue_total"


async def test_two_named_periods_are_compared(talk: Talk, revenue: Sum, now: dt.datetime) -> None:
    this, last = (now - dt.timedelta(days=45)).strftime("%B"), (now - dt.timedelta(days=75)).strftime("%B")
    said = await talk().say(f"compare revenue of {this} and {last}")
    assert said.query == "revenue_compared"
    assert said.params["period_prev_to"] == said.params["period_from"]


async def test_a_name_that_may_be_several_is_asked_about(talk: Talk) -> None:
    conversation = talk()
    said = await conversation.say("price of lemonade chinor")
    (question,) = said.asked.questions
    assert {option.label for option in question.options} == {"Lemonade Chinor 0.5 l", "Lemonade Chinor 1.5 l"}
    said = await conversation.reply(said.asked.call.id, {"answers": {question.id: [question.options[1].id]}})
    assert said.params["product"] == "Limonad Chinor 1.5 l"


async def test_own_words_are_understood_and_a_dismissal_says_what_is_missing(talk: Talk) -> None:
    conversation = talk()
    said = await conversation.say("price of a product")
    question = said.asked.questions[0]
    said = await conversation.reply(said.asked.call.id, {"answers": {question.id: ["limonad chinor 0.5"]}})
    assert said.params["product"] == "Limonad Chinor 0.5 l"
    conversation = talk()
    said = await conversation.say("price of a product")
    said = await conversation.reply(said.asked.call.id, {"dismissed": True, "answers": {}})
    assert said.query is None
    assert "Product" in said.answer


async def test_what_may_mean_two_queries_is_asked(talk: Talk) -> None:
    conversation = talk()
    said = await conversation.say("branches")
    question = said.asked.questions[0]
    assert 2 <= len(question.options) <= 4
    assert len(question.header) <= 12
    assert all(option.description for option in question.options)
    said = await conversation.reply(said.asked.call.id, {"answers": {question.id: ["branch_list"]}})
    assert said.query == "branch_list"


async def test_counts_come_from_the_question(talk: Talk) -> None:
    assert (await talk().say("топ 3 товаров по выручке за прошлый месяц")).params["top"] == 3
    assert (await talk().say("top five customers last 30 days")).params["top"] == 5
    assert (await talk().say("payments overdue by more than 30 days")).params["days"] == 30


@pytest.mark.parametrize(
    "greeting", ["hello", "Привет!", "Assalomu alaykum", "what can you do?", "что ты умеешь", "nima qila olasan"]
)
async def test_a_greeting_is_answered_with_what_can_be_asked(talk: Talk, greeting: str) -> None:
    said = await talk().say(greeting)
    assert said.query is None
    assert said.answer.count("\n- ") == 3


async def test_a_failing_database_is_told_honestly(talk: Talk) -> None:
    async def fail(_context: object, _arguments: object) -> None:
        raise ToolError("timeout", "took too long")

    tools = {tool.name: tool for tool in BUILT_IN}
    broken = tools["sql_execute"]
    tools["sql_execute"] = Tool(broken.name, broken.description, broken.arguments, fail)  # type: ignore[arg-type]  # never returns
    said = await talk(tools=tools).say("revenue last month")
    assert "too long" in said.answer
    assert not digits(said.answer)


async def test_nothing_found_is_said_with_the_period(talk: Talk) -> None:
    said = await talk().say("revenue in 1999")
    assert said.query == "revenue_total"
    assert "1999" in said.answer
    assert "render_table" not in said.tools
