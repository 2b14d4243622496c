"""Where a question has several readings the analyst runs them, and asks only if their figures differ, with each on its option."""

import datetime as dt
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.agent.offline.weighing import TRIED_ROWS
from app.agent.tool import Tool, ToolError
from app.agent.tools.registry import BUILT_IN
from app.knowledge.validated_queries import ValidatedQueries
from tests.agent.offline.conftest import Talk
from tests.agent.offline.conversation import Conversation

PRICES = {"en": ("UZS 9,000", "UZS 14,500"), "ru": ("9 000 сум", "14 500 сум"), "uz": ("9 000 soʻm", "14 500 soʻm")}
LEMONADE = {"en": "price of lemonade chinor", "ru": "цена лимонада Чинор", "uz": "limonad chinor narxi"}
CROWD = {"en": "crowd size", "ru": "размер ватаги", "uz": "toʻda hajmi"}
SAME = {"en": "the answer is the same for", "ru": "ответ один и тот же", "uz": "javob bir xil"}
QUERY = """-- <query name>{name}</query name>
-- <query title>{title}</query title>
-- <query title ru>{title} (ru)</query title ru>
-- <query title uz>{title} (uz)</query title uz>
-- <query description>Crowd, {title}</query description>
-- <query description ru>Ватага, {title}</query description ru>
-- <query description uz>Toʻda, {title}</query description uz>
-- <question en>crowd size</question en>
-- <question ru>размер ватаги</question ru>
-- <question uz>toʻda hajmi</question uz>
-- <column name="number" unit="people" en="Number" ru="Число" uz="Son" />
-- <answer en>**{{first:number}}** people</answer en>
-- <answer ru>**{{first:number}}** человек</answer ru>
-- <answer uz>**{{first:number}}** kishi</answer uz>
{sql};
"""
HEADS, ACTIVE, ALL = (
    "SELECT COUNT(*) AS number FROM employees WHERE is_active = 1",
    "SELECT SUM(is_active) AS number FROM employees",
    "SELECT COUNT(*) AS number FROM employees",
)


def crowd(talk: Talk, folder: Path, locale: str, *statements: str) -> Conversation:
    """Return a conversation where each of the statements counts the same crowd."""
    texts = [QUERY.format(name=f"crowd_{at}", title=f"Way {at}", sql=sql) for at, sql in enumerate(statements)]
    (folder / "crowd.sql").write_text("\n".join(texts), encoding="utf-8")
    conversation = talk(locale)
    conversation.context = msgspec.structs.replace(conversation.context, knowledge=ValidatedQueries(folder))
    return conversation


def figure(call: tuple[str, dict[str, Any], dict[str, Any]]) -> Any:
    return call[2]["rows"][0][0]


@pytest.mark.parametrize("locale", LEMONADE)
async def test_figures_that_differ_stand_on_the_options_and_a_choice_answers(talk: Talk, locale: str) -> None:
    conversation = talk(locale)
    said = await conversation.say(LEMONADE[locale])
    (question,) = said.asked.questions
    assert [option.description.replace("\xa0", " ") for option in question.options] == list(PRICES[locale])
    said = await conversation.reply(said.asked.call.id, {"answers": {question.id: [question.options[1].id]}})
    assert said.params["product"] == "Limonad Chinor 1.5 l"
    assert PRICES[locale][1] in said.answer.replace("\xa0", " ")


@pytest.mark.parametrize("locale", CROWD)
async def test_measures_that_differ_are_asked_with_their_figures(talk: Talk, tmp_path: Path, locale: str) -> None:
    conversation = crowd(talk, tmp_path, locale, ACTIVE, ALL)
    said = await conversation.say(CROWD[locale])
    active, everybody = (figure(call) for call in said.calls[-2:])
    assert active < everybody
    (question,) = said.asked.questions
    told = {option.id: option.description.partition(" · ") for option in question.options}
    assert {name: parts[0] for name, parts in told.items()} == {"crowd_0": str(active), "crowd_1": str(everybody)}
    assert all(parts[2] for parts in told.values())
    said = await conversation.reply(said.asked.call.id, {"answers": {question.id: ["crowd_1"]}})
    assert (said.query, f"**{everybody}**" in said.answer) == ("crowd_1", True)


@pytest.mark.parametrize("locale", CROWD)
async def test_the_same_figures_are_answered_at_once(talk: Talk, tmp_path: Path, locale: str) -> None:
    said = await crowd(talk, tmp_path, locale, HEADS, ACTIVE).say(CROWD[locale])
    assert said.asked is None
    assert f"**{figure(said.calls[-1])}**" in said.answer
    assert SAME[locale] in said.answer
    assert "Way 0" in said.answer
    assert "Way 1" in said.answer


async def test_the_answer_rests_on_the_last_statement_that_ran(talk: Talk, tmp_path: Path) -> None:
    conversation = crowd(talk, tmp_path, "en", ACTIVE, ALL)
    said = await conversation.say("crowd size")
    said = await conversation.reply(said.asked.call.id, {"answers": {"choice": ["crowd_0"]}})
    ran = [(call[1]["query"], call[1]["limit"]) for call in said.calls if call[0] == "sql_execute"]
    assert ran == [(ACTIVE, TRIED_ROWS), (ALL, TRIED_ROWS), (ACTIVE, 1000)]


async def test_a_reading_that_may_not_run_is_offered_without_a_figure(talk: Talk, tmp_path: Path) -> None:
    conversation = crowd(talk, tmp_path, "en", ACTIVE, "SELECT COUNT(*) AS number FROM secrets")
    said = await conversation.say("crowd size")
    first, second = said.asked.questions[0].options
    assert first.description.split(" · ")[0].isdigit()
    assert second.description == "Crowd, Way 1"


async def test_more_readings_than_options_are_asked_though_some_agree(talk: Talk, tmp_path: Path) -> None:
    said = await crowd(talk, tmp_path, "en", HEADS, ACTIVE, f"{HEADS} LIMIT 1", f"{HEADS} LIMIT 2", ALL).say("crowd size")
    assert len(said.asked.questions[0].options) == 4
    assert said.tools.count("sql_execute") == 4


async def test_two_periods_are_asked_with_the_figure_of_each(talk: Talk) -> None:
    conversation = talk("ru")
    said = await conversation.say("сколько новых клиентов появилось в прошлом месяце и в прошлом году")
    year, month = (sum(row[1] for row in call[2]["rows"]) for call in said.calls[-2:])
    shown = [option.description for option in said.asked.questions[0].options]
    assert ["".join(filter(str.isdigit, text)) for text in shown] == [str(year), str(month)]
    said = await conversation.reply(said.asked.call.id, {"answers": {"choice": ["p1"]}})
    assert f"**{month}**" in said.answer


async def test_what_is_answered_another_day_is_not_asked_again(talk: Talk, now: dt.datetime) -> None:
    conversation = talk()
    said = await conversation.say("payments")
    conversation.context = msgspec.structs.replace(conversation.context, now=now + dt.timedelta(days=40))
    said = await conversation.reply(said.asked.call.id, {"answers": {"choice": ["payments_received"]}})
    assert (said.query, said.asked) == ("payments_received", None)


async def test_a_value_that_the_question_lacks_is_asked_for_without_trying_any(talk: Talk) -> None:
    said = await talk().say("price of a product")
    assert said.asked
    assert said.executed is None


async def test_without_a_way_to_ask_nothing_is_tried(talk: Talk, tmp_path: Path) -> None:
    conversation = crowd(talk, tmp_path, "en", ACTIVE, ALL)
    conversation.tools = {tool.name: tool for tool in BUILT_IN if tool.name != "ask_user_question"}
    said = await conversation.say("crowd size")
    assert said.tools.count("sql_execute") == 1


async def test_when_no_reading_can_run_the_person_is_asked_as_ever(talk: Talk, tmp_path: Path) -> None:
    async def fail(_context: object, _arguments: object) -> None:
        raise ToolError("timeout", "took too long")

    conversation = crowd(talk, tmp_path, "en", ACTIVE, ALL)
    broken = conversation.tools["sql_execute"]
    conversation.tools = {
        **conversation.tools, "sql_execute": Tool(broken.name, broken.description, broken.arguments, fail),  # type: ignore[arg-type]  # never returns
    }  # fmt: skip
    said = await conversation.say("crowd size")
    assert [option.description for option in said.asked.questions[0].options] == ["Crowd, Way 0", "Crowd, Way 1"]
