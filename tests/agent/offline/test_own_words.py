"""Own words in answer to the offline analyst are read together with what was asked; what is too long is not read at all."""

import pytest

from app.agent.offline.policy import LONGEST
from tests.agent.offline.conftest import Talk


@pytest.mark.parametrize(
    ("locale", "question", "words", "query"),
    [
        ("en", "stock", "by category", "stock_value_by_category"),
        ("en", "stock", "revenue by branch last month", "revenue_by_branch"),
        ("ru", "остатки", "по категориям", "stock_value_by_category"),
    ],
)
async def test_own_words_choose_among_what_was_offered_or_ask_anew(
    talk: Talk, locale: str, question: str, words: str, query: str
) -> None:
    conversation = talk(locale)
    said = await conversation.say(question)
    assert said.asked, said.answer
    asked = said.asked.questions[0]
    said = await conversation.reply(said.asked.call.id, {"answers": {asked.id: [words]}})
    assert said.query == query, said.answer


async def test_a_question_of_many_pages_is_declined_in_a_sentence(talk: Talk) -> None:
    said = await talk().say("revenue by branch " * LONGEST)
    assert said.calls == []
    assert "at most 1,000 characters" in said.answer
