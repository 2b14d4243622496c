"""Whole turns on questions in other people's words: the right query runs, the person is asked, or the question is declined."""

from collections import Counter

import pytest

from tests.agent.offline import paraphrases
from tests.agent.offline.conftest import Talk
from tests.agent.offline.conversation import Said

RIGHT = 0.9
LANGUAGES = {"en": paraphrases.ENGLISH, "ru": paraphrases.RUSSIAN, "uz": paraphrases.UZBEK}


def outcome(expected: str, said: Said) -> str:
    if said.asked:
        options = {option.id for question in said.asked.questions for option in question.options}
        return "asked" if expected in options else "asked beside the point"
    return "declined" if said.query is None else "right" if said.query == expected else "wrong"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_paraphrases_run_the_right_query_whatever_the_language_of_the_page(language: str, talk: Talk) -> None:
    asked = paraphrases.pairs(LANGUAGES[language])
    outcomes = {question: outcome(name, await talk("en").say(question)) for name, question in asked}
    counts = Counter(outcomes.values())
    print(f"{language}: {dict(counts)}; {[(question, what) for question, what in outcomes.items() if what != 'right']}")
    assert len(asked) >= 40
    assert counts["wrong"] == 0
    assert counts["right"] / len(asked) >= RIGHT


async def test_what_no_query_answers_is_declined_with_questions_that_can_be_asked(talk: Talk) -> None:
    questions = paraphrases.DECLINED.strip().splitlines()
    answers = {question: await talk("en").say(question) for question in questions}
    assert len(questions) >= 40
    assert [question for question, said in answers.items() if said.query or said.asked] == []
    assert all(said.answer.count("\n- ") == 3 for said in answers.values())
