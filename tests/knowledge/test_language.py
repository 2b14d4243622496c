"""The language of a question is told by its words, or by nothing."""

import pytest

from app.knowledge.language import language


@pytest.mark.parametrize(
    ("text", "expected"),
    [("faqat Toshkent", "uz"), ("faqat top 3", None), ("only the top 3", "en"), ("только топ 3", "ru"), ("Toshkent", None)],
)
def test_words_of_two_languages_leave_it_to_the_reader(text: str, expected: str | None) -> None:
    assert language(text) == expected
