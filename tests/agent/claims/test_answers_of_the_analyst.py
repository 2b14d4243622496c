"""Nothing is told of the offline analyst's own answers, and nearly every digit that is changed in them is told."""

from collections.abc import Iterator
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


def evidence(conversation: Conversation, locale: str) -> Evidence:
    known = seen([*conversation.history, *conversation.steps])
    return Evidence([table(conversation.kept.all[each]) for each in known.results], known.texts, known.numbers, locale)


def table(kept: Any) -> Table:
    details = kept.details
    return Table(columns_from(details), rows_from(details, kept.content), asked_from(details), details["parameters"])


def changed(answer: str, locale: str) -> Iterator[str]:
    """Yield the answer with one digit changed: each of its longer figures' to each other one."""
    for passage in passages(answer):
        for figure in figures(passage.text, locale):
            digits = [place for place in range(figure.start, figure.end) if passage.text[place].isdigit()]
            for place in [passage.places[each] for each in digits] if figure.digits >= TELLING else ():
                yield from (f"{answer[:place]}{digit}{answer[place + 1 :]}" for digit in "0123456789" if digit != answer[place])


@pytest.mark.parametrize("locale", LOCALES)
async def test_its_figures_hold_and_changed_ones_do_not(talk: Talk, locale: str) -> None:
    told = total = 0
    for number, written in enumerate(WRITTEN):
        questions = written.texts[f"question {locale}"]
        conversation = talk(locale)
        said = await conversation.say(questions[number % len(questions)])
        known = evidence(conversation, locale)
        assert check(said.answer, known, locale).unmatched == (), said.answer
        if known.has_data:
            tampered = [*changed(said.answer, locale)]
            told += sum(bool(check(answer, known, locale).unmatched) for answer in tampered)
            total += len(tampered)
    assert total > 200
    assert told / total >= 0.99
