"""Questions in other people's words find their query or are left alone: a wrong answer given with confidence is the worst."""

from collections import Counter
from pathlib import Path

import pytest

from app.agent.offline.policy import FITS, TIE
from app.demo.knowledge import QUERIES
from app.knowledge.validated_queries import ValidatedQueries

TABLE = Path(__file__).parent / "asked_by_others.txt"
RIGHT, WRONG = 0.85, 0.015
NOTHING = "-"


@pytest.fixture(scope="module")
def knowledge() -> ValidatedQueries:
    return ValidatedQueries(QUERIES)


def asked() -> list[tuple[str, str]]:
    lines = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    rows = [[part.strip() for part in line.split("|")] for line in lines]
    return [(expected, question) for expected, *questions in rows for question in questions]


def outcome(knowledge: ValidatedQueries, expected: str, question: str) -> str:
    """Tell what the analyst would do: take a query, ask between several, or decline."""
    fitting = [match for match in knowledge.search(question, limit=8) if match.score >= FITS and not match.unmatched]
    rivals = [match.query.name for match in fitting if match.score >= fitting[0].score * TIE]
    if not rivals:
        return "declined"
    if len(rivals) > 1:
        return "asked back"
    return "right" if rivals[0] == expected else "wrong"


def test_every_expected_query_exists(knowledge):
    names = {query.name for query in knowledge.queries}
    assert {expected for expected, _ in asked()} - names == {NOTHING}


def test_questions_that_can_be_answered_find_their_query(knowledge):
    outcomes = {pair: outcome(knowledge, *pair) for pair in asked() if pair[0] != NOTHING}
    counts = Counter(outcomes.values())
    print(f"answerable: {dict(counts)}; not right: {[pair for pair, what in outcomes.items() if what != 'right']}")
    assert len(outcomes) >= 150
    assert counts["right"] / len(outcomes) >= RIGHT
    assert counts["wrong"] / len(outcomes) <= WRONG


def test_questions_that_cannot_be_answered_are_never_answered(knowledge):
    outcomes = {question: outcome(knowledge, expected, question) for expected, question in asked() if expected == NOTHING}
    print(f"not answerable: {dict(Counter(outcomes.values()))}")
    assert len(outcomes) >= 50
    assert [question for question, what in outcomes.items() if what == "wrong"] == []
