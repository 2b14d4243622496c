"""The offline analyst answers what was asked with all that it says, or not at all; alike in every language."""

import datetime as dt

import pytest

from tests.agent.offline.conftest import Talk
from tests.agent.offline.test_conversations import month


@pytest.mark.parametrize(
    ("locale", "asked", "orders", "basket"),
    [
        ("en", "Revenue last month", "and the orders?", "what about the average check"),
        ("ru", "Выручка за прошлый месяц", "а заказы?", "а средний чек"),
        ("uz", "O'tgan oy tushumi", "buyurtmalar-chi?", "o'rtacha chek-chi"),
        ("en", "sales last month", "how many orders was that?", "and the average check"),
        ("ru", "продажи за прошлый месяц", "сколько заказов это?", "и средний чек"),
        ("uz", "o'tgan oy savdo", "bu nechta buyurtma?", "o'rtacha chek-chi"),
        ("uz", "ўтган ой тушуми", "буюртмалар-чи?", "ўртача чек-чи"),
    ],
)
async def test_one_more_figure_is_of_the_same_period(
    talk: Talk, now: dt.datetime, locale: str, asked: str, orders: str, basket: str
) -> None:
    conversation = talk(locale)
    await conversation.say(asked)
    for question, query in ((orders, "order_count"), (basket, "average_basket")):
        said = await conversation.say(question)
        assert (said.query, said.params["period_from"], said.params["period_to"]) == (query, *month(now, 1))


async def test_a_figure_that_a_name_cannot_narrow_says_so(talk: Talk) -> None:
    conversation = talk()
    await conversation.say("revenue in Samarkand last month")
    assert (await conversation.say("and profit?")).params["branch"] == "Samarqand"
    said = await conversation.say("and new customers?")
    assert said.query == "new_customers"
    assert said.answer.startswith("These figures are for everything, not for Samarqand alone.")


@pytest.mark.parametrize(
    "question",
    [
        "orders over 5 million this month", "how many orders above 1,000,000", "customers with more than 5 orders",
        "заказы больше 5 млн", "заказы свыше 1 000 000 сум", "клиенты с более чем 5 заказами",
        "5 mlndan katta buyurtmalar", "1 000 000 so'mdan ortiq buyurtmalar", "5 tadan ko'p buyurtma qilgan mijozlar",
    ],
)  # fmt: skip
async def test_a_number_that_no_query_takes_is_not_left_out(talk: Talk, question: str) -> None:
    assert (await talk().say(question)).query is None


@pytest.mark.parametrize(
    "question", ["payments overdue by more than 60 days", "просрочка больше 60 дней", "60 kundan ortiq kechikkan to'lovlar"]
)
async def test_a_number_that_a_query_takes_is_bound(talk: Talk, question: str) -> None:
    said = await talk().say(question)
    assert (said.query, said.params["days"]) == ("overdue_payments", 60)


@pytest.mark.parametrize(
    "question",
    [
        "revenue without Samarkand", "sales except online", "выручка кроме Самарканда", "продажи без онлайна",
        "Samarqandsiz tushum", "onlayndan tashqari savdo", "share of Tashkent in revenue", "доля Ташкента в выручке",
        "tushumda Toshkent ulushi",
        "revenue by week", "выручка по неделям", "haftalar bo'yicha tushum", "revenue in summer 2026", "выручка в Андижане",
        "revenue in Andijan", "выручка по часам",
        "sales in mid-October", "продажи в середине октября", "oktabr o'rtasida savdo",
    ],
)  # fmt: skip
async def test_what_would_be_left_out_is_not_answered(talk: Talk, question: str) -> None:
    said = await talk().say(question)
    assert (said.query, said.asked) == (None, None)


@pytest.mark.parametrize(
    ("question", "top"), [("uchta eng yirik mijoz", 3), ("5ta eng yaxshi mijoz", 5), ("top 7 customers on Monday", 7)]
)
async def test_a_number_of_things_is_how_many_are_wanted(talk: Talk, question: str, top: int) -> None:
    said = await talk().say(question)
    assert (said.query, said.params["top"]) == ("top_customers", top)


@pytest.mark.parametrize(
    ("locale", "question"),
    [("en", "revenue on 45.13.2025"), ("ru", "выручка за 45.13.2025"), ("uz", "45.13.2025 kuni tushum")],
)
async def test_what_is_no_date_is_said_to_be_none(talk: Talk, locale: str, question: str) -> None:
    said = await talk(locale).say(question)
    assert said.query is None
    assert "45.13.2025" in said.answer


@pytest.mark.parametrize(
    "question",
    ["top 3 branches by revenue", "топ 3 филиала по выручке", "tushum bo'yicha top 3 filial", "три лучших филиала по выручке"],
)
async def test_as_many_are_listed_as_were_asked_for(talk: Talk, question: str) -> None:
    said = await talk().say(question)
    assert (said.asked, said.query, said.params["top"]) == (None, "top_branches", 3)


@pytest.mark.parametrize("question", ["top 3 branches by profit", "топ 3 филиала по прибыли", "foyda bo'yicha top 3 filial"])
async def test_a_list_of_all_in_order_holds_the_first_few(talk: Talk, question: str) -> None:
    assert (await talk().say(question)).query == "profit_by_branch"


@pytest.mark.parametrize(
    ("question", "query", "name", "value"),
    [
        ("online orders by branch", "orders_by_branch", "channel", "Onlayn"),
        ("онлайн-заказы по филиалам", "orders_by_branch", "channel", "Onlayn"),
        ("onlayn buyurtmalar filiallar boʻyicha", "orders_by_branch", "channel", "Onlayn"),
        ("drinks revenue by branch", "revenue_by_branch", "category", "Ichimliklar"),
        ("продажи напитков по филиалам", "revenue_by_branch", "category", "Ichimliklar"),
        ("ichimliklar tushumi filiallar boʻyicha", "revenue_by_branch", "category", "Ichimliklar"),
    ],
)
async def test_a_breakdown_keeps_to_what_is_named_beside_it(talk: Talk, question: str, query: str, name: str, value: str) -> None:
    said = await talk().say(question)
    assert (said.query, said.params[name]) == (query, value)


@pytest.mark.parametrize("question", ["card payments", "оплаты по карте", "karta orqali to'lovlar"])
async def test_a_word_of_a_known_question_may_be_a_name(talk: Talk, question: str) -> None:
    said = await talk().say(question)
    assert (said.query, said.params["method"]) == ("payments_received", "Karta")


@pytest.mark.parametrize(
    "question", ["October vs October last year", "октябрь к октябрю прошлого года", "oktabr o'tgan yil oktabriga"]
)
async def test_two_periods_and_nothing_else_are_compared(talk: Talk, question: str) -> None:
    assert (await talk().say(question)).query == "revenue_compared"


@pytest.mark.parametrize(
    "question",
    [
        "how much did sales change against last month",
        "на сколько изменились продажи к прошлому месяцу",
        "savdo o'tgan oyga nisbatan qancha o'zgardi",
    ],
)
async def test_a_past_period_that_is_set_against_is_not_the_one_asked_for(talk: Talk, now: dt.datetime, question: str) -> None:
    said = await talk().say(question)
    assert (said.query, said.params["period_from"], said.params["period_prev_from"]) == (
        "revenue_compared", month(now)[0], month(now, 1)[0],
    )  # fmt: skip


@pytest.mark.parametrize(
    "question", ["утган ой филиаллар буйича тушум", "ўтган ой филиаллар бўйича тушум", "otgan oy filiallar buyicha tushum"]
)
async def test_uzbek_is_read_in_the_letters_that_people_have(talk: Talk, now: dt.datetime, question: str) -> None:
    said = await talk("uz").say(question)
    assert (said.query, said.params["period_from"]) == ("revenue_by_branch", month(now, 1)[0])
    assert "uchun tushum" in said.answer


@pytest.mark.parametrize(
    "question",
    [
        "naqd pulsiz toʻlovlar oʻtgan oy", "Chilonzorsiz tushum oʻtgan oy", "revenue per customer last month",
        "выручка на сотрудника за прошлый месяц", "bir mijozga tushum oʻtgan oy", "share of Chilonzor in profit last month",
        "доля Чиланзара в прибыли за прошлый месяц", "revenue on Mondays last month", "выручка по понедельникам за прошлый месяц",
        "oʻtgan oy dushanba kunlari tushum",
    ],
)  # fmt: skip
async def test_a_measure_that_no_query_gives_is_not_taken_for_a_sum(talk: Talk, question: str) -> None:
    assert (await talk().say(question)).query is None
