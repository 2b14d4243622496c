"""What the company or the person does not allow is told as that, and never as a fault of the database."""

import pytest

from app.agent.approvals import Approvals, Policy
from app.agent.offline.answers import may_not
from app.agent.tools.registry import BUILT_IN
from tests.agent.offline.conftest import Talk

QUESTIONS = {
    "en": "revenue by branch last month", "ru": "выручка по филиалам за прошлый месяц",
    "uz": "oʻtgan oyda filiallar boʻyicha tushum",
}  # fmt: skip


@pytest.mark.parametrize(
    ("tool", "locale", "told"),
    [
        ("sql_execute", "en", "I am not allowed to query the database here"),
        ("sql_execute", "ru", "Запросы к базе данных мне здесь не разрешены"),
        ("sql_execute", "uz", "Bu yerda menga maʼlumotlar bazasiga soʻrov yuborishga ruxsat yoʻq"),
        ("search_validated_queries", "en", "I am not allowed to look for checked queries here"),
        ("search_validated_queries", "ru", "Искать проверенные запросы мне здесь не разрешено"),
        ("search_validated_queries", "uz", "Bu yerda menga tekshirilgan soʻrovlarni qidirishga ruxsat yoʻq"),
    ],
)
async def test_what_the_company_denies_is_told_in_plain_words(talk: Talk, tool: str, locale: str, told: str) -> None:
    said = await talk(locale, approvals=Approvals({tool: Policy.DENY})).say(QUESTIONS[locale])
    assert said.answer.startswith(told)
    assert "BiChat" in said.answer
    assert "_" not in said.answer
    assert said.tools == []


@pytest.mark.parametrize(("locale", "told"), [("en", "not allowed a step"), ("ru", "шаг"), ("uz", "qadam")])
def test_another_tool_is_not_called_by_its_name_either(locale: str, told: str) -> None:
    said = may_not("schema_list", locale)
    assert told in said
    assert "_" not in said


@pytest.mark.parametrize(
    ("locale", "told"), [("en", "You did not allow"), ("ru", "Вы не разрешили"), ("uz", "ruxsat bermadingiz")]
)
async def test_a_refusal_of_the_person_is_told_as_theirs(talk: Talk, locale: str, told: str) -> None:
    conversation = talk(locale, approvals=Approvals({"sql_execute": Policy.ASK}))
    asked = (await conversation.say(QUESTIONS[locale])).asked
    said = await conversation.decide(asked, is_allowed=False)
    assert told in said.answer
    assert said.executed is None or "error" in said.executed[2]


async def test_what_the_person_allows_is_answered(talk: Talk) -> None:
    conversation = talk(approvals=Approvals({"sql_execute": Policy.ASK}))
    said = await conversation.decide((await conversation.say(QUESTIONS["en"])).asked, is_allowed=True)
    assert "Revenue" in said.answer


async def test_a_table_that_the_person_refuses_leaves_the_figures(talk: Talk) -> None:
    conversation = talk(approvals=Approvals({"render_table": Policy.ASK}))
    allowed = (await talk().say(QUESTIONS["en"])).answer
    said = await conversation.decide((await conversation.say(QUESTIONS["en"])).asked, is_allowed=False)
    assert said.answer == allowed


async def test_without_the_tools_that_come_with_bichat_nothing_is_called(talk: Talk) -> None:
    tools = {tool.name: tool for tool in BUILT_IN if tool.name != "sql_execute"}
    assert "database reported" not in (await talk(tools=tools).say(QUESTIONS["en"])).answer
