"""Nothing is told of the offline analyst's own answers, and nearly every digit that is changed in them is told."""

import random
from typing import Any

import pytest

from app.agent.claims.checking import check
from app.agent.claims.evidence import Evidence, Table
from app.agent.claims.prose import passages
from app.agent.claims.reading import figures
from app.agent.claims.seen import seen
from app.data.results import asked_from, columns_from, rows_from
from tests.agent.offline.conftest import Talk
from tests.agent.offline.conversation import Conversation
from tests.demo.test_validated_queries import LOCALES, WRITTEN

TELLING = 3
EACH = 5
CHANCE = 0.02
"""Of the changed figures so many may fit another row (18.8 % and 19.8 %, 167 and 168): the demo differs from day to day."""


def evidence(conversation: Conversation, locale: str) -> Evidence:
    known = seen([*conversation.history, *conversation.steps])
    return Evidence([table(conversation.kept.all[each]) for each in known.results], known.texts, known.numbers, locale)


def table(kept: Any) -> Table:
    details = kept.details
    return Table(columns_from(details), rows_from(details, kept.content), asked_from(details), details["parameters"])


def changed(answer: str, locale: str, chance: random.Random) -> list[str]:
    """Return the answer with one digit changed, some times for each of its longer figures."""
    found = []
    for passage in passages(answer):
        for figure in figures(passage.text, locale):
            digits = [place for place in range(figure.start, figure.end) if passage.text[place].isdigit()]
            for _ in range(EACH if figure.digits >= TELLING else 0):
                place = passage.places[chance.choice(digits)]
                digit = chance.choice([each for each in "0123456789" if each != answer[place]])
                found.append(f"{answer[:place]}{digit}{answer[place + 1 :]}")
    return found


@pytest.mark.parametrize("locale", LOCALES)
async def test_its_figures_hold_and_changed_ones_do_not(talk: Talk, locale: str) -> None:
    chance = random.Random(locale)
    told = total = 0
    for number, written in enumerate(WRITTEN):
        questions = written.texts[f"question {locale}"]
        conversation = talk(locale)
        said = await conversation.say(questions[number % len(questions)])
        known = evidence(conversation, locale)
        assert check(said.answer, known, locale).unmatched == (), said.answer
        if known.has_data:
            tampered = changed(said.answer, locale, chance)
            told += sum(bool(check(answer, known, locale).unmatched) for answer in tampered)
            total += len(tampered)
    assert total > 200
    assert told / total >= 1 - CHANCE
