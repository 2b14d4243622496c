import pytest

from app.knowledge.phrasing import as_asked


@pytest.mark.parametrize(
    ("locale", "text", "sentence"),
    [
        ("en", "how much did we sell this month", "How much did we sell this month?"),
        ("en", "show daily turnover", "Show daily turnover"),
        ("en", "who owes us money?", "Who owes us money?"),
        ("ru", "на сколько изменилась выручка", "На сколько изменилась выручка?"),
        ("ru", "выросли ли продажи", "Выросли ли продажи?"),
        ("ru", "каналы продаж", "Каналы продаж"),
        ("uz", "yalpi foydamiz qancha", "Yalpi foydamiz qancha?"),
        ("uz", "mahsulot omborda bormi", "Mahsulot omborda bormi?"),
        ("uz", "jami buyurtmalar tushumi", "Jami buyurtmalar tushumi"),
    ],
)
def test_only_what_asks_gets_a_question_mark(locale: str, text: str, sentence: str) -> None:
    assert as_asked(text, locale) == sentence
