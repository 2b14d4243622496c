"""What a question says is answered or told to be left out: periods, counts, several names at once, advice."""

import datetime as dt

import pytest

from app.agent.offline.advice import asks_advice
from tests.agent.offline.conftest import Talk

LAST_MONTH = ["employees last month", "сотрудники за прошлый месяц", "oʻtgan oyda nechta xodim ishlaydi"]


@pytest.mark.parametrize("question", LAST_MONTH)
async def test_a_period_that_does_not_apply_is_told(talk: Talk, now: dt.datetime, question: str) -> None:
    said = await talk().say(question)
    note, _, figures = said.answer.partition("\n\n")
    assert said.query == "headcount_by_branch"
    assert str((now - dt.timedelta(days=30)).year) in note
    assert figures


async def test_today_needs_no_such_note(talk: Talk) -> None:
    assert "\n\n" not in (await talk().say("how many employees do we have today")).answer


@pytest.mark.parametrize(
    ("question", "told"),
    [("revenue in 2099", "not begun"), ("выручка за 2099 год", "не начался"), ("2099-yil tushumi", "boshlanmagan")],
)
async def test_a_period_to_come_has_not_begun(talk: Talk, question: str, told: str) -> None:
    answer = (await talk().say(question)).answer
    assert told in answer
    assert "2099" in answer


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("revenue from February 30, 2025 to March 5, 2025", ["no such day", "“February 30, 2025”", "February 28, 2025"]),
        ("выручка с 30 февраля 2025 года по 5 марта", ["Такого дня нет", "«30 февраля 2025 года»", "28 февраля 2025"]),
        ("2025-yil 30-fevraldan 5-martgacha tushum", ["Bunday kun yoʻq", "30-fevraldan", "2025-yil 28-fevral"]),
        ("revenue on 31 April 2025", ["no such day", "April 30, 2025"]),
        ("выручка за 31.04.2025", ["Такого дня нет", "30 апреля 2025"]),
        ("2025-02-30 kungi tushum", ["Bunday kun yoʻq", "2025-yil 28-fevral"]),
    ],
)
async def test_a_day_that_is_none_is_told_with_the_last_one_of_its_month(talk: Talk, question: str, told: list[str]) -> None:
    said = await talk().say(question)
    assert (said.query, said.asked) == (None, None)
    assert [words for words in told if words not in said.answer] == []


@pytest.mark.parametrize("question", ["top 500 customers", "топ 500 клиентов", "top 500 mijozlar"])
async def test_more_than_can_be_shown_is_not_cut_silently(talk: Talk, question: str) -> None:
    said = await talk().say(question)
    assert said.params["top"] == 100
    note = said.answer.partition("\n\n")[0]
    assert "500" in note
    assert "100" in note
    assert "500" not in (await talk().say("top 100 customers")).answer


@pytest.mark.parametrize(
    "question",
    ["revenue in Chilonzor and Samarkand last month", "выручка Чиланзара и Самарканда", "Chilonzor va Samarqanddagi savdo"],
)
async def test_two_names_are_answered_one_after_the_other(talk: Talk, question: str) -> None:
    said = await talk().say(question)
    bound = [
        arguments["params"]["branch"] for name, arguments, _ in said.calls if name == "sql_execute" and "params" in arguments
    ]
    assert set(bound) == {"Chilonzor", "Samarqand"}
    assert len(said.answer.split("\n\n")) == 2
    assert said.asked is None


@pytest.mark.parametrize(
    "question", ["revenue in Tashkent", "выручка в Ташкенте", "Toshkentdagi savdo", "Toshkent shahridagi tushum"]
)
async def test_a_city_is_found_in_any_form_of_its_name(talk: Talk, question: str) -> None:
    said = await talk().say(question)
    assert (said.query, said.params["city"], said.params["branch"]) == ("revenue_total", "Toshkent", None)


async def test_a_branch_named_later_replaces_the_city(talk: Talk) -> None:
    conversation = talk()
    await conversation.say("revenue in Tashkent")
    said = await conversation.say("and in Samarkand?")
    assert (said.params["city"], said.params["branch"]) == (None, "Samarqand")


@pytest.mark.parametrize("question", ["compare with August", "сравни с августом", "avgust bilan solishtir"])
async def test_a_period_is_compared_with_the_one_before(talk: Talk, now: dt.datetime, question: str) -> None:
    conversation = talk()
    before = await conversation.say("revenue last month")
    said = await conversation.say(question)
    assert said.query == "revenue_compared"
    months = {said.params["period_from"], said.params["period_prev_from"]}
    assert before.params["period_from"] in months
    assert any(month[5:7] == "08" for month in months)


async def test_compared_with_a_year_means_the_same_month_of_it(talk: Talk) -> None:
    conversation = talk()
    await conversation.say("revenue last month")
    params = (await conversation.say("compare with last year")).params
    assert params["period_prev_from"] == f"{int(params['period_from'][:4]) - 1}{params['period_from'][4:]}"
    assert params["period_prev_to"][4:] == params["period_to"][4:]


async def test_a_period_that_is_not_over_is_told_when_compared(talk: Talk) -> None:
    conversation = talk()
    await conversation.say("revenue this month")
    assert "not over" in (await conversation.say("compare with August")).answer
    await conversation.say("revenue last month")
    assert "not over" not in (await conversation.say("compare with August")).answer


@pytest.mark.parametrize("question", ["and overall?", "а в целом?", "umumiy-chi?"])
async def test_overall_drops_the_name_and_keeps_the_period(talk: Talk, question: str) -> None:
    conversation = talk()
    before = await conversation.say("revenue in Samarkand last month")
    said = await conversation.say(question)
    assert (said.query, said.params["branch"]) == ("revenue_total", None)
    assert said.params["period_from"] == before.params["period_from"]


@pytest.mark.parametrize("question", ["by category", "and by category?", "а по категориям?", "kategoriyalar kesimida"])
async def test_a_breakdown_of_what_was_asked_needs_no_name(talk: Talk, question: str) -> None:
    conversation = talk()
    await conversation.say("revenue in Samarkand last month")
    said = await conversation.say(question)
    assert (said.query, said.params["branch"]) == ("revenue_by_category", "Samarqand")


@pytest.mark.parametrize(
    ("before", "question", "query"),
    [
        ("payments received last month", "by method", "payments_by_method"),
        ("сколько оплат поступило за прошлый месяц", "по способам", "payments_by_method"),
        ("oʻtgan oyda qancha toʻlov tushdi", "usullar boʻyicha", "payments_by_method"),
        ("average basket last month", "by branch", "average_basket_by_branch"),
        ("средний чек за прошлый месяц", "по филиалам", "average_basket_by_branch"),
        ("oʻtgan oyda oʻrtacha chek", "filiallar boʻyicha", "average_basket_by_branch"),
        ("top 3 products by quantity last month", "and by revenue?", "top_products_by_revenue"),
        ("топ 3 товаров по количеству за прошлый месяц", "а по выручке?", "top_products_by_revenue"),
        ("oʻtgan oyda soni boʻyicha top 3 mahsulot", "tushum boʻyicha-chi?", "top_products_by_revenue"),
    ],
)
async def test_the_same_by_something_else_keeps_its_period_and_count(talk: Talk, before: str, question: str, query: str) -> None:
    conversation = talk()
    params = (await conversation.say(before)).params
    said = await conversation.say(question)
    assert (said.query, said.asked) == (query, None)
    kept = ("period_from", "period_to", "top")
    assert [said.params.get(name) for name in kept] == [params.get(name) for name in kept]


@pytest.mark.parametrize("question", ["by warehouse", "по складам", "omborlar boʻyicha"])
async def test_a_breakdown_of_something_else_does_not_go_on(talk: Talk, question: str) -> None:
    conversation = talk()
    await conversation.say("payments received last month")
    said = await conversation.say(question)
    assert (said.query or "stock").startswith(("stock", "shortages"))


@pytest.mark.parametrize(
    "question", ["how to increase revenue?", "how can we boost sales", "как увеличить выручку", "tushumni qanday oshirish mumkin"]
)
async def test_advice_is_declined(talk: Talk, question: str) -> None:
    said = await talk().say(question)
    assert (said.query, said.asked) == (None, None)


@pytest.mark.parametrize(
    "question", ["how do people pay us", "how can I see revenue by branch", "как изменилась выручка", "did sales grow"]
)
def test_a_question_about_figures_is_no_request_for_advice(question: str) -> None:
    assert not asks_advice(question)


@pytest.mark.parametrize("by", ["revenue", "quantity"])
@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("top products by {}", {"revenue": "revenue", "quantity": "quantity"}),
        ("топ товаров по {}", {"revenue": "выручке", "quantity": "количеству"}),
        ("{} boʻyicha top mahsulotlar", {"revenue": "tushum", "quantity": "soni"}),
    ],
)
async def test_top_products_are_not_asked_back(talk: Talk, by: str, question: str, words: dict[str, str]) -> None:
    assert (await talk().say(question.format(words[by]))).query == f"top_products_by_{by}"
